"""A record that was created stands in the list of its collection."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lists import Listing, no_list, place_of
from ._records import (
    Made,
    companion,
    create,
    differing,
    list_at,
    masked_members,
    no_creation,
    record_in,
    sees_all,
)
from ._values import brief


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to creations of records that are listed."""
    reason = no_creation(subject, operation)
    if reason or operation is None:
        return reason
    listed = companion(subject, operation, "list")
    if listed is None:
        return "no operation lists what it creates"
    if not sees_all(subject, listed):
        return "its caller is shown some of the records only"
    return no_list(subject, listed)


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Create a record and look for it in the list."""
    listed = companion(bench.subject, operation, "list") if operation else None
    if operation is None or listed is None:
        return
    arranged = bench.maker.arranged(operation)
    listing = list_at(bench, listed, arranged.path)
    listing.all(fresh=True)  # what is asked for before may be kept, and answered again
    made = create(bench, operation, arranged)
    reading = listing.all(fresh=True)
    if made.record.id in _ids(listing, reading.records):
        yield from _otherwise(bench, listing, made, operation)
    elif reading.complete:
        again = listing.all(fresh=True)
        there = bench.maker.again(made.record) is not None
        if there and again.complete and made.record.id not in _ids(listing, again.records):
            yield Fault(
                "the created record is not in the list",
                "A record that was created is missing in the list",
                f"a list with the new record, from {listed.id}",
                f"{len(again.records)} records without it",
                place_of(listed),
                (made.exchange, *again.exchanges[-1:]),
            )


def _ids(listing: Listing, records: object) -> set[str]:
    found = records if isinstance(records, tuple) else ()
    return {str(record.get(listing.shape.id)) for record in found}


def _otherwise(bench: Bench, listing: Listing, made: Made, operation: Operation) -> Iterator[Fault]:
    """What the list says otherwise than the record itself does, if that can be read."""
    reading = companion(bench.subject, operation, "get")
    if reading is None:
        return
    first = record_in(bench, bench.call(reading, path=made.record.path))
    rows = listing.all(fresh=True)
    exchange = bench.call(reading, path=made.record.path)
    second = record_in(bench, exchange)
    row = next((r for r in rows.records if str(r.get(listing.shape.id)) == made.record.id), None)
    if first is None or second is None or row is None:
        return
    unsure = {*differing(first, second), *masked_members(bench.subject, listing.operation, reading)}
    for name in differing(row, second, unsure):
        yield Fault(
            f"{name} is listed otherwise than it is read",
            f"The list has another {name} than the record itself",
            f"{name} {brief(second[name])}, as {reading.id} answers",
            f"{name} {brief(row[name])} in the list",
            place_of(listing.operation),
            (exchange, *rows.exchanges[-1:]),
        )


CHECK = Check(
    id="created-listed",
    enforces="A record that was created stands in the list of its collection, as it is read.",
    stands="The operations that create and list records of a collection.",
    severity="error",
    repair="Let the list read what the creation stored; answer both from the same record.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=102,
)
