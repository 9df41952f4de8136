"""Improvement plans (Qualiopi indicator 32): what they show, and what is told of them."""

from ...core import Behaviour, Collection, Order, Record, Situation, Total
from ...core.clock import parse_instant
from .improvement_letters import LETTERS, UNFINISHED

_UNFINISHED = frozenset(UNFINISHED)
_SECONDS_A_DAY = 86400


def reopen(s: Situation) -> None:
    """A reopened plan is not completed, and its report is still to be written."""
    s.draft |= {"completedAt": None, "closingReport": None, "effectivenessNote": None}


def statistics(s: Situation) -> Record:
    """Figures over all plans of the tenant; overdue by the tenant's clock."""
    (actions, due), (plans, taken) = figures(s)
    actions.fill(due)
    plans.fill(taken)
    mean = taken.sum / taken.number / _SECONDS_A_DAY if taken.number else None
    return {
        "total": len(plans),
        "byStatus": _counts(s, "ImprovementPlan", "status"),
        "byTrigger": _counts(s, "ImprovementPlan", "trigger"),
        "actions": _counts(s, "ImprovementAction", "status"),
        "overdueActions": due.before(s.now[:10]),
        "meanDaysToComplete": None if mean is None else round(mean, 1),
    }


def figures(s: Situation) -> tuple[tuple[Collection, Order], tuple[Collection, Total]]:
    """What the figures are read from: unfinished actions by due date, seconds until completion."""
    plans, actions = s.collection("ImprovementPlan"), s.collection("ImprovementAction")
    due = actions.order("due", lambda: Order(_due))
    taken = plans.order("completion", lambda: Total(_seconds))
    return (actions, due), (plans, taken)


def _counts(s: Situation, resource: str, field: str) -> Record:
    names = s.contract.resources[resource].properties[field]["enum"]
    return {name: s.collection(resource).count(field, name) for name in names}


def _due(action: Record) -> tuple[str, ...]:
    waits = action["status"] in _UNFINISHED and action["dueDate"]
    return (action["dueDate"],) if waits else ()


def _seconds(plan: Record) -> int | None:
    """Seconds that a plan took. Records from outside may end before they start: those took none."""
    if not (plan["startedAt"] and plan["completedAt"]):
        return None
    taken = parse_instant(plan["completedAt"]) - parse_instant(plan["startedAt"])
    return max(0, int(taken.total_seconds()))


BEHAVIOURS = {
    "ImprovementPlan": Behaviour(
        prepare={"reopenImprovementPlan": reopen},
        operations={"getImprovementStatistics": statistics},
        reads={"getImprovementStatistics": figures},
    ),
    "ImprovementAction": Behaviour(letters=LETTERS),
}
