"""XML is read as the schema means it, written so that it is read again, and never expanded."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.markup import Markup, is_described
from bacasable.contract.problems import Refusal
from bacasable.contract.schemas import SchemaSet

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'


def markup(schema: Any, **components: Any) -> Markup:
    document = {
        "openapi": "3.1.0",
        "info": {},
        "paths": {},
        "components": {"schemas": components},
    }
    return Markup(document, SchemaSet(document), schema)


def written(schema: Any, value: Any, **components: Any) -> str:
    text = markup(schema, **components).written(value).decode()
    declaration, _, rest = text.partition("\n")
    assert declaration == '<?xml version="1.0" encoding="UTF-8"?>'
    return rest


def read(schema: Any, text: str, **components: Any) -> Any:
    return markup(schema, **components).read(text.encode(), "", 10)


def objects(**members: Any) -> Any:
    return {"type": "object", "properties": members}


def listed(items: Any = TEXT, **xml: Any) -> Any:
    return {"type": "array", "items": items} | ({"xml": xml} if xml else {})


NAMED = {"type": "string", "xml": {"name": "animal"}}
ANIMALS = [
    # The cases of the XML Object in OpenAPI 3.1.
    (listed(), "<animals>a</animals><animals>b</animals>"),
    (listed(NAMED, name="aliens"), "<animal>a</animal><animal>b</animal>"),
    (listed(wrapped=True), "<animals><animals>a</animals><animals>b</animals></animals>"),
    (
        listed(NAMED, name="aliens", wrapped=True),
        "<aliens><animal>a</animal><animal>b</animal></aliens>",
    ),
    (
        listed(name="aliens", wrapped=True),
        "<aliens><aliens>a</aliens><aliens>b</aliens></aliens>",
    ),
]


@pytest.mark.parametrize(("schema", "text"), ANIMALS)
def test_lists_are_written_as_their_schemas_say(schema: Any, text: str) -> None:
    whole = objects(animals=schema)
    assert written(whole, {"animals": ["a", "b"]}) == f"<root>{text}</root>"
    assert read(whole, f"<root>{text}</root>") == {"animals": ["a", "b"]}


def test_attributes_names_and_namespaces_are_as_stated() -> None:
    pet = objects(
        id={"type": "integer", "xml": {"attribute": True}},
        name={"type": "string", "xml": {"namespace": "https://names.example", "prefix": "n"}},
        note={"type": "string", "xml": {"name": "remark"}},
    )
    schema = {"$ref": "#/components/schemas/Pet"}
    text = (
        '<Pet id="1"><n:name xmlns:n="https://names.example">A &amp; B</n:name>'
        "<remark>&lt;</remark></Pet>"
    )
    value = {"id": 1, "name": "A & B", "note": "<"}
    assert written(schema, value, Pet=pet) == text
    assert read(schema, text, Pet=pet) == value


def test_a_namespace_of_its_own_needs_no_prefix() -> None:
    schema = objects(a=WHOLE) | {"xml": {"name": "x", "namespace": "https://x.example"}}
    text = '<x xmlns="https://x.example"><a>1</a></x>'
    assert written(schema, {"a": 1}) == text
    assert read(schema, text) == {"a": 1}


def test_the_text_of_an_element_may_be_a_member() -> None:
    schema = objects(
        lang={"type": "string", "xml": {"nodeType": "attribute"}},
        said={"type": "string", "xml": {"nodeType": "text"}},
    )
    text = '<root lang="en">yes</root>'
    assert written(schema, {"lang": "en", "said": "yes"}) == text
    assert read(schema, text) == {"lang": "en", "said": "yes"}


def test_values_have_the_types_of_their_schemas() -> None:
    schema = objects(a=WHOLE, b={"type": "boolean"}, c={"type": ["string", "null"]}, d=TEXT)
    text = f"<root><a> 7 </a><b>true</b><c {NIL}></c><d> x </d></root>"
    assert read(schema, text) == {"a": 7, "b": True, "c": None, "d": " x "}
    assert written(schema, {"c": None}) == f"<root><c {NIL}></c></root>"


def test_a_list_may_be_all_there_is() -> None:
    schema = listed({"$ref": "#/components/schemas/Pet"}, name="pets")
    text = "<pets><Pet><id>1</id></Pet><Pet><id>2</id></Pet></pets>"
    assert written(schema, [{"id": 1}, {"id": 2}], Pet=objects(id=WHOLE)) == text
    assert read(schema, text, Pet=objects(id=WHOLE)) == [{"id": 1}, {"id": 2}]


def test_what_no_schema_tells_of_is_text_by_name() -> None:
    text = "<root><a>1</a><b>2</b><b><c>3</c><c>4</c><c>5</c></b></root>"
    assert read(objects(a=WHOLE), text) == {"a": 1, "b": ["2", {"c": ["3", "4", "5"]}]}
    assert read(objects(a=WHOLE), "<root><a>1</a><a>2</a></root>") == {"a": [1, 2]}
    assert read(objects(a=TEXT), "<root><a><b>1</b></a></root>") == {"a": {"b": "1"}}
    assert written(objects(), {"1 a": [1, 2], "b": {"c": "\x00"}}) == (
        "<root><_1_a>1</_1_a><_1_a>2</_1_a><b><c>\ufffd</c></b></root>"
    )


def test_what_is_no_object_is_not_taken_for_one() -> None:
    assert read(objects(a=TEXT), "<root>true</root>") == "true"
    noted = objects(a={"type": "string", "xml": {"attribute": True}})
    assert read(noted, "<root/>") == {}
    assert read(objects(a=TEXT, b=TEXT), "<root><b>1</b></root>") == {"b": "1"}
    assert read(listed(), "<root><a>1</a></root>") == ["1"]
    assert not is_described({"components": {}}, {"type": "object"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<a>", "no element found"),
        ("<a/><b/>", "junk after document element"),
        ("", "no element found"),
        ("<b/>", "its root is 'b'; 'a' is documented"),
        ("<!DOCTYPE a><a/>", "it has a DOCTYPE; leave it out"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "it has a DOCTYPE; leave it out"),
        ("<a>&x;</a>", "undefined entity"),
        ("<a>" * 11 + "</a>" * 11, "is nested more than 10 levels deep"),
    ],
)
def test_other_texts_are_refused(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        read({"type": "object", "xml": {"name": "a"}}, text)
    assert refused.value.code == "MALFORMED_BODY"
    assert said in refused.value.detail


def test_a_charset_that_is_not_known_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        markup(objects()).read(b"<a/>", "klingon", 10)
    assert "unknown encoding" in refused.value.detail
    value = markup(objects(a=TEXT)).read("<r><a>é</a></r>".encode("latin-1"), "iso-8859-1", 10)
    assert value == {"a": "é"}


names = st.sampled_from(["a", "b", "c"])
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]))
scalars = st.sampled_from(
    [
        (TEXT, texts),
        (WHOLE, st.integers(-(10**9), 10**9)),
        ({"type": "boolean"}, st.booleans()),
    ]
)


@st.composite
def described(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    """A schema with some of what XML can be told, and a value of it."""
    kind = draw(st.sampled_from(["scalar", "object", "list"])) if depth else "scalar"
    if kind == "scalar":
        schema, values = draw(scalars)
        return schema, draw(values)
    if kind == "list":
        schema, values = draw(scalars)
        items = draw(st.lists(values, min_size=1, max_size=3))
        return listed(schema, wrapped=draw(st.booleans())), items
    members = draw(st.dictionaries(names, described(depth=depth - 1), min_size=1))
    schema = objects(**{name: inner for name, (inner, _) in members.items()})
    return schema, {name: value for name, (_, value) in members.items()}


@given(described())
def test_what_is_written_is_read_again(made: tuple[Any, Any]) -> None:
    schema, value = made
    whole = objects(value=schema)
    found = markup(whole)
    assert found.read(found.written({"value": value}), "", 64) == {"value": value}
