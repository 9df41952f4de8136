"""The total of a list grows by the record that was created."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..model import Exchange, Fault
from . import Check, created_listed
from ._lists import place_of
from ._records import companion, create, list_at

_TIMES = 3
Found = tuple[int, int, tuple[Exchange, ...]]
"""The total before, that after, and the exchanges."""


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to creations of records that are counted."""
    reason = created_listed.applies(subject, operation)
    if reason or operation is None:
        return reason
    listed = companion(subject, operation, "list")
    total = shape_of(subject.contract, listed).total if listed else None
    return "" if total else "its list tells no total"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Create a record, and compare the totals before and after; others may create too."""
    listed = companion(bench.subject, operation, "list") if operation else None
    if operation is None or listed is None:
        return
    found: list[Found] = []
    while len(found) < _TIMES:
        one = _attempt(bench, operation, listed)
        if one is None:
            return
        found.append(one)
    gains = {after - before for before, after, _ in found}
    if len(gains) == 1:
        before, after, exchanges = found[-1]
        yield Fault(
            "the total does not grow by one",
            "The total of the list does not count a record that was created",
            f"a total of {before + 1}, one more than before",
            f"a total of {after}",
            place_of(listed, "responses", str(listed.success)),
            exchanges,
        )


def _attempt(bench: Bench, operation: Operation, listed: Operation) -> Found | None:
    """Create a record: what the totals were, if they do not tell of it."""
    arranged = bench.maker.arranged(operation)
    listing = list_at(bench, listed, arranged.path)
    before = listing.all(fresh=True)
    made = create(bench, operation, arranged)
    after = listing.all(fresh=True)
    if before.total is None or after.total is None:
        return None
    gain = after.total - before.total
    others = before.complete and after.complete and len(after.keys) - len(before.keys)
    if gain == 1 or (gain > 1 and gain == others):
        return None
    shown = (*before.exchanges[:1], made.exchange, *after.exchanges[:1])
    return before.total, after.total, shown


CHECK = Check(
    id="created-counted",
    enforces="The total of a list counts a record as soon as it was created.",
    stands="The schema of the list's answer.",
    severity="error",
    repair="Count what is stored when the list is asked for; do not keep a count that gets stale.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=102,
)
