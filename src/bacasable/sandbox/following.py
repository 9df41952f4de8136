"""Following the request log: one reader's stream of server-sent events."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..contract import Refusal
from .exchanges import Exchange, Exchanges, Wanted
from .telling import Teller

BACKLOG = 200
"""Exchanges that wait for a slow reader; of what comes then he is told the number."""
BACKLOG_BYTES = 4 * 1024 * 1024
"""What they may keep alive."""
PULSE = 15.0
"""Seconds without an exchange until a comment is sent: proxies close what is silent."""

_RETRY_AFTER = "5"


class Follower:
    """What one reader was not told yet. `waiting` holds a number where exchanges were dropped."""

    def __init__(self, wanted: Wanted, backlog: int = BACKLOG) -> None:
        self._wanted, self._backlog = wanted, backlog
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._waiting: deque[Exchange | int] = deque()
        self._weight = 0
        self._called = self.ended = False

    def tell(self, exchange: Exchange) -> None:
        """Note an exchange, or that there was one more than the reader has room for."""
        if self.ended or not self._wanted(exchange):
            return
        waiting = self._waiting
        if len(waiting) < self._backlog and self._weight < BACKLOG_BYTES:
            waiting.append(exchange)
            self._weight += exchange.weight
        elif waiting and isinstance(waiting[-1], int):
            waiting[-1] += 1
        else:
            waiting.append(1)
        self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self._wake()

    def _wake(self) -> None:
        if self._called:
            return
        self._called = True
        try:
            # Who answers may run in another thread than who reads.
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:  # the reader's loop is closed: he is gone
            self.ended = True

    async def next(self, seconds: float) -> Exchange | int | None:
        """The next exchange, or how many were dropped; None when there was none for a while."""
        self._woken.clear()
        self._called = False
        if not self._waiting and not self.ended:
            try:
                async with asyncio.timeout(seconds):
                    await self._woken.wait()
            except TimeoutError:
                return None
        if not self._waiting:
            return None
        found = self._waiting.popleft()
        if isinstance(found, Exchange) and self._waiting:
            self._weight -= found.weight
        elif not self._waiting:
            self._weight = 0  # some may have become lighter since they came
        return found


async def events(
    exchanges: Exchanges, teller: Teller, wanted: Wanted, *, pulse: float = PULSE
) -> AsyncGenerator[bytes, None]:
    """Server-sent events of what happens from now on: `exchange`, and `dropped` with a number.

    A comment comes first, when reading has begun. Ends when the server stops. What was forgotten
    before its turn is not told. Raises Refusal TOO_MANY_FOLLOWERS.
    """
    most = exchanges.most_followers
    if len(exchanges.followers) >= most:
        said = f"{most} follow the log already, and no more may."
        raise Refusal("TOO_MANY_FOLLOWERS", said, headers={"Retry-After": _RETRY_AFTER})
    follower = Follower(wanted)
    exchanges.followers.append(follower)
    try:
        yield b": following\n\n"
        while True:
            found = await follower.next(pulse)
            if isinstance(found, Exchange):
                data = await teller.in_turn(found)
                if data is not None:
                    yield b"event: exchange\nid: %s\ndata: %s\n\n" % (found.id.encode(), data)
            elif found is not None:
                yield b"event: dropped\ndata: %d\n\n" % found
            elif follower.ended:
                return
            else:
                yield b": nothing new\n\n"
    finally:
        exchanges.followers.remove(follower)
