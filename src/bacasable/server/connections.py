"""Connections with bounds: uvicorn's protocols, given one request at a time, and only what fits.

A request is cut out of the bytes of its connection (framing.py) and given to the parser; the next
one waits until it was answered. What breaks a bound or the grammar is refused by the application
itself, as a problem like all others: it finds the refusal in the scope under REFUSED.

A connection can also be broken by a fault: a way to do so stands in the scope of each request.
A cut sends what was written so far and closes the connection. Nothing is logged: the call is told
that its client has gone, as it is when a client hangs up.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import ref

from starlette.types import Scope
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

from ..bounds import MIB, Bounds
from ..contract import Refusal
from .detour import CUT
from .errors import REFUSED
from .framing import CHUNKED, Chunks, HeadReader
from .refusing import Unreadable, as_bytes, refused_by, scope_of, why
from .watch import drop, watch_of

HEAD, BODY, ANSWER, LEAVE = range(4)
"""What a connection waits for: a head, the rest of a body, an answer, its client to leave."""
_NEVER = float("inf")
_LINGER = 5.0
"""Seconds that a refused client has to read why (RFC 9112, 9.6)."""
_DRAINED = 64 * MIB
"""Bytes that are read and dropped of what nobody wants any more."""


class _Flow(FlowControl):
    """Reading and writing are paused on open connections only: on others asyncio objects."""

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            super().pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            super().resume_reading()


class Bounded(asyncio.Protocol):
    """What both protocols share. Stands before one of uvicorn's in the order of bases.

    A subclass says what `bounds` are, how its parser is fed (`give`, which raises Unreadable or
    Refusal), and notes in `left` how long the body of a request is.
    """

    # In slots: with more attributes in its dictionary than now each access would be slower.
    __slots__ = (
        "_ahead",
        "_began",
        "_chunks",
        "_deadline",
        "_dropped",
        "_ended",
        "_received",
        "_watch",
        "left",
        "phase",
        "reader",
    )
    bounds: Bounds
    # What uvicorn's protocols have.
    app: Any
    cycle: Any
    flow: FlowControl
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    connections: set[Any]
    server_state: Any
    root_path: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.phase, self._deadline, self._began = HEAD, _NEVER, 0.0
        self.reader: HeadReader | None = None
        self._chunks: Chunks | None = None
        self._ahead, self._ended = b"", False
        self._received = self._dropped = self.left = 0
        self._watch = watch_of(self.server_state, self.bounds)

    def give(self, data: bytes) -> None:
        """Give the parser something to read."""
        raise NotImplementedError

    def read(self, reader: HeadReader) -> None:
        """Let the parser read a head that is whole."""
        self.give(reader.head())

    # --- what the connection tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a client in, or tell it that there are too many."""
        super().connection_made(transport)
        self.flow = _Flow(self.transport)  # type: ignore[misc]  # its slot is the dictionary
        now = self.loop.time()
        self._deadline = now + self.bounds.header_timeout
        self._watch.wake(self.loop)
        room = self._watch.room(len(self.connections), now)
        if room is None:
            self.transport.abort()
        elif not room:
            said = f"{self.bounds.max_connections} are open (--max-connections)."
            self._refuse(Refusal("TOO_MANY_CONNECTIONS", said, headers={"Retry-After": "1"}))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.phase, self._ahead = LEAVE, b""
        self._watch.flows(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._watch.stalls(self, self.loop.time())

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        self._watch.flows(self)

    def shutdown(self) -> None:
        """The server stops."""
        if self.phase == LEAVE:
            self.transport.close()
        else:
            super().shutdown()  # type: ignore[misc]

    def check(self, now: float) -> None:
        """End what has lasted too long."""
        if self._watch.is_stalled(self):
            return
        if self.transport.is_closing() and self.phase != LEAVE:
            # It closes when all was sent; whoever reads nothing would hold it up for ever.
            self.phase, self._deadline = LEAVE, now + self.bounds.write_timeout
        if now < self._deadline:
            return
        if self.phase == HEAD:
            self._late_head(now)
        elif self.phase == BODY:
            self._late_body(now)
        else:
            drop(self.transport)

    def _late_head(self, now: float) -> None:
        if self.reader is not None:
            said = f"The headers were not there after {_seconds(self.bounds.header_timeout)}"
            self._refuse(Refusal("REQUEST_TIMEOUT", f"{said} (--header-timeout)."))
        else:
            self.transport.close()
            self.phase, self._deadline = LEAVE, now + self.bounds.write_timeout

    def _late_body(self, now: float) -> None:
        self._deadline = self._began + self.bounds.body_timeout
        self._deadline += self._received / self.bounds.min_body_rate
        if now >= self._deadline:
            said = f"The body was not there after {_seconds(self.bounds.body_timeout)}"
            rate = f"one more for each {self.bounds.min_body_rate} bytes (--min-body-rate)"
            self._refuse(Refusal("REQUEST_TIMEOUT", f"{said} (--body-timeout), and {rate}."))

    # --- what the client sends

    def eof_received(self) -> Any:  # uvicorn's say None, asyncio takes a bool
        """The client sends no more; whether the connection stays open for what it waits for.

        It may have closed its half only, or have gone: these look the same. So what was sent
        whole is answered, but what takes longer does not hold the connection up.
        """
        self._ended = self.phase == ANSWER and self.transport.can_write_eof()
        if self._ended:
            self._answer_before(self._ahead)
        return self._ended

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        phase = self.phase
        if phase == HEAD:
            self._part_of_head(data)
        elif phase == BODY:
            self._body(data)
        elif phase == ANSWER:
            self._ahead += data
            if len(self._ahead) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
        else:
            self._dropped += len(data)
            if self._dropped > _DRAINED:
                self.transport.abort()

    def _part_of_head(self, data: bytes) -> None:
        """Take some bytes of a head, and let it be read when it is whole."""
        reader = self.reader
        if reader is None:
            # Empty lines before a request are overlooked (RFC 9112, 2.2).
            data = data.lstrip(b"\r\n")
            if not data:
                return
            reader = self.reader = HeadReader(self.bounds)
            self._deadline = self.loop.time() + self.bounds.header_timeout
        try:
            rest = reader.feed(data)
            if rest is None:
                return
            self.read(reader)
        except (Unreadable, Refusal) as error:
            self._refuse(why(reader, error))
        else:
            self.headed(rest)

    def headed(self, rest: bytes, received: int = 0) -> None:
        """A head was read: its call has begun. `rest` follows it.

        Of its body `left` is still to come, so many bytes were `received`.
        """
        cycle = self.cycle
        # By a weak reference: a cycle holds its scope, and both are to go when it is answered.
        cycle.scope[CUT] = partial(_cut, ref(cycle))
        self.reader = None
        if self.left:
            self.phase, self._received, self._dropped = BODY, received, 0
            self._chunks = Chunks(self.bounds) if self.left == CHUNKED else None
            self._began = self.loop.time()
            self._deadline = self._began + self.bounds.body_timeout
            if rest:
                self._body(rest)
        else:
            self._answer_before(rest)

    def _body(self, data: bytes) -> None:
        try:
            rest = self._give_body(data)
        except Unreadable:
            self._refuse(Refusal("MALFORMED_REQUEST", "The body is not as its headers say."))
            return
        except Refusal as refusal:
            self._refuse(refusal)
            return
        answered = self.cycle.response_complete
        if rest is None:
            self._dropped += len(data) if answered else 0
            if self._dropped > _DRAINED:
                self.leave()
            return
        self._chunks = None
        if answered:
            self._await_next(rest)
        elif self.cycle.more_body:
            self._refuse(Refusal("MALFORMED_REQUEST", "The body does not end where it should."))
        else:
            self._answer_before(rest)

    def _answer_before(self, rest: bytes) -> None:
        """A request is whole: it is answered before the rest is looked at."""
        self.phase, self._ahead = ANSWER, rest
        self._deadline = self.loop.time() + _LINGER if self._ended else _NEVER

    def _give_body(self, data: bytes) -> bytes | None:
        """Give the parser what belongs to the body; what follows it, or None when more is due."""
        self._received += len(data)
        if self._chunks is None:
            part, rest = data[: self.left], data[self.left :]
            self.left -= len(part)
            self.give(part)
            return None if self.left else rest
        try:
            part, rest = self._chunks.take(data)
        except Refusal:
            # To h11, nothing at all means that the client has gone.
            if self._chunks.good:
                self.give(self._chunks.good)
            raise
        if part:
            self.give(part)
        return rest if self._chunks.done else None

    def on_response_complete(self) -> None:
        """A request was answered: the next one may come."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.phase == ANSWER:
            self._await_next(self._ahead)
        elif self.phase == BODY and self.cycle.scope.get(EXPECTS) and not self._received:
            # The client waits to be told to go on, and may well not do so now (RFC 9110, 10.1.1).
            self.leave()
        elif self.phase == BODY:
            # Nobody reads the rest of the body, which may have been held back for its reader.
            self.flow.resume_reading()

    def _await_next(self, ahead: bytes) -> None:
        self.phase = HEAD
        self._deadline = self._watch.idle_until
        if self.flow.read_paused:
            self.flow.resume_reading()
        if ahead:
            self._ahead = b""
            self.data_received(ahead)
        if self._ended and self.phase in (HEAD, BODY):
            # Nobody sends the rest.
            self.transport.close()

    # --- how a connection ends

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with a problem, if nothing was answered yet, and close the connection."""
        reader, cycle, waiting = self.reader, self.cycle, self.phase == BODY
        self.phase, self._deadline, self.reader = LEAVE, _NEVER, None
        if waiting:
            begun = cycle.response_started
            cycle.disconnected = True
            cycle.message_event.set()
            if begun:
                self.leave()
                return
            scope: Scope = dict(cycle.scope)
        else:
            scope = scope_of(self, reader or HeadReader(self.bounds))
        self.flow.resume_reading()
        scope[REFUSED] = refusal
        task = self.loop.create_task(self._tell(scope))
        self.server_state.tasks.add(task)
        task.add_done_callback(self.server_state.tasks.discard)

    async def _tell(self, scope: Scope) -> None:
        """Let the application say why, send it, and let the client read it."""
        answer = await refused_by(self.app, scope)
        if answer and not self.transport.is_closing():
            self.transport.write(as_bytes(answer, self.server_state.default_headers))
        self.leave()

    def leave(self) -> None:
        """Send no more, and read on for a while: an answer that was sent is to be read.

        A connection that is closed with unread bytes is reset, and what was sent may be lost.
        """
        self.phase, self._deadline = LEAVE, self.loop.time() + _LINGER
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.flow.resume_reading()
        else:
            self.transport.close()


EXPECTS = "bacasable.expects"
"""Stands in the scope of a request whose client asks first whether to send its body."""


def _seconds(value: float) -> str:
    return f"{value:g} second{'' if value == 1 else 's'}"


def _cut(found: Callable[[], Any]) -> None:
    cycle = found()
    if cycle is not None:
        cycle.disconnected = True
        cycle.transport.close()
