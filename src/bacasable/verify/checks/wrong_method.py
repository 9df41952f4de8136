"""Methods that a path does not have: 405, with all that it has in Allow.

They are tried on ids of nothing, so that even a server which takes them changes nothing. On a
collection only methods that ask for no change are (TRACE, RFC 9110, 9.2.1): it may have others.
"""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ..bench import Bench, Subject
from ..making.model import NotOurs
from ..model import Exchange, Fault
from . import Check
from ._calls import bare, is_busy, is_first_of_path, methods_of, unknown_target

_METHODS = ("GET", "PUT", "PATCH", "POST", "DELETE", "TRACE")
_REFUSED = frozenset({400, 401, 403, 404, 405, 415, 501})


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of the answers to methods that the path of an operation does not have."""
    if operation is None:
        return
    known = methods_of(bench.contract, operation.path)
    strict = any(kind.status == 405 for kind in bench.contract.problems.values())
    caller = bench.subject.caller(operation) or bench.subject.main
    left = max(1, bench.subject.options.profile.samples // 3)
    for method in (m for m in _METHODS if m not in known):
        target = unknown_target(bench, operation)
        try:
            exchange = bench.send(bare(method, target, caller), identity=caller)
        except NotOurs:
            continue
        left -= 1
        if is_busy(exchange):
            continue
        if exchange.status == 405:
            yield from _allow(operation, known, exchange)
        elif strict or (exchange.status not in _REFUSED and not 300 <= exchange.status < 400):
            yield _fault(
                operation,
                f"{method} {'accepted' if exchange.ok else exchange.status}",
                "405",
                f"{exchange.status}",
                exchange,
            )


def _allow(operation: Operation, known: list[str], exchange: Exchange) -> Iterator[Fault]:
    """RFC 9110, 15.5.6: a 405 must list the methods that there are."""
    found = exchange.response.all("allow") if exchange.response else []
    if not found:
        yield _fault(operation, "405 without Allow", "Allow: " + ", ".join(known), "none", exchange)
        return
    listed = {name.strip().upper() for text in found for name in text.split(",")}
    missing = [method for method in known if method not in listed]
    given = "Allow: " + ", ".join(found)
    if missing:
        wanted = "Allow: with " + ", ".join(missing)
        yield _fault(operation, "Allow is incomplete", wanted, given, exchange)
    if exchange.request.method in listed:
        wanted = f"Allow: without {exchange.request.method}"
        yield _fault(operation, "Allow names what is refused", wanted, given, exchange)


def _fault(operation: Operation, what: str, wanted: str, found: str, exchange: Exchange) -> Fault:
    # What is accepted is a matter of this path; what is refused wrongly is the router's.
    cause = f"{operation.path} {what}" if exchange.ok else what
    return Fault(
        cause=cause,
        title=f"{exchange.request.method} is not in the contract for this path: {what}",
        expected=wanted,
        received=found,
        place=pointer("paths", operation.path),
        exchanges=(exchange,),
        wfc=210 if exchange.ok else None,
    )


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None:
        return "it judges operations"
    if not is_first_of_path(subject, operation):
        return "another operation speaks for its path"
    return ""


CHECK = Check(
    id="wrong-method",
    enforces="A method that a path does not have is refused with 405, and Allow lists the others.",
    stands="Paths; RFC 9110, 15.5.6.",
    severity="error",
    repair="Let the router refuse methods, and build Allow from the routes of the path.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=True,
)
