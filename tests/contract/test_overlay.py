"""What an overlay does to a document: merge, append, replace, remove and copy, in order."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bacasable.contract.overlay import Change, Overlay, apply_overlay

DOCUMENT = {
    "info": {"title": "Rooms", "contact": {"name": "Noa"}},
    "tags": [{"name": "Rooms"}, {"name": "Halls"}, {"name": "Yards"}],
    "paths": {
        "/rooms": {"get": {"parameters": [{"name": "sort"}, {"name": "page"}]}},
        "/halls": {"get": {"parameters": [{"name": "sort", "description": "Order."}]}},
    },
}
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
JSON = st.recursive(
    PLAIN,
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.sampled_from("abcd"), part, max_size=3)
    ),
    max_leaves=12,
)
UNFIT = object()
OBJECTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


def overlay(*actions: dict[str, Any], version: str = "1.1.0") -> Overlay:
    head = {"overlay": version, "info": {"title": "T", "version": "1"}}
    return Overlay(Path("o.yaml"), "", head | {"actions": list(actions)})


def applied(document: Any, *actions: dict[str, Any]) -> Any:
    """The document with the actions applied, none of which may fail."""
    before = deepcopy(document)
    result, changes, faults = apply_overlay(document, overlay(*actions))
    assert not faults
    assert changes
    assert document == before
    return result


def test_objects_are_merged_deep_and_what_is_not_named_stays() -> None:
    update = {"info": {"contact": {"url": "u"}, "title": "Salles"}}
    assert applied(DOCUMENT, {"target": "$", "update": update}) == DOCUMENT | {
        "info": {"title": "Salles", "contact": {"name": "Noa", "url": "u"}}
    }


@pytest.mark.parametrize(
    ("update", "added"),
    [({"name": "X"}, [{"name": "X"}]), ([{"name": "X"}, 1], [{"name": "X"}, 1]), ("x", ["x"])],
)
def test_an_array_grows_by_an_entry_or_by_the_entries_of_an_array(
    update: Any, added: list[Any]
) -> None:
    tags = applied(DOCUMENT, {"target": "$.tags", "update": update})["tags"]
    assert tags == [*DOCUMENT["tags"], *added]


def test_an_array_inside_an_object_is_appended_to() -> None:
    tags = applied(DOCUMENT, {"target": "$", "update": {"tags": [{"name": "X"}]}})["tags"]
    assert [tag["name"] for tag in tags] == ["Rooms", "Halls", "Yards", "X"]


def test_a_plain_value_is_replaced() -> None:
    assert applied(DOCUMENT, {"target": "$.info.title", "update": "S"})["info"]["title"] == "S"
    found = applied({"a": [1, 2]}, {"target": "$.a[1]", "update": None})
    assert found == {"a": [1, None]}


def test_every_selected_node_is_changed_and_no_two_share_a_value() -> None:
    target = "$.paths.*.*.parameters[?@.name=='sort']"
    result = applied(DOCUMENT, {"target": target, "update": {"schema": {"type": "string"}}})
    first, second = (result["paths"][p]["get"]["parameters"][0] for p in ("/rooms", "/halls"))
    assert first["schema"] == second["schema"] == {"type": "string"}
    assert first["schema"] is not second["schema"]
    assert second["description"] == "Order."


@pytest.mark.parametrize(
    ("target", "left"),
    [
        ("$.tags[0]", ["Halls", "Yards"]),
        ("$.tags[2,0]", ["Halls"]),
        ("$.tags[0,0,1]", ["Yards"]),
        ("$.tags[?@.name!='Halls']", ["Halls"]),
        ("$.tags.*", []),
    ],
)
def test_items_are_removed_whatever_order_they_are_selected_in(
    target: str, left: list[str]
) -> None:
    tags = applied(DOCUMENT, {"target": target, "remove": True})["tags"]
    assert [tag["name"] for tag in tags] == left


def test_nodes_inside_removed_nodes_do_no_harm() -> None:
    document = {"a": {"x": 1, "a": {"a": 2}}, "b": [{"a": 3}]}
    assert applied(document, {"target": "$..a", "remove": True}) == {"b": [{}]}


def test_a_removal_leaves_no_update_of_the_same_action() -> None:
    action = {"target": "$.info.title", "remove": True, "update": "S"}
    assert "title" not in applied(DOCUMENT, action)["info"]


def test_actions_see_what_those_before_them_did() -> None:
    make = {"target": "$", "update": {"info": {"title": "New", "x-a": {"b": 1}}}}
    change = {"target": "$.info['x-a']", "update": {"b": 2}}
    drop = {"target": "$.info['x-a']", "remove": True}
    assert applied(DOCUMENT, make, change)["info"]["x-a"] == {"b": 2}
    assert "x-a" not in applied(DOCUMENT, make, change, drop)["info"]
    assert applied(DOCUMENT, make, drop, make)["info"]["x-a"] == {"b": 1}
    assert apply_overlay(DOCUMENT, overlay(change, make))[2]


def test_a_copy_is_merged_like_an_update_and_shares_nothing() -> None:
    action = {"target": "$.paths['/halls'].get", "copy": "$.paths['/rooms'].get"}
    result = applied(DOCUMENT, action)
    names = [p["name"] for p in result["paths"]["/halls"]["get"]["parameters"]]
    assert names == ["sort", "sort", "page"]
    result["paths"]["/halls"]["get"]["parameters"][1]["name"] = "other"
    assert result["paths"]["/rooms"] == DOCUMENT["paths"]["/rooms"]


def test_each_change_names_its_place_here_and_there() -> None:
    action = {"target": "$.info", "update": {"title": "S", "contact": {"name": "A"}, "x-b": [1]}}
    other = {"target": "$.tags", "update": [1, 2]}
    last = {"target": "$.tags[0]", "remove": True}
    _, changes, _ = apply_overlay(DOCUMENT, overlay(action, other, last))
    head = ("actions", 0, "update")
    assert changes == [
        Change(("info", "title"), (*head, "title")),
        Change(("info", "contact", "name"), (*head, "contact", "name")),
        Change(("info", "x-b"), (*head, "x-b")),
        Change(("tags", 3), ("actions", 1, "update")),
        Change(("tags", 4), ("actions", 1, "update")),
        Change(("tags", 0), ("actions", 2, "remove")),
    ]


@given(OBJECTS, OBJECTS)
@example({"a": {"b": {}}}, {"a": {"b": 1}, "c": 1})
@example({"a": {"b": {}}}, {"a": {"b": {}}})
def test_a_merge_keeps_adds_and_replaces_or_changes_nothing_at_all(
    document: dict[str, Any], update: dict[str, Any]
) -> None:
    """A merge, told once more as simply as possible, with UNFIT for one that does not fit."""
    before = json.dumps(document)
    result, changes, faults = apply_overlay(document, overlay({"target": "$", "update": update}))
    assert json.dumps(document) == before
    expected = merged(document, update)
    assert bool(faults) == (expected is UNFIT or not changes)
    assert result == (document if expected is UNFIT else expected)


def merged(old: Any, new: Any) -> Any:
    if isinstance(old, list) and isinstance(new, list):
        return old + new
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: merged(old[key], new[key]) for key in old.keys() & new.keys()}
        return UNFIT if UNFIT in both.values() else old | new | both
    return UNFIT if isinstance(old, dict | list) or isinstance(new, dict | list) else new


@given(OBJECTS)
def test_what_an_update_added_a_removal_takes_away_again(document: dict[str, Any]) -> None:
    add = {"target": "$", "update": {"e": document}}
    remove = {"target": "$.e", "remove": True}
    assert applied(document, add, remove) == document
