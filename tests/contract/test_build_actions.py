"""What an operation does is inferred from its method, its path and the collections."""

import pytest

from bacasable.contract.model import Action, ResourceType
from bacasable.contract.operations import _after, infer_action
from tests.contract.toy import built


def resources(**collections: str) -> dict[str, ResourceType]:
    changes = {
        f"/components/schemas/{name}": {
            "x-resource": {"collection": path, "idPrefix": "x_", "scope": "tenant"}
        }
        for name, path in collections.items()
    }
    return dict(built(changes).resources)


HOUSES = resources(House="/houses", Floor="/houses/{houseId}/floors", Room="/rooms")


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("get", "/rooms", Action("list", "Room")),
        ("post", "/rooms", Action("create", "Room")),
        ("delete", "/rooms", Action("custom", "Room")),
        ("get", "/rooms/{roomId}", Action("get", "Room", "roomId")),
        ("patch", "/rooms/{roomId}", Action("update", "Room", "roomId")),
        ("put", "/rooms/{roomId}", Action("update", "Room", "roomId")),
        ("delete", "/rooms/{roomId}", Action("delete", "Room", "roomId")),
        ("post", "/rooms/{roomId}", Action("custom", "Room", "roomId")),
        ("post", "/rooms/{roomId}/close", Action("transition", "Room", "roomId")),
        ("put", "/rooms/{roomId}/close", Action("transition", "Room", "roomId")),
        ("get", "/rooms/{roomId}/plan", Action("custom", "Room", "roomId")),
        ("get", "/rooms/search", Action("custom", "Room")),
        ("get", "/health", Action("custom")),
        ("get", "/roomservice", Action("custom")),
        ("get", "/houses/{houseId}/floors", Action("list", "Floor", None, "houseId")),
        ("get", "/houses/{houseId}/floors/{id}", Action("get", "Floor", "id", "houseId")),
        ("post", "/houses/{houseId}/paint", Action("transition", "House", "houseId")),
    ],
)
def test_an_action_is_inferred(method: str, path: str, action: Action) -> None:
    assert infer_action(method, path, HOUSES) == action


def test_the_deepest_collection_wins_whatever_the_order() -> None:
    reversed_order = dict(reversed(HOUSES.items()))
    action = infer_action("post", "/houses/{houseId}/floors", reversed_order)
    assert action == Action("create", "Floor", None, "houseId")


def test_the_parent_is_named_as_the_path_names_it() -> None:
    action = infer_action("get", "/houses/{id}/floors", HOUSES)
    assert action.parent_param == "id"


@pytest.mark.parametrize(
    ("collection", "path", "behind"),
    [
        ("/rooms", "/rooms", []),
        ("/rooms/", "/rooms/{id}", ["{id}"]),
        ("/a/{x}/b", "/a/{y}/b/c", ["c"]),
        ("/a/b", "/a", None),
        ("/a/b", "/a/{x}", None),
        ("/a/{x}", "/a/b", None),
    ],
)
def test_what_stands_behind_a_collection(
    collection: str, path: str, behind: list[str] | None
) -> None:
    assert _after(collection, path) == behind
