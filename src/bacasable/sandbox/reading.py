"""Reading the request log: its exchanges as JSON, one at a time, so that nobody else has to wait.

What is forgotten while somebody reads is not told to him any more.
"""

from collections.abc import AsyncGenerator

from ..contract.wire import from_json, to_json
from .exchanges import Exchange, Exchanges, Wanted
from .har import archive_around, entry
from .telling import Teller

_AT_ONCE = 64
"""Exchanges that are compared with the filters before others may have their turn."""


class Reading:
    """The last `limit` exchanges that are wanted, of a tenant or of all: one document in parts."""

    def __init__(
        self,
        exchanges: Exchanges,
        teller: Teller,
        wanted: Wanted,
        *,
        tenant: str | None,
        limit: int,
    ) -> None:
        self._exchanges, self._teller, self._wanted = exchanges, teller, wanted
        self._tenant, self._limit = tenant, limit

    async def items(self) -> AsyncGenerator[bytes, None]:
        """As `readLog` of the controls answers."""
        yield b'{"items":['
        between = b""
        for exchange in await self._found():
            told = await self._teller.in_turn(exchange)
            if told is not None:
                yield between + told
                between = b","
        yield b"]}"

    async def archive(self, base_url: str) -> AsyncGenerator[bytes, None]:
        """As an HTTP archive; `base_url` is the address of the sandbox."""
        head, tail = archive_around()
        yield head
        between = b""
        for exchange in await self._found():
            told = await self._teller.in_turn(exchange)
            if told is not None:
                yield between + to_json(entry(from_json(told), base_url))
                between = b","
        yield tail

    async def _found(self) -> list[Exchange]:
        """Those that fit, oldest first."""
        found: list[Exchange] = []
        for place, exchange in enumerate(self._exchanges.newest(self._tenant)):
            if place % _AT_ONCE == 0:
                await self._teller.rest()
            if self._wanted(exchange):
                found.append(exchange)
                if len(found) == self._limit:
                    break
        return found[::-1]
