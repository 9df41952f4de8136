"""Calls that must be refused: what they are aimed at, who makes them, and how they are judged.

A refused call changes nothing, so it is aimed at records that all checks share. After one that was
wrongly accepted these are shared no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...contract import Contract, Operation
from ...contract.document import at_pointer, pointer
from ...contract.operations import raw_operation
from ..bench import Bench, Subject
from ..maker import Arranged, Record
from ..model import Exchange, Fault, Identity
from ..session import READING

UNAUTHENTICATED = 401
FORBIDDEN = 403
UNKNOWN = 404
_BUSY = 429
_BROKEN = 500


@dataclass
class Kept:
    """What the checks of access share in a run: targets by operation, foreign records by resource.

    `spare` is another session of the main caller, `ended` one that was logged out, with the
    exchange that ended it.
    """

    targets: dict[str, Arranged] = field(default_factory=dict)
    foreign: dict[str, tuple[Identity, Record]] = field(default_factory=dict)
    spare: Identity | None = None
    ended: tuple[Identity, Exchange] | None = None


def kept(bench: Bench) -> Kept:
    """What the checks of access share in the run of a bench."""
    found: Kept = bench.session.memo.setdefault(("access",), Kept())
    return found


def target(bench: Bench, operation: Operation) -> Arranged:
    """A call that would succeed for its usual caller, on a record that all share.

    Raises CannotMake.
    """
    if operation.action.item_param or operation.action.parent_param:
        return bench.maker.arranged(operation, fresh=False)
    targets = kept(bench).targets
    if operation.id not in targets:
        targets[operation.id] = bench.maker.arranged(operation, fresh=False)
    return targets[operation.id]


def attempt(
    bench: Bench,
    aim: Arranged,
    identity: Identity,
    *,
    headers: Mapping[str, str | None] | None = None,
    query: Mapping[str, object] | None = None,
    **changed: Any,
) -> Exchange:
    """Make a call that should be refused, as somebody. What it wrongly creates is removed later.

    `changed` replaces path or body of the arranged call.
    """
    exchange = bench.call(
        aim.operation,
        path=changed.get("path", aim.path),
        query={**aim.query, **(query or {})},
        headers=headers,
        body=changed.get("body", aim.body),
        identity=identity,
    )
    if exchange.ok and not reads(aim.operation):
        spend(bench, aim, exchange)
    return exchange


def spend(bench: Bench, aim: Arranged, exchange: Exchange) -> None:
    """Share nothing any more of what a call changed, and remember what it created."""
    kept(bench).targets.pop(aim.operation.id, None)
    bench.maker.adopt(exchange, aim.parent)
    for record in (aim.record, aim.parent):
        if record is not None:
            bench.maker.drop(record)


def reads(operation: Operation) -> bool:
    """Whether an operation changes nothing, by its method."""
    return operation.method.upper() in READING


def unclear(exchange: Exchange) -> bool:
    """Whether an answer says nothing about access: none came, or the server was busy or broke."""
    status = exchange.status
    return not status or status == _BUSY or status >= _BROKEN


def documents(operation: Operation, status: int) -> bool:
    """Whether an operation documents a status, by itself or by a range."""
    ranges = operation.ranges
    return status in operation.answers or f"{status // 100}XX" in ranges or "default" in ranges


def said(exchange: Exchange) -> str:
    """What was answered, in short: the status, and the code of a problem."""
    if exchange.response is None:
        return f"no answer ({exchange.failure})"
    code = exchange.json.get("code") if isinstance(exchange.json, dict) else None
    return f"{exchange.status} {code}" if isinstance(code, str) else str(exchange.status)


def place_of(contract: Contract, operation: Operation, *parts: str) -> str:
    """Where the contract says something of an operation; the operation if it is said elsewhere."""
    own = pointer(*operation.steps)
    node: Any = raw_operation(contract.document, operation)
    for part in parts:
        if not isinstance(node, dict) or part not in node:
            return pointer("security") if parts == ("security",) else own
        node = node[part]
    return own + pointer(*parts)


def place_at(contract: Contract, *parts: str) -> str:
    """A pointer into the document if it leads somewhere, else nothing."""
    where = pointer(*parts)
    try:
        at_pointer(contract.document, "#" + where)
    except ValueError:
        return ""
    return where


def proof_of(identity: Identity) -> tuple[str, str, str] | None:
    """The header that proves a caller: its name, the scheme before the token, and the token.

    None where something else than a header does.
    """
    for name, value in identity.headers.items():
        if name not in identity.plain:
            scheme, blank, token = value.rpartition(" ")
            return name, scheme + blank, token
    return None


def needs_token(subject: Subject, operation: Operation | None) -> str:
    """Why an operation's authentication cannot be tried; nothing if it can."""
    if operation is None or operation.roles is None:
        return "it needs no token"
    if proof_of(subject.main) is None and not subject.main.query:
        return "no credentials were given (--email and --password, --token or --header)"
    return no_caller(subject, operation)


def no_caller(subject: Subject, operation: Operation) -> str:
    """Why nobody can call an operation as it should be called; nothing if somebody can."""
    if subject.caller(operation):
        return ""
    roles = ", ".join(operation.roles or ())
    return f"no account was given that may call it (--as with one of {roles})"


def refused(
    bench: Bench,
    exchange: Exchange,
    what: str,
    *,
    also: tuple[int, ...] = (),
    before: tuple[Exchange, ...] = (),
) -> Fault | None:
    """The fault of a call that lacks a valid proof, unless it was refused as documented.

    `what` names what the caller showed; `also` are statuses besides 401 that are good enough.
    """
    operation = exchange.operation
    if operation is None or unclear(exchange):
        return None
    wanted = {UNAUTHENTICATED, *also}
    if not documents(operation, UNAUTHENTICATED):
        wanted.add(FORBIDDEN)
    if exchange.status in wanted:
        return None
    accepted = 200 <= exchange.status < 400
    verb = "is accepted" if accepted else f"is answered with {exchange.status}"
    return Fault(
        cause=f"{what} {verb}",
        title=f"{what[0].upper()}{what[1:]} {verb}",
        expected=f"{UNAUTHENTICATED}, for {what} proves nothing",
        received=said(exchange),
        place=place_of(bench.contract, operation, "security"),
        exchanges=(*before, exchange),
        wfc=(207 if reads(operation) else 208) if accepted else None,
    )
