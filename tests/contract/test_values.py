"""Values to show: examples first, and what is made from a schema is valid by it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.schemas import SchemaSet
from bacasable.contract.values import NONE, example_of, made, matches, shown

DOCUMENT: Any = {
    "components": {
        "schemas": {
            "Name": {"type": "string", "example": "Ada"},
            "Base": {"type": "object", "properties": {"id": {"type": "integer"}}},
            "Tree": {
                "type": "object",
                "properties": {"below": {"$ref": "#/components/schemas/Tree"}},
                "required": ["below"],
            },
        },
        "examples": {"One": {"value": 7}, "Elsewhere": {"externalValue": "https://x.example/"}},
    }
}
NAME = {"$ref": "#/components/schemas/Name"}


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"example": None, "schema": NAME}, None),
        ({"examples": {"a": {"$ref": "#/components/examples/One"}}, "schema": NAME}, 7),
        ({"examples": {"a": {"$ref": "#/components/examples/Elsewhere"}}, "schema": NAME}, "Ada"),
        ({"examples": {"a": "nothing of OpenAPI"}, "schema": NAME}, "Ada"),
        ({"schema": {"examples": ["first", "second"]}}, "first"),
        ({"schema": {"examples": []}}, NONE),
        ({}, NONE),
    ],
)
def test_an_example_is_taken_where_the_contract_has_one(declared: Any, value: Any) -> None:
    assert example_of(DOCUMENT, declared) == value
    assert shown(DOCUMENT, declared) == ("example" if value is NONE else value)


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
BRANCH = {"type": "object", "properties": {"kind": {"const": "a"}}, "required": ["kind"]}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, "example"),
        ({"const": 3}, 3),
        ({"default": False}, False),
        ({"enum": ["B", "A"]}, "B"),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null"]}, None),
        ({"type": ["null", "integer"]}, 1),
        ({"oneOf": [{"type": "null"}, NAME]}, "Ada"),
        ({"anyOf": [{"type": "null"}]}, None),
        (
            {"oneOf": [BRANCH], "properties": {"own": WHOLE}, "required": ["own"]},
            {"own": 1, "kind": "a"},
        ),
        ({"allOf": [TEXT | {"default": "Ada"}]}, "Ada"),
        ({"allOf": [{"properties": {"a": WHOLE}, "required": ["a"]}]}, {"a": 1}),
        ({"allOf": [{"$ref": "#/components/schemas/Base"}, {"$ref": NAME["$ref"]}]}, {}),
        ({"items": WHOLE}, [1]),
        ({"type": "array", "items": WHOLE, "minItems": 3}, [1, 1, 1]),
        ({"type": "array", "minItems": 99}, ["example"] * 20),
        ({"type": "string", "minLength": 9}, "examplexx"),
        ({"type": "string", "maxLength": 2}, "ex"),
        ({"type": "string", "format": "date"}, "2026-09-01"),
        ({"type": "string", "pattern": "^usr_[a-z0-9]{4}$"}, "usr_1234"),
        ({"type": "string", "pattern": "^[0-9]{14}$"}, "1" * 14),
        ({"type": "string", "pattern": r"^\p{L}+$"}, "ynbi"),
        ({"type": "string", "pattern": "^ü"}, "ü1"),
        ({"type": "string", "pattern": "^/v1/disputes"}, "/v1/disputes"),
        ({"type": "string", "pattern": r"^\/v1\/[0-9]+$"}, "/v1/1"),
    ],
)
def test_a_value_is_made_as_short_as_can_be(schema: Any, value: Any) -> None:
    assert made(DOCUMENT, schema) == value


@pytest.mark.parametrize(
    ("bounds", "value"),
    [
        ({}, 1),
        ({"minimum": 5}, 5),
        ({"minimum": True}, 1),
        ({"minimum": "low"}, 1),
        ({"minimum": 0.5, "multipleOf": 0.5}, 0.5),
        ({"exclusiveMinimum": 4}, 5),
        ({"minimum": 5, "multipleOf": 3}, 6),
        ({"maximum": -2}, -2),
        ({"maximum": 9}, 1),
    ],
)
def test_a_number_lies_within_its_bounds(bounds: Any, value: Any) -> None:
    found = made({}, {"type": "number", **bounds})
    assert (found, type(found)) == (value, type(value))


def test_members_are_those_that_are_required_and_may_be_sent() -> None:
    properties = {"a": WHOLE, "b": WHOLE | {"readOnly": True}, "c": TEXT, "d": TEXT}
    schema = {"type": "object", "properties": properties, "required": ["a", "b"]}
    assert made({}, schema) == {"a": 1}
    assert made({}, schema | {"minProperties": 2}) == {"a": 1, "c": "example"}
    closed = schema | {"minProperties": 9, "additionalProperties": False}
    assert made({}, closed) == {"a": 1, "c": "example", "d": "example"}
    assert len(made({}, schema | {"minProperties": 9, "additionalProperties": WHOLE})) == 9
    assert made({}, schema | {"minProperties": "many"}) == {"a": 1}


def test_what_has_no_end_ends() -> None:
    value, depth = made(DOCUMENT, {"$ref": "#/components/schemas/Tree"}), 0
    while value is not None:
        value, depth = value["below"], depth + 1
    assert 1 < depth < 20


def test_a_pattern_is_tried_with_care() -> None:
    assert matches("^(a+)+$", "aaaa")
    assert not matches("^(a+)+$", "a" * 40 + "!")
    assert not matches("[", "a")


def _in_parts(members: dict[str, Any]) -> Any:
    """An object whose every part requires what another one describes."""
    names = [*members]
    parts = [
        {"type": "object", "properties": {name: members[name]}, "required": [names[number - 1]]}
        for number, name in enumerate(names)
    ]
    return {"allOf": parts}


_SCHEMAS = st.recursive(
    st.sampled_from([TEXT, WHOLE, {"type": "null"}, {"enum": ["x", 1]}, {"type": "boolean"}]),
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items, "minItems": 1}, inner),
        st.builds(lambda one: {"allOf": [one, {"description": "said beside"}]}, inner),
        st.builds(lambda one: {"anyOf": [{"$ref": "#/components/schemas/Endless"}, one]}, inner),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=2).map(_in_parts),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
            lambda members: {"type": "object", "properties": members, "required": [*members]}
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(_SCHEMAS)
def test_what_is_made_is_valid(schema: Any) -> None:
    assert SchemaSet(ENDLESS).check_for(schema)(made(ENDLESS, schema)) == []


ENDLESS: Any = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "Endless": {
                "type": "object",
                "properties": {"below": {"$ref": "#/components/schemas/Endless"}},
                "required": ["below"],
                "additionalProperties": False,
            }
        }
    },
}
"""A schema that no value has, for every value would go on."""


BESIDES = {"type": "object", "properties": {"a": WHOLE}, "required": ["a", "b"]}
DISTINCT: Any = {"minItems": 3, "uniqueItems": True}


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [BESIDES, {"properties": {"b": WHOLE}}]},
        {"allOf": [{"properties": {"b": WHOLE | {"minimum": 5}}}], "required": ["b"]}
        | {"properties": {"b": WHOLE | {"minimum": 3}}},
        {"allOf": [{"type": "number", "maximum": 0}, WHOLE]},
        {"allOf": [WHOLE | {"minimum": 2, "maximum": 9}, WHOLE | {"minimum": 5, "maximum": 7}]},
        {"allOf": [{"enum": ["x", "y"]}, {"enum": ["y", "z"]}]},
        {"allOf": [{"items": TEXT, "type": "array"}, {"items": {"minLength": 9}}]},
        {"allOf": [{"items": True, "type": "array"}, {"items": WHOLE}]},
        {"allOf": [{"items": WHOLE, "type": "array"}, {"items": True}]},
        {"allOf": [{"items": False, "type": "array"}, {"items": WHOLE, "maxItems": 0}]},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": WHOLE}},
        {"allOf": [{"anyOf": [{"required": ["a"]}]}, {"anyOf": [{"required": ["b"]}]}]},
        {"type": "object", "default": {}, "properties": {"a": WHOLE}, "required": ["a"]},
        {"type": "boolean", "default": "false"},
        {"type": "integer", "example": 1.5},
        {"type": "integer", "example": True},
        {"type": "string", "enum": ["x"], "default": "y"},
        {"type": "object", "minProperties": 2, "additionalProperties": WHOLE},
        {"type": "array", "items": TEXT} | DISTINCT,
        {"type": "array", "items": WHOLE | {"multipleOf": 5}} | DISTINCT,
        {"type": "array", "items": {"enum": ["x", "y", "z"]}} | DISTINCT,
        {"type": "array", "items": TEXT | {"pattern": "^[0-9]{4}$"}} | DISTINCT,
        {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "prefixItems": [TEXT, WHOLE], "minItems": 2},
        {"prefixItems": [WHOLE]},
        {"type": "array", "items": {"$ref": "#/components/schemas/Endless"}},
        {"type": ["object", "null"], "required": "a", "minProperties": "many"},
        {"type": "array", "minItems": "many", "maxItems": "few"},
    ],
)
def test_what_is_put_together_is_valid(schema: Any) -> None:
    value = made(ENDLESS, schema)
    assert SchemaSet(ENDLESS).check_for(_sound(schema))(value) == [], value


def _sound(schema: Any) -> Any:
    """A schema without what no validator reads."""
    return {
        key: value
        for key, value in schema.items()
        if not (isinstance(value, str) and key in {"required", "minProperties", "minItems"})
        and value != "few"
    }


def test_what_is_bare_takes_nothing_from_examples() -> None:
    schema = TEXT | {"example": "Ada", "default": "Bea", "examples": ["Cleo"]}
    assert (made({}, schema), made({}, schema, bare=True)) == ("Ada", "example")
    assert made({}, {"const": 3, "example": 4}, bare=True) == 3


def test_a_value_has_an_end_before_it_is_large() -> None:
    levels: Any = {
        f"L{n}": {
            "type": "object",
            "properties": {c: {"$ref": f"#/components/schemas/L{n + 1}"} for c in "abcde"},
            "required": [*"abcde"],
        }
        for n in range(11)
    }
    document = {"components": {"schemas": levels | {"L11": TEXT}}}
    value = made(document, {"anyOf": [{"$ref": "#/components/schemas/L0"}, TEXT]})
    assert value == "example"
