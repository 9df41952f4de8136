"""An update changes the members that were sent, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake, Record
from ..model import Exchange, Fault
from . import Check
from ._lists import place_of
from ._records import body_members, companion, differing, masked_members, record_in
from ._values import brief, same, variants

_TRIED = 3
"""So many values are tried for a member: business rules may refuse one."""


@dataclass(frozen=True, slots=True)
class Update:
    """One member that was sent: the record before and after, and the exchanges."""

    name: str
    value: Json
    before: JsonObject
    after: JsonObject
    exchange: Exchange
    read: Exchange


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to updates that leave out what stays, of records that can be read."""
    if operation is None or operation.action.kind != "update":
        return "it does not update a record"
    if operation.method != "patch":
        return "it replaces the whole record"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if not body_members(subject, operation):
        return "its body has no members that the contract names"
    return "" if companion(subject, operation, "get") else "no operation reads what it updates"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Send each member alone, and compare the record before and after."""
    reading = companion(bench.subject, operation, "get") if operation else None
    if operation is None or reading is None:
        return
    neighbour = _neighbour(bench, operation)
    arranged = bench.maker.arranged(operation)
    members = body_members(bench.subject, operation)
    masked = masked_members(bench.subject, operation, reading)
    _fill(bench, arranged, reading, members)
    done: list[Update] = []
    for name in list(members)[: bench.subject.options.profile.samples]:
        update = None if name in masked else _updated(bench, arranged, reading, name, members[name])
        if update:
            done.append(update)
            yield from _judged(bench, update, [n for n in members if n not in masked])
    if done and neighbour:
        yield from _beside(bench, neighbour, done)


def _neighbour(bench: Bench, operation: Operation) -> Record | None:
    """Another record of the same kind, which must stay as it is."""
    try:
        return bench.maker.again(bench.maker.new(operation.action.resource or ""))
    except CannotMake:
        return None


def _fill(bench: Bench, arranged: Arranged, reading: Operation, members: JsonObject) -> None:
    """Give the record values where it has none: what is empty cannot get lost."""
    before = record_in(bench, bench.call(reading, path=arranged.path)) or {}
    empty = [name for name in members if name in before and before[name] in (None, "", [])]
    made = {name: variants(bench.subject, members[name], 2) for name in empty}
    body = {name: values[-1] for name, values in made.items() if values}
    if body:
        bench.call(arranged.operation, path=arranged.path, body=body, identity=arranged.identity)


def _updated(
    bench: Bench, arranged: Arranged, reading: Operation, name: str, schema: Json
) -> Update | None:
    """Update one member to another value; None when the server takes none, for rules of its own."""
    before = record_in(bench, bench.call(reading, path=arranged.path))
    if before is None:
        raise CannotMake(f"{reading.id} does not answer with the record to be updated")
    values = [v for v in variants(bench.subject, schema) if not same(v, before.get(name))]
    for value in values[:_TRIED]:
        exchange = bench.call(
            arranged.operation, path=arranged.path, body={name: value}, identity=arranged.identity
        )
        if exchange.ok:
            read = bench.call(reading, path=arranged.path)
            after = record_in(bench, read)
            return Update(name, value, before, after, exchange, read) if after else None
    return None


def _judged(bench: Bench, update: Update, members: list[str]) -> Iterator[Fault]:
    """What is wrong with an update: what it answers, stores, and does to other members."""
    name, value, operation = update.name, update.value, update.exchange.operation
    place = place_of(operation, "requestBody") if operation else ""
    shown = (update.exchange, update.read)
    answered = record_in(bench, update.exchange) or {}
    wanted = f"{name} {brief(value)}, as it was sent"
    if name in answered and not same(value, answered[name]):
        yield Fault(
            f"{name} is not answered as it was sent",
            f"The update of {name} answers another value",
            wanted,
            f"{name} {brief(answered[name])} in the answer",
            place,
            shown[:1],
        )
    if name in update.after and not same(value, update.after[name]):
        yield Fault(
            f"{name} is not stored",
            f"The update of {name} does not store it",
            wanted,
            f"{name} {brief(update.after[name])} when it is read",
            place,
            shown,
        )
    others = [n for n in differing(update.before, update.after, [name]) if n in members]
    others += [n for n in members if n in update.before and n not in update.after and n != name]
    for other in others:
        if _said(bench, update, other):
            yield Fault(
                f"the update of one member changes {other}",
                f"An update without {other} changes it",
                f"{other} {brief(update.before[other])}, as before",
                f"{other} {brief(update.after.get(other))} after an update of {name} alone",
                place,
                shown,
            )


def _said(bench: Bench, update: Update, other: str) -> bool:
    """Whether a member had to stay: contracts of others may let one follow another."""
    return bench.contract.strict or update.after.get(other) in (None, "", [], {}, 0, False)


def _beside(bench: Bench, neighbour: Record, done: list[Update]) -> Iterator[Fault]:
    """What the updates did to a record beside the one that they meant."""
    after = bench.maker.again(neighbour)
    if after is None:
        return
    for name in differing(neighbour.value, after.value):
        yield Fault(
            f"the update of one record changes {name} of another",
            "An update changes another record",
            f"{name} {brief(neighbour.value[name])}, as before",
            f"{name} {brief(after.value[name])} after an update of another record",
            place_of(done[-1].exchange.operation) if done[-1].exchange.operation else "",
            (done[-1].exchange,),
            wfc=206,
        )


CHECK = Check(
    id="update-changes-only",
    enforces="An update stores the members that were sent, and leaves all others as they are.",
    stands="The body of the operation (RFC 5789: a patch says what changes).",
    severity="error",
    repair="Take over the members that the body has, and nothing else; null is a value too.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=102,
)
