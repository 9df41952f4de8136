"""The pages of a list hold every record once."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._lists import Listing, Reading, first_faulty, no_pages, parameter_place
from ._stock import listing_of

Found = tuple[str, str, tuple[Exchange, ...]]
"""What is wrong, how it shows, and the pages that show it."""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Turn pages of a small size, and compare with the list on large pages."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    if len(listing.all().keys) < 2:
        raise CannotMake("there are fewer than two records to page")
    found: Found | None = first_faulty(lambda: _attempt(listing))
    if found:
        wrong, received, exchanges = found
        yield Fault(
            wrong,
            f"Turning the pages of the list, {wrong}",
            "every record on exactly one page",
            received,
            parameter_place(bench, operation, listing.shape.page or listing.shape.offset),
            exchanges,
        )


def uneven(count: int, largest: int) -> int:
    """A size for some pages of which the last one is not full, where that is possible."""
    start = max(1, count // 3)
    sizes = [size for size in range(start, count) if count % size]
    return min(sizes[0] if sizes else start, largest)


def _attempt(listing: Listing) -> Found | None:
    before = listing.all()
    size = uneven(len(before.keys), listing.largest)
    turned = listing.read(size=size)
    if turned is None or not _faults(listing, before, turned):
        return None
    before = listing.all(fresh=True)
    turned = listing.read(size=size, fresh=True)
    after = listing.all(fresh=True)
    if turned is None or before.keys != after.keys:
        return None
    return _faults(listing, before, turned)


def _faults(listing: Listing, whole: Reading, turned: Reading) -> Found | None:
    seen: dict[str, Exchange] = {}
    for page in turned.pages:
        for key in map(listing.key, page.records or ()):
            if key in seen:
                shown = (seen[key], page.exchange)
                return "a record comes twice", f"{key} on two pages, or twice on one", shown
            seen[key] = page.exchange
    missing = [key for key in whole.keys if key not in seen]
    if missing and turned.complete and whole.complete:
        return "a record is left out", f"{missing[0]} on no page", turned.exchanges
    return None


CHECK = Check(
    id="list-partition",
    enforces="The pages of a list hold every record, and each of them once.",
    stands="The parameters of the list that turn its pages.",
    severity="error",
    repair="Order the list by something unique, and skip (page - 1) times the size of a page.",
    kind="operation",
    applies=no_pages,
    probe=probe,
    writes=False,
    wfc=102,
)
