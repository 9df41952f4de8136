"""Improvement plans (Qualiopi indicator 32): when they start and end, and what they show."""

from collections import Counter

from ..core import Behaviour, Record, Situation
from ..core.clock import parse_instant
from .improvement_letters import LETTERS, UNFINISHED

_CLOSED = {"COMPLETED", "ARCHIVED"}
_UNFINISHED = frozenset(UNFINISHED)
_SECONDS_A_DAY = 86400


def actions_complete(s: Situation) -> bool:
    """ACTION_INCOMPLETE."""
    actions = _actions(s)
    return bool(actions) and all(a["ownerId"] and a["dueDate"] for a in actions)


def source_named(s: Situation) -> bool:
    """SOURCE_MISSING: a draft may still be without."""
    if s.draft["status"] == "DRAFT":
        return True
    return s.draft["trigger"] == "PROACTIVE" or bool(s.draft["sourceId"])


def action_complete(s: Situation) -> bool:
    """ACTION_INCOMPLETE, for a change of one action of a started plan."""
    started = s.parent["status"] == "IN_PROGRESS"
    return not started or bool(s.draft["ownerId"] and s.draft["dueDate"])


def actions_finished(s: Situation) -> bool:
    """ACTIONS_UNFINISHED."""
    states = {action["status"] for action in _actions(s)}
    return "DONE" in states and not states & _UNFINISHED


def plan_open(s: Situation) -> bool:
    """PLAN_CLOSED."""
    return s.parent["status"] not in _CLOSED


def plan_started(s: Situation) -> bool:
    """PLAN_NOT_STARTED."""
    return bool(s.parent["status"] == "IN_PROGRESS")


def reopen(s: Situation) -> None:
    """A reopened plan is not completed, and its report is still to be written."""
    s.draft |= {"completedAt": None, "closingReport": None, "effectivenessNote": None}


def statistics(s: Situation) -> Record:
    """Figures over all plans of the tenant; overdue by the tenant's clock."""
    plans, actions = list(s.collection("ImprovementPlan")), list(s.collection("ImprovementAction"))
    today = s.now[:10]
    days = [
        _days(p["startedAt"], p["completedAt"])
        for p in plans
        if p["startedAt"] and p["completedAt"]
    ]
    return {
        "total": len(plans),
        "byStatus": _counts(s, plans, "ImprovementPlan", "status"),
        "byTrigger": _counts(s, plans, "ImprovementPlan", "trigger"),
        "actions": _counts(s, actions, "ImprovementAction", "status"),
        "overdueActions": sum(
            a["status"] in _UNFINISHED and bool(a["dueDate"]) and a["dueDate"] < today
            for a in actions
        ),
        "meanDaysToComplete": round(sum(days) / len(days), 1) if days else None,
    }


def _counts(s: Situation, records: list[Record], resource: str, field: str) -> Record:
    counted = Counter(record[field] for record in records)
    names = s.contract.resources[resource].properties[field]["enum"]
    return {name: counted[name] for name in names}


def _days(start: str, end: str) -> float:
    return (parse_instant(end) - parse_instant(start)).total_seconds() / _SECONDS_A_DAY


def _actions(s: Situation) -> list[Record]:
    return s.where("ImprovementAction", planId=s.record["id"])


BEHAVIOURS = {
    "ImprovementPlan": Behaviour(
        prepare={"reopenImprovementPlan": reopen},
        rules={
            "ACTION_INCOMPLETE": actions_complete,
            "SOURCE_MISSING": source_named,
            "ACTIONS_UNFINISHED": actions_finished,
        },
        operations={"getImprovementStatistics": statistics},
    ),
    "ImprovementAction": Behaviour(
        rules={
            "PLAN_CLOSED": plan_open,
            "PLAN_NOT_STARTED": plan_started,
            "ACTION_INCOMPLETE": action_complete,
        },
        letters=LETTERS,
    ),
}
