"""A foreign id is answered exactly as one that nobody has: nothing tells that it is there."""

from collections.abc import Iterator, Mapping

from ...contract import Operation
from ..bench import Bench, Subject
from ..model import Exchange, Fault
from . import Check
from ._access import attempt, place_of, said, unclear
from ._alike import Told, differences, told
from ._foreign import Naming, named_in, namings, no_tenants, unknown_like


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = no_tenants(subject, operation)
    if reason or operation is None:
        return reason
    return "" if named_in(subject.contract, operation) else "its path names no record of a tenant"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call with a foreign id and with two that nobody has, and compare the answers."""
    if operation is None:
        return
    for naming in namings(bench, operation):
        unknown, other = naming.unknown, _another(bench, operation, naming)
        first = attempt(bench, naming.aim, naming.aim.identity, path=unknown)
        second = attempt(bench, naming.aim, naming.aim.identity, path=other)
        exchange = attempt(bench, naming.aim, naming.aim.identity, path=naming.foreign)
        if exchange.ok or any(unclear(e) for e in (first, second, exchange)):
            continue
        places = differences(
            _told(exchange, naming.foreign), _told(first, unknown), _told(second, other)
        )
        if places:
            yield _fault(bench, operation, naming.what, places, (first, exchange))


def _another(bench: Bench, operation: Operation, naming: Naming) -> Mapping[str, object]:
    """Other ids that nobody has, in the same places."""
    named = dict(named_in(bench.contract, operation))
    changed = {
        name: unknown_like(bench.random, bench, str(value), named[name])
        for name, value in naming.unknown.items()
        if name in named and value != naming.aim.path.get(name)
    }
    return {**naming.unknown, **changed}


def _told(exchange: Exchange, path: Mapping[str, object]) -> Told:
    return told(exchange, {str(value): "{" + name + "}" for name, value in path.items()})


def _fault(
    bench: Bench,
    operation: Operation,
    what: str,
    places: list[str],
    exchanges: tuple[Exchange, Exchange],
) -> Fault:
    unknown, foreign = exchanges
    where = ", ".join(places[:4])
    differs = unknown.status != foreign.status
    return Fault(
        cause=f"{what} is answered in another way than an unknown one: {places[0]}",
        title=f"{what[0].upper()}{what[1:]} is told apart from one that nobody has",
        expected=said(unknown) if differs else f"{said(unknown)} with the same {where}",
        received=said(foreign) if differs else f"{said(foreign)} with another {where}",
        place=place_of(bench.contract, operation, "responses", "404"),
        exchanges=exchanges,
    )


CHECK = Check(
    id="existence-leak",
    enforces="A foreign id and an unknown one are answered alike, in status, headers and body.",
    stands="Answer 404 of the operation; the tenants of the contract.",
    severity="error",
    repair="Let the lookup within the tenant fail before anything else looks at the record.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
    wfc=204,
)
