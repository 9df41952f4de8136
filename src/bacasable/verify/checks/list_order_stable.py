"""A list that nobody changes keeps its order."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench
from ..maker import CannotMake
from ..model import Fault
from . import Check
from ._lists import Listing, Reading, first_faulty, no_list, place_of, sort_members
from ._stock import listing_of

_TIMES = 3
"""A list of two that is shuffled stands as before in one case of two."""
Pair = tuple[Reading, Reading]


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Read the list several times: as it comes, on small pages, and sorted by what has ties."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    if len(listing.all().keys) < 2:
        raise CannotMake("there are fewer than two records to put in order")
    yield from _unstable(listing, "", {})
    for name in _with_ties(listing):
        yield from _unstable(listing, f" sorted by {name}", {listing.shape.sort: name})


def _unstable(listing: Listing, how: str, query: dict[str, str]) -> Iterator[Fault]:
    found: Pair | None = first_faulty(lambda: _moved(listing, query))
    if found:
        one, other = found
        yield Fault(
            f"the order of the list{how} changes",
            f"The list{how} stands in another order each time it is read",
            "the same records in the same order, for none of them has changed",
            _first_difference(one, other),
            place_of(listing.operation),
            (*one.exchanges[:1], *other.exchanges[:1]),
        )


def _with_ties(listing: Listing) -> list[str]:
    """A value to sort by that several records share: in its ties an order may get lost."""
    records = listing.all().records
    for text, member in sort_members(listing.bench.subject, listing.operation).items():
        values = [str(record.get(member)) for record in records]
        if len(set(values)) < len(values):
            return [text]
    return []


def _moved(listing: Listing, query: dict[str, str]) -> Pair | None:
    """Two readings of the same records, unchanged, in different orders."""
    first = listing.read(query)
    for _ in range(_TIMES):
        again = listing.read(query, fresh=True)
        if first is None or again is None:
            return None
        if again.keys != first.keys and again.by_key == first.by_key:
            return first, again
        first = again
    return None


def _first_difference(one: Reading, other: Reading) -> str:
    pairs = enumerate(zip(one.keys, other.keys, strict=True), start=1)
    number, (before, after) = next((n, pair) for n, pair in pairs if pair[0] != pair[1])
    return f"in place {number} first {before}, then {after}"


CHECK = Check(
    id="list-order-stable",
    enforces="A list stands in the same order as long as its records stay the same.",
    stands="The parameters of the list that turn its pages: they need an order.",
    severity="error",
    repair="Put something unique, such as the id, at the end of what the list is sorted by.",
    kind="operation",
    applies=no_list,
    probe=probe,
    writes=False,
    wfc=102,
)
