"""What a list is sorted by decides its order."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ...contract import Operation
from ...contract.model import JsonObject
from ..bench import Bench, Subject
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._lists import (
    Listing,
    declared_parameter,
    no_list,
    parameter_place,
    parameter_schema,
    record_members,
    sort_members,
)
from ._sorting import Key, key_for, misplaced, overtaken
from ._stock import listing_of

_CUT = 2
"""With so many keys a small page is asked for too."""


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to lists that can be sorted by members of their records."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    if not _keys(subject, operation):
        return "the contract names no member to sort by that has an order"
    return ""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Sort by each of the values that the parameter allows, and by two together."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    whole = listing.all()
    if len(whole.keys) < 2:
        raise CannotMake("there are fewer than two records to sort")
    keys = _keys(bench.subject, operation)[: max(bench.subject.options.profile.samples, 4)]
    for number, key in enumerate(keys):
        faults = list(_sorted(listing, [key]))
        if not faults and number < _CUT and listing.pages:
            faults = list(_cut(listing, key))
        yield from faults
    pair = _with_ties(whole.records, keys) if _lists_with_commas(bench, listing) else None
    if pair:
        yield from _sorted(listing, pair)


def _keys(subject: Subject, operation: Operation) -> list[Key]:
    members = record_members(subject, operation)
    found = sort_members(subject, operation).items()
    made = [key_for(text, member, members[member]) for text, member in found]
    return [key for key in made if key]


def _sorted(listing: Listing, keys: Sequence[Key]) -> Iterator[Fault]:
    """Sort by keys, the first one first, and judge a page by itself."""
    text = ",".join(key.text for key in keys)
    size = listing.largest if listing.pages else None
    page = listing.page(1, size, {listing.shape.sort: text})
    received = _wrong(keys, page.records or [])
    if received:
        yield _fault(listing, keys, received, (page.exchange,))


def _cut(listing: Listing, key: Key) -> Iterator[Fault]:
    """Sort, with a page that does not hold all records, and judge it by those it leaves out."""
    size = min(max(1, len(listing.all().keys) * 2 // 3), listing.largest)
    for fresh in (False, True):
        whole = listing.all(fresh=fresh)
        page = listing.page(1, size, {listing.shape.sort: key.text})
        records = page.records or []
        there = {listing.key(record) for record in records}
        rest = [record for name, record in whole.by_key.items() if name not in there]
        received, shown = overtaken(key, records, rest), (whole.exchanges[-1], page.exchange)
        if not received:
            return
    if listing.all(fresh=True).by_key == whole.by_key:
        yield _fault(listing, [key], received, shown)


def _fault(
    listing: Listing, keys: Sequence[Key], received: str, shown: tuple[Exchange, ...]
) -> Fault:
    descending = ", descending" if keys[0].descends and len(keys) == 1 else ""
    members = " and then ".join(key.member for key in keys)
    return Fault(
        f"not sorted by {members}{descending}",
        f"The list sorted by {members}{descending} is in another order",
        f"records in the order of {','.join(key.text for key in keys)}",
        received,
        parameter_place(listing.bench, listing.operation, listing.shape.sort),
        shown,
    )


def _wrong(keys: Sequence[Key], records: Sequence[JsonObject]) -> str:
    """How records stand wrong by the first key, or, where that is a tie, by the second one."""
    found = misplaced(keys[0], records)
    if found or len(keys) == 1:
        return found
    for one, other in pairwise(records):
        if keys[0].tie(one, other) and keys[1].wrong(one, other):
            return misplaced(keys[1], [one, other])
    return ""


def _with_ties(records: Sequence[JsonObject], keys: Sequence[Key]) -> list[Key] | None:
    """Two keys of which the second one has to move records that the first one leaves alike."""
    for first in keys:
        for second in keys:
            if first.member == second.member:
                continue
            for number, one in enumerate(records):
                later = (r for r in records[number + 1 :] if first.tie(one, r))
                if any(second.wrong(one, other) for other in later):
                    return [first, second]
    return None


def _lists_with_commas(bench: Bench, listing: Listing) -> bool:
    """Whether the parameter takes several keys, written with commas between them."""
    name = listing.shape.sort
    schema = parameter_schema(bench.subject, listing.operation, name)
    declared = declared_parameter(bench, listing.operation, name)
    several = "array" in schema.kinds
    form = declared.get("style", "form") == "form" and declared.get("explode") is False
    return several and form and schema.get("maxItems", 2) >= 2


CHECK = Check(
    id="list-sort",
    enforces="A list stands in the order that it is asked to be sorted by, over all its pages.",
    stands="The values that the parameter of the order allows.",
    severity="error",
    repair="Sort all records by the member's own type, before they are paged; a minus reverses.",
    kind="operation",
    applies=applies,
    probe=probe,
    writes=False,
    wfc=102,
)
