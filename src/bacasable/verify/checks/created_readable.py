"""A record that was created can be read, as it was answered and as it was sent."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import JsonObject
from ..bench import Bench, Subject
from ..model import Exchange, Fault
from . import Check
from ._lists import place_of
from ._records import (
    Made,
    companion,
    create_full,
    differing,
    masked_members,
    no_creation,
    record_in,
    sees_all,
)
from ._values import brief, same


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to creations of records that an operation reads."""
    reason = no_creation(subject, operation)
    if reason or operation is None:
        return reason
    reading = companion(subject, operation, "get")
    if reading is None:
        return "no operation reads what it creates"
    return "" if sees_all(subject, reading) else "its caller is shown some of the records only"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Create a record and read it."""
    reading = companion(bench.subject, operation, "get") if operation else None
    if operation is None or reading is None:
        return
    made = create_full(bench, operation)
    first = bench.call(reading, path=made.record.path, intent="valid")
    second = bench.call(reading, path=made.record.path, intent="valid")
    found, again = record_in(bench, first), record_in(bench, second)
    if first.status in (404, 410) and second.status == first.status:
        yield Fault(
            "the created record cannot be read",
            "A record that was created cannot be read",
            f"status {reading.success} from {reading.id}",
            f"status {second.status}",
            place_of(reading),
            (made.exchange, second),
        )
    if found is None or again is None:
        return
    masked = masked_members(bench.subject, operation, reading)
    unsure = {*differing(found, again), *masked}
    yield from _as_answered(bench, made, second, again, unsure)
    yield from _as_sent(made, second, again, unsure)


def _as_answered(
    bench: Bench, made: Made, exchange: Exchange, found: JsonObject, unsure: set[str]
) -> Iterator[Fault]:
    answered = record_in(bench, made.exchange) or {}
    for name in differing(answered, found, unsure):
        yield Fault(
            f"{name} is read otherwise than it was answered",
            f"The creation answers another {name} than the record has",
            f"{name} {brief(answered[name])}, as the creation answered",
            f"{name} {brief(found[name])}",
            place_of(exchange.operation or made.arranged.operation),
            (made.exchange, exchange),
        )


def _as_sent(
    made: Made, exchange: Exchange, found: JsonObject, unsure: set[str]
) -> Iterator[Fault]:
    sent = made.arranged.body if isinstance(made.arranged.body, dict) else {}
    for name, value in sent.items():
        if name in found and name not in unsure and not same(value, found[name]):
            yield Fault(
                f"{name} is not kept as it was sent",
                f"The creation does not keep the {name} that was sent",
                f"{name} {brief(value)}, as it was sent",
                f"{name} {brief(found[name])}",
                place_of(made.arranged.operation, "requestBody"),
                (made.exchange, exchange),
            )


CHECK = Check(
    id="created-readable",
    enforces="A record that was created can be read, as it was sent and as it was answered.",
    stands="The operations that create and read records of a collection.",
    severity="error",
    repair="Store the record before answering, and answer with what was stored.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=102,
)
