"""Opening a tenant from a fixture in the request: all of it is played, or nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.controlling import Box
from tests.server.restoring import contents
from tests.server.test_controls_tenants import FIXTURE, names, opened_by_call

STEP = FIXTURE["steps"][0]


def everything(box: Box) -> Any:
    platform = box.api.sandbox.engine.platform
    root = platform.root
    return (
        contents(box.api.sandbox),
        [s.slug for s in platform.spaces()],
        dict(root.pinned),
        {k: v for k, v in root._counters.items() if v},
        root.clock.now(),
    )


def test_a_tenant_is_told_by_a_fixture(box: Box) -> None:
    made = box.post("/tenants", FIXTURE)
    assert made.status == 201
    assert made.headers["location"] == "/_sandbox/tenants/essai"
    assert (made.json["kind"], made.json["password"]) == ("FIXTURE", FIXTURE["password"])
    assert names(box.as_("ADMIN", "essai")) == {"Un"}
    body = {"email": "admin@essai.example", "password": FIXTURE["password"]}
    assert box.api.post("/auth/login", body, headers={"X-Tenant-ID": "essai"}).status == 200
    box.as_("ADMIN", "essai").post("/companies", {"name": "Deux"})
    box.post("/tenants/essai/reset")
    assert names(box.as_("ADMIN", "essai")) == {"Un"}


FAILING: list[Any] = [
    {"steps": [STEP, STEP | {"do": "createCompny"}]},
    {"steps": [STEP, STEP | {"id": "cmp_deux", "body": {"name": 5}}]},
    {"steps": [STEP, STEP]},
    {"steps": [STEP, STEP | {"id": "cmp_deux", "at": "2026-01-01T00:00:00Z"}]},
    {"steps": [STEP, STEP | {"id": "cmp_deux", "at": "2026-02-30T00:00:00Z"}]},
    {"steps": [STEP, STEP | {"id": "cmp_deux", "at": "2026-06-30T23:59:60Z"}]},
    {"steps": [STEP, {"at": STEP["at"], "do": "getCompany"}]},
    {"steps": [STEP, {"at": STEP["at"], "do": "getCompany", "path": {"id": "cmp_none"}}]},
    {"steps": [STEP, {"at": STEP["at"], "do": "createTenant", "id": "tnt_x", "body": {}}]},
    {"opened": "2026-13-05T08:00:00Z"},
    {"tenant": {"slug": "essai", "name": 5}},
    {"tenant": {"slug": "Essai", "name": "Essai"}},
    {"tenant": {"slug": ["essai"], "name": "Essai"}},
    {"admin": {"id": "usr_essai", "account": {}}},
    {"generate": {"population": "training-bodies"}},
    {"generate": {"population": "training-body"}},
    {"generate": {"population": "training-body", "from": 5, "users": "x"}},
    {"password": "short"},
    {"colour": "red"},
]


@pytest.mark.parametrize("change", FAILING)
def test_a_step_that_fails_leaves_nothing(near: Box, change: Any) -> None:
    before = everything(near)
    answer = near.post("/tenants", FIXTURE | change)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "the fixture: /" in answer.json["errors"][0]["detail"]
    assert everything(near) == before


def test_the_next_tenant_takes_no_id_of_one_that_failed(near: Box) -> None:
    near.post("/tenants", FIXTURE | {"tenant": {"slug": "essai", "name": 5}})
    made = near.get(opened_by_call(near)).json
    assert made["id"] != FIXTURE["id"]
    assert near.post("/tenants/neuf/tokens", {"role": "ADMIN"}).json["userId"] != "usr_essai"


def test_a_copy_of_a_fixture_does_not_take_the_record_of_the_first(near: Box) -> None:
    near.post("/tenants", FIXTURE)
    before = everything(near)
    copy = near.post("/tenants", FIXTURE | {"tenant": {"slug": "copie", "name": "Copie"}})
    assert copy.status == 400
    assert f"the id {FIXTURE['id']} is taken" in copy.json["errors"][0]["detail"]
    assert everything(near) == before
    assert near.get("/tenants/essai").json["name"] == "Essai"


anything = st.sampled_from([None, 0, -1.5, True, "", "x", [], {}, "2026-02-30T00:00:00Z", ["x"]])
members = st.sampled_from([*FIXTURE, "superAdministrator", "accounts", "generate"])
inner = st.sampled_from(["at", "do", "as", "path", "id", "body"])


@settings(
    derandomize=True,
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(members, anything, max_size=2), st.dictionaries(inner, anything, max_size=2))
def test_a_hostile_fixture_is_refused_or_played(near: Box, outer: Any, step: Any) -> None:
    before = everything(near)
    answer = near.post("/tenants", FIXTURE | {"steps": [STEP, STEP | step]} | outer)
    assert answer.status in {201, 400}
    if answer.status == 400:
        assert everything(near) == before
    else:
        near.delete("/tenants/essai")
