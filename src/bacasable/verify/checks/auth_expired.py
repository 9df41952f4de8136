"""A token is worth nothing any more once its session was ended."""

from collections.abc import Iterator
from dataclasses import replace

from ...contract import Operation
from ..bench import UNSENT, Bench, Subject
from ..maker import CannotMake
from ..model import Exchange, Fault, Identity
from ..sessions import ends_session, from_answer
from . import Check
from ._access import attempt, kept, needs_token, refused, target


def _logout(subject: Subject) -> Operation | None:
    return next((o for o in subject.contract.operations.values() if ends_session(o)), None)


def _applies(subject: Subject, operation: Operation | None) -> str:
    missing = needs_token(subject, operation)
    if missing:
        return missing
    logout = _logout(subject)
    if logout is None:
        return "the contract has no operation that ends a session"
    if subject.main.log_in is None:
        return "the credentials were given as they are: there is no session to end"
    if logout.body and logout.body.required:
        made = from_answer(subject.contract, logout, subject.main.said)
        return "" if made else f"the login does not answer what {logout.id} asks for"
    return ""


def _ended(bench: Bench) -> tuple[Identity, Exchange]:
    """A session of its own that was logged out, and the exchange that did it."""
    shared, logout, main = kept(bench), _logout(bench.subject), bench.subject.main
    if shared.ended is None and logout and main.log_in:
        own = main.log_in()
        body = from_answer(bench.contract, logout, own.said)
        who = replace(own, name="a caller who logged out", log_in=None)
        sent = body if logout.body and body else UNSENT
        exchange = bench.call(logout, identity=who, intent="valid", body=sent)
        if not exchange.ok:
            raise CannotMake(f"a session could not be ended: {logout.id} gave {exchange.status}")
        shared.ended = who, exchange
    if shared.ended is None:
        raise CannotMake("no session could be opened and ended")
    return shared.ended


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call with the token of a session that was logged out."""
    if operation is None:
        return
    aim = target(bench, operation)
    ended, logout = _ended(bench)
    exchange = attempt(bench, aim, ended)
    fault = refused(bench, exchange, "a token of an ended session", before=(logout,))
    if fault:
        yield fault


CHECK = Check(
    id="auth-expired",
    enforces="The token of a session that was ended is refused.",
    stands="Security of the operation; the operation that logs out.",
    severity="error",
    repair="Look up the session of a token at every call, or keep a list of ended ones.",
    kind="operation",
    applies=_applies,
    probe=probe,
)
