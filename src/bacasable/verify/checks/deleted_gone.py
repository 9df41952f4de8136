"""A record that was deleted is gone everywhere: read, listed, counted, found, referred to."""

from collections.abc import Iterator
from dataclasses import replace

from ...contract import Operation
from ...contract.shape import inside, shape_of
from ..bench import UNSENT, Bench, Subject
from ..maker import CannotMake, Record
from ..model import Exchange, Fault
from . import Check
from ._filters import Condition, conditions
from ._lists import Listing, Reading, filters_of, no_list, place_of
from ._records import companion, list_at

_FILTERS = 3
_REFERRING = 2


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to operations that delete a record."""
    if operation is None or operation.action.kind != "delete":
        return "it does not delete a record"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    return ""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Delete a record that has others below it, and look for it in every way there is."""
    if operation is None:
        return
    arranged = bench.maker.arranged(operation)
    record = arranged.record
    if record is None:
        raise CannotMake(f"{operation.id} names no record")
    children = list(_children(bench, record))
    listed = companion(bench.subject, operation, "list")
    listing = list_at(bench, listed, record.path) if listed else None
    usable = listing is not None and not no_list(bench.subject, listing.operation)
    before = listing.all(fresh=True) if listing and usable else None
    found = _found_by(bench, listing, before, record) if listing and before else []
    deleted = bench.call(
        operation, path=arranged.path, identity=arranged.identity, body=arranged.body
    )
    if not deleted.ok:
        raise CannotMake(f"{operation.id} answered {deleted.status} to a valid call")
    yield from _acted_upon(bench, operation, record, deleted)
    if listing and before:
        yield from _listed(listing, before, record, deleted)
        yield from _filtered(listing, found, record, deleted)
    for child in children:
        yield from _below(bench, child, deleted)
    yield from _referred_to(bench, record, deleted)


def _children(bench: Bench, record: Record) -> Iterator[Record]:
    """Records below one that is to be deleted, which go with it."""
    for resource in bench.contract.resources.values():
        above = resource.parent
        if above and above.resource == record.resource and resource.cascades:
            try:
                yield bench.maker.new(resource.name, parent=record)
            except CannotMake:
                continue


def _acted_upon(
    bench: Bench, operation: Operation, record: Record, deleted: Exchange
) -> Iterator[Fault]:
    """The record can neither be read nor updated."""
    for kind, does in (("get", "read"), ("update", "updated")):
        other = companion(bench.subject, operation, kind)
        if other is None or other.method == "put":  # which may create what is not there
            continue
        body = {} if other.body else UNSENT
        exchange = bench.call(other, path=record.path, body=body)
        if exchange.ok:
            yield _after(
                deleted,
                exchange,
                Fault(
                    f"a deleted record can be {does}",
                    f"A record that was deleted can still be {does}",
                    "status 404",
                    f"status {exchange.status} from {other.id}",
                    wfc=103,
                ),
            )


def _listed(
    listing: Listing, before: Reading, record: Record, deleted: Exchange
) -> Iterator[Fault]:
    """The list has it no more, and its total is one less."""
    after = listing.all(fresh=True)
    if record.id in _ids(listing, after):
        yield _after(
            deleted,
            after.exchanges[-1],
            Fault(
                "a deleted record is in the list",
                "A record that was deleted stands in the list",
                f"a list without it, from {listing.operation.id}",
                "a list with it",
            ),
        )
        return
    if before.total is None or after.total is None or not (before.complete and after.complete):
        return
    fewer = len(before.keys) - len(after.keys)
    again = listing.all(fresh=True)
    unchanged = again.keys == after.keys and again.total == after.total
    if unchanged and fewer > 0 and before.total - after.total != fewer:
        yield _after(
            deleted,
            after.exchanges[0],
            Fault(
                "a deleted record is counted",
                "A record that was deleted is counted in the total of the list",
                f"a total of {before.total - fewer}",
                f"a total of {after.total}",
            ),
        )


