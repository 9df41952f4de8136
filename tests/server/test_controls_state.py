"""Snapshots: saved, listed, restored, downloaded, uploaded, or refused with what does not fit."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.sandbox.keeping import Keeper
from tests.qualiforma.steps import enrollment
from tests.server.controlling import SMALL, Box, places
from tests.server.test_controls_tenants import names
from tests.support import Answer, Api, in_process, make_sandbox

ONE = f"{SMALL}/snapshots/un"
LISTS = ("companies", "users", "courses", "enrollments", "questionnaires", "events")
HOSTILE = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def lists(box: Box, tenant: str = "votre-tenant") -> list[Any]:
    """What every list of a tenant shows: data and the members of pagination."""
    admin = box.as_("ADMIN", tenant)
    shown = []
    for name in (*LISTS, "improvement-plans", "adaptive-paths", "questionnaire-responses"):
        answer = admin.get(f"/{name}?perPage=100")
        assert answer.status == 200, answer.json
        shown.append((name, answer.content.partition(b'"meta"')[0]))
    return shown


def test_a_snapshot_is_kept_listed_replaced_and_deleted(box: Box) -> None:
    first = box.put(ONE)
    assert first.json == box.get(ONE).json == box.put(ONE).json
    assert first.json["records"] == box.get(SMALL).json["records"]
    box.put(f"{SMALL}/snapshots/deux.b")
    box.put(ONE)
    kept = box.get(f"{SMALL}/snapshots").json["items"]
    assert [snapshot["name"] for snapshot in kept] == ["deux.b", "un"]
    assert box.delete(ONE).status == 204
    for again in (
        box.delete(ONE),
        box.get(ONE),
        box.post(f"{ONE}/restore"),
        box.get(f"{ONE}/file"),
    ):
        assert (again.status, again.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize("name", ["-a", ".a", "a b", "é", "x" * 65, "a%00"])
def test_a_name_that_does_not_fit_is_refused(near: Box, name: str) -> None:
    path = f"{SMALL}/snapshots/{name}"
    refused = near.put(path)
    assert (refused.status, refused.code) == (400, "INVALID_REQUEST")
    assert places(refused) == ["path/name"]
    restored = near.post(path + "/restore")
    for answer in (near.get(path), near.delete(path), near.get(path + "/file"), restored):
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_a_restore_brings_back_records_clock_and_ids(box: Box) -> None:
    admin = box.as_("ADMIN")
    admin.post("/companies", {"name": "Avant"})
    box.put(f"{SMALL}/clock", {"now": "2026-12-01T00:00:00Z", "mode": "FROZEN"})
    before, saved = lists(box), box.put(ONE).json
    stamp = saved["now"]
    admin = box.as_("ADMIN")
    first = admin.post("/companies", {"name": "Après"}).data
    box.post(f"{SMALL}/clock/advance", {"by": "P1M"})
    restored = box.post(f"{ONE}/restore")
    assert restored.json["now"] == stamp == "2026-12-01T00:00:00.000Z"
    assert box.get(f"{SMALL}/clock").json["mode"] == "FROZEN"
    assert lists(box) == before
    assert box.as_("ADMIN").post("/companies", {"name": "Après"}).data == first
    assert box.post(f"{ONE}/restore").json == restored.json


def test_what_was_to_come_is_to_come_again(near: Box) -> None:
    admin = near.as_("ADMIN")
    made = admin.post("/enrollments", enrollment(expiresAt="2026-11-20T00:00:00Z")).data["id"]
    near.put(ONE)
    file = near.get(f"{ONE}/file").json
    near.put(f"{SMALL}/snapshots/deux/file", file)
    advanced = [near.post(f"{SMALL}/clock/advance", {"by": "P1M"}).json["fired"]]
    for name in ("un", "deux"):
        near.post(f"{SMALL}/snapshots/{name}/restore")
        advanced.append(near.post(f"{SMALL}/clock/advance", {"by": "P1M"}).json["fired"])
    assert advanced[0] == advanced[1] == advanced[2]
    assert made in [due["resourceId"] for due in advanced[0]]


def test_a_snapshot_goes_from_tenant_to_tenant_as_a_file(box: Box) -> None:
    admin = box.as_("ADMIN")
    admin.post("/companies", {"name": "Exemple"}, headers={"Idempotency-Key": "une-cle-unique"})
    before = lists(box)
    box.put(ONE)
    file = box.get(f"{ONE}/file")
    assert file.headers["content-disposition"] == 'attachment; filename="votre-tenant.un.json"'
    box.post(f"{SMALL}/reset")
    box.fork("essai")
    uploaded = box.put("/tenants/essai/snapshots/recu/file", file.json)
    assert uploaded.json == box.get(ONE).json | {"name": "recu"}
    again = box.get("/tenants/essai/snapshots/recu/file")
    assert again.json == file.json
    box.post("/tenants/essai/snapshots/recu/restore")
    assert lists(box, "essai") == before
    assert lists(box) != before
    mine = box.get("/tenants/essai").json
    assert (mine["slug"], mine["kind"]) == ("essai", "FORK")
    login = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    assert box.api.post("/auth/login", login, headers={"X-Tenant-ID": "essai"}).status == 200


def test_a_snapshot_is_not_changed_by_what_comes_after(near: Box) -> None:
    near.put(ONE)
    file = near.get(f"{ONE}/file").content
    near.as_("ADMIN").patch("/companies/cmp_abc123", {"name": "Changée"})
    near.post(f"{ONE}/restore")
    near.as_("ADMIN").delete("/companies/cmp_abc123")
    assert near.get(f"{ONE}/file").content == file


def test_a_file_holds_no_session(near: Box) -> None:
    tokens = near.post(f"{SMALL}/tokens", {"role": "ADMIN"}).json
    near.put(ONE)
    text = near.get(f"{ONE}/file").content.decode()
    for secret in (tokens["accessToken"], tokens["refreshToken"], "votre-mot-de-passe", "ses_"):
        assert secret not in text


@pytest.fixture
def file(near: Box) -> dict[str, Any]:
    """A snapshot with one record or more of every kind."""
    near.as_("ADMIN").post("/companies", {"name": "Un"}, headers={"Idempotency-Key": "une-cle-un"})
    near.put(ONE)
    found = near.get(f"{ONE}/file").json
    assert isinstance(found, dict)
    return found


def upload(box: Box, file: Any) -> Answer:
    return box.put(f"{SMALL}/snapshots/recu/file", file)


REFUSED: list[tuple[str, Any, str]] = [
    ("/version", 2, ""),
    ("/now", "9999-12-31T23:59:59.999Z", "/now"),
    ("/collections/(credentials)/0/id", ["x"], "/collections/(credentials)/0/id"),
    ("/tenant/name", 5, "/tenant/name"),
    ("/tenant/colour", "red", "/tenant/colour"),
    ("/collections/Company/0/name", 5, "/collections/Company/0/name"),
    ("/collections/Company/0/colour", 5, "/collections/Company/0/colour"),
    ("/collections/Enrollment/0/userId", "usr_nobody", "/collections/Enrollment/0/userId"),
    ("/collections/CourseModule/0/courseId", "crs_no", "/collections/CourseModule/0/courseId"),
    ("/collections/Tenant", [], "/collections/Tenant"),
    ("/collections/Compny", [], "/collections/Compny"),
    ("/collections/(sessions)", [], "/collections"),
    ("/collections/<sessions>", [], "/collections"),
    ("/counters/<session>", 1, "/counters"),
    ("/counters/id", -1, "/counters/id"),
    ("/counters/id", 2**53, "/counters/id"),
    ("/now", "2026-12-31T23:59:60.000Z", "/now"),
    ("/now", "0000-12-31T23:59:59.000Z", "/now"),
    ("/now", "2025-12-31T00:00:00.000Z", "/now"),
    ("/counters", {}, "/counters/Event"),
    ("/counters", {}, "/counters/message"),
    ("/counters/Event", 93, "/counters/Event"),
    ("/counters/message", 0, "/counters/message"),
    ("/collections/Event/0/id", f"evt_{10**20 - 1}", "/counters/Event"),
    ("/format", "zip", "/format"),
    ("/lineage", "Un autre", "/lineage"),
    ("/collections/(credentials)/0/salt", "xyz", "/collections/(credentials)/0/salt"),
    ("/collections/(idempotency)/0/status", 500, "/collections/(idempotency)/0/status"),
]


def change(file: Any, place: str, value: Any) -> Any:
    changed = copy.deepcopy(file)
    *above, last = place.split("/")[1:]
    node = changed
    for part in above:
        node = node[int(part)] if isinstance(node, list) else node[part]
    node[last] = value
    return changed


@pytest.mark.parametrize(("place", "value", "told"), REFUSED)
def test_a_file_that_does_not_fit_is_refused_with_the_place(
    near: Box, file: Any, place: str, value: Any, told: str
) -> None:
    answer = upload(near, change(file, place, value))
    assert (answer.status, answer.code) == (409, "SNAPSHOT_REFUSED")
    if told:
        assert any(found.startswith(told) for found in places(answer))
    assert [s["name"] for s in near.get(f"{SMALL}/snapshots").json["items"]] == ["un"]


def test_a_state_file_may_hold_facts_to_come(contract: Contract, tmp_path: Path) -> None:
    """A sandbox can begin before its fixtures end, and must come back; no upload needs to."""
    path, early = tmp_path / "state.json", FixedClock(parse_instant("2026-01-06T00:00:00Z"))
    with in_process(make_sandbox(contract, clock=early)) as api:
        _kept(api, path)
        Box(api).put(ONE)
        uploaded = upload(Box(api), Box(api).get(f"{ONE}/file").json)
        assert (uploaded.code, places(uploaded)) == ("SNAPSHOT_REFUSED", ["/now"])
    with in_process(make_sandbox(contract, clock=early)) as api:
        _kept(api, path)
        assert Box(api).get(SMALL).json["now"] == "2026-01-06T00:00:00.000Z"


def _kept(api: Api, path: Path) -> None:
    keeper = Keeper(path, api.sandbox.hub.estate)
    keeper.open()
    keeper.close()


def test_an_id_that_is_there_twice_is_refused(near: Box, file: Any) -> None:
    companies = file["collections"]["Company"]
    answer = upload(near, change(file, "/collections/Company", [companies[0], *companies]))
    assert places(answer) == ["/collections/Company/1/id", "/collections/Company/1/siret"]


def test_a_unique_value_that_is_there_twice_is_refused(near: Box, file: Any) -> None:
    users = file["collections"]["User"]
    email = users[0]["email"].upper()
    answer = upload(near, change(file, f"/collections/User/{len(users) - 1}/email", email))
    assert places(answer) == [f"/collections/User/{len(users) - 1}/email"]


def test_the_versions_are_told_only_when_they_differ(near: Box, file: Any) -> None:
    wrong = change(file, "/collections/Company/0/name", 5)
    assert "version" not in upload(near, wrong).json["detail"].partition("Nothing")[0]
    told = upload(near, change(wrong, "/contract", "0.9.0")).json["detail"]
    assert told.startswith("It was saved under version 0.9.0 of the contract, this is 1.0.0.")
    assert upload(near, change(file, "/contract", "0.9.0")).status == 200


def test_a_journal_goes_on_where_it_ended(near: Box, file: Any) -> None:
    """Numbers that are written otherwise, or are ahead, take no record's place."""
    events = file["collections"]["Event"]
    for number in (float(len(events)), len(events) + 5):
        assert upload(near, change(file, "/counters/Event", number)).status == 200
        near.post(f"{SMALL}/snapshots/recu/restore")
        near.as_("ADMIN").post("/companies", {"name": "Deux"})
        near.put(ONE)
        assert near.get(f"{ONE}/file").json["collections"]["Event"][:-1] == events


