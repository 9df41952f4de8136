"""Forms: fields by their encodings, members in brackets, what is at fault."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.bounds import Parted
from bacasable.contract import Violation
from tests.contract.sent_bodies import FAST, FORM, objects, pairs, refused, send, told, whole


@FAST
@given(objects, st.sampled_from(["json", "brackets"]), st.sampled_from([quote, None]))
def test_a_form_is_read_back(value: dict[str, Any], point: str, code: Any) -> None:
    fields = pairs(value, point)
    body = urlencode(fields, quote_via=code) if code else urlencode(fields)
    if abs(value.get("point", {}).get("x", 0)) < 10**17:
        assert send(whole(FORM), body, FORM) == value


@pytest.mark.parametrize(
    ("encoding", "body", "value"),
    [
        ({"tags": {"style": "form", "explode": False}}, "tags=a,b", ["a", "b"]),
        ({"tags": {"explode": False}}, "tags=a,b", ["a", "b"]),
        ({"tags": {"style": "pipeDelimited"}}, "tags=a%7Cb", ["a", "b"]),
        ({"tags": {"style": "spaceDelimited"}}, "tags=a+b", ["a", "b"]),
        ({"tags": {"contentType": "application/json"}}, 'tags=["a"]', ["a"]),
        ({"tags": {"contentType": "text/plain"}}, "tags=a&tags=b", ["a", "b"]),
        ({}, "tags=", []),
        ({}, "tags=a%2Cb", ["a,b"]),
    ],
)
def test_the_encoding_of_a_field_says_how_it_is_written(
    encoding: Any, body: str, value: Any
) -> None:
    assert send(whole(FORM, encoding=encoding), body, FORM) == {"tags": value}


@pytest.mark.parametrize(
    ("encoding", "body", "value"),
    [
        ({"point": {"style": "deepObject", "explode": True}}, "point[x]=1", {"x": 1}),
        ({"point": {"style": "form", "explode": True}}, "x=1", {"x": 1}),
        ({"point": {"style": "form", "explode": False}}, "point=x,1", {"x": 1}),
        ({"point": {"contentType": "application/json"}}, 'point={"x":1}', {"x": 1}),
    ],
)
def test_an_object_in_a_form_is_written_as_its_encoding_says(
    encoding: Any, body: str, value: Any
) -> None:
    assert send(whole(FORM, encoding=encoding), body, FORM) == {"point": value}


def test_a_list_of_objects_in_a_form_has_numbers_in_brackets() -> None:
    assert send(whole(FORM), "points[1][x]=b&points[0][x]=a", FORM) == {
        "points": [{"x": "a"}, {"x": "b"}]
    }


def test_fields_that_a_form_does_not_list_are_kept_for_its_schema_to_judge() -> None:
    assert send(whole(FORM), "more=1&more=2&more=3&one=4", FORM) == {
        "more": ["1", "2", "3"],
        "one": "4",
    }
    closed = {"type": "object", "properties": {"name": {}}, "additionalProperties": False}
    assert told(whole(FORM, closed), "nmae=1", FORM) == [
        Violation("/nmae", "is not a known member; did you mean 'name'?")
    ]


def test_the_branches_of_a_choice_say_what_fields_a_form_has() -> None:
    one = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    other = {"type": "object", "required": ["b"], "properties": {"b": {"type": "boolean"}}}
    made = whole(FORM, {"oneOf": [one, other]})
    assert send(made, "a=1", FORM) == {"a": 1}
    assert send(made, "b=true", FORM) == {"b": True}


def test_a_schema_that_chooses_itself_comes_to_an_end() -> None:
    again = {"$ref": "#/components/schemas/Again"}
    schemas = {"Again": {"properties": {"a": {"type": "integer"}}, "anyOf": [again, {}]}}
    made = whole(FORM, again, schemas=schemas)
    assert made is not None


def test_defaults_of_a_form_are_filled_in() -> None:
    schema = {"type": "object", "properties": {"copies": {"type": "integer", "default": 1}}}
    assert send(whole(FORM, schema), "", FORM) == {"copies": 1}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ("count=a&on=1", ["/count", "/on"]),
        ("count=1&count=2", ["/count"]),
        ("name=%FF", ["/name"]),
        ("%FF=a", ["/%FF"]),
        ("sizes=1&sizes=x", ["/sizes/1"]),
        ("point[x]=a", ["/point/x"]),
        ("point={", ["/point"]),
    ],
)
def test_fields_at_fault_are_named(body: str, pointers: list[str]) -> None:
    assert [v.pointer for v in told(whole(FORM), body, FORM)] == pointers


def test_a_form_in_no_utf_8_cannot_be_read() -> None:
    assert refused(whole(FORM), b"a=\xff", FORM).code == "MALFORMED_BODY"


def test_a_form_has_only_so_many_fields() -> None:
    made = whole(FORM, bounds=Parted(max_parts=2))
    assert send(made, "a=1&b=2", FORM) == {"a": "1", "b": "2"}
    refusal = refused(made, "a=1&b=2&c=3", FORM)
    assert (refusal.code, refusal.detail) == (
        "BODY_TOO_LARGE",
        "The form has more than 2 fields (--max-parts).",
    )