def _found_by(bench: Bench, listing: Listing, reading: Reading, record: Record) -> list[Condition]:
    """Filters that find the record."""
    found: list[Condition] = []
    for parameter, how in filters_of(bench.subject, listing.operation):
        row = next((r for r in reading.records if r.get(listing.shape.id) == record.id), None)
        if row is None:
            break
        alone = Reading((row,), (listing.key(row),), 1, (), complete=True)
        for condition in conditions(listing, alone, parameter, how)[:1]:
            # Text searches are answered from an index of its own in many servers: they come first.
            found.insert(0 if how.match == "contains" else len(found), condition)
    return found[:_FILTERS]


def _filtered(
    listing: Listing, found: list[Condition], record: Record, deleted: Exchange
) -> Iterator[Fault]:
    for condition in found:
        reading = listing.read({condition.name: condition.value}, fresh=True)
        if reading and record.id in _ids(listing, reading):
            yield _after(
                deleted,
                reading.exchanges[-1],
                Fault(
                    f"a deleted record is found by {condition.name}",
                    f"A record that was deleted is found by the filter {condition.name}",
                    "a list without it",
                    "a list with it",
                ),
            )


def _ids(listing: Listing, reading: Reading) -> set[str]:
    return {str(record.get(listing.shape.id)) for record in reading.records}


def _below(bench: Bench, child: Record, deleted: Exchange) -> Iterator[Fault]:
    """What went with the record can neither be read nor listed."""
    for operation in bench.contract.operations.values():
        action = operation.action
        if action.resource != child.resource or action.kind not in ("get", "list"):
            continue
        listed = action.kind == "list"
        path = dict(list(child.path.items())[:-1]) if listed else child.path
        if listed and "{" not in operation.path:
            continue
        exchange = bench.call(operation, path=path)
        shown = inside(exchange.json, shape_of(bench.contract, operation).items)
        if exchange.ok and (not listed or shown):
            yield _after(
                deleted,
                exchange,
                Fault(
                    f"what lies below a deleted record can be {'listed' if listed else 'read'}",
                    "Records below one that was deleted are still there",
                    "status 404",
                    f"status {exchange.status} from {operation.id}",
                    wfc=103,
                ),
            )


def _referred_to(bench: Bench, record: Record, deleted: Exchange) -> Iterator[Fault]:
    """Nothing new can refer to it."""
    tried = 0
    for operation in bench.contract.operations.values():
        names = [
            reference.path[0]
            for reference in (operation.body.references if operation.body else ())
            if reference.resource == record.resource and len(reference.path) == 1
        ]
        if operation.action.kind != "create" or not names or tried >= _REFERRING:
            continue
        if bench.subject.caller(operation) is None:
            continue
        tried += 1
        try:
            arranged = bench.maker.arranged(operation)
        except CannotMake:
            continue
        body = {**arranged.body, names[0]: record.id}
        exchange = bench.call(operation, path=arranged.path, body=body, identity=arranged.identity)
        if exchange.ok:
            bench.maker.adopt(exchange, arranged.parent)
            yield _after(
                deleted,
                exchange,
                Fault(
                    f"{operation.id} accepts a deleted record as {names[0]}",
                    "A new record may refer to one that was deleted",
                    "a refusal, for the record is gone",
                    f"status {exchange.status} from {operation.id}",
                ),
            )


def _after(deleted: Exchange, shown: Exchange, fault: Fault) -> Fault:
    """A fault that an exchange shows after the deletion."""
    place = place_of(deleted.operation) if deleted.operation else ""
    return replace(fault, place=place, exchanges=(deleted, shown))


CHECK = Check(
    id="deleted-gone",
    enforces="A record that was deleted is neither read, listed, counted nor found any more.",
    stands="The operations of its collection, x-resource (onParentDelete) and x-references.",
    severity="error",
    repair="Delete the record itself, what lies below it, and what searches and counts know of it.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=103,
)
