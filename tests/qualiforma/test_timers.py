"""What time does in the contract: questionnaires, enrollments, improvement actions, tokens."""

from typing import Any

import pytest

from tests.qualiforma.steps import enrollment, plant
from tests.server.controlling import SMALL, Box

RESPONSES, CLOCK = "/questionnaire-responses", f"{SMALL}/clock"
SENT = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_hugo"}


@pytest.fixture
def time(near: Box) -> Box:
    """A sandbox whose clock stands at 2 November 2026, 9:00."""
    near.put(CLOCK, {"mode": "FROZEN"})
    return near


def advance(time: Box, by: str, record: str) -> list[tuple[str, str]]:
    """What a record did meanwhile: day and hour, timer."""
    moved = time.post(f"{CLOCK}/advance", {"by": by})
    assert moved.status == 200, moved.json
    fired = moved.json["fired"]
    return [(d["at"][:16], d["timer"]) for d in fired if d["resourceId"] == record]


def facts(time: Box, record: str) -> list[tuple[str, str]]:
    """What the journal says of a record, oldest first."""
    found = time.as_("ADMIN").get(f"/events?resourceId={record}&perPage=100").data
    told = sorted((e["occurredAt"], e["sequence"], e["type"]) for e in found)
    return [(at[:16], fact) for at, _, fact in told]


def send(time: Box, **members: Any) -> str:
    made = time.as_("TRAINER").post(RESPONSES, SENT | members)
    assert made.status == 201, made.json
    return str(made.data["id"])


def response(time: Box, name: str) -> Any:
    return time.as_("ADMIN").get(f"{RESPONSES}/{name}").data


def test_a_scheduled_questionnaire_is_sent_and_reminded(time: Box) -> None:
    name = send(time, scheduledFor="2026-11-10T08:00:00Z")
    assert advance(time, "P7D", name) == []
    assert advance(time, "P1D", name) == [("2026-11-10T08:00", "sendQuestionnaireResponse")]
    sent = response(time, name)
    assert (sent["status"], sent["sentAt"]) == ("SENT", "2026-11-10T08:00:00.000Z")
    reminder = "remindQuestionnaireResponse"
    days = ["2026-11-13T08:00", "2026-11-17T08:00", "2026-11-24T08:00"]
    assert advance(time, "P1Y", name) == [(day, reminder) for day in days]
    last = response(time, name)
    assert (last["remindersSent"], last["lastRemindedAt"][:16]) == (3, days[-1])
    told = facts(time, name)
    assert told[1:] == [("2026-11-10T08:00", "questionnaire.sent")] + [
        (day, "questionnaire.reminded") for day in days
    ]


def test_no_more_than_three_reminders_the_manual_one_included(time: Box) -> None:
    name = send(time)
    advance(time, "P4D", name)
    assert time.as_("TRAINER").post(f"{RESPONSES}/{name}/remind").status == 200
    fired = advance(time, "P30D", name)
    assert fired == [("2026-11-09T09:00", "remindQuestionnaireResponse")]
    assert response(time, name)["remindersSent"] == 3
    refused = time.as_("TRAINER").post(f"{RESPONSES}/{name}/remind")
    assert refused.json["rules"] == ["REMINDERS_EXHAUSTED"]


def test_no_reminder_after_submission(time: Box) -> None:
    name = send(time, respondentId="usr_learner")
    advance(time, "P4D", name)
    learner = time.as_("LEARNER")
    assert learner.post(f"{RESPONSES}/{name}/open").status == 200
    chosen = {"answers": [{"key": k, "choices": ["a"]} for k in ("q1", "q2")]}
    assert learner.put(f"{RESPONSES}/{name}/answers", chosen).status == 200
    assert learner.post(f"{RESPONSES}/{name}/submit").status == 200
    assert advance(time, "P1Y", name) == []


def test_who_has_begun_is_reminded_too(time: Box) -> None:
    name = send(time, respondentId="usr_learner")
    time.as_("LEARNER").post(f"{RESPONSES}/{name}/open")
    assert len(advance(time, "P1Y", name)) == 3
    assert response(time, name)["status"] == "IN_PROGRESS"


def test_no_reminder_after_cancellation(time: Box) -> None:
    name, later = send(time), send(time, scheduledFor="2026-11-10T08:00:00Z")
    for cancelled in (name, later):
        assert time.as_("TRAINER").post(f"{RESPONSES}/{cancelled}/cancel").status == 200
    assert advance(time, "P1Y", name) == []
    assert response(time, later)["status"] == "CANCELLED"


def test_a_questionnaire_expires_and_is_reminded_no_more(time: Box) -> None:
    name = send(time, expiresAt="2026-11-08T09:00:00Z")
    assert advance(time, "P1Y", name) == [
        ("2026-11-05T09:00", "remindQuestionnaireResponse"),
        ("2026-11-08T09:00", "expireQuestionnaireResponse"),
    ]
    assert response(time, name)["status"] == "EXPIRED"
    assert facts(time, name)[-1] == ("2026-11-08T09:00", "questionnaire.expired")


