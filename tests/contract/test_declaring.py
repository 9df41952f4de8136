"""What is inferred can be written down, corrected, and is then what the document says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import Contract, load_contract
from bacasable.contract.declaring import inferred_overlay
from bacasable.contract.inference import inferred
from bacasable.contract.model import Action, Filter, ResourceType
from bacasable.contract.writing import to_yaml

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents"
FOREIGN = Path(__file__).parent / "foreign"
EVERY = sorted([*DOCUMENTS.glob("*.yaml"), *FOREIGN.glob("*.*"), *FOREIGN.glob("*/openapi.yaml")])
HARBOUR = DOCUMENTS / "harbour.yaml"


def stated(path: Path, tmp_path: Path, actions: list[Any] | None = None) -> Contract:
    """The contract of a document with an overlay, or with that of what is inferred of it."""
    overlay = inferred_overlay(load_contract(path))
    if actions is not None:
        overlay["actions"] = actions
    if not overlay["actions"]:
        return load_contract(path)
    file = tmp_path / "overlay.yaml"
    file.write_text(to_yaml(overlay), "utf-8")
    return load_contract(path, file)


def bare(kind: ResourceType) -> ResourceType:
    """A resource without its schema, in which the extension itself stands once it is stated."""
    return replace(kind, schema=None, properties={name: {} for name in kind.properties})


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_with_what_is_inferred_stated_a_document_is_served_the_same(
    path: Path, tmp_path: Path
) -> None:
    guessed = inferred(load_contract(path), likely=True)
    said = inferred(stated(path, tmp_path), likely=True)
    for name, kind in guessed.resources.items():
        assert bare(said.resources[name]) == bare(kind)
    assert said.resources.keys() == guessed.resources.keys()
    for name, operation in guessed.operations.items():
        assert said.operations[name].action == operation.action, name
        assert said.operations[name].parameters == operation.parameters, name
        assert said.operations[name].body == operation.body, name


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_stated_is_not_inferred_again(path: Path, tmp_path: Path) -> None:
    left = inferred_overlay(stated(path, tmp_path))["actions"]
    assert [action["target"] for action in left] == []


def test_each_part_has_its_reason() -> None:
    actions = inferred_overlay(load_contract(HARBOUR))["actions"]
    told = {action["target"]: action["description"] for action in actions}
    assert told["$.components.schemas['Boat']"] == (
        "Boat: /boat holds records, /boat/{boatId} is one of them, and id names it there."
    )
    assert told["$.components.schemas['Settings']"] == (
        "Settings: /harbours/{harbour}/settings is read and changed as a whole."
    )
    assert told["$.paths['/boat'].put"].endswith("for its body names the one to be changed.")
    assert told["$.paths['/Buoys(\\'{buoy}\\')'].get"].startswith("showBuoy: of Buoy, for it shows")


def test_a_contract_that_says_all_of_itself_leaves_nothing(contract: Contract) -> None:
    assert inferred_overlay(contract)["actions"] == []


def corrected(tmp_path: Path, target: str, **update: Any) -> Contract:
    actions = [{"target": target, "update": update}]
    return inferred(stated(HARBOUR, tmp_path, actions), likely=True)


def test_a_correction_stands_and_the_rest_is_inferred(tmp_path: Path) -> None:
    boat = "$.components.schemas.Boat"
    named = corrected(tmp_path, boat, **{"x-resource": {"collection": "/boat", "idMember": "name"}})
    assert named.resources["Boat"].id_member == "name"
    assert named.operations["addBoat"].action == Action("create", "Boat")
    assert named.operations["showBoat"].action.kind == "get"
    assert named.resources["Berth"].places == ("{harbour}",)
    off = corrected(tmp_path, "$.paths['/boat'].post", **{"x-action": {"does": "nothing"}})
    assert off.operations["addBoat"].action == Action("custom")
    assert off.operations["showBoat"].action.kind == "get"


def test_a_filter_is_stated_with_the_operation(tmp_path: Path) -> None:
    seeks = {"q": {"fields": ["quay"], "match": "contains"}}
    action = {"does": "list", "resource": "Berth", "filters": seeks}
    found = corrected(
        tmp_path, "$.paths['/harbours/{harbour}/berths.json'].get", **{"x-action": action}
    ).operations["listBerths"]
    filters = {p.name: p.filter for p in found.parameters if p.location == "query"}
    assert filters["q"] == Filter(("quay",), "contains")
    assert filters["quay"] == Filter(("quay",), "like")
    assert found.action.places == (("harbour", "{harbour}"),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-resource": True},
        {"x-resource": {"collection": "boat"}},
        {"x-resource": {"kind": "theirs"}},
    ],
)
def test_a_key_of_the_same_name_that_is_not_ours_is_passed_over(tmp_path: Path, wrong: Any) -> None:
    found = corrected(tmp_path, "$.components.schemas.Boat", **wrong)
    assert found.resources["Boat"].collection == "/boat"


def test_a_reference_is_stated_by_a_member_or_its_items(tmp_path: Path) -> None:
    found = corrected(
        tmp_path,
        "$.components.schemas.Mooring.properties",
        boat={"x-references": "Boat"},
        gid={"items": {"x-references": "Berth"}},
    )
    told = {r.path: r.resource for r in found.resources["Mooring"].references if r.enforced}
    assert told == {("boat",): "Boat", ("gid", "*"): "Berth"}


def test_the_overlay_is_yaml_that_every_tool_reads() -> None:
    overlay = inferred_overlay(load_contract(HARBOUR))
    assert yaml.safe_load(to_yaml(overlay)) == overlay


def test_paging_is_stated_with_the_operation() -> None:
    """Each role with the name that the document has for it; what is stated is not told again."""
    told = {
        action["target"]: action["update"]["x-action"].get("paging")
        for path in (HARBOUR, DOCUMENTS / "library.yaml", DOCUMENTS / "ferry.yaml")
        for action in inferred_overlay(load_contract(path))["actions"]
        if "x-action" in action["update"]
    }
    assert told["$.paths['/books'].get"] == {"offset": "offset", "limit": "size"}
    assert told["$.paths['/boat'].put"] is None
    assert "$.paths['/crossings'].get" not in told


def test_paging_can_be_corrected(tmp_path: Path) -> None:
    action = {"does": "list", "resource": "Berth", "paging": {"q": "token", "language": "none"}}
    berths = "$.paths['/harbours/{harbour}/berths.json'].get"
    found = corrected(tmp_path, berths, **{"x-action": action}).operations["listBerths"]
    told = {p.name: p.paging for p in found.parameters if p.location == "query"}
    assert told == {"quay": "", "q": "token", "language": "none"}
