"""Parameters that are not in their style, may be empty, belong together, or are the whole query."""

from typing import Any

import pytest

from bacasable.contract import RawRequest, RequestReader, Violation
from bacasable.contract.operations import operation_of
from bacasable.contract.styles import path_texts
from tests.contract.styled import NUMBERS, POINT, color, reader, texts_of_path, violations

DEEP = {
    "type": "object",
    "properties": {
        "sizes": NUMBERS,
        "points": {"type": "array", "items": POINT},
        "inner": {"type": "object", "properties": {"on": {"type": "boolean"}}},
        "text": {"type": "string"},
    },
}


@pytest.mark.parametrize(
    ("declared", "request_", "told"),
    [
        (
            color("path", "label", False, NUMBERS),
            {"path": {"color": "1,2"}},
            Violation("path/color", "does not begin with '.'; write it as '.…'"),
        ),
        (
            color("path", "matrix", True, NUMBERS),
            {"path": {"color": "1"}},
            Violation("path/color", "does not begin with ';color='; write it as ';color=…'"),
        ),
        (
            color("query", "form", False, POINT),
            {"query": "color=x,1,y"},
            Violation(
                "query/color",
                "is no list of names and values in turn; write 'name,value,name,value'",
            ),
        ),
        (
            color("header", "simple", True, POINT),
            {"headers": {"color": "x"}},
            Violation("header/color", "has a member without '='; write each as 'name=value'"),
        ),
        (
            color("header", "simple", True, POINT),
            {"headers": {"color": "x=1, x=2"}},
            Violation("header/color", "names a member twice; name each once"),
        ),
        (
            color("query", "form", True, POINT),
            {"query": "x=1&x=2"},
            Violation("query/color", "has the member 'x' more than once; give it once"),
        ),
        (
            color("query", "deepObject", True, POINT),
            {"query": "color=1"},
            Violation("query/color", "is not in the style deepObject; write 'color[member]=value'"),
        ),
        (
            color("query", "deepObject", True, POINT),
            {"query": "color[x"},
            Violation("query/color", "is not in the style deepObject; write 'color[member]=value'"),
        ),
        (
            color("query", "deepObject", True, POINT),
            {"query": "color[x]=1&color[x][y]=1"},
            Violation("query/color", "is given both as a value and by members; give one of them"),
        ),
        (
            color("query", "deepObject", True, POINT),
            {"query": "color[x][y]=1&color[x]=1"},
            Violation("query/color", "is given both as a value and by members; give one of them"),
        ),
        (
            color("query", "deepObject", True, POINT),
            {"query": "color" + "[x]" * 65 + "=1"},
            Violation("query/color", "is nested more than 64 levels deep; send it flatter"),
        ),
        (
            color("query", "form", True, NUMBERS),
            {"query": "color=%FF&color=1"},
            Violation("query/color", "is not UTF-8 after percent-decoding"),
        ),
        (
            {
                "name": "color",
                "in": "query",
                "required": True,
                "content": {"application/json": {"schema": POINT}},
            },
            {"query": "color={"},
            Violation(
                "query/color",
                "is not JSON: unexpected end of data at character 1; send one JSON text",
            ),
        ),
        (
            {"name": "color", "in": "query", "content": {"application/json": {"schema": {}}}},
            {"query": "color=1e400"},
            Violation(
                "query/color",
                "is a number that no 64-bit integer or float holds as it is written;"
                " send fewer digits, or a text",
            ),
        ),
        (
            color("query", "form", True, POINT, required=True),
            {"query": "z=1"},
            Violation("query/color", "is required"),
        ),
        (
            color("cookie", "form", True, {"type": "integer"}, required=True),
            {},
            Violation("cookie/color", "is required"),
        ),
    ],
)
def test_what_is_not_in_its_style_is_named(
    declared: dict[str, Any], request_: dict[str, Any], told: Violation
) -> None:
    assert violations(reader(declared), **request_) == [told]