def test_what_expires_at_the_instant_of_a_reminder_is_not_reminded(time: Box) -> None:
    name = send(time, expiresAt="2026-11-05T09:00:00Z")
    assert advance(time, "P1Y", name) == [("2026-11-05T09:00", "expireQuestionnaireResponse")]


def test_a_revoked_enrollment_sends_nothing_more(time: Box) -> None:
    made = time.as_("ADMIN").post("/enrollments", enrollment()).data["id"]
    body = {"respondentId": "usr_learner", "enrollmentId": made}
    name = send(time, scheduledFor="2026-11-10T08:00:00Z", **body)
    assert (
        time.as_("ADMIN").post(f"/enrollments/{made}/revoke", {"statusReason": "Fin"}).status == 200
    )
    assert advance(time, "P1Y", name) == []
    assert response(time, name)["status"] == "CANCELLED"


def test_an_enrollment_is_suspended_when_it_expires(time: Box) -> None:
    body = enrollment(expiresAt="2026-11-20T12:00:00Z")
    name = time.as_("ADMIN").post("/enrollments", body).data["id"]
    assert advance(time, "P1M", name) == [("2026-11-20T12:00", "enrollmentExpires")]
    expired = time.as_("ADMIN").get(f"/enrollments/{name}").data
    assert (expired["status"], expired["subStatus"]) == ("SUSPENDED", "EXPIRED")
    assert facts(time, name)[-1] == ("2026-11-20T12:00", "enrollment.expired")


@pytest.mark.parametrize("change", [None, "2027-06-01T00:00:00Z"])
def test_an_end_that_is_put_off_does_not_come(time: Box, change: str | None) -> None:
    body = enrollment(expiresAt="2026-11-20T12:00:00Z")
    admin = time.as_("ADMIN")
    name = admin.post("/enrollments", body).data["id"]
    assert admin.patch(f"/enrollments/{name}", {"expiresAt": change}).status == 200
    assert advance(time, "P1M", name) == []
    assert [at for at, _ in advance(time, "P1Y", name)] == ([change[:16]] if change else [])


def test_a_suspended_enrollment_expires_when_it_is_resumed_too_late(time: Box) -> None:
    admin = time.as_("ADMIN")
    name = admin.post("/enrollments", enrollment(expiresAt="2026-11-20T12:00:00Z")).data["id"]
    suspended = admin.post(f"/enrollments/{name}/suspend", {"statusReason": "Absence"})
    assert suspended.status == 200, suspended.json
    assert advance(time, "P1M", name) == []
    refused = time.as_("ADMIN").post(f"/enrollments/{name}/resume")
    assert refused.json["rules"] == ["ACCESS_ENDED"]


def action(time: Box, due: str | None = "2026-11-10") -> tuple[str, str]:
    """The path of a plan, and the id of its action."""
    admin = time.as_("ADMIN")
    plan = admin.post("/improvement-plans", {"title": "Plan", "trigger": "PROACTIVE"}).data["id"]
    body = {"title": "Action", "ownerId": "usr_trainer", "dueDate": due}
    made = admin.post(f"/improvement-plans/{plan}/actions", body)
    assert made.status == 201, made.json
    return f"/improvement-plans/{plan}", made.data["id"]


def test_an_action_is_overdue_when_its_day_is_over(time: Box) -> None:
    _, name = action(time)
    assert advance(time, "P1M", name) == [("2026-11-11T00:00", "actionOverdue")]
    assert facts(time, name)[-1] == ("2026-11-11T00:00", "improvement_plan.action_overdue")


@pytest.mark.parametrize("status", ["COMPLETED", "ARCHIVED"])
def test_an_action_of_a_closed_plan_is_not_overdue(time: Box, status: str) -> None:
    path, name = action(time)
    plant(time.api, "ImprovementPlan", path.rpartition("/")[2], status=status)
    assert advance(time, "P1M", name) == []


@pytest.mark.parametrize("step", ["finish", "cancel"])
def test_an_action_that_is_over_is_not_overdue(time: Box, step: str) -> None:
    path, name = action(time)
    plant(time.api, "ImprovementPlan", path.rpartition("/")[2], status="IN_PROGRESS")
    done = time.as_("ADMIN").post(f"{path}/actions/{name}/{step}")
    assert done.status == 200, done.json
    assert advance(time, "P1M", name) == []


@pytest.mark.parametrize("due", [None, "9999-12-31"])
def test_an_action_whose_day_never_comes(time: Box, due: str | None) -> None:
    _, name = action(time, due)
    assert advance(time, "P100Y", name) == []


def test_time_moves_no_faster_in_pieces(time: Box) -> None:
    """A year at once, or in steps of a day, a week or a month: the journal is the same."""
    send(time, scheduledFor="2026-11-10T08:00:00Z", expiresAt="2026-12-24T00:00:00Z")
    action(time)
    journals = []
    for number, (step, times) in enumerate([("P365D", 1), ("P73D", 5), ("P5D", 73)]):
        path = time.fork(f"f{number}")
        for _ in range(times):
            assert time.post(f"{path}/clock/advance", {"by": step}).status == 200
        space = time.api.sandbox.engine.platform.space(f"f{number}")
        assert space is not None
        journals.append(list(space.collection("Event")))
    assert journals[0] == journals[1] == journals[2]
