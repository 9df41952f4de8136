"""Members of one direction: what is readOnly is no matter of requests, nor writeOnly of answers."""

from typing import Any

import pytest

from bacasable.contract.direction import READ_ONLY, WRITE_ONLY, hider, without
from bacasable.contract.schema import SchemaView
from bacasable.contract.schemas import SchemaSet
from bacasable.contract.values import made

SCHEMAS: dict[str, Any] = {
    "Id": {"type": "integer", "readOnly": True},
    "Secret": {"type": "string", "writeOnly": True},
    "Base": {
        "type": "object",
        "required": ["id", "secret", "name"],
        "properties": {
            "id": {"$ref": "#/components/schemas/Id"},
            "secret": {"allOf": [{"$ref": "#/components/schemas/Secret"}]},
            "name": {"type": "string", "example": {"readOnly": True}},
        },
    },
    "Whole": {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"required": ["id", "secret", "extra"], "properties": {"extra": {}}},
        ]
    },
    "Tree": {
        "type": "object",
        "properties": {
            "secret": {"$ref": "#/components/schemas/Secret"},
            "kin": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            "named": {"additionalProperties": {"$ref": "#/components/schemas/Tree"}},
            "one": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Tree"}]},
            "plain": {"type": "object", "properties": {"a": {}}, "items": {}},
        },
    },
    "Plain": {"type": "object", "required": ["a"], "properties": {"a": {}, "b": True}},
    "Broken": {"properties": {"a": {"$ref": "#/nowhere"}, "b": {"$ref": 5}}},
}
DOCUMENT = {"openapi": "3.1.0", "components": {"schemas": SCHEMAS}}


def pointers(check: Any, value: Any) -> set[str]:
    return {violation.pointer for violation in check(value)}


@pytest.mark.parametrize(
    ("name", "requests", "answers"),
    [
        ("Base", {"/secret", "/name"}, {"/id", "/name"}),
        ("Whole", {"/secret", "/name", "/extra"}, {"/id", "/name", "/extra"}),
        ("Plain", {"/a"}, {"/a"}),
    ],
)
def test_each_direction_requires_its_own_members(
    name: str, requests: set[str], answers: set[str]
) -> None:
    schemas = SchemaSet(DOCUMENT, closing=False)
    place = f"/components/schemas/{name}"
    assert pointers(schemas.request_check(place), {}) == requests
    assert pointers(schemas.answer_check(place), {}) == answers
    assert pointers(schemas.check_for({"$ref": f"#{place}"}), {}) == requests
    # Ours have schemas of their own for each.
    assert pointers(SchemaSet(DOCUMENT).request_check(place), {}) == requests | answers


def test_what_a_request_says_of_a_member_that_is_readonly_counts_for_nothing() -> None:
    check = SchemaSet(DOCUMENT, closing=False).request_check("/components/schemas/Base")
    assert check({"id": "seven", "secret": "s", "name": "n"}) == []


def test_what_has_no_such_member_is_the_same() -> None:
    plain = {"components": {"schemas": {"Plain": SCHEMAS["Plain"]}}, "examples": [{"a": 1}]}
    assert without(plain, plain, READ_ONLY) is plain
    assert without(DOCUMENT, SCHEMAS["Plain"], WRITE_ONLY) is SCHEMAS["Plain"]
    lists = {"anyOf": [SCHEMAS["Plain"], SCHEMAS["Base"]]}
    changed = without(DOCUMENT, lists, READ_ONLY)
    assert changed["anyOf"][0] is SCHEMAS["Plain"]
    assert changed["anyOf"][1]["required"] == ["secret", "name"]


def test_a_member_that_cannot_be_read_is_left_as_it_is() -> None:
    assert without(DOCUMENT, SCHEMAS["Broken"], READ_ONLY) is SCHEMAS["Broken"]


def test_parts_that_contain_themselves_come_to_an_end() -> None:
    again = {"properties": {"id": {"readOnly": True}}, "required": ["id"]}
    again["allOf"] = [{"$ref": "#/Again"}]  # type: ignore[assignment]
    document: dict[str, Any] = {"Again": again}
    assert without(document, again, READ_ONLY)["required"] == []


def test_a_mark_stands_on_the_member_or_what_it_is_made_of() -> None:
    properties = SCHEMAS["Base"]["properties"]
    assert SchemaView(DOCUMENT, properties["id"]).is_marked(READ_ONLY)
    assert SchemaView(DOCUMENT, properties["secret"]).is_marked(WRITE_ONLY)
    assert not SchemaView(DOCUMENT, properties["name"]).is_marked(READ_ONLY)


def test_members_that_are_writeonly_are_hidden_at_every_depth() -> None:
    hide = hider(DOCUMENT, {"$ref": "#/components/schemas/Tree"})
    assert hide is not None
    inner = {"secret": "s", "plain": {"a": 1}}
    value = {
        "secret": "s",
        "kin": [inner, 5],
        "named": {"x": inner},
        "one": inner,
        "plain": {"secret": "kept"},
        "other": [{"secret": "kept"}],
    }
    told = {"plain": {"a": 1}}
    assert hide(value) == {
        "kin": [told, 5],
        "named": {"x": told},
        "one": told,
        "plain": {"secret": "kept"},
        "other": [{"secret": "kept"}],
    }
    assert value["secret"] == "s"
    assert hide("text") == "text"


def test_where_nothing_is_writeonly_nothing_is_done() -> None:
    assert hider(DOCUMENT, {"$ref": "#/components/schemas/Plain"}) is None
    assert hider(DOCUMENT, {"items": True, "additionalProperties": False}) is None


@pytest.mark.parametrize(
    ("schema", "asked", "told"),
    [
        (SCHEMAS["Base"], {"secret", "name"}, {"id", "name"}),
        ({"type": "array", "items": SCHEMAS["Base"]}, {"secret", "name"}, {"id", "name"}),
        ({"allOf": [SCHEMAS["Base"]]}, {"secret", "name"}, {"id", "name"}),
        (
            {"oneOf": [SCHEMAS["Base"]], "required": ["more"]},
            {"secret", "name", "more"},
            {"id", "name", "more"},
        ),
        (
            {"minProperties": 1, "properties": SCHEMAS["Tree"]["properties"]},
            {"secret"},
            {"kin"},
        ),
    ],
)
def test_made_values_have_what_their_direction_requires(
    schema: Any, asked: set[str], told: set[str]
) -> None:
    for answer, names in ((False, asked), (True, told)):
        value = made(DOCUMENT, schema, answer=answer)
        assert set(value[0] if isinstance(value, list) else value) == names
