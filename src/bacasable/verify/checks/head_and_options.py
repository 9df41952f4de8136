"""HEAD and OPTIONS: what HTTP says of them, and not more.

HEAD is answered as GET is, to those that GET is open to, or refused as a method (405, 501).
OPTIONS never fails, and where it lists methods, those of the contract are among them.
"""

from collections.abc import Iterator
from dataclasses import replace

from ...contract import Operation
from ...contract.document import pointer
from ..bench import Bench, Subject, request_for
from ..maker import Arranged
from ..model import Exchange, Fault, Identity
from . import Check
from ._calls import accepted, bare, is_busy, is_first_of_path, methods_of, send, unknown_target

_NOT_SPOKEN = frozenset({405, 501})


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of HEAD on an operation that reads, and of OPTIONS on its path."""
    if operation is None:
        return
    if is_first_of_path(bench.subject, operation):
        yield from _options(bench, operation)
    if operation.method == "get" and bench.subject.caller(operation):
        yield from _head(bench, operation)


def _head(bench: Bench, operation: Operation) -> Iterator[Fault]:
    arranged = bench.maker.arranged(operation, fresh=False)
    got = accepted(send(bench, arranged, intent="valid"))
    head = _as_head(bench, arranged, arranged.identity)
    if (is_busy(head) and head.status < 500) or head.status in _NOT_SPOKEN:
        return
    if head.status != got.status and send(bench, arranged).status == got.status:
        yield _fault(operation, "another status", f"{got.status}", f"{head.status}", (got, head))
        return
    types = [e.response.header("content-type") for e in (got, head) if e.response]
    if all(types) and types[0] != types[1]:
        yield _fault(operation, "another Content-Type", f"{types[0]}", f"{types[1]}", (got, head))
    if operation.roles is not None:
        yield from _anonymous(bench, operation, arranged)


def _anonymous(bench: Bench, operation: Operation, arranged: Arranged) -> Iterator[Fault]:
    nobody = bench.subject.anonymous
    head = _as_head(bench, arranged, nobody)
    if not head.ok:
        return
    got = send(bench, replace(arranged, identity=nobody))
    if got.status in (401, 403):
        fault = _fault(operation, "open to anybody", f"{got.status}", f"{head.status}", (got, head))
        yield replace(fault, wfc=207)


def _as_head(bench: Bench, arranged: Arranged, identity: Identity) -> Exchange:
    request = request_for(
        bench.contract, arranged.operation, identity, path=arranged.path, query=arranged.query
    )
    return bench.send(replace(request, method="HEAD"), identity=identity)


def _fault(
    operation: Operation, what: str, wanted: str, found: str, shown: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        cause=f"HEAD {what}",
        title=f"HEAD is answered otherwise than GET: {what}",
        expected=f"HEAD: {wanted}, as GET",
        received=f"HEAD: {found}",
        place=pointer("paths", operation.path, "get"),
        exchanges=shown,
    )


def _options(bench: Bench, operation: Operation) -> Iterator[Fault]:
    nobody = bench.subject.anonymous
    answer = bench.send(bare("OPTIONS", unknown_target(bench, operation), nobody), identity=nobody)
    place = pointer("paths", operation.path)
    if answer.status >= 500 and answer.status not in (501, 503):
        yield Fault(
            cause=f"OPTIONS {answer.status}",
            title=f"OPTIONS fails with {answer.status}",
            expected="an answer below 500",
            received=f"{answer.status}",
            place=place,
            exchanges=(answer,),
        )
    allowed = answer.response.header("allow") if answer.response and answer.ok else None
    if allowed is None:
        return
    listed = {name.strip().upper() for name in allowed.split(",")}
    missing = [m for m in methods_of(bench.contract, operation.path) if m not in listed]
    if missing:
        yield Fault(
            cause="OPTIONS Allow incomplete",
            title="OPTIONS does not list every method of the path",
            expected=f"Allow: with {', '.join(missing)}",
            received=f"Allow: {allowed}",
            place=place,
            exchanges=(answer,),
        )


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None:
        return "it judges operations"
    if is_first_of_path(subject, operation):
        return ""
    if operation.method != "get":
        return "it is no GET, and another operation speaks for its path"
    return "" if subject.caller(operation) else "no account was given whose role may call it"


CHECK = Check(
    id="head-and-options",
    enforces="HEAD is answered as GET is; OPTIONS lists the methods of the contract.",
    stands="RFC 9110, 9.3.2 and 9.3.7.",
    severity="error",
    repair="Answer HEAD by the code of GET, access control included; build Allow from the routes.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
