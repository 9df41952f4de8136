"""Closed copies of schemas that contain themselves; documents of others are not closed."""

import copy
from typing import Any

import pytest

from bacasable.contract import SchemaSet

TEXT = {"type": "string"}
NODE: Any = {"$ref": "#/components/schemas/Node"}
DOCUMENT: Any = {
    "components": {
        "schemas": {
            "Base": {"type": "object", "properties": {"name": TEXT, "peer": NODE}},
            "Node": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {
                        "type": "object",
                        "properties": {
                            "child": {"allOf": [NODE]},
                            "children": {"type": "array", "items": NODE},
                            "more": {**NODE, "type": "object", "properties": {"extra": TEXT}},
                        },
                    },
                ]
            },
            "Itself": {"allOf": [{"$ref": "#/components/schemas/Itself"}]},
            "Either": {"anyOf": [{"$ref": "#/components/schemas/Either"}, NODE]},
        }
    }
}
AT: list[list[Any]] = [
    [],
    ["child"],
    ["child", "child"],
    ["children", 0],
    ["children", 0, "peer"],
    ["more"],
    ["more", "more"],
    ["more", "more", "child"],
]


def tree() -> Any:
    """A value of Node that has something at every place of AT."""
    end = {"name": "end"}
    return {
        "name": "root",
        "child": {"name": "a", "child": end},
        "children": [{"peer": end}],
        "more": {"extra": "x", "more": {"extra": "y", "child": end}},
    }


def leaking(at: list[Any]) -> Any:
    """The tree with an unknown member at a place."""
    value = copy.deepcopy(tree())
    node = value
    for step in at:
        node = node[step]
    node["passwordHash"] = "$2b$12$"
    return value


def test_what_contains_itself_is_closed_at_every_depth() -> None:
    check = SchemaSet(DOCUMENT).answer_check("/components/schemas/Node")
    assert check(tree()) == []
    for at in AT:
        place = "".join(f"/{step}" for step in at) + "/passwordHash"
        assert place in {violation.pointer for violation in check(leaking(at))}, at


@pytest.mark.parametrize("at", AT, ids=str)
def test_others_do_not_close_their_answers(at: list[Any]) -> None:
    check = SchemaSet(DOCUMENT, closing=False).answer_check("/components/schemas/Node")
    assert check(leaking(at)) == []
    assert check({"name": 1}) != []


@pytest.mark.parametrize("name", ["Itself", "Either"])
def test_what_is_nothing_but_itself_can_be_compiled(name: str) -> None:
    SchemaSet(DOCUMENT).answer_check(f"/components/schemas/{name}")
