"""A record of another tenant cannot be read, changed or removed, however the path names it."""

from collections.abc import Iterator, Mapping

from ...contract import Operation
from ...contract.model import Json
from ..bench import Bench, Subject
from ..maker import Record
from ..model import Exchange, Fault
from . import Check
from ._access import attempt, place_of, reads, said, target
from ._foreign import Naming, foreign, forget, named_in, namings, no_tenants, numbered_alike

_UNCHANGED = 304


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = no_tenants(subject, operation)
    if reason or operation is None:
        return reason
    return "" if named_in(subject.contract, operation) else "its path names no record of a tenant"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Name a foreign record in the path, in every way; look at it afterwards as its owner."""
    if operation is None:
        return
    if not reads(operation):
        _renew(bench, operation)
    for naming in namings(bench, operation):
        before = {} if reads(operation) else {r.id: _seen(bench, r) for r in naming.records}
        exchange = attempt(bench, naming.aim, naming.aim.identity, path=naming.foreign)
        touched = list(_touched(bench, naming, before, exchange))
        yield from touched
        if exchange.ok and not touched:
            yield _opened(bench, operation, naming.what, exchange)
        if exchange.ok or touched:
            for record in naming.records:
                forget(bench, record)
    if operation.action.kind == "get" and _UNCHANGED in operation.answers:
        yield from _cached(bench, operation)


def _renew(bench: Bench, operation: Operation) -> None:
    """Forget foreign records that are gone: a call of another check may have removed them."""
    for _, resource in named_in(bench.contract, operation):
        record = foreign(bench, resource)[1]
        if _seen(bench, record) is None:
            forget(bench, record)


def _opened(bench: Bench, operation: Operation, what: str, exchange: Exchange) -> Fault:
    return Fault(
        cause=f"{what} is accepted",
        title=f"{what[0].upper()}{what[1:]} is open to another tenant",
        expected="404, as for an id that nobody has",
        received=said(exchange),
        place=place_of(bench.contract, operation),
        exchanges=(exchange,),
        wfc=None if reads(operation) else 206,
    )


def _seen(bench: Bench, record: Record) -> Json:
    """A record as its owner sees it now; None when it is not there."""
    now = bench.maker.again(record)
    return now.value if now else None


def _touched(
    bench: Bench, naming: Naming, before: Mapping[str, Json], exchange: Exchange
) -> Iterator[Fault]:
    """The fault of a call that changed a foreign record, whatever it answered."""
    for record in naming.records if before else ():
        now = _seen(bench, record)
        if now == before[record.id]:
            continue
        gone = "removed" if now is None else "changed"
        yield Fault(
            cause=f"{naming.what} is {gone}",
            title=f"{naming.what[0].upper()}{naming.what[1:]} is {gone} by another tenant",
            expected="404, and the record as it was",
            received=f"{said(exchange)}, and it is {gone}",
            place=place_of(bench.contract, naming.aim.operation),
            exchanges=(exchange,),
            wfc=206,
        )
        return


def _cached(bench: Bench, operation: Operation) -> Iterator[Fault]:
    """What its owner was given to ask whether it changed must not tell others that it is there."""
    name, resource = named_in(bench.contract, operation)[-1]
    owner, record = foreign(bench, resource)
    if numbered_alike(bench, record):
        return
    path = {**target(bench, operation).path, **record.path, name: record.id}
    shown = bench.call(operation, path=path, identity=owner)
    tag = shown.response.header("etag") if shown.ok and shown.response else None
    if not tag:
        return
    aim = target(bench, operation)
    exchange = attempt(bench, aim, aim.identity, path=path, headers={"If-None-Match": tag})
    if exchange.status == _UNCHANGED:
        yield Fault(
            cause="304 for a foreign record",
            title="A foreign record is told to be unchanged",
            expected="404, as for an id that nobody has",
            received=said(exchange),
            place=place_of(bench.contract, operation, "responses", "304"),
            exchanges=(shown, exchange),
            wfc=204,
        )


CHECK = Check(
    id="foreign-record",
    enforces="A record of another tenant is neither read, changed nor removed by its id.",
    stands="The tenants of the contract; 404 of the operation.",
    severity="error",
    repair="Look every id of a path up within the caller's tenant, that of a parent as well.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
