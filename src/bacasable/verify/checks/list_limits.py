"""The size of a page is what was asked for, within the limits of the contract."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lists import Listing, Page, first_faulty, no_list, parameter_place, parameter_schema
from ._stock import listing_of


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to lists with a parameter for the size of a page."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    return "" if shape_of(subject.contract, operation).per_page else "no parameter limits its pages"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Ask for pages of one record, of as many as allowed, of the default size, and of too many."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    schema, name = listing.size_schema, listing.shape.per_page
    count = len(listing.all().keys)
    for size in dict.fromkeys((schema.get("minimum", 1), 2, schema.get("maximum", 2))):
        if isinstance(size, int) and size > 0 and listing.pages:
            yield from _exact(listing, size, count)
    if isinstance(schema.get("default"), int):
        yield from _exact(listing, None, count)
    yield from _refused(listing, name, schema.get("maximum"), 1)
    yield from _refused(listing, name, schema.get("minimum"), -1)
    paged = parameter_schema(bench.subject, operation, listing.shape.page)
    yield from _refused(listing, listing.shape.page, paged.get("minimum"), -1)


def _exact(listing: Listing, size: int | None, count: int) -> Iterator[Fault]:
    """The first page of a size, None for the default, must hold so many records."""
    wanted = listing.size_schema["default"] if size is None else size
    asked = "without a size" if size is None else f"of the size {size}"

    def attempt() -> Page | None:
        page = listing.page(1, size)
        if page.records is None:
            return None
        short = len(page.records) < min(wanted, count)
        if short and len(listing.all(fresh=True).keys) < min(wanted, count):
            return None
        return page if short or len(page.records) > wanted else None

    page = first_faulty(attempt)
    if page:
        kind = "more" if len(page.records) > wanted else "fewer"
        yield Fault(
            f"a page {'without a size' if size is None else 'of a size'} holds {kind} records",
            f"A page {asked} holds {kind} records than that",
            f"{min(wanted, count)} records, of {count} in the list",
            f"{len(page.records)} records",
            parameter_place(listing.bench, listing.operation, listing.shape.per_page),
            (page.exchange,),
        )


def _refused(listing: Listing, name: str, bound: object, step: int) -> Iterator[Fault]:
    """A value one step beyond a bound must be refused, if the contract has a status for that."""
    operation = listing.operation
    statuses = {400, 422} & set(operation.answers) or {"4XX", "default"} & set(operation.ranges)
    if not name or not isinstance(bound, int) or isinstance(bound, bool) or not statuses:
        return
    exchange = listing.bench.call(
        operation, path=listing.path, query={name: bound + step}, intent="invalid"
    )
    if exchange.ok:
        found = listing.page_in(exchange).records
        side = "above the maximum" if step > 0 else "below the minimum"
        yield Fault(
            f"{name} {side} is accepted",
            f"A {name} {side} is accepted",
            f"a refusal of {name}={bound + step}, for the contract's bound is {bound}",
            f"status {exchange.status}, with {len(found or ())} records",
            parameter_place(listing.bench, operation, name),
            (exchange,),
        )


CHECK = Check(
    id="list-limits",
    enforces="A page holds as many records as asked for, within the limits that the contract sets.",
    stands="Minimum, maximum and default of the parameters that turn pages.",
    severity="error",
    repair="Keep to the size that is asked for, and refuse values outside of the bounds.",
    kind="operation",
    applies=applies,
    probe=probe,
    writes=False,
    wfc=102,
)
