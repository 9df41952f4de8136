"""States that only the controls can make, each of which an attack has found to be too much."""

from typing import Any

import pytest

from tests.hostile.box import API, Box


@pytest.fixture
def lines(target: Box) -> dict[str, str]:
    target.fork("votre-tenant", "etat")
    return target.auth("etat")


def insert(target: Box, resource: str, like: int, **members: Any) -> None:
    """A record like one that there is, but for these members."""
    one = target.snapshot("etat")["collections"][resource][like]
    body = {"resource": resource, "records": [{**one, **members}]}
    target.control("POST", "/tenants/etat/records", body)


def test_a_plan_that_ended_before_it_began_is_counted(target: Box, lines: dict[str, str]) -> None:
    began, ended = "2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z"
    state = {"status": "COMPLETED", "startedAt": began, "completedAt": ended}
    insert(target, "ImprovementPlan", 0, id="imp_envers", **state)
    answer = target.get(f"{API}/improvement-plans/statistics", headers=lines)
    assert answer.status == 200, answer.content


def test_a_path_without_steps_has_no_step_to_end(target: Box, lines: dict[str, str]) -> None:
    insert(target, "PathAssignment", 1, id="pas_vide", status="IN_PROGRESS", modules=[])
    path = f"{API}/adaptive-paths/adp_libre/assignments/pas_vide/modules/1/result"
    answer = target.call("POST", path, {"completed": True, "score": 80}, lines)
    assert answer.status in {404, 409}, answer.content


def test_a_journal_without_its_data_makes_a_timeline(target: Box, lines: dict[str, str]) -> None:
    """Refused as a snapshot, or read: the schema of an event asks for no member of its data."""
    file = target.snapshot("etat")
    for one in file["collections"]["Event"]:
        one["data"] = {}
    file.pop("checksum", None)
    taken = target.try_control("PUT", "/tenants/etat/snapshots/creux/file", file)
    if taken.status == 200:
        target.control("POST", "/tenants/etat/snapshots/creux/restore")
        answer = target.get(f"{API}/paf/enrollments/enr_abc123/timeline", headers=lines)
        assert answer.status == 200, answer.content
    else:
        assert taken.status in {400, 409}


@pytest.mark.parametrize("text", ["a" * 15_000, "eyJ" * 5000, '"' + "\\a" * 7500], ids=len)
def test_a_long_forwarded_is_read_in_no_time(target: Box, text: str) -> None:
    with target.watched() as longest:
        target.get("/_sandbox/health", headers={"Forwarded": text})
    assert longest() < 50
