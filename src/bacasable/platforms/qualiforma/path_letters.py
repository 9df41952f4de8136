"""Letters to learners about their adaptive paths."""

from collections.abc import Iterator

from ...core import Record, Situation
from ...core.messages import Letter, Link
from ...core.situation import Correspondence
from .letters import title

_VIEWABLE = ("ASSESSMENT_PENDING", "IN_PROGRESS", "COMPLETED")


def tell_assigned(s: Situation, assignment: Record) -> Iterator[Letter]:
    """A path is given to the learner; it may begin with a positioning questionnaire."""
    name, steps = _name(s, assignment), len(assignment["modules"])
    first = (
        "Il commence par un questionnaire de positionnement, qui vous est envoyé séparément."
        if assignment["status"] == "ASSESSMENT_PENDING"
        else _open_steps(s, assignment)
    )
    yield Letter(
        assignment["userId"],
        f"Votre parcours {name} vous attend",
        (f"Le parcours {name} vous a été attribué. Nombre d'étapes : {steps}.", first),
        _see(assignment),
    )


def tell_unlocked(s: Situation, assignment: Record) -> Iterator[Letter]:
    """A step can be begun."""
    name = _name(s, assignment)
    yield Letter(
        assignment["userId"],
        f"Une étape de votre parcours {name} est ouverte",
        (
            _open_steps(s, assignment),
            f"Vous avez accompli {assignment['percent']}\u00a0% du parcours {name}.",
        ),
        _see(assignment),
    )


def _name(s: Situation, assignment: Record) -> str:
    return title(s, "AdaptivePath", assignment["pathId"], "name")


def _open_steps(s: Situation, assignment: Record) -> str:
    """The steps that can be begun now, each with its course."""
    steps = [
        f"étape {module['order']}, {title(s, 'Course', module['courseId'])}"
        for module in assignment["modules"]
        if module["status"] == "AVAILABLE"
    ]
    return f"Vous pouvez commencer : {' ; '.join(steps)}."


def _see(assignment: Record) -> tuple[Link, ...]:
    path = {"id": assignment["pathId"], "assignmentId": assignment["id"]}
    return (Link("Voir mon parcours", "getPathAssignment", path, _VIEWABLE),)


LETTERS: Correspondence = {
    "adaptive_path.assigned": tell_assigned,
    "adaptive_path.module_unlocked": tell_unlocked,
}
