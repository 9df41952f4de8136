"""The detour: how a call runs that faults may strike, or that states a preference (Prefer).

Faults work in three places: before the call (DELAY, ERROR, RATE_LIMIT, TOKEN_EXPIRED, CUT BEFORE),
in it (STALE, DUPLICATE), and on its answer (DRIFT, TRUNCATE, SLOW, CUT MIDWAY), refusals included;
in each place in the order they were added.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from starlette.types import Receive, Scope, Send

from ..contract import Refusal
from ..core import Call, Engine, Reply
from ..sandbox.exchanges import EXCHANGE, Exchange
from ..sandbox.faults import Fault, Faults
from .prefer import preferences, preferred_reply
from .replies import problem_reply, read_body, send_reply, start_of
from .way import Way

CUT = "bacasable.cut"
"""Where a server puts, in the scope of a request, what breaks its connection."""
_PIECES = 20
"""A slow body comes in so many pieces, or in fewer when it is shorter."""


class ConnectionCut(ConnectionError):
    """A fault broke the connection. Raised where the server gives no way to break it."""


class _CutBefore(Exception):
    """A fault breaks the connection before the call runs."""


def was_cut(exchange: Exchange) -> bool:
    """Whether a fault broke the connection of an exchange."""
    return exchange.reply is not None and exchange.reply.status == 0


@dataclass(slots=True)
class _Passage:
    """One call on the detour, and what it has met."""

    way: Way
    scope: Scope
    receive: Receive
    send: Send
    headers: dict[bytes, bytes]
    exchange: Exchange
    roles: frozenset[str] | None = None
    marks: dict[str, str] = field(default_factory=dict)


class Detour:
    """Runs calls that faults may strike. `faults` are those of all tenants."""

    def __init__(self, engine: Engine, faults: Faults) -> None:
        self._engine, self.faults = engine, faults

    async def run(
        self, way: Way, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        """Answer one request.

        Raises Refusal INVALID_REQUEST for a preference that cannot be met. Every other refusal is
        answered here, because faults may strike its answer.
        """
        passage = _Passage(way, scope, receive, send, headers, scope[EXCHANGE])
        # Read first of all: only then can a wait notice that the client has gone.
        body = await read_body(receive, way.limit, way.memory) if way.has_body else b""
        passage.exchange.body = body
        if b"prefer" in headers and await self._prefer(passage):
            return
        try:
            reply = await self._reply(passage)
        except _CutBefore:
            self._cut(passage)
            return
        except Refusal as refusal:
            reply = problem_reply(scope, self._engine.contract, refusal)
        await self._answer(passage, reply)

    async def _prefer(self, passage: _Passage) -> bool:
        """Do as the header Prefer says; whether that has answered the call."""
        scope, operation = passage.scope, passage.way.operation
        wanted = preferences(scope["headers"])
        if wanted.applied:
            passage.marks["Preference-Applied"] = wanted.applied
        reply = None
        if wanted.asks_for_an_answer:
            platform = self._engine.platform
            space = platform.space(passage.exchange.tenant) or platform.root
            contract, now = self._engine.contract, space.clock.now()
            reply = preferred_reply(contract, operation, wanted, scope, now)
        await pause(passage.receive, wanted.delay)
        if reply is None:
            return False
        await send_reply(scope, passage.send, _marked(reply, passage))
        return True

    async def _reply(self, passage: _Passage) -> Reply:
        """Raises Refusal of the platform or a fault, and _CutBefore."""
        way, exchange = passage.way, passage.exchange
        passage.roles = _roles(passage)
        await self._before(passage)
        call = await way.call(passage.scope, passage.headers, exchange.body)
        return self._handle(passage, call)

    async def _before(self, passage: _Passage) -> None:
        for fault in self._live(passage, "DELAY", "ERROR", "RATE_LIMIT", "TOKEN_EXPIRED", "CUT"):
            options = fault.options
            # One of those before may have been a delay, and much can be cleared in that time.
            gone = fault not in self._live(passage, fault.kind)
            if gone or options.get("when") == "MIDWAY":
                continue
            chance = _meets(passage, fault)
            if chance is None:
                continue
            self._strikes(passage, fault)
            if fault.kind == "DELAY":
                jitter = options["jitter"] * chance.uniform(-1, 1)
                await pause(passage.receive, options["seconds"] + jitter)
            elif fault.kind == "CUT":
                raise _CutBefore
            else:
                raise self.faults.refusal(fault)

    def _handle(self, passage: _Passage, call: Call) -> Reply:
        times = 1
        for fault in self._live(passage, "STALE", "DUPLICATE"):
            if _meets(passage, fault) is None:
                continue
            self._strikes(passage, fault)
            if fault.image is not None:
                call.space = call.space.shadow(self._engine.platform, fault.image)
            else:
                times += 1
        for _ in range(times - 1):
            self._engine.handle(call)
        return self._engine.handle(call)

    async def _answer(self, passage: _Passage, reply: Reply) -> None:
        scope, send = passage.scope, passage.send
        slow, cut = 0.0, False
        for fault in self._live(passage, "DRIFT", "TRUNCATE", "SLOW", "CUT"):
            chance = None if _spares(fault, reply, scope) else _meets(passage, fault)
            changed = self._changed(passage, fault, reply, chance) if chance else None
            if changed is None:
                continue
            reply = changed
            slow += fault.options["seconds"] if fault.kind == "SLOW" else 0
            cut = cut or fault.kind == "CUT"
            self._strikes(passage, fault)
        reply = _marked(reply, passage)
        if (slow or cut) and reply.content and scope["method"] != "HEAD":
            await send(start_of(scope, reply))
            content = _half(reply.content) if cut else reply.content
            await _send_slowly(passage, content, slow, cut=cut)
        elif not cut:
            await send_reply(scope, send, reply)
        if cut:
            self._cut(passage)

    def _changed(
        self, passage: _Passage, fault: Fault, reply: Reply, chance: Random
    ) -> Reply | None:
        """The reply as a fault leaves it; None when nothing in it can drift as it should."""
        if fault.kind == "DRIFT":
            operation = passage.way.operation
            return self.faults.drift.apply(operation, reply, fault.options, chance)
        if fault.kind == "TRUNCATE":
            return replace(reply, content=_half(reply.content))
        return reply

    def _live(self, passage: _Passage, *kinds: str) -> list[Fault]:
        live = self.faults.active.get(passage.exchange.tenant, ())
        return [fault for fault in live if fault.kind in kinds]

    def _strikes(self, passage: _Passage, fault: Fault) -> None:
        exchange = passage.exchange
        self.faults.strike(fault, exchange.tenant)
        if fault.id not in exchange.faults:
            exchange.faults = (*exchange.faults, fault.id)

    def _cut(self, passage: _Passage) -> None:
        passage.exchange.reply = Reply(0)
        cut: Callable[[], None] = passage.scope.get(CUT, _raise_cut)
        cut()


def _raise_cut() -> None:
    raise ConnectionCut("a fault of the sandbox broke the connection")


def _roles(passage: _Passage) -> frozenset[str] | None:
    """The roles of the caller: none where no token is needed, None for one not admitted."""
    try:
        _, actor = passage.way.admit(passage.scope, passage.headers)
    except Refusal:
        return None
    return actor.roles if actor else frozenset()


def _meets(passage: _Passage, fault: Fault) -> Random | None:
    """The chance of the call when a fault strikes it, else None."""
    if fault.is_used_up or not fault.fits(passage.way.operation, passage.roles):
        return None
    return fault.draw()


def _spares(fault: Fault, reply: Reply, scope: Scope) -> bool:
    """Whether a fault does nothing to an answer: most need a body that is sent."""
    if fault.kind == "CUT":
        return bool(fault.options["when"] == "BEFORE")
    if fault.options.get("change") == "STATUS":
        return False
    return len(reply.content) < 2 or scope["method"] == "HEAD"


def _marked(reply: Reply, passage: _Passage) -> Reply:
    """The reply with what tells that it is not as it would have been. Stored ones stay as is."""
    marks = passage.marks
    if passage.exchange.faults:
        marks["X-Sandbox-Fault"] = ", ".join(passage.exchange.faults)
    return replace(reply, headers={**reply.headers, **marks}) if marks else reply


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


async def pause(receive: Receive, seconds: float) -> None:
    """Wait, but no longer for a client that has gone: what it asked for goes on at once.

    So a call that nobody waits for holds up neither the end of a test nor that of the server.
    """
    if seconds <= 0:
        return
    gone = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait([gone], timeout=seconds)
    finally:
        gone.cancel()


async def _departure(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_slowly(passage: _Passage, content: bytes, seconds: float, *, cut: bool) -> None:
    """Send a body in pieces over a time; one that is to be cut is not ended."""
    size = -(-len(content) // _PIECES) if seconds else len(content)
    starts = range(0, len(content), max(1, size))
    for start in starts:
        await pause(passage.receive, seconds / len(starts))
        piece = content[start : start + size]
        more = cut or start + size < len(content)
        message = {"type": "http.response.body", "body": piece, "more_body": more}
        await passage.send(message)
