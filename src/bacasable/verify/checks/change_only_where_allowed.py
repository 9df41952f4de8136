"""Records are changed and deleted in the states in which the lifecycle allows it, in no other."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lifecycle import accepted_where_allowed, not_applicable, refused_elsewhere, step_of


def _applies(subject: Subject, operation: Operation | None) -> str:
    return not_applicable(subject, operation, "update", "delete")


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    step = step_of(bench.subject, operation)
    if step:
        yield from accepted_where_allowed(bench, step)
        if step.elsewhere:
            yield from refused_elsewhere(bench, step)


CHECK = Check(
    id="change-only-where-allowed",
    enforces="A record is changed or deleted in the states that allow it, and in no other.",
    stands="The lifecycle (x-lifecycle): the updates and deletes it names.",
    severity="error",
    repair="Check the state, and refuse with 409, before anything is written or removed.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
