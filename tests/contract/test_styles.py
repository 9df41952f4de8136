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

from bacasable.contract import RawRequest, RequestReader
from tests.contract.styled import color, reader, texts_of_path

FAST = settings(max_examples=30, deadline=None, derandomize=True, database=None)
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
    if not text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return False  # an empty list, or one of an empty text: nobody can tell
    if writer.place == "header" or writer.style == "cookie":
        plain = text.isascii() and text.isprintable() and text.strip() == text
        return plain and not set(text) & set(',;="&')
    # Nobody encodes the point of a label, and the others stand for what divides a list.
    never = {"spaceDelimited": " ", "pipeDelimited": "|", "label": "."}.get(writer.style)
    return never is None or never not in text


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
@given(st.text(max_size=20) | st.text(st.sampled_from("ab+/?:;!@ %é")), st.booleans())
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
