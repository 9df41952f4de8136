"""A page past the end of a list is an empty list."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench
from ..model import Fault
from . import Check
from ._lists import Listing, Page, no_pages, parameter_place, parameter_schema
from ._stock import listing_of

_FAR = 1_000


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Ask for the page after the last one, and for one far behind it."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    whole = listing.all()
    count = len(whole.keys) if whole.complete else whole.total
    if count is None:
        return
    size = min(max(1, count), listing.largest)
    after = max(1, -(-count // size)) + 1
    name = listing.shape.page or listing.shape.offset
    most = parameter_schema(bench.subject, operation, name).get("maximum", after + _FAR)
    for which, number in (
        ("next after the last", after),
        ("far behind the last", int(most) + 1 - listing.shape.first),
    ):
        if number < after or (number > after and listing.shape.offset):
            continue
        page = listing.page(number, size)
        received = _wrong(listing, page, size * (number - 1))
        if received:
            yield Fault(
                f"the page {which} is no empty list",
                f"The page {which} one of the list is no empty list",
                f"status {operation.success}, and no records",
                received,
                parameter_place(bench, operation, name),
                (*whole.exchanges[-1:], page.exchange),
            )
            return


def _wrong(listing: Listing, page: Page, skipped: int) -> str:
    """How a page past the end is wrong; empty when it is not, or when that cannot be said."""
    if page.records:
        again = listing.all(fresh=True)
        grown = not again.complete or len(again.keys) > skipped
        return "" if grown else f"{len(page.records)} records"
    if page.records is None and 400 <= page.exchange.status < 500:
        return "" if _documented(listing, page) else f"status {page.exchange.status}"
    return ""


def _documented(listing: Listing, page: Page) -> bool:
    """Whether the refusal may be one that a contract of others means for this."""
    operation, status = listing.operation, page.exchange.status
    if status in (408, 425, 429):
        return True
    return not listing.bench.contract.strict and (
        status in operation.answers or bool(operation.ranges)
    )


CHECK = Check(
    id="list-past-end",
    enforces="A page past the end of a list is answered with an empty list.",
    stands="The description of the parameter that turns the pages.",
    severity="error",
    repair="Answer with no records, and with the total; do not repeat the last page, or refuse.",
    kind="operation",
    applies=no_pages,
    probe=probe,
    writes=False,
    wfc=102,
)
