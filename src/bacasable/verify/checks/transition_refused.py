"""In every other state a transition is refused with 409, and the record stays as it was."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lifecycle import not_applicable, refused_elsewhere, step_of


def _applies(subject: Subject, operation: Operation | None) -> str:
    said = not_applicable(subject, operation, "transition")
    step = step_of(subject, operation)
    if not said and step and not step.elsewhere:
        return "it is allowed in every state"
    return said


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    step = step_of(bench.subject, operation)
    if step:
        yield from refused_elsewhere(bench, step)


CHECK = Check(
    id="transition-refused",
    enforces="A transition is refused with 409 in every other state, and changes nothing.",
    stands="The lifecycle (x-lifecycle): the states in `from` of a transition.",
    severity="error",
    repair="Check the state, and refuse, before anything is written.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
