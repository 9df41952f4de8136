"""Media types: 406 for what cannot be sent, 415 for what cannot be read, where documented."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ...contract.media import is_json
from ..bench import UNSENT, Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from . import Check
from ._calls import is_busy, send

_NEVER_SENT = "image/x-none"
_NEVER_READ = "text/plain"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of an operation's media types. It is otherwise called as it should be."""
    if operation is None:
        return
    reads = operation.method == "get"
    arranged = bench.maker.arranged(operation, fresh=not reads)
    if _says_406(operation):
        refused = send(bench, arranged, headers={"Accept": _NEVER_SENT})
        yield from _judged(bench, arranged, refused, 406, f"Accept: {_NEVER_SENT}")
        if refused.ok and not reads:
            return  # it is done, and cannot be done again
    if _says_415(operation) and arranged.body is not UNSENT:
        refused = send(bench, arranged, headers={"Content-Type": _NEVER_READ})
        yield from _judged(bench, arranged, refused, 415, f"Content-Type: {_NEVER_READ}")
        if refused.ok:
            return
    yield from _ordinary(bench, arranged)


def _judged(
    bench: Bench, arranged: Arranged, exchange: Exchange, status: int, sent: str
) -> Iterator[Fault]:
    if exchange.ok and arranged.operation.action.kind == "create":
        bench.maker.adopt(exchange, arranged.parent)
    if exchange.status == status or is_busy(exchange):
        return
    # Another refusal may come first: only where the order is known is it one too many.
    if exchange.ok:
        yield _fault(arranged.operation, f"{sent} is accepted", status, exchange)


def _ordinary(bench: Bench, arranged: Arranged) -> Iterator[Fault]:
    """What every client sends must not be refused: several types to choose from, a charset."""
    operation = arranged.operation
    headers: dict[str, str | None] = {"Accept": "text/html;q=0.2, application/json, */*;q=0.1"}
    if arranged.body is not UNSENT and operation.body and is_json(operation.body.media_type):
        headers["Content-Type"] = f"{operation.body.media_type}; charset=utf-8"
    made = send(bench, arranged, headers=headers)
    if made.ok and operation.action.kind == "create":
        bench.maker.adopt(made, arranged.parent)
    if made.status in (406, 415):
        sent = "Accept with several types" if made.status == 406 else "Content-Type with a charset"
        yield _fault(operation, f"{sent} is refused", operation.success, made)


def _fault(operation: Operation, what: str, wanted: int, exchange: Exchange) -> Fault:
    return Fault(
        cause=what,
        title=f"Media types are not negotiated: {what}",
        expected=f"{wanted}",
        received=f"{exchange.status}",
        place=pointer(*operation.steps, "responses"),
        exchanges=(exchange,),
    )


def _says_406(operation: Operation) -> bool:
    answer = operation.answers.get(operation.success)
    return 406 in operation.answers and bool(answer and answer.media_type)


def _says_415(operation: Operation) -> bool:
    body = operation.body
    return 415 in operation.answers and body is not None and is_json(body.media_type)


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or not (_says_406(operation) or _says_415(operation)):
        return "it documents neither 406 nor 415"
    return "" if subject.caller(operation) else "no account was given whose role may call it"


CHECK = Check(
    id="negotiation",
    enforces="Media types that the contract does not name are refused: 406, and 415 for bodies.",
    stands="Answers 406 and 415; RFC 9110, 12.5.1 and 15.5.16.",
    severity="error",
    repair="Compare Accept and Content-Type with the documented media types, without parameters.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
