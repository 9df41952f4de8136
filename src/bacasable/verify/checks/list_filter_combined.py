"""Filters hold together: with one another, with pages, and with an order."""

from collections.abc import Iterator
from itertools import combinations

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._filters import Condition, conditions, judged
from ._lists import Listing, Reading, filters_of, no_list, sort_members
from ._stock import listing_of

_PAIRS = 8


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to lists with a filter, and something to combine it with."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    if not filters_of(subject, operation):
        return "the contract says of no parameter what it filters"
    return ""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Ask with two filters that give different records, and with one and pages or an order."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    reading = listing.all()
    found = [
        conditions(listing, reading, p, how)[:4] for p, how in filters_of(bench.subject, operation)
    ]
    telling = [
        [c for c in each if 0 < len(c.matching(reading)) < len(reading.keys)] for each in found
    ]
    most = min(bench.subject.options.profile.samples, _PAIRS)
    for one, other in _pairs(reading, [each for each in telling if each])[:most]:
        yield from judged(listing, [one, other])
    yield from _with_pages(listing, reading, [c for each in telling for c in each])
    yield from _with_order(listing, [c for each in telling for c in each])


def _pairs(reading: Reading, found: list[list[Condition]]) -> list[tuple[Condition, Condition]]:
    """For each two filters the pair of values that tells most, the most telling pairs first."""
    ranked = []
    for one, other in combinations(found, 2):
        pairs = [(_rank(reading, a, b), a, b) for a in one for b in other]
        best = max(pairs, key=lambda pair: pair[0])
        if best[0]:
            ranked.append(best)
    ranked.sort(key=lambda pair: -pair[0])
    return [(a, b) for _, a, b in ranked]


def _rank(reading: Reading, one: Condition, other: Condition) -> int:
    """How much a pair tells: from 0, where both filters give the same records."""
    first, second = one.matching(reading), other.matching(reading)
    both = first & second
    return (both != first) + (both != second) + bool(both and first != second)


def _with_pages(listing: Listing, reading: Reading, found: list[Condition]) -> Iterator[Fault]:
    """Filter first, then page: some filters give more than one page of a small size."""
    for condition in found:
        count = len(condition.matching(reading))
        if listing.pages and 1 < count <= listing.largest:
            size = (count + 1) // 2
            yield from judged(listing, [condition], {listing.shape.per_page: size}, size=size)
            return


def _with_order(listing: Listing, found: list[Condition]) -> Iterator[Fault]:
    orders = list(sort_members(listing.bench.subject, listing.operation))
    if found and orders:
        yield from judged(listing, found[:1], {listing.shape.sort: orders[-1]})


CHECK = Check(
    id="list-filter-combined",
    enforces="Filters that are given together must all hold, on every page and in every order.",
    stands="The extension x-filter of the parameters.",
    severity="error",
    repair="Join the conditions of all filters by and; filter first, then sort, then page.",
    kind="operation",
    applies=applies,
    probe=probe,
    writes=False,
    wfc=102,
)
