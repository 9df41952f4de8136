"""Every transition that the lifecycle allows works, and leaves the record as the table says."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lifecycle import accepted_where_allowed, not_applicable, step_of


def _applies(subject: Subject, operation: Operation | None) -> str:
    return not_applicable(subject, operation, "transition")


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    step = step_of(bench.subject, operation)
    if step:
        yield from accepted_where_allowed(bench, step)


CHECK = Check(
    id="transition-allowed",
    enforces="A transition succeeds in every state it is allowed in, and does what it says.",
    stands="The lifecycle (x-lifecycle): from, to, stamps and sets of a transition.",
    severity="error",
    repair="Compare the states that the operation accepts and what it writes with the lifecycle.",
    kind="operation",
    applies=_applies,
    probe=_probe,
)
