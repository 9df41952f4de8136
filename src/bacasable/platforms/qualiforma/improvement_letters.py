"""Letters to whoever answers for an action of an improvement plan."""

from collections.abc import Iterator

from ...core import Record, Situation
from ...core.messages import Letter, Link
from ...core.situation import Correspondence
from .letters import day, quoted, title

UNFINISHED = ("TODO", "DOING")


def tell_given(s: Situation, action: Record) -> Iterator[Letter]:
    """The owner of a new action is told; one without an owner is told to nobody."""
    if action["ownerId"]:
        name = quoted(action["title"])
        yield _letter(s, action, f"Une action vous est confiée : {name}", _due(action))


def tell_handed_over(s: Situation, action: Record) -> Iterator[Letter]:
    """The new owner of an action is told; other changes are told to nobody."""
    if action["ownerId"] != s.record["ownerId"]:
        yield from tell_given(s, action)


def tell_overdue(s: Situation, action: Record) -> Iterator[Letter]:
    """The owner is told that the day has passed."""
    if action["ownerId"]:
        name = quoted(action["title"])
        late = f"L'échéance du {day(action['dueDate'])} est dépassée."
        yield _letter(s, action, f"Action en retard : {name}", late)


def _letter(s: Situation, action: Record, subject: str, when: str) -> Letter:
    plan = title(s, "ImprovementPlan", action["planId"])
    path = {"id": action["planId"], "actionId": action["id"]}
    return Letter(
        action["ownerId"],
        subject,
        (f"Vous êtes responsable de cette action du plan d'amélioration {plan}.", when),
        (Link("Voir l'action", "getImprovementAction", path, UNFINISHED),),
    )


def _due(action: Record) -> str:
    end = action["dueDate"]
    return f"Elle est à mener au plus tard le {day(end)}." if end else "Son échéance reste à fixer."


LETTERS: Correspondence = {
    "improvement_plan.action_created": tell_given,
    "improvement_plan.action_updated": tell_handed_over,
    "improvement_plan.action_overdue": tell_overdue,
}
