"""Idempotency keys: a repeated request creates once, and a key belongs to one request."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..bench import UNSENT, Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from . import Check
from ._calls import accepted, id_in, is_busy, send
from ._lists import parameter_place

_NAME = "idempotency-key"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of a request that is sent twice under one key, and of another under the same."""
    name = _header(operation)
    if operation is None or not name:
        return
    free = _created(bench, bench.maker.arranged(operation))
    arranged = bench.maker.arranged(operation)
    headers = {name: _key(bench, operation, free)}
    first = _created(bench, arranged, headers)
    again = send(bench, arranged, headers=headers)
    if is_busy(again):
        return
    if not again.ok:
        what = "a repeated request is refused"
        yield _fault(bench, operation, what, "the answer of before", again.status, first, again)
        return
    ids = [id_in(bench.contract, operation, exchange) for exchange in (first, again)]
    if ids[0] is not None and ids[0] != ids[1]:
        bench.maker.adopt(again, arranged.parent)
        what = "a repeated request creates twice"
        yield _fault(bench, operation, what, "the same record", "another", first, again)
        return
    yield from _another(bench, arranged, headers, first)


def _another(
    bench: Bench, arranged: Arranged, headers: dict[str, str], first: Exchange
) -> Iterator[Fault]:
    """A fault if a key is taken for another request, where the contract refuses that."""
    operation = arranged.operation
    body = _changed(bench, operation, arranged.body)
    if body is None or not {409, 422} & operation.answers.keys():
        return
    other = send(bench, replace(arranged, body=body), headers=headers)
    if other.ok:
        if id_in(bench.contract, operation, other) != id_in(bench.contract, operation, first):
            bench.maker.adopt(other, arranged.parent)
        what = "a key is taken for another request"
        yield _fault(bench, operation, what, "409", other.status, first, other)


def _created(bench: Bench, arranged: Arranged, headers: dict[str, str] | None = None) -> Exchange:
    exchange = accepted(send(bench, arranged, headers=headers, intent="valid"))
    bench.maker.adopt(exchange, arranged.parent)
    return exchange


def _key(bench: Bench, operation: Operation, free: Exchange) -> str:
    """A key that no run before used: made from the id of a record that was created just now."""
    made = id_in(bench.contract, operation, free) or (free.response and free.response.headers)
    digest = hashlib.sha256(f"{operation.id} {made}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def _changed(bench: Bench, operation: Operation, body: Json) -> JsonObject | None:
    """Another valid body: one text in it ends otherwise. None when there is none."""
    if body is UNSENT or not isinstance(body, dict) or operation.body is None:
        return None
    fits = bench.subject.schemas.request_check(operation.body.pointer)
    referring = {reference.path[0] for reference in operation.body.references}
    for name, value in body.items():
        if isinstance(value, str) and value and name not in referring:
            other = body | {name: value[:-1] + ("b" if value[-1] == "a" else "a")}
            if not fits(other):
                return other
    return None


def _fault(
    bench: Bench,
    operation: Operation,
    what: str,
    wanted: str,
    found: object,
    *shown: Exchange,
) -> Fault:
    return Fault(
        cause=what,
        title=f"Idempotency keys do not hold: {what}",
        expected=wanted,
        received=f"{found}",
        place=parameter_place(bench, operation, _header(operation)),
        exchanges=shown,
    )


def _header(operation: Operation | None) -> str:
    """The name of the header that takes a key, as the operation writes it; empty without."""
    parameters = operation.parameters if operation else ()
    return next(
        (p.name for p in parameters if p.location == "header" and p.name.lower() == _NAME), ""
    )


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or not _header(operation):
        return "it takes no Idempotency-Key"
    return "" if subject.caller(operation) else "no account was given whose role may call it"


CHECK = Check(
    id="idempotency-key",
    enforces="A request repeated under its Idempotency-Key creates once; a key serves one request.",
    stands="The parameter Idempotency-Key.",
    severity="error",
    repair="Store key, digest of the body and answer in the transaction that creates.",
    kind="operation",
    applies=_applies,
    probe=probe,
)
