"""Whoever has one of the roles that an operation lists is not refused for who they are."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Fault, Identity
from . import Check
from ._access import FORBIDDEN, UNAUTHENTICATED, place_of, reads, said, spend, target


def _others(subject: Subject, operation: Operation) -> list[Identity]:
    """Callers of the listed roles; the least usual first, for it is the one that is forgotten."""
    usual = subject.caller(operation)
    found = [subject.by_role[role] for role in operation.roles or () if role in subject.by_role]
    return [who for who in reversed(found) if who is not usual] + ([usual] if usual else [])


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.roles is None:
        return "it needs no token"
    if not operation.roles:
        return "the contract names no roles for it"
    if not any(role in subject.by_role for role in operation.roles):
        role = operation.roles[-1]
        return f"no account of role {role} was given (--as {role}:EMAIL:PASSWORD)"
    return ""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call as each role that may. What becomes of the call is not judged, only who is let in."""
    if operation is None:
        return
    aim = target(bench, operation)
    for who in _others(bench.subject, operation):
        yield from _tried(bench, aim, who)


def _tried(bench: Bench, aim: Arranged, who: Identity) -> Iterator[Fault]:
    operation = aim.operation
    exchange = bench.call(operation, path=aim.path, query=aim.query, body=aim.body, identity=who)
    if exchange.ok and not reads(operation):
        spend(bench, aim, exchange)
    if exchange.status not in (UNAUTHENTICATED, FORBIDDEN):
        return
    yield Fault(
        cause="a role that may call it is refused",
        title=f"{who.role} is refused, and may call it",
        expected=f"no refusal: it is for {', '.join(operation.roles or ())}",
        received=f"{said(exchange)} for {who.role}",
        place=place_of(bench.contract, operation, "security"),
        exchanges=(exchange,),
        wfc=205 if exchange.status == UNAUTHENTICATED else None,
    )


CHECK = Check(
    id="roles-allowed",
    enforces="A caller with one of the operation's roles is neither 401 nor 403.",
    stands="Security of the operation, which lists its roles.",
    severity="error",
    repair="Let in every role that the operation lists.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
