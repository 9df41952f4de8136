"""Compiled checks: what they find, how they say it, and that they never repeat the value."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import SchemaSet, Violation
from tests.contract.toy import built, toy

SECRET = "Tr0ub4dor&3"
TEXT = {"type": "string"}
ACCOUNT = {
    "type": "object",
    "additionalProperties": False,
    "required": ["email"],
    "properties": {"email": TEXT, "password": {"type": "string", "minLength": 20}},
}


def findings(schema: Any, value: Any) -> list[Violation]:
    return SchemaSet({"components": {"schemas": {"Account": ACCOUNT}}}).check_for(schema)(value)


def answer_findings(schema: Any, value: Any) -> list[Violation]:
    return SchemaSet({"answer": schema}).answer_check("/answer")(value)


def test_a_valid_value_has_no_violation() -> None:
    assert findings(ACCOUNT, {"email": "a@example.com"}) == []


def test_a_missing_member_is_named_in_the_place() -> None:
    assert findings(ACCOUNT, {}) == [Violation("/email", "is required")]


def test_an_unknown_member_gets_the_closest_known_name() -> None:
    assert findings(ACCOUNT, {"email": "a", "pasword": SECRET}) == [
        Violation("/pasword", "is not a known member; did you mean 'password'?")
    ]


def test_an_unknown_member_far_from_all_gets_no_name() -> None:
    assert findings(ACCOUNT, {"email": "a", "zzz": 1}) == [
        Violation("/zzz", "is not a known member")
    ]


@pytest.mark.parametrize(
    ("schema", "wrong", "place"),
    [
        ({"$ref": "#/components/schemas/Account"}, {"emial": "a"}, "/emial"),
        ({"properties": {"owner": ACCOUNT}}, {"owner": {"emial": 1}}, "/owner/emial"),
        ({"items": ACCOUNT}, [{"emial": 1}], "/0/emial"),
        ({"additionalProperties": ACCOUNT}, {"any": {"emial": 1}}, "/any/emial"),
        ({"properties": {"all": {"items": ACCOUNT}}}, {"all": [{"emial": 1}]}, "/all/0/emial"),
        ({"allOf": [True, ACCOUNT]}, {"emial": 1}, "/emial"),
    ],
)
def test_the_closest_name_is_known_at_every_depth(schema: Any, wrong: Any, place: str) -> None:
    assert Violation(place, "is not a known member; did you mean 'email'?") in findings(
        schema, wrong
    )


def test_no_name_is_known_at_a_place_that_the_schema_does_not_name() -> None:
    schema = {"properties": {"a": ACCOUNT}, "patternProperties": {"^x": ACCOUNT}}
    wrong = {"x": {"email": "a", "emial": 1}}
    assert findings(schema, wrong) == [Violation("/x/emial", "is not a known member")]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"type": ["integer", "null"]},
        {"enum": ["a", "b"]},
        {"const": 1},
        {"minLength": 20},
        {"maxLength": 2},
        {"pattern": "^[0-9]+$"},
        {"format": "email"},
        {"format": "date-time"},
        {"oneOf": [{"type": "integer"}, {"maxLength": 1}]},
        {"anyOf": [{"type": "integer"}, {"maxLength": 1}]},
        {"not": {"type": "string"}},
        False,
    ],
)
def test_no_message_repeats_the_value_at_fault(schema: Any) -> None:
    found = findings({"properties": {"password": schema}}, {"password": SECRET})
    assert [violation.pointer for violation in found] == ["/password"]
    assert SECRET not in found[0].detail


@pytest.mark.parametrize(
    "schema",
    [
        {"maxItems": 1},
        {"uniqueItems": True},
        {"contains": {"type": "integer"}},
        {"items": {"maxLength": 3}},
    ],
)
def test_no_message_repeats_an_item_at_fault(schema: Any) -> None:
    found = findings(schema, [SECRET, SECRET])
    assert found
    assert not any(SECRET in violation.detail for violation in found)


def test_a_message_reads_as_the_end_of_a_sentence_about_the_place() -> None:
    found = findings(ACCOUNT, {"email": "a", "password": "short"})
    assert found == [Violation("/password", "is shorter than 20 characters")]


def test_all_violations_come_together() -> None:
    found = findings(ACCOUNT, {"password": "short", "emial": 1})
    assert {violation.pointer for violation in found} == {"/email", "/password", "/emial"}


def test_a_request_is_checked_by_a_pointer_with_braces() -> None:
    schemas = SchemaSet({"paths": {"/rooms/{id}": {"schema": {"type": "integer"}}}})
    check = schemas.request_check("/paths/~1rooms~1{id}/schema")
    assert check(1) == []
    assert check("one") == [Violation("", 'is not of type "integer"')]


def test_references_within_the_document_are_followed_from_any_schema() -> None:
    check = SchemaSet(toy()).check_for({"items": {"$ref": "#/components/schemas/RoomInput"}})
    assert check([{}]) == [Violation("/0/name", "is required")]


def test_an_answer_is_closed_against_members_that_the_contract_does_not_name() -> None:
    schemas = SchemaSet(toy())
    room = {"id": "room_1", "name": "Atelier", "status": "OPEN"}
    leaking = room | {"passwordHash": SECRET}
    place = "/components/schemas/Room"
    assert schemas.answer_check(place)(room) == []
    assert schemas.request_check(place)(leaking) == []
    assert schemas.answer_check(place)(leaking) == [
        Violation("/passwordHash", "is not a known member")
    ]


def test_a_whole_record_is_checked_as_it_is_answered() -> None:
    contract = built()
    room = contract.resources["Room"]
    schemas = SchemaSet(contract.document)
    found = schemas.record_check(room)({"zzz": 1})
    assert found == schemas.answer_check("/components/schemas/Room")({"zzz": 1}) != []


def test_an_answer_is_closed_behind_references_and_lists() -> None:
    schemas = SchemaSet(toy())
    check = schemas.answer_check("/components/responses/RoomList/content/application~1json/schema")
    room = {"id": "room_1", "name": "Atelier", "status": "OPEN", "nmae": "x"}
    assert check({"data": [room], "meta": {}}) == [
        Violation("/data/0/nmae", "is not a known member; did you mean 'name'?")
    ]


@pytest.mark.parametrize(
    "open_schema",
    [
        {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
        {"type": "object", "additionalProperties": TEXT},
        {"properties": {"a": TEXT}},
    ],
)
def test_what_is_declared_open_stays_open(open_schema: Any) -> None:
    assert answer_findings(open_schema, {"b": "x"}) == []


def test_closing_leaves_the_document_as_it_was() -> None:
    document = toy()
    SchemaSet(document)
    assert document == toy()


def test_an_answer_may_be_put_together_with_all_of() -> None:
    parts = [{"type": "object", "properties": {name: TEXT}} for name in ("a", "b")]
    assert answer_findings({"allOf": parts}, {"a": "x", "b": "y"}) == []


def test_an_answer_put_together_is_closed_as_a_whole() -> None:
    shared = {"type": "object", "properties": {"a": TEXT}}
    inner = {"type": "object", "properties": {"c": TEXT}}
    own = {"type": "object", "properties": {"b": inner, "x": True}}
    nothing = {"allOf": [{"required": ["a"]}]}
    document = {
        "components": {"schemas": {"Shared": shared, "Any": True}},
        "whole": {
            "allOf": [{"$ref": "#/components/schemas/Shared"}, {"anyOf": [own, True]}],
            "oneOf": [{"$ref": "#/components/schemas/Any"}],
        },
        "beside": {"$ref": "#/components/schemas/Shared", "properties": {"b": inner}},
        "nothing": nothing,
    }
    schemas = SchemaSet(document)
    unknown = "is not a known member"
    for place in ("/whole", "/beside"):
        check = schemas.answer_check(place)
        assert check({"a": "x", "b": {"c": "x"}}) == []
        assert check({"a": "x", "zzz": 1}) == [Violation("/zzz", unknown)]
        assert check({"b": {"zzz": 1}})
    assert schemas.answer_check("/nothing")({"a": "x", "zzz": 1}) == []


def test_data_in_a_schema_is_not_closed() -> None:
    data = {"type": "object", "properties": {}}
    assert answer_findings({"const": data}, data) == []


def test_a_name_that_is_not_allowed_is_told_by_its_rule() -> None:
    found = findings({"propertyNames": {"maxLength": 3}}, {SECRET: 1})
    assert found == [Violation("", "has a member whose name is longer than 3 characters")]


def test_members_that_nothing_has_evaluated_are_named() -> None:
    schema = {"allOf": [ACCOUNT | {"additionalProperties": True}], "unevaluatedProperties": False}
    open_part = {"allOf": [{"properties": {"email": TEXT}}], "unevaluatedProperties": False}
    assert findings(schema, {"email": "a", "emial": SECRET}) == []
    assert findings(open_part, {"emial": SECRET}) == [
        Violation("/emial", "is not a known member; did you mean 'email'?")
    ]


def test_only_the_first_unknown_members_get_a_close_name() -> None:
    found = findings({"items": ACCOUNT}, [{"email": "a", "emial": 1}] * 30)
    assert len(found) == 30
    assert sum("did you mean" in violation.detail for violation in found) == 20


def test_of_a_large_value_the_first_violation_is_sought() -> None:
    found = findings({"items": {"items": TEXT}}, [["a"], [1] * 30_000])
    assert [violation.pointer for violation in found] == ["/1/0", ""]
    assert found[1].detail == "has more than 20000 parts; further violations are not sought"


def test_members_may_be_called_type_and_properties() -> None:
    names = {"type": TEXT, "properties": {"type": "object"}, "size": TEXT}
    schema = {"type": "object", "properties": names, "additionalProperties": TEXT}
    assert answer_findings(schema, {"additionalProperties": "x"}) == []


def test_no_message_repeats_a_name_at_fault() -> None:
    found = findings({"propertyNames": {"maxLength": 3}}, {SECRET: 1})
    assert SECRET not in found[0].detail


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_is_checked_has_violations_or_none(value: Any) -> None:
    found = findings({"type": "object"}, value)
    assert [violation.pointer for violation in found] == [""]


@pytest.mark.parametrize("place", ["", "/doors"])
def test_of_very_many_unknown_members_some_are_told(place: str) -> None:
    """And what else is wrong beside them, wherever the names that the schema knows stand."""
    many: dict[str, Any] = {f"unknown {number}": number for number in range(5000)}
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "doors": {}},
        "required": ["name"],
        "additionalProperties": False,
    }
    nested = {"type": "object", "properties": {"doors": schema}}
    check = SchemaSet({"properties": {"name": {}}}).check_for(nested if place else schema)
    value = many | {"name": 7}
    found = check({"doors": value} if place else value)
    told = {violation.pointer for violation in found}
    assert f"{place}/name" in told
    assert f"{place}/unknown 1" in told
    assert found[0].detail == "has very many members; after 2000 of them violations are not sought"
    assert check({"doors": {"name": "A"}} if place else {"name": "A"}) == []


def test_a_long_list_in_a_wrong_value_stays_whole() -> None:
    check = SchemaSet({}).check_for({"type": "array", "items": {"type": "integer"}})
    found = check([*range(5000), "x"])
    assert [violation.pointer for violation in found] == ["/5000"]
