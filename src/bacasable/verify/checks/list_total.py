"""The total of a list is the number of all its records, on every page."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..model import Exchange, Fault
from . import Check
from ._lists import Listing, first_faulty, no_list, place_of
from ._stock import listing_of
from .list_partition import uneven

Found = tuple[str, int, int, tuple[Exchange, ...]]
"""Which page, the total that is right, the one it gave, and the exchanges."""


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to lists that tell a total."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    return "" if shape_of(subject.contract, operation).total else "its answer tells no total"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Count the records, and compare with the totals of the first, last and following page."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    found: Found | None = first_faulty(lambda: _attempt(listing))
    if found:
        which, right, given, exchanges = found
        yield Fault(
            f"the total is wrong on the {which} page",
            f"The total on the {which} page of the list is not the number of its records",
            f"a total of {right}",
            f"a total of {given}",
            place_of(operation, "responses", str(exchanges[-1].status)),
            exchanges,
        )


def _attempt(listing: Listing) -> Found | None:
    found = _wrong(listing, fresh=False)
    if found is None:
        return None
    before = listing.all(fresh=True)
    found = _wrong(listing, fresh=True)
    after = listing.all(fresh=True)
    # Of a long list only the totals tell that others have written in between.
    return found if (before.keys, before.total) == (after.keys, after.total) else None


def _wrong(listing: Listing, *, fresh: bool) -> Found | None:
    whole = listing.all(fresh=fresh)
    count = len(whole.keys) if whole.complete else whole.total
    if whole.total is None or count is None:
        return None
    if whole.total != count:
        return "first", count, whole.total, whole.exchanges
    if not listing.pages or count < 2:
        return None
    size = uneven(count, listing.largest)
    last = -(-count // size)
    for which, number in (("first", 1), ("last", last), ("page after the last", last + 1)):
        page = listing.page(number, size)
        if page.total not in (None, count):
            return which, count, page.total or 0, (whole.exchanges[-1], page.exchange)
    return None


CHECK = Check(
    id="list-total",
    enforces="The total that a list tells is the number of its records, on every page.",
    stands="The schema of the list's answer.",
    severity="error",
    repair="Count what the list holds for this caller and these filters, not the page at hand.",
    kind="operation",
    applies=applies,
    probe=probe,
    writes=False,
    wfc=102,
)
