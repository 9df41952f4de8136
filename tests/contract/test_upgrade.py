"""OpenAPI 3.0 becomes 3.1: keyword by keyword, and without a change of meaning."""

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.upgrade import upgrade

FAST = settings(max_examples=200, deadline=None, derandomize=True, database=None)


def upgraded(schema: Any) -> Any:
    """The new schema of a document that has only this one."""
    document = {"openapi": "3.0.3", "components": {"schemas": {"A": schema}}}
    return upgrade(document)["components"]["schemas"]["A"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        (
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"enum": ["a", None], "nullable": True}, {"enum": ["a", None]}),
        ({"nullable": True, "minimum": 1}, {"minimum": 1}),
        (
            {"nullable": True, "title": "T", "x-a": 1, "allOf": [{"$ref": "#/a"}]},
            {"title": "T", "x-a": 1, "anyOf": [{"allOf": [{"$ref": "#/a"}]}, {"type": "null"}]},
        ),
        (
            {"$ref": "#/a", "nullable": True, "description": "D", "type": "string"},
            {"description": "D", "anyOf": [{"$ref": "#/a"}, {"type": "null"}]},
        ),
        ({"$ref": "#/a", "minLength": 5}, {"$ref": "#/a"}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"exclusiveMaximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        ({"exclusiveMaximum": 3}, {"exclusiveMaximum": 3}),
        ({"example": None}, {"examples": [None]}),
        ({"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}),
        (
            {"type": "string", "format": "binary", "nullable": True},
            {"type": ["string", "null"], "contentMediaType": "application/octet-stream"},
        ),
        ({"type": "integer", "format": "int32"}, {"type": "integer", "format": "int32"}),
        (
            {"properties": {"nullable": {"example": 1}, "example": {"nullable": True}}},
            {"properties": {"nullable": {"examples": [1]}, "example": {}}},
        ),
        (
            {"default": {"nullable": True}, "items": {"nullable": True, "type": "number"}},
            {"default": {"nullable": True}, "items": {"type": ["number", "null"]}},
        ),
    ],
)
def test_a_schema_is_said_in_the_words_of_the_new_version(old: Any, new: Any) -> None:
    assert upgraded(old) == new


def test_what_only_the_old_version_allows_is_left_out() -> None:
    document = {
        "openapi": "3.0.1",
        "paths": {
            "/a": {
                "$ref": "#/b",
                "summary": "Stays.",
                "parameters": [
                    {"name": "a", "in": "path", "allowReserved": True, "allowEmptyValue": True},
                    {"name": "b", "in": "query", "allowReserved": True},
                    {"$ref": "#/c", "description": "D", "name": "ignored"},
                ],
            }
        },
        "components": {
            "headers": {"H": {"allowEmptyValue": True, "schema": {}}},
            "examples": {"E": {"value": 1, "externalValue": "a"}, "F": {"externalValue": "a"}},
            "links": {"L": {"description": "Nowhere."}, "M": {"operationId": "m"}},
        },
    }
    new = upgrade(document)
    assert new["openapi"] == "3.1.0"
    assert new["paths"]["/a"] == {
        "$ref": "#/b",
        "summary": "Stays.",
        "parameters": [
            {"name": "a", "in": "path"},
            {"name": "b", "in": "query", "allowReserved": True},
            {"$ref": "#/c", "description": "D"},
        ],
    }
    assert new["components"] == {
        "headers": {"H": {"schema": {}}},
        "examples": {"E": {"value": 1}, "F": {"externalValue": "a"}},
        "links": {"M": {"operationId": "m"}},
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 4) | st.sampled_from(["", "a", "abc"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)
_KINDS = {
    "string": str,
    "integer": int,
    "number": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def _leaf() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "boolean", "object"]),
            "nullable": st.booleans(),
            "enum": st.lists(st.sampled_from(["a", 1, None]), min_size=1, max_size=2),
            "minimum": st.integers(-1, 2),
            "exclusiveMinimum": st.booleans(),
            "maximum": st.integers(0, 3),
            "exclusiveMaximum": st.booleans(),
            "minLength": st.integers(0, 2),
            "example": values,
            "format": st.sampled_from(["byte", "binary", "int32"]),
        },
    )


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(inner, min_size=1, max_size=2)
    parts: dict[str, st.SearchStrategy[Any]] = {
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
        "not": inner,
        "items": inner,
        "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "additionalProperties": st.booleans() | inner,
        "required": st.lists(st.sampled_from("ab"), min_size=1, max_size=2, unique=True),
        "nullable": st.booleans(),
        "type": st.sampled_from(["array", "object", "string"]),
    }
    return st.fixed_dictionaries({}, optional=parts)


schemas = st.recursive(_leaf(), _nested, max_leaves=5)


def accepts(schema: Any, value: Any) -> bool:
    """What a schema of 3.0 takes, told again from its specification, keyword by keyword."""
    if isinstance(schema, bool):
        return schema
    if value is None and schema.get("nullable") is True:
        return True
    return _fits_kind(schema, value) and _fits_parts(schema, value) and _combines(schema, value)


def _fits_kind(schema: dict[str, Any], value: Any) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    kind = _KINDS.get(schema.get("type", ""), object)
    if not isinstance(value, kind) or (kind is int and not number):
        return False
    if "enum" in schema and not any(type(v) is type(value) and v == value for v in schema["enum"]):
        return False
    if number:
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        too_low = value <= low if schema.get("exclusiveMinimum") else value < low
        too_high = value >= high if schema.get("exclusiveMaximum") else value > high
        return not (("minimum" in schema and too_low) or ("maximum" in schema and too_high))
    return not (isinstance(value, str) and len(value) < schema.get("minLength", 0))


def _fits_parts(schema: dict[str, Any], value: Any) -> bool:
    if isinstance(value, list):
        return all(accepts(schema.get("items", True), item) for item in value)
    if isinstance(value, dict):
        members, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        fits = all(accepts(members.get(name, others), part) for name, part in value.items())
        return fits and all(name in value for name in schema.get("required", ()))
    return True


def _combines(schema: dict[str, Any], value: Any) -> bool:
    fits = [accepts(part, value) for part in schema.get("allOf", ())]
    some = [accepts(part, value) for part in schema.get("anyOf", ())]
    one = [accepts(part, value) for part in schema.get("oneOf", ())]
    return (
        all(fits)
        and ("anyOf" not in schema or any(some))
        and ("oneOf" not in schema or sum(one) == 1)
        and not ("not" in schema and accepts(schema["not"], value))
    )


@FAST
@given(schema=schemas, several=st.lists(values, min_size=3, max_size=8))
def test_a_schema_keeps_its_meaning(schema: Any, several: list[Any]) -> None:
    new = jsonschema_rs.Draft202012Validator(upgraded(schema))
    for value in several:
        assert new.is_valid(value) == accepts(schema, value), (value, upgraded(schema))
