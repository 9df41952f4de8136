"""Loading and checking files: one line per finding, with file, line and place."""

import re
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import ContractError, load_contract
from bacasable.contract.load import check_file
from bacasable.resources import CONTRACT
from tests.contract.toy import ABSENT, toy, write

ROOM = "/components/schemas/Room"
ONE_LINE = re.compile(r"[^\n]+toy\.yaml:\d+: /[^\n]*: [^\n]+")


@pytest.mark.sweep
def test_the_contract_of_the_repository_has_no_findings() -> None:
    assert check_file(CONTRACT) == []


def test_the_toy_loads_and_has_no_findings(tmp_path: Path) -> None:
    path = write(tmp_path)
    contract = load_contract(path)
    assert contract.source == str(path)
    assert set(contract.resources) == {"Account", "Room"}
    assert check_file(path) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"/info/x-logo": 1},
        {f"{ROOM}/properties/name": {"$ref": "#/nowhere"}},
        {f"{ROOM}/x-resource/scope": "world"},
        {f"{ROOM}/x-lifecycle/initial": ["NEW"]},
        {"/paths/~1rooms/get/tags": ["Halls"]},
    ],
)
def test_the_first_fault_stops_the_loading_in_one_line(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(ContractError) as error:
        load_contract(write(tmp_path, toy(changes)))
    assert ONE_LINE.fullmatch(str(error.value))


def test_a_finding_has_its_line_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, toy({"/info/x-stauts": 400}))
    line = 1 + path.read_text("utf-8").splitlines().index("  x-stauts: 400")
    place = f"{path}:{line}: /info/x-stauts"
    assert check_file(path) == [f"{place}: is no known extension; did you mean 'x-status'?"]


def test_every_finding_of_a_kind_is_listed(tmp_path: Path) -> None:
    changes = {"/info/title": ABSENT, "/info/x-logo": 1, "/x-else": 1}
    assert len(check_file(write(tmp_path, toy(changes)))) == 3


def test_findings_between_parts_and_examples_come_when_the_document_is_sound(
    tmp_path: Path,
) -> None:
    changes = {
        "/paths/~1rooms/get/tags": ["Halls"],
        "/components/parameters/Page/example": 0,
    }
    found = check_file(write(tmp_path, toy(changes)))
    assert len(found) == 2
    assert all(ONE_LINE.fullmatch(line) for line in found)


def test_a_finding_about_the_whole_stands_in_the_first_line(tmp_path: Path) -> None:
    path = write(tmp_path, toy({"/info": ABSENT}))
    (found,) = check_file(path)
    assert re.match(rf"{re.escape(str(path))}:1: /: .info. is a required property", found)


@pytest.mark.parametrize("read", [load_contract, check_file])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, read: Any) -> None:
    with pytest.raises(ContractError, match=r"absent\.yaml: cannot be read"):
        read(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    "changes",
    [
        {"/paths/~1rooms/get/operationId": ABSENT},
        {f"{ROOM}/properties/inside": {"$ref": f"#{ROOM}"}},
    ],
)
def test_what_cannot_be_built_names_the_file(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write(tmp_path, toy(changes))
    with pytest.raises(ContractError, match=re.escape(str(path))):
        load_contract(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"/paths": None},
        {"/paths/~1rooms/post/requestBody/content": {}},
        {"/webhooks/room.created": {"put": {}}},
        {"/components/schemas/Meta": {"$ref": 5}},
        {"/components/schemas/Account/properties/roles/items": {"enum": 5}},
    ],
)
def test_a_document_of_the_wrong_shape_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        load_contract(write(tmp_path, toy(changes)))
    found = check_file(write(tmp_path, toy(changes)))
    assert found
    assert all(re.match(r"[^\n]+toy\.yaml:\d+: /[^\n]*$", line) for line in found)


def test_a_contract_without_roles_loads(tmp_path: Path) -> None:
    path = write(tmp_path, toy({"/components/schemas/Account": ABSENT}))
    assert load_contract(path).operations["listRooms"].roles == ("ADMIN", "TRAINER", "LEARNER")
    assert check_file(path) == []


def test_what_cannot_be_built_has_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, toy({"/paths/~1rooms/get/operationId": ABSENT}))
    line = 1 + path.read_text("utf-8").splitlines().index("    get:")
    said = f"{path}:{line}: /paths/~1rooms/get: GET /rooms: has no operationId; give it one"
    assert check_file(path) == [said]
    with pytest.raises(ContractError) as error:
        load_contract(path)
    assert str(error.value) == said


def test_a_status_need_not_be_quoted(tmp_path: Path) -> None:
    responses = {200: {"description": "Done."}}
    path = write(tmp_path, toy({"/paths/~1rooms/get/responses": responses}))
    assert set(load_contract(path).operations["listRooms"].answers) == {200}


def test_a_property_may_be_anything(tmp_path: Path) -> None:
    load_contract(write(tmp_path, toy({f"{ROOM}/properties/any": True})))


@pytest.mark.parametrize("reference", ["#/nowhere", f"#{ROOM}/properties/name"])
def test_a_broken_reference_is_a_finding_of_the_check(tmp_path: Path, reference: str) -> None:
    changes = {f"{ROOM}/properties/name": {"$ref": reference}}
    assert check_file(write(tmp_path, toy(changes)))


def test_a_missing_operation_id_is_a_finding_of_the_check(tmp_path: Path) -> None:
    assert check_file(write(tmp_path, toy({"/paths/~1rooms/get/operationId": ABSENT})))
