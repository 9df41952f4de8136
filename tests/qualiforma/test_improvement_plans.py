"""Improvement plans: their way, their actions, the figures for the audit file."""

import pytest

from tests.qualiforma.steps import set_clock
from tests.support import Api

PLAN = {"title": "Accueil", "trigger": "FEEDBACK", "sourceId": "qre_abc123"}
ACTION = {"title": "Agir", "ownerId": "usr_trainer", "dueDate": "2026-12-01"}
CLOSING = {"closingReport": "Fait.", "effectivenessNote": "Efficace."}
STATISTICS = "/improvement-plans/statistics"


def test_a_plan_goes_from_draft_to_archive(local: Api) -> None:
    admin = local.as_("ADMIN")
    made = admin.post("/improvement-plans", PLAN).data
    assert made["status"] == "DRAFT"
    path = f"/improvement-plans/{made['id']}"
    action = admin.post(f"{path}/actions", ACTION).data
    assert action["status"] == "TODO"
    assert admin.post(f"{path}/start").data["startedAt"] == "2026-11-02T09:00:00.000Z"
    assert admin.post(f"{path}/complete", CLOSING).json["rules"] == ["ACTIONS_UNFINISHED"]
    assert admin.post(f"{path}/actions/{action['id']}/start").data["status"] == "DOING"
    assert admin.post(f"{path}/actions/{action['id']}/finish").data["status"] == "DONE"
    done = admin.post(f"{path}/complete", CLOSING).data
    assert (done["status"], done["closingReport"]) == ("COMPLETED", "Fait.")
    assert admin.post(f"{path}/archive").data["status"] == "ARCHIVED"


def test_cancelled_actions_alone_complete_no_plan(local: Api) -> None:
    admin = local.as_("ADMIN")
    path = "/improvement-plans/imp_abc123"
    assert admin.post(f"{path}/actions/ima_abc123/cancel").status == 200
    assert admin.post(f"{path}/complete", CLOSING).json["rules"] == ["ACTIONS_UNFINISHED"]


@pytest.mark.parametrize("missing", ["ownerId", "dueDate"])
def test_a_plan_starts_only_when_every_action_is_complete(local: Api, missing: str) -> None:
    admin = local.as_("ADMIN")
    body = {k: v for k, v in ACTION.items() if k != missing}
    admin.post("/improvement-plans/imp_brouillon/actions", body)
    refused = admin.post("/improvement-plans/imp_brouillon/start")
    assert refused.json["rules"] == ["ACTION_INCOMPLETE"]


def test_a_reopened_plan_is_not_completed(local: Api) -> None:
    reason = {"statusReason": "Nouveaux retards"}
    again = local.as_("ADMIN").post("/improvement-plans/imp_termine/reopen", reason).data
    assert (again["status"], again["completedAt"]) == ("IN_PROGRESS", None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=DRAFT", {"imp_brouillon", "imp_jetable"}),
        ("trigger=COMPLAINT", {"imp_pret"}),
        ("status=IN_PROGRESS&trigger=FEEDBACK", {"imp_abc123"}),
        ("indicator=26", {"imp_termine"}),
    ],
)
def test_plans_are_filtered(local: Api, query: str, found: set[str]) -> None:
    plans = local.as_("AUDITOR").get(f"/improvement-plans?{query}").data
    assert {plan["id"] for plan in plans} == found


def test_the_statistics_count_every_plan_and_action(local: Api) -> None:
    figures = local.as_("AUDITOR").get(STATISTICS).data
    assert figures["total"] == 5
    assert figures["byStatus"] == {"DRAFT": 2, "IN_PROGRESS": 2, "COMPLETED": 1, "ARCHIVED": 0}
    assert figures["byTrigger"] == {"COMPLAINT": 1, "AUDIT": 1, "FEEDBACK": 1, "PROACTIVE": 2}
    assert figures["actions"] == {"TODO": 2, "DOING": 0, "DONE": 2, "CANCELLED": 0}
    assert figures["meanDaysToComplete"] == 29.0


def test_an_action_is_overdue_the_day_after_its_due_date(local: Api) -> None:
    for instant, overdue in (
        ("2026-09-30T23:59:59Z", 0),
        ("2026-10-01T00:00:00Z", 1),
        ("2026-12-16T00:00:00Z", 2),
    ):
        set_clock(local, instant)
        assert local.as_("ADMIN").get(STATISTICS).data["overdueActions"] == overdue


def test_statistics_are_no_id_of_a_plan(local: Api) -> None:
    assert local.as_("LEARNER").get(STATISTICS).code == "ROLE_REQUIRED"
    assert "total" in local.as_("ADMIN").get(STATISTICS).data


def test_without_plans_there_is_no_mean(seeded: Api) -> None:
    figures = seeded.as_("ADMIN", "vide").get(STATISTICS).data
    assert (figures["total"], figures["meanDaysToComplete"]) == (0, None)
