"""Whoever has none of the roles that an operation lists is refused with 403."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..login import roles_of
from ..model import Exchange, Fault, Identity
from . import Check
from ._access import (
    FORBIDDEN,
    UNAUTHENTICATED,
    UNKNOWN,
    attempt,
    documents,
    no_caller,
    place_of,
    reads,
    said,
    target,
    unclear,
)


def _without(subject: Subject, operation: Operation) -> list[str]:
    """The roles that may not call an operation."""
    return [role for role in roles_of(subject.contract) if role not in (operation.roles or ())]


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.roles is None:
        return "it needs no token"
    if not operation.roles:
        return "the contract names no roles for it"
    roles = _without(subject, operation)
    if not roles:
        return "every role may call it"
    if not any(role in subject.by_role for role in roles):
        role = roles[-1]
        return f"no account of role {role} was given (--as {role}:EMAIL:PASSWORD)"
    return no_caller(subject, operation)


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call as each role that may not."""
    if operation is None:
        return
    for role in _without(bench.subject, operation):
        who = bench.subject.by_role.get(role)
        if who:
            exchange = attempt(bench, target(bench, operation), who)
            yield from _judged(bench, operation, who, exchange)


def _judged(
    bench: Bench, operation: Operation, who: Identity, exchange: Exchange
) -> Iterator[Fault]:
    wanted = {FORBIDDEN}
    if not documents(operation, FORBIDDEN) or who.role in _half_blind(bench, operation):
        wanted.add(UNKNOWN)
    if unclear(exchange) or exchange.status in wanted:
        return
    accepted = 200 <= exchange.status < 400
    verb = "is not refused" if accepted else f"is refused with {exchange.status}"
    wfc = 205 if exchange.status == UNAUTHENTICATED else None
    yield Fault(
        cause=f"a role that may not call it {verb}",
        title=f"{who.role} {verb}, and may not call it",
        expected=f"{FORBIDDEN}: it is for {', '.join(operation.roles or ())}",
        received=f"{said(exchange)} for {who.role}",
        place=place_of(bench.contract, operation, "security"),
        exchanges=(exchange,),
        wfc=206 if accepted and not reads(operation) else wfc,
    )


def _half_blind(bench: Bench, operation: Operation) -> set[str]:
    """Roles for which a record may not exist at all: 404 is true of them too."""
    kind = bench.contract.resources.get(operation.action.resource or "")
    return set(kind.visibility) if kind else set()


CHECK = Check(
    id="roles-refused",
    enforces="A caller without any of the operation's roles is refused with 403.",
    stands="Security of the operation, which lists its roles.",
    severity="error",
    repair="Check the roles of the account against those of the operation before acting.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