@pytest.mark.parametrize(
    ("schema", "query", "value"),
    [
        (NUMBERS, "color=", []),
        (NUMBERS, "color=1&color=2", [1, 2]),
        ({"type": "array", "items": NUMBERS}, "color=[1,2]&color=[]", [[1, 2], []]),
        ({"type": "array", "items": POINT}, 'color={"x":1}', [{"x": 1}]),
        ({"oneOf": [{"type": "integer"}, NUMBERS]}, "color=1", 1),
        ({"oneOf": [{"type": "integer"}, NUMBERS]}, "color=1&color=2", [1, 2]),
        ({"type": ["string", "array"]}, "color=a&color=b", ["a", "b"]),
        ({"items": {"enum": [None, 1, 1.5]}}, "color=null&color=1&color=1.5", [None, 1, 1.5]),
    ],
)
def test_a_list_with_a_name_for_each_item(schema: Any, query: str, value: Any) -> None:
    made = reader(color("query", "form", True, schema))
    assert made.read(RawRequest(path={}, query=query)).query == {"color": value}


def test_what_no_json_is_inside_a_list_is_left_to_its_schema() -> None:
    made = reader(color("query", "form", True, {"type": "array", "items": POINT}))
    assert [v.pointer for v in violations(made, query="color=x")] == ["query/color/0"]


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("color[sizes]=1&color[sizes]=2", {"sizes": [1, 2]}),
        ("color[sizes][]=1&color[sizes][]=2", {"sizes": [1, 2]}),
        ("color[sizes][10]=1&color[sizes][9]=2", {"sizes": [2, 1]}),
        ("color[points][0][x]=1&color[points][1][y]=2", {"points": [{"x": 1}, {"y": 2}]}),
        ("color[inner][on]=true&color[text]=1", {"inner": {"on": True}, "text": "1"}),
        ("color[other][a][b]=1&color[other][c]=2", {"other": {"a": {"b": "1"}, "c": "2"}}),
        ("color%5Btext%5D=a%20b", {"text": "a b"}),
    ],
)
def test_deep_objects_are_read_at_every_depth(query: str, value: Any) -> None:
    made = reader(color("query", "deepObject", True, DEEP))
    assert made.read(RawRequest(path={}, query=query)).query == {"color": value}


def test_a_text_given_twice_in_brackets_is_refused_by_its_schema() -> None:
    made = reader(color("query", "deepObject", True, DEEP))
    found = violations(made, query="color[text]=a&color[text]=b")
    assert [v.pointer for v in found] == ["query/color/text"]


@pytest.mark.parametrize("lenient", [False, True])
def test_names_of_an_exploded_object_belong_to_it_and_no_others(lenient: bool) -> None:
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    made = reader(color("query", "form", True, POINT), page, lenient=lenient)
    query = "x=1&page=2&y=3"
    read = made.read(RawRequest(path={}, query=query)).query
    assert read == {"color": {"x": 1, "y": 3}, "page": 2}
    if lenient:
        assert made.read(RawRequest(path={}, query="z=1&x=1")).query == {"color": {"x": 1}}
    else:
        assert [v.pointer for v in violations(made, query="z=1&x=1")] == ["query/z"]


def test_an_object_without_listed_members_takes_all_that_is_left() -> None:
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    made = reader(color("query", "form", True, {"type": "object"}), page, lenient=False)
    read = made.read(RawRequest(path={}, query="z=1&page=2")).query
    assert read == {"color": {"z": "1"}, "page": 2}


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"type": "integer"}, ""), (NUMBERS, ""), ({"type": "string", "minLength": 3}, "")],
)
def test_a_parameter_that_may_be_empty_may(schema: Any, value: Any) -> None:
    declared = color("query", "form", False, schema, allowEmptyValue=True, required=True)
    made = reader(declared)
    assert made.read(RawRequest(path={}, query="color=")).query == {"color": value}
    assert made.read(RawRequest(path={}, query="color")).query == {"color": value}
    assert violations(made) == [Violation("query/color", "is required")]


def test_a_parameter_that_may_be_empty_has_no_default_then() -> None:
    schema = {"type": "integer", "default": 7}
    made = reader(color("query", "form", True, schema, allowEmptyValue=True))
    assert made.read(RawRequest(path={}, query="")).query == {"color": 7}
    assert made.read(RawRequest(path={}, query="color=")).query == {"color": ""}


