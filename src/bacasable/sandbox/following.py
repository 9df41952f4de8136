"""Following the request log: one reader's stream of server-sent events."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..contract.wire import to_json
from .exchanges import Exchange, Exchanges, Wanted
from .telling import Teller

BACKLOG = 200
"""Exchanges that wait for a slow reader; of what comes then he is told the number."""
PULSE = 15.0
"""Seconds without an exchange until a comment is sent: proxies close what is silent."""


class Follower:
    """What one reader was not told yet. `waiting` holds a number where exchanges were dropped."""

    def __init__(self, wanted: Wanted, backlog: int = BACKLOG) -> None:
        self._wanted, self._backlog = wanted, backlog
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._waiting: deque[Exchange | int] = deque()
        self.ended = False

    def tell(self, exchange: Exchange) -> None:
        """Note an exchange, or that there was one more than the reader has room for."""
        if self.ended or not self._wanted(exchange):
            return
        waiting = self._waiting
        if len(waiting) < self._backlog:
            waiting.append(exchange)
        elif isinstance(waiting[-1], int):
            waiting[-1] += 1
        else:
            waiting.append(1)
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        try:
            # Who answers may run in another thread than who reads.
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:  # the reader's loop is closed: he is gone
            self.ended = True

    async def next(self, seconds: float) -> Exchange | int | None:
        """The next exchange, or how many were dropped; None when there was none for a while."""
        self._woken.clear()
        if not self._waiting and not self.ended:
            try:
                await asyncio.wait_for(self._woken.wait(), seconds)
            except TimeoutError:
                return None
        return self._waiting.popleft() if self._waiting else None


async def events(
    exchanges: Exchanges, teller: Teller, wanted: Wanted, *, pulse: float = PULSE
) -> AsyncGenerator[bytes, None]:
    """Server-sent events of what happens from now on: `exchange`, and `dropped` with a number.

    A comment comes first, when reading has begun. Ends when the server stops.
    """
    follower = Follower(wanted)
    exchanges.followers.append(follower)
    try:
        yield b": following\n\n"
        while True:
            found = await follower.next(pulse)
            if isinstance(found, Exchange):
                data = to_json(teller.tell(found))
                yield b"event: exchange\nid: %s\ndata: %s\n\n" % (found.id.encode(), data)
            elif found is not None:
                yield b"event: dropped\ndata: %d\n\n" % found
            elif follower.ended:
                return
            else:
                yield b": nothing new\n\n"
    finally:
        exchanges.followers.remove(follower)
