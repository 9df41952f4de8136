"""The clock of a tenant: read, set, freeze, run, advance; and what falls due meanwhile."""

from typing import Any

import pytest

from bacasable.core.clock import parse_instant
from tests.qualiforma.steps import enrollment
from tests.server.controlling import SMALL, Box, places
from tests.server.test_controls_tenants import FIXTURE
from tests.support import NOW, Answer

CLOCK, ADVANCE = f"{SMALL}/clock", f"{SMALL}/clock/advance"
START = NOW.replace("Z", ".000Z")


def pass_by(box: Box, instant: str) -> None:
    """The machine's own clock goes on."""
    box.api.sandbox.engine.platform.clock.instant = parse_instant(instant)


def clock(answer: Answer) -> tuple[str, str]:
    assert answer.status == 200, answer.json
    return answer.json["now"], answer.json["mode"]


def test_a_clock_is_set_frozen_and_run_again(box: Box) -> None:
    assert clock(box.get(CLOCK)) == (START, "RUNNING")
    assert clock(box.put(CLOCK, {"mode": "FROZEN"})) == (START, "FROZEN")
    pass_by(box, "2026-11-02T10:00:00Z")
    assert clock(box.get(CLOCK)) == (START, "FROZEN")
    later = "2027-01-01T00:00:00.000Z"
    assert clock(box.put(CLOCK, {"now": later})) == (later, "FROZEN")
    assert clock(box.put(CLOCK, {"mode": "RUNNING"})) == (later, "RUNNING")
    pass_by(box, "2026-11-02T11:00:00Z")
    assert clock(box.get(CLOCK)) == ("2027-01-01T01:00:00.000Z", "RUNNING")


def test_setting_it_twice_is_setting_it_once(box: Box) -> None:
    admin = box.as_("ADMIN")
    body = enrollment(expiresAt="2026-11-20T00:00:00Z")
    assert admin.post("/enrollments", body).status == 201
    wanted = {"now": "2026-12-01T00:00:00Z", "mode": "FROZEN"}
    first, second = box.put(CLOCK, wanted), box.put(CLOCK, wanted)
    assert clock(first) == clock(second)
    assert "enrollmentExpires" in [due["timer"] for due in first.json["fired"]]
    assert second.json["fired"] == []


def test_what_falls_due_is_told_in_order_and_happens_at_its_instant(box: Box) -> None:
    admin = box.as_("ADMIN")
    made = admin.post("/enrollments", enrollment(expiresAt="2026-11-20T00:00:00Z")).data
    moved = box.post(ADVANCE, {"by": "P1M"})
    assert clock(moved) == ("2026-12-02T09:00:00.000Z", "RUNNING")
    fired = moved.json["fired"]
    assert [due["at"] for due in fired] == sorted(due["at"] for due in fired)
    assert {
        "at": "2026-11-20T00:00:00.000Z",
        "timer": "enrollmentExpires",
        "resource": "Enrollment",
        "resourceId": made["id"],
    } in fired
    admin = box.as_("ADMIN")
    (event,) = admin.get("/events?type=enrollment.expired").data
    assert (event["occurredAt"], event["actorId"]) == ("2026-11-20T00:00:00.000Z", None)


def test_other_tenants_have_other_times(box: Box) -> None:
    box.fork("essai")
    box.post(ADVANCE, {"by": "P1Y"})
    assert box.get("/tenants/essai").json["now"] == START
    assert box.get(SMALL).json["now"] == "2027-11-02T09:00:00.000Z"
    box.fork("tard")
    assert box.get("/tenants/tard").json["now"] == "2027-11-02T09:00:00.000Z"


def test_tokens_expire_with_the_clock(near: Box) -> None:
    tokens = near.post(f"{SMALL}/tokens", {"role": "ADMIN"})
    caller = near.bearer(tokens, "votre-tenant")
    near.post(ADVANCE, {"by": "PT59M59S"})
    assert caller.get("/companies").status == 200
    near.post(ADVANCE, {"by": "PT1S"})
    assert caller.get("/companies").code == "TOKEN_EXPIRED"
    renew = {"refreshToken": tokens.json["refreshToken"]}
    near.post(ADVANCE, {"by": "P29D"})
    tenant = {"X-Tenant-ID": "votre-tenant"}
    renewed = near.api.post("/auth/refresh", renew, headers=tenant)
    assert renewed.status == 200
    near.post(ADVANCE, {"by": "P30D"})
    renew = {"refreshToken": renewed.data["refreshToken"]}
    assert near.api.post("/auth/refresh", renew, headers=tenant).code == "REFRESH_TOKEN_INVALID"


def test_a_reset_sets_the_clock_back(near: Box) -> None:
    near.put(CLOCK, {"now": "2030-01-01T00:00:00Z", "mode": "FROZEN"})
    near.post(f"{SMALL}/reset")
    assert clock(near.get(CLOCK)) == (START, "RUNNING")


def test_it_goes_back_as_far_as_the_last_fact(box: Box) -> None:
    box.post(ADVANCE, {"by": "P1D"})
    admin = box.as_("ADMIN")
    admin.post("/companies", {"name": "Exemple"})
    fact = "2026-11-03T09:00:00.000Z"
    box.post(ADVANCE, {"by": "P1D"})
    refused = box.put(CLOCK, {"now": "2026-11-03T08:59:59.999Z"})
    assert (refused.status, refused.code) == (409, "CLOCK_BACKWARDS")
    assert fact in refused.json["detail"]
    assert clock(box.get(CLOCK)) == ("2026-11-04T09:00:00.000Z", "RUNNING")
    assert clock(box.put(CLOCK, {"now": fact})) == (fact, "RUNNING")


