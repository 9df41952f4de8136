"""The request log: the last exchanges of each tenant, as they were; they are masked when told.

To keep one costs a microsecond, because nothing is copied or formatted until somebody reads.
"""

from collections import deque
from collections.abc import Callable, Iterable
from time import perf_counter, time
from typing import Any, Protocol

from ..core import Platform, Reply

EXCHANGE = "bacasable.exchange"
"""Where the exchange of a request stands in its ASGI scope."""
KEPT = 500
"""Exchanges that are kept for each tenant, and for the calls that named none."""
LARGE = 64 * 1024
"""Bodies with more bytes are not kept; their length is."""
_EPOCH = time() - perf_counter()
"""What the clock of durations has to be set forward by to show the time; asked once, for speed."""
MEMORY = 128 * 1024 * 1024
"""Bytes of bodies that all rings together may hold; then the older ones are let go."""


class Exchange:
    """One request and its answer. `reply.status` is 0 when the connection was cut.

    What is told of the request stands in `method`, `path`, `query` and `headers` once it was
    answered. `body` is None when it was too long to be read, or
    to be kept: then `request_bytes` says how long it was.
    """

    __slots__ = (
        "actor",
        "began",
        "body",
        "faults",
        "headers",
        "id",
        "method",
        "operation",
        "path",
        "query",
        "reply",
        "request_bytes",
        "response_bytes",
        "seconds",
        "tenant",
        "violations",
    )
    method: str
    path: str
    query: bytes
    headers: Iterable[tuple[bytes, bytes]]
    request_bytes: int
    response_bytes: int

    def __init__(self, request_id: str) -> None:
        self.id = request_id
        self.began = perf_counter()
        self.seconds = 0.0
        self.operation: str | None = None
        self.tenant = ""
        self.actor: str | None = None
        self.body: bytes | None = b""
        self.reply: Reply | None = None
        self.violations: tuple[Any, ...] = ()
        self.faults: tuple[str, ...] = ()

    @property
    def at(self) -> float:
        """When it came, in seconds since 1970."""
        return _EPOCH + self.began

    @property
    def status(self) -> int:
        """Status of the answer; 0 when there was none."""
        return self.reply.status if self.reply else 0

    def note(self, scope: Any, path: str | None = None) -> None:
        """Note of the scope what is told. Not all of it: it is large, and holds this exchange.

        `path` is that of the request as it was sent, where it is known.
        """
        self.method, self.path = scope["method"], path or scope["path"]
        self.query, self.headers = scope["query_string"], scope["headers"]

    def settle(self) -> int:
        """Keep no large body. Gives the bytes that are held."""
        body, reply = self.body, self.reply
        self.request_bytes = asked = len(body) if body else 0
        self.response_bytes = answered = len(reply.content) if reply else 0
        if asked > LARGE:
            self.body, asked = None, 0
        if answered > LARGE:
            self._let_go_of_answer()
            answered = 0
        elif reply and reply.pieces:
            # The body was sent; its pieces are shared, and memory that is let go is used anew.
            reply.content = b""
        return asked + answered

    def held(self) -> int:
        """Bytes of bodies that it holds."""
        return len(self.body or b"") + len(self.reply.whole if self.reply else b"")

    def let_go(self) -> None:
        """Keep the lengths of the bodies, and the bodies no longer."""
        self.body = None if self.body else self.body
        self._let_go_of_answer()

    def _let_go_of_answer(self) -> None:
        # The reply itself may be a stored one, which is answered again.
        if self.reply is not None:
            self.reply = Reply(self.reply.status, b"", self.reply.headers)


Wanted = Callable[[Exchange], bool]
"""Whether a reader wants to be told of an exchange."""


class Following(Protocol):
    """Somebody who reads along: told of each exchange at once, and of the end."""

    def tell(self, exchange: Exchange) -> None:
        """Note an exchange that was just kept. Must not wait, and must not raise."""
        ...

    def end(self) -> None:
        """Nothing more will come."""
        ...


class Exchanges:
    """Keeps exchanges in rings by tenant, and tells followers about each."""

    def __init__(self, platform: Platform, kept: int = KEPT, memory: int = MEMORY) -> None:
        self._platform, self._kept, self._memory = platform, kept, memory
        self._rings: dict[str, deque[Exchange]] = {}
        self._held = 0
        self.followers: list[Following] = []
        self.forget_all()

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange that is over, under its tenant, or under none when there is no such."""
        exchange.seconds = perf_counter() - exchange.began
        ring = self._rings.get(exchange.tenant)
        if ring is None:
            ring = self._open(exchange.tenant)
        self._held += exchange.settle()
        ring.append(exchange)
        if self._held > self._memory:
            self._let_go()
        if self.followers:
            for follower in tuple(self.followers):
                follower.tell(exchange)

    def latest(self, tenant: str | None, wanted: Wanted, limit: int) -> list[Exchange]:
        """The last `limit` exchanges that are wanted, in the order in which they were answered.

        Of one tenant; for None of all of them, and of the calls that named none.
        """
        rings = self._rings.values() if tenant is None else [self._rings.get(tenant, ())]
        found = [exchange for ring in rings for exchange in ring if wanted(exchange)]
        return sorted(found, key=_answered)[-limit:]

    def forget(self, tenant: str) -> None:
        """Forget the exchanges of a tenant, known or not."""
        self._rings.pop(tenant, None)

    def forget_all(self) -> None:
        """Forget the exchanges of all tenants, and those of none."""
        self._rings = {"": deque(maxlen=self._kept)}
        self._held = 0

    def hang_up(self) -> None:
        """Tell all followers that nothing more will come: the server stops."""
        for follower in tuple(self.followers):
            follower.end()

    def _open(self, tenant: str) -> "deque[Exchange]":
        if self._platform.space(tenant) is None:
            return self._rings[""]
        ring: deque[Exchange] = deque(maxlen=self._kept)
        self._rings[tenant] = ring
        return ring

    def _let_go(self) -> None:
        """Count what is held, which rings that are full and forgotten tenants made less.

        If that is more than half of what may be, let go of the oldest: so it is seldom counted.
        """
        held, most = 0, self._memory // 2
        newest = sorted((e for ring in self._rings.values() for e in ring), key=_answered)[::-1]
        for exchange in newest:
            if held + exchange.held() > most:
                exchange.let_go()
            held += exchange.held()
        self._held = held


def _answered(exchange: Exchange) -> float:
    return exchange.began + exchange.seconds