def test_what_is_no_snapshot_at_all_is_refused(box: Box) -> None:
    for body in ([], "text", None):
        answer = upload(box, body) if body is not None else box.put(f"{ONE}/file")
        assert answer.status in {400, 415}
    for foreign in ({}, {"format": "zip"}, {"format": "bacasable-snapshot", "version": 1}):
        answer = upload(box, foreign)
        assert answer.code == "SNAPSHOT_REFUSED"
        assert answer.json["detail"].startswith("It is no snapshot.")
    secret = upload(box, {"format": {"salt": "abcdef"}, "version": "abcdef"})
    assert b"abcdef" not in secret.content


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "x", "é" * 300, "\u0000", "2026-12-31T23:59:60Z", "9999-12-31", "usr_x"]),
    st.sampled_from(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-02-30"]),
    st.sampled_from([[], {}, [[]], [None], {"id": 1}, [{"id": "x"}], ["x"]]),
)


def walk(data: st.DataObject, node: Any) -> None:
    """Change one place, however deep; or take it out."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        below = node[key]
        if isinstance(below, dict | list) and below and data.draw(st.integers(0, 9)):
            node = below
            continue
        if data.draw(st.booleans()) or isinstance(node, list):
            node[key] = copy.deepcopy(data.draw(odd))
        else:
            del node[key]
        return


@HOSTILE
@given(data=st.data())
@pytest.mark.sweep
def test_a_hostile_file_is_refused_or_kept_and_never_a_failure(
    near: Box, file: Any, data: st.DataObject
) -> None:
    hostile = json.loads(json.dumps(file))
    for _ in range(data.draw(st.integers(1, 3))):
        walk(data, hostile)
    answer = upload(near, hostile)
    assert answer.status in {200, 400, 409}
    if answer.status == 200:
        restored = near.post(f"{SMALL}/snapshots/recu/restore")
        assert restored.status == 200
        assert near.get(f"{SMALL}/snapshots/recu/file").status == 200
        assert near.post(f"{SMALL}/clock/advance", {"by": "P1M"}).status in {200, 400}
        for name in LISTS:
            found = near.as_("ADMIN").get(f"/{name}?perPage=100") if has_admin(near) else None
            assert found is None or found.status in {200, 401, 403}, found.json
        near.post(f"{SMALL}/reset")


def has_admin(box: Box) -> bool:
    active = box.get(SMALL).json
    return active["status"] == "ACTIVE" and "ADMIN" in active["accounts"]


def test_a_snapshot_of_a_fork_is_no_snapshot_of_its_origin(near: Box) -> None:
    near.fork("essai")
    near.put("/tenants/essai/snapshots/ici")
    assert near.get(f"{SMALL}/snapshots").json["items"] == []
    near.put(ONE)
    near.fork("autre")
    assert near.get("/tenants/autre/snapshots").json["items"] == []
    assert near.post("/reset").status == 200
    assert [s["name"] for s in near.get(f"{SMALL}/snapshots").json["items"]] == ["un"]
    assert "Un" not in names(near.as_("ADMIN"))
