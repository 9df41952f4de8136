"""What a client writes by the style of a parameter is read back: every style, explode and type.

The writer below is one of its own, from the tables of RFC 6570 and OpenAPI: it shares nothing with
the reader.
"""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import RawRequest, Refusal, RequestReader, Violation
from bacasable.contract.operations import operation_of
from bacasable.contract.schemas import SchemaSet
from bacasable.contract.styles import path_texts

FAST = settings(max_examples=60, deadline=None, derandomize=True, database=None)
# Every text, and often enough those that headers can say.
TEXTS = st.text(max_size=12) | st.text(st.sampled_from("abz09 -_./?%"), max_size=6)
SCALARS = {
    "integer": ({"type": "integer"}, st.integers(-(10**15), 10**15)),
    "number": (
        {"type": "number"},
        st.floats(-1e6, 1e6).map(lambda f: float(f"{f:.6f}")) | st.integers(-99, 99),
    ),
    "boolean": ({"type": "boolean"}, st.booleans()),
    "nothing": ({"type": ["integer", "null"]}, st.none() | st.integers(0, 9)),
    "enum": ({"enum": ["a", 1, True]}, st.sampled_from(["a", 1, True])),
    "several": (
        {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^[a-z]+$"}]},
        st.integers(0, 99) | st.from_regex(r"[a-z]+", fullmatch=True),
    ),
    "day": ({"type": "string", "format": "date"}, st.dates().map(str)),
    "string": ({"type": "string"}, TEXTS),
}
LISTED = {name: kind for name, kind in SCALARS.items() if name != "nothing"}
PLACES = [
    ("path", "simple"),
    ("path", "label"),
    ("path", "matrix"),
    ("query", "form"),
    ("query", "spaceDelimited"),
    ("query", "pipeDelimited"),
    ("header", "simple"),
    ("cookie", "form"),
    ("cookie", "cookie"),
]


def text_of(value: Any) -> str:
    """A scalar as clients write it."""
    return value if isinstance(value, str) else json.dumps(value)


class Writer:
    """Writes the value of the parameter `color` as a request that a client would send."""

    def __init__(self, place: str, style: str, explode: bool, reserved: bool = False) -> None:
        self.place, self.style, self.explode, self.reserved = place, style, explode, reserved

    def code(self, text: str) -> str:
        if self.place == "header" or self.style == "cookie":
            return text
        return quote(text, safe=":/?@!$'()*;+" if self.reserved else "")

    def request(self, value: Any) -> RawRequest:
        written = self.written(value)
        if self.place == "path":
            return RawRequest(path={"color": written})
        if self.place == "query":
            return RawRequest(path={}, query=written)
        if self.place == "header":
            return RawRequest(path={}, headers={"color": written})
        return RawRequest(path={}, cookies=written)

    def written(self, value: Any) -> str:
        if isinstance(value, list):
            return self.listed([self.code(text_of(item)) for item in value])
        if isinstance(value, dict):
            members = {self.code(n): self.code(text_of(v)) for n, v in value.items()}
            return self.members(members)
        text = self.code(text_of(value))
        if self.place in {"query", "cookie"}:
            return f"color={text}"
        return {"simple": text, "label": f".{text}", "matrix": f";color={text}"}[self.style]

    def listed(self, items: list[str]) -> str:
        if self.style == "label":
            return "." + (".".join(items) if self.explode else ",".join(items))
        if self.style == "matrix":
            return (
                "".join(f";color={item}" for item in items)
                if self.explode
                else ";color=" + ",".join(items)
            )
        if self.style == "simple":
            return ",".join(items)
        if self.explode:
            between = "; " if self.style == "cookie" else "&"
            return between.join(f"color={item}" for item in items)
        between = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(self.style, ",")
        return "color=" + between.join(items)

    def members(self, members: dict[str, str]) -> str:
        pairs = [f"{name}={value}" for name, value in members.items()]
        turns = [text for pair in members.items() for text in pair]
        if self.style == "deepObject":
            return "&".join(f"color%5B{n}%5D={v}" for n, v in members.items())
        if self.style == "label":
            return "." + (".".join(pairs) if self.explode else ",".join(turns))
        if self.style == "matrix":
            return "".join(f";{p}" for p in pairs) if self.explode else ";color=" + ",".join(turns)
        if self.style == "simple":
            return ",".join(pairs if self.explode else turns)
        if self.explode:
            return ("; " if self.style == "cookie" else "&").join(pairs)
        between = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(self.style, ",")
        return "color=" + between.join(turns)


def reader(
    declared: dict[str, Any], *others: dict[str, Any], lenient: bool = True
) -> RequestReader:
    parameters = [declared, *others]
    path = "/x/{color}" if declared["in"] == "path" else "/x"
    operation = {"operationId": "x", "parameters": parameters, "responses": {}}
    document = {"openapi": "3.1.0", "paths": {path: {"get": operation}}}
    made = operation_of(document, path, "get", operation, {}, extended=False)
    return RequestReader(made, SchemaSet(document, closing=False), document, lenient=lenient)


def color(place: str, style: str, explode: bool, schema: Any, **more: Any) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {
        "name": "color",
        "in": place,
        "style": style,
        "explode": explode,
        "schema": schema,
        **required,
        **more,
    }


def read_from(reader: RequestReader, request: RawRequest, place: str) -> dict[str, Any]:
    values = reader.read(request)
    return {
        "path": values.path,
        "query": values.query,
        "header": values.headers,
        "cookie": values.cookies,
    }[place]


def same(read: Any, sent: Any) -> bool:
    """Equal, and of the same types: 1 is not true here."""
    return json.dumps(read) == json.dumps(sent) or (read == sent and type(read) is not bool)


def fits(writer: Writer, text: str) -> bool:
    """Whether a piece can be written at all: not every style can say every text."""
    if not text:
        return False  # an empty list, or one of an empty text: nobody can tell
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return False
    if writer.place == "header" or writer.style == "cookie":
        plain = text.isascii() and text.isprintable() and text.strip() == text
        return plain and not set(text) & set(',;="&')
    if writer.style == "spaceDelimited":
        return " " not in text
    if writer.style == "pipeDelimited":
        return "|" not in text
    if writer.style == "label":
        return "." not in text  # which nobody encodes
    return True


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("kind", SCALARS)
@pytest.mark.parametrize(("place", "style"), [p for p in PLACES if "Delimited" not in p[1]])
def test_a_scalar_is_read_back(place: str, style: str, kind: str, explode: bool) -> None:
    schema, values = SCALARS[kind]
    writer = Writer(place, style, explode)
    made = reader(color(place, style, explode, schema))

    @FAST
    @given(values.filter(lambda value: fits(writer, text_of(value)) or style == "label"))
    def check(value: Any) -> None:
        if place == "path":
            if kind in {"string", "day"}:
                return  # texts in the path are names: they are not read here
            texts = texts_of_path(color(place, style, explode, schema))
            request = RawRequest(path=texts([writer.written(value)]))
        else:
            request = writer.request(value)
        assert same(read_from(made, request, place)["color"], value)

    check()


def texts_of_path(declared: dict[str, Any]) -> Any:
    operation = {"operationId": "x", "parameters": [declared], "responses": {}}
    document = {"openapi": "3.1.0", "paths": {"/x/{color}": {"get": operation}}}
    made = operation_of(document, "/x/{color}", "get", operation, {}, extended=False)
    found = path_texts(document, made)
    return found or (lambda sent: {"color": __import__("urllib.parse").parse.unquote(sent[0])})


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize("kind", LISTED)
@pytest.mark.parametrize(("place", "style"), PLACES)
def test_a_list_is_read_back(place: str, style: str, kind: str, explode: bool) -> None:
    schema, values = LISTED[kind]
    writer = Writer(place, style, explode)
    made = reader(color(place, style, explode, {"type": "array", "items": schema}))
    items = values.filter(lambda value: fits(writer, text_of(value)))

    @FAST
    @given(st.lists(items, min_size=1, max_size=4))
    def check(value: list[Any]) -> None:
        if len(value) == 1 and "," in text_of(value[0]) and not explode:
            return  # see styles.py: such a list is divided
        if len(value) == 1 and "," in text_of(value[0]) and style == "simple":
            return
        read = read_from(made, writer.request(value), place)["color"]
        assert all(same(a, b) for a, b in zip(read, value, strict=True))

    check()


@pytest.mark.parametrize("explode", [False, True])
@pytest.mark.parametrize(("place", "style"), [*PLACES, ("query", "deepObject")])
@pytest.mark.parametrize("is_open", [False, True])
def test_an_object_is_read_back(place: str, style: str, explode: bool, is_open: bool) -> None:
    known = {"R": {"type": "integer"}, "G": {"type": "string"}, "b b": {"type": "boolean"}}
    schema: dict[str, Any] = {"type": "object", "properties": known}
    if is_open:
        schema["additionalProperties"] = {"type": "number"}
    writer = Writer(place, style, explode)
    made = reader(color(place, style, explode, schema))
    texts = TEXTS.filter(lambda text: fits(writer, text))
    spaced = fits(writer, "b b") and place != "header" and style != "cookie"
    more = {"extra": st.integers(-9, 9)} if is_open else {}
    members = {"G": texts, **({"b b": st.booleans()} if spaced else {}), **more}

    @FAST
    @given(st.fixed_dictionaries({"R": st.integers()}, optional=members))
    def check(value: dict[str, Any]) -> None:
        if abs(value["R"]) >= 10**17:
            return
        read = read_from(made, writer.request(value), place)["color"]
        assert json.dumps(read, sort_keys=True) == json.dumps(value, sort_keys=True)

    check()


@FAST
@given(st.text(max_size=20), st.booleans())
def test_reserved_signs_may_stand_as_they_are(text: str, listed: bool) -> None:
    if "," in text or any("\ud800" <= sign <= "\udfff" for sign in text) or not text:
        return
    schema = {"type": "array"} if listed else {"type": "string"}
    made = reader(color("query", "form", False, schema, allowReserved=True))
    value = [text, text] if listed else text
    written = Writer("query", "form", False, reserved=True).written(value)
    assert made.read(RawRequest(path={}, query=written)).query == {"color": value}


@FAST
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=6,
    )
)
def test_a_parameter_with_a_content_is_read_as_that(value: Any) -> None:
    declared = {"name": "color", "in": "query", "content": {"application/json": {"schema": {}}}}
    made = reader(declared)
    query = "color=" + quote(json.dumps(value))
    assert made.read(RawRequest(path={}, query=query)).query == {"color": value}


def violations(made: RequestReader, **request: Any) -> list[Violation]:
    with pytest.raises(Refusal) as refusal:
        made.read(RawRequest(path=request.pop("path", {}), **request))
    assert refusal.value.code == "INVALID_REQUEST"
    return list(refusal.value.violations)


NUMBERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}


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
    ],
)
def test_a_list_with_a_name_for_each_item(schema: Any, query: str, value: Any) -> None:
    made = reader(color("query", "form", True, schema))
    assert made.read(RawRequest(path={}, query=query)).query == {"color": value}


def test_what_no_json_is_inside_a_list_is_left_to_its_schema() -> None:
    made = reader(color("query", "form", True, {"type": "array", "items": POINT}))
    assert [v.pointer for v in violations(made, query="color=x")] == ["query/color/0"]


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
    made = operation_of(document, "/x/{color}", "get", operation, {}, extended=False)
    assert path_texts(document, made) is None
