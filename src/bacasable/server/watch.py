"""Watching over the connections of a server: their number, their time, what waits to be read."""

import asyncio
import logging
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from socket import SO_LINGER, SOL_SOCKET
from typing import Protocol
from weakref import WeakKeyDictionary

from uvicorn.server import ServerState

from ..bounds import Bounds

logger = logging.getLogger("bacasable")

_TICK = 1.0
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
_TOLD_AGAIN = 60.0
"""Seconds until the same shortage is told again."""


class Watched(Protocol):
    """A connection that is watched."""

    transport: asyncio.Transport

    def check(self, now: float) -> None:
        """End what has lasted too long."""
        ...


@dataclass(slots=True)
class _Stall:
    """A connection that waits for its reader: since when, when it last read, what waits."""

    since: float
    moved: float
    first: int
    size: int


class Watch:
    """Watches over the connections of one server, and sleeps while there are none.

    One clock for all: a timer for each request would cost more than all the bounds together.
    """

    def __init__(self, connections: Iterable[Watched], bounds: Bounds) -> None:
        self._connections, self._bounds = connections, bounds
        times = (
            bounds.header_timeout,
            bounds.body_timeout,
            bounds.keep_alive_timeout,
            bounds.write_timeout,
        )
        self._tick = min(_TICK, min(times) / 4)
        self._awake = False
        self.idle_until = float("inf")
        self._stalled: dict[Watched, _Stall] = {}
        self._unsent = 0
        self._told = float("-inf")

    def wake(self, loop: asyncio.AbstractEventLoop) -> None:
        """There is a connection: watch from now on."""
        if not self._awake:
            self._awake = True
            self._set_clock(loop.time())
            loop.call_later(self._tick, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._set_clock(now)
        every = list(self._connections)
        for connection in every:
            connection.check(now)
        self._drop_stalled(now)
        if every:
            loop.call_later(self._tick, self._look, loop)
        else:
            self._awake = False

    def _set_clock(self, now: float) -> None:
        """Until when a connection may be idle that is so until this is next asked: no less."""
        self.idle_until = now + self._tick + self._bounds.keep_alive_timeout

    def room(self, count: int, now: float) -> bool | None:
        """Whether one more connection may stay; None when it is not even to be told so."""
        most = self._bounds.max_connections
        if count <= most:
            return True
        if now - self._told > _TOLD_AGAIN:
            self._told = now
            said = "%d connections are open: more are refused until some close (--max-connections)"
            logger.warning(said, most)
        return False if count <= most + spare(self._bounds) else None

    def stalls(self, connection: Watched, now: float) -> None:
        """A connection has more to send than its client reads.

        When too much waits in all, those are closed whose clients have read nothing for longest.
        """
        size = connection.transport.get_write_buffer_size()
        self._stalled[connection] = _Stall(now, now, size, size)
        self._unsent += size
        others = (one for one in self._stalled.items() if one[0] is not connection)
        if self._unsent > self._bounds.max_unsent_bytes:
            for other, _ in sorted(others, key=lambda one: one[1].moved):
                if self._unsent <= self._bounds.max_unsent_bytes:
                    break
                self.flows(other)
                drop(other.transport)

    def flows(self, connection: Watched) -> None:
        """The client has read, or has gone."""
        stall = self._stalled.pop(connection, None)
        if stall is not None:
            self._unsent -= stall.size

    def is_stalled(self, connection: Watched) -> bool:
        """Whether a connection waits for its reader: it has a time of its own."""
        return connection in self._stalled

    def _drop_stalled(self, now: float) -> None:
        """Close the connections whose clients read too slowly: as slowly as no body may come."""
        for connection, stall in list(self._stalled.items()):
            size = connection.transport.get_write_buffer_size()
            if size < stall.size:
                self._unsent -= stall.size - size
                stall.size, stall.moved = size, now
            given = self._bounds.write_timeout + (stall.first - size) / self._bounds.min_body_rate
            if now - stall.since > given:
                drop(connection.transport)


def drop(transport: asyncio.Transport) -> None:
    """Close a connection, and let the system drop what its client has not read of it."""
    socket = transport.get_extra_info("socket")
    if socket is not None:
        with suppress(OSError, ValueError):
            socket.setsockopt(SOL_SOCKET, SO_LINGER, _NO_LINGER)
    transport.abort()


def spare(bounds: Bounds) -> int:
    """So many connections more are told that there are too many; others are closed unheard."""
    return min(64, 1 + bounds.max_connections // 32)


_watches: "WeakKeyDictionary[ServerState, Watch]" = WeakKeyDictionary()


def watch_of(state: ServerState, bounds: Bounds) -> Watch:
    """The watch of a server."""
    found = _watches.get(state)
    if found is None:
        found = _watches[state] = Watch(state.connections, bounds)  # type: ignore[arg-type]
    return found