def test_a_fact_that_lies_ahead_forbids_no_step_forward(near: Box) -> None:
    near.post(ADVANCE, {"by": "P2D"})
    near.as_("ADMIN").post("/companies", {"name": "Exemple"})
    space = near.api.sandbox.engine.platform.space("votre-tenant")
    assert space is not None
    space.clock.set(parse_instant(NOW), frozen=False)
    assert near.post(ADVANCE, {"by": "PT1H"}).status == 200
    assert near.put(CLOCK, {"mode": "FROZEN"}).status == 200


def test_what_a_rule_prevented_is_asked_again_when_time_is_set_back(near: Box) -> None:
    """A plan that is closed when an action falls due, and open when that day comes once more."""
    near.post("/tenants", FIXTURE)
    path = "/tenants/essai/clock"
    admin = near.as_("ADMIN", "essai")
    plan = admin.post("/improvement-plans", {"title": "Plan", "trigger": "PROACTIVE"}).data["id"]
    action = {"title": "Action", "dueDate": "2026-11-10", "ownerId": "usr_essai"}
    made = admin.post(f"/improvement-plans/{plan}/actions", action)
    assert made.status == 201, made.json
    space = near.api.sandbox.engine.platform.space("essai")
    assert space is not None
    plans = space.collection("ImprovementPlan")
    whole = plans.get(plan) or {}
    plans.put(whole | {"status": "ARCHIVED"})
    over = {"now": "2026-11-11T00:00:00Z", "mode": "FROZEN"}
    assert near.put(path, over).json["fired"] == []
    assert near.put(path, {"now": START}).json["fired"] == []
    plans.put(whole)
    (fired,) = near.put(path, over).json["fired"]
    assert (fired["timer"], fired["resourceId"]) == ("actionOverdue", made.data["id"])


WRONG: list[tuple[str, str, Any, list[str]]] = [
    ("PUT", CLOCK, {}, [""]),
    ("PUT", CLOCK, {"now": "tomorrow"}, ["/now"]),
    ("PUT", CLOCK, {"now": "2026-02-30T00:00:00Z"}, ["/now"]),
    ("PUT", CLOCK, {"now": "2026-11-02"}, ["/now"]),
    ("PUT", CLOCK, {"now": 5}, ["/now"]),
    ("PUT", CLOCK, {"now": "9999-06-01T00:00:00Z"}, ["/now"]),
    ("PUT", CLOCK, {"mode": "STOPPED"}, ["/mode"]),
    ("PUT", CLOCK, {"mode": "RUNNING", "speed": 2}, ["/speed"]),
    ("POST", ADVANCE, {}, ["/by"]),
    ("POST", ADVANCE, {"by": ""}, ["/by"]),
    ("POST", ADVANCE, {"by": "1 day"}, ["/by"]),
    ("POST", ADVANCE, {"by": "-P1D"}, ["/by"]),
    ("POST", ADVANCE, {"by": "P1.5D"}, ["/by"]),
    ("POST", ADVANCE, {"by": "P9000Y"}, ["/by"]),
    ("POST", ADVANCE, {"by": "P7972Y2M"}, ["/by"]),
    ("POST", ADVANCE, {"by": "P" + "9" * 38 + "D"}, ["/by"]),
    ("POST", ADVANCE, {"by": 5}, ["/by"]),
]


@pytest.mark.parametrize(("method", "path", "body", "where"), WRONG)
def test_a_time_that_is_none_is_refused(
    near: Box, method: str, path: str, body: Any, where: list[str]
) -> None:
    answer = near.call(method, path, body)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert sorted(places(answer)) == sorted(where)
    assert clock(near.get(CLOCK)) == (START, "RUNNING")


ODD = ["2026-12-31T23:59:60Z", "9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+14:00"]


@pytest.mark.parametrize("instant", [*ODD, "2026-12-31t00:00:00z", "0000-01-01T00:00:00Z"])
def test_an_odd_instant_is_taken_or_refused(near: Box, instant: str) -> None:
    assert near.put(CLOCK, {"now": instant}).status in {200, 400, 409}


def test_the_last_instant_leaves_room_for_everything(near: Box) -> None:
    assert near.put(CLOCK, {"now": "9998-12-31T23:59:59Z"}).status == 200
    admin = near.as_("ADMIN")
    assert admin.post("/companies", {"name": "Exemple"}).status == 201
    assert near.post(ADVANCE, {"by": "P1D"}).code == "INVALID_REQUEST"
    assert near.put(f"{SMALL}/snapshots/tard").status == 200
    assert near.post(f"{SMALL}/snapshots/tard/restore").status == 200


def test_a_control_that_fails_loses_nothing_that_fell_due(box: Box) -> None:
    admin = box.as_("ADMIN")
    made = admin.post("/enrollments", enrollment(expiresAt="2026-11-02T09:10:00Z")).data
    pass_by(box, "2026-11-02T09:20:00Z")
    assert box.post(f"{SMALL}/forks", {"slug": "votre-tenant"}).code == "TENANT_EXISTS"
    assert admin.get(f"/enrollments/{made['id']}").data["subStatus"] == "EXPIRED"
    (event,) = admin.get("/events?type=enrollment.expired").data
    assert event["occurredAt"] == "2026-11-02T09:10:00.000Z"