def test_encoded_commas_divide_a_list_that_has_no_others() -> None:
    made = reader(color("query", "form", False, {"type": "array"}))
    assert made.read(RawRequest(path={}, query="color=a%2Cb")).query == {"color": ["a", "b"]}
    assert made.read(RawRequest(path={}, query="color=a%2Cb,c")).query == {"color": ["a,b", "c"]}


def test_cookies_of_others_are_no_matter() -> None:
    made = reader(color("cookie", "form", True, {"type": "integer"}))
    read = made.read(RawRequest(path={}, cookies='theme=dark; color="7"; session=a=b'))
    assert read.cookies == {"color": 7}


def whole(media_type: str, schema: Any, **more: Any) -> RequestReader:
    content = {media_type: {"schema": schema}}
    return reader({"name": "all", "in": "querystring", "content": content, **more})


def test_a_query_may_be_one_parameter() -> None:
    form = "application/x-www-form-urlencoded"
    read = whole(form, POINT).read(RawRequest(path={}, query="x=1&y=2&z=3"))
    assert read.query == {"all": {"x": 1, "y": 2, "z": "3"}}
    json_ = whole("application/json", POINT)
    assert json_.read(RawRequest(path={}, query="%7B%22x%22:1%7D")).query == {"all": {"x": 1}}
    assert json_.read(RawRequest(path={})).query == {}


@pytest.mark.parametrize(
    ("media_type", "query", "pointer"),
    [
        ("application/json", "{", "query/all"),
        ("application/json", "%FF", "query/all"),
        ("application/json", '{"x":"a"}', "query/all/x"),
        ("application/json", "", "query/all"),
        ("application/x-www-form-urlencoded", "x=a", "query/all/x"),
        ("application/x-www-form-urlencoded", "x=%FF", "query/all/x"),
    ],
)
def test_a_query_that_is_one_parameter_is_judged(media_type: str, query: str, pointer: str) -> None:
    found = violations(whole(media_type, POINT, required=True), query=query)
    assert [violation.pointer for violation in found] == [pointer]


def test_a_query_that_is_one_parameter_is_completed() -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}}
    read = whole("application/json", schema).read(RawRequest(path={}, query="{}"))
    assert read.query == {"all": {"size": 3}}


def test_the_content_of_a_parameter_may_be_text() -> None:
    declared = {"name": "c", "in": "query", "content": {"text/plain": {"schema": {}}}}
    assert reader(declared).read(RawRequest(path={}, query="c=1")).query == {"c": "1"}


@pytest.mark.parametrize(
    ("style", "schema", "sent", "text"),
    [
        ("label", {"type": "string"}, ".a%2Fb", "a/b"),
        ("matrix", {"type": "string"}, ";color=a%20b", "a b"),
        ("matrix", {"type": "string"}, ";color", ""),
        ("label", NUMBERS, ".1%2C2", ".1%2C2"),
    ],
)
def test_the_texts_of_a_path_are_left_without_their_style(
    style: str, schema: Any, sent: str, text: str
) -> None:
    assert texts_of_path(color("path", style, False, schema))([sent]) == {"color": text}


def test_the_content_of_a_parameter_in_the_path_is_decoded_once() -> None:
    declared = {"name": "color", "in": "path", "required": True}
    declared["content"] = {"application/json": {"schema": {}}}  # type: ignore[assignment]
    texts = texts_of_path(declared)(["%7B%22a%22:%22%2541%22%7D"])
    assert reader(declared).read(RawRequest(path=texts)).path == {"color": {"a": "%41"}}


def test_ordinary_paths_need_no_second_look() -> None:
    operation = {"operationId": "x", "responses": {}, "parameters": []}
    document = {"openapi": "3.1.0", "paths": {"/x/{color}": {"get": operation}}}
    made = operation_of(document, "/x/{color}", "get", operation, {}, schemes={}, strict=False)
    assert path_texts(document, made) is None
