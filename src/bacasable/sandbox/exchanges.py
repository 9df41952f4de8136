"""The request log: the last exchanges of each tenant, as they were; they are masked when told.

To keep one costs a microsecond, because nothing is formatted until somebody reads, and what it
keeps alive is known to the byte, nearly: all of it stands under one bound.
"""

import asyncio
import marshal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from heapq import heapify, heappop, heapreplace, merge
from itertools import chain, islice
from operator import attrgetter
from sys import getsizeof
from time import perf_counter, time
from typing import Any, Protocol

from ..core import Platform, Reply

EXCHANGE = "bacasable.exchange"
"""Where the exchange of a request stands in its ASGI scope."""
KEPT = 500
"""Exchanges that are kept for each tenant, and for the calls that named none."""
LARGE = 64 * 1024
"""Bodies with more bytes are not kept; nor are headers, query and path with more in all."""
MEMORY = 128 * 1024 * 1024
"""Bytes that all rings together may hold; then the older exchanges are let go."""
FOLLOWERS = 32
"""So many may follow at once: each wakes up for each exchange."""
_EPOCH = time() - perf_counter()
"""What the clock of durations has to be set forward by to show the time; asked once, for speed."""
_BASE = 1150
"""Bytes of an exchange beside what is counted: the objects, and their smaller texts."""
_SHORT = 200
"""Bytes of a text that is not worth a measure, and stays when others are cut."""
_MOST_LINES = 100
"""Headers of which something stays when they are cut."""
_LONGEST_SLUG = 63
_AT_ONCE = 2000
"""Exchanges that are dropped at once: one millisecond."""


class Exchange:
    """One request and its answer. `reply.status` is 0 when the connection was cut.

    What is told of the request stands in `method`, `path`, `query` and `headers` once it was
    answered. `body` is None when it was too long to be read, or
    to be kept: then `request_bytes` says how long it was. With `cut`, the large among headers,
    query and path are not there: their sizes stand in their place.
    """

    __slots__ = (
        "__weakref__",
        "actor",
        "began",
        "body",
        "cut",
        "faults",
        "id",
        "lines",
        "method",
        "operation",
        "path",
        "query",
        "reply",
        "request_bytes",
        "response_bytes",
        "ring",
        "seconds",
        "tenant",
        "told",
        "violations",
        "weight",
    )
    method: str
    path: str
    query: bytes
    lines: bytes
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
        self.cut = False
        self.weight = 0
        self.ring: Ring | None = None
        self.told: bytes | None = None

    @property
    def at(self) -> float:
        """When it came, in seconds since 1970."""
        return _EPOCH + self.began

    @property
    def status(self) -> int:
        """Status of the answer; 0 when there was none."""
        return self.reply.status if self.reply else 0

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the request, as they came."""
        found: list[tuple[bytes, bytes]] = marshal.loads(self.lines)  # noqa: S302 - our own
        return found

    @property
    def forgotten(self) -> bool:
        """Whether its log was cleared, or its tenant deleted, since it was kept."""
        return self.ring is not None and self.ring.forgotten

    def note(self, scope: Any, path: str | None = None) -> None:
        """Note of the scope what is told. Not all of it: it is large, and holds this exchange.

        `path` is that of the request as it was sent, where it is known.
        """
        self.method, self.path = scope["method"], path or scope["path"]
        self.query = scope["query_string"]
        # In one piece: a list of pairs takes three times as much, and is visited by the collector.
        # Nothing else in Python puts it together as quickly; it never leaves this process.
        self.lines = marshal.dumps(scope["headers"], 2)

    def settle(self) -> int:
        """Keep nothing that is large. Gives the bytes that are held, which `weight` says too."""
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
        target = len(self.query) + len(self.path)
        weight = len(self.lines) + target
        if weight > LARGE or target > _SHORT or self.violations:
            weight = self._measure(weight)
        self.weight = weight = _BASE + weight + asked + answered
        return weight

    def _measure(self, weight: int) -> int:
        """The bytes of what is seldom large, after it was cut."""
        if weight > LARGE:
            self.cut = True
            self.query, self.path = _or_size(self.query), _or_size(self.path.encode()).decode()
            few = self.headers[:_MOST_LINES]
            self.lines = marshal.dumps([(_or_size(name), _or_size(text)) for name, text in few], 2)
        said = (text for found in self.violations for text in (found.pointer, found.detail, found))
        # Links repeat the query; what else stands in headers of answers is short.
        echoed = self.reply.headers.values() if self.reply else ()
        return sum(map(getsizeof, (self.lines, self.query, self.path, *echoed, *said)))

    def held(self) -> int:
        """Bytes of bodies that it holds."""
        return len(self.body or b"") + len(self.reply.whole if self.reply else b"")

    def let_go(self) -> int:
        """Keep the lengths of the bodies, and the bodies no longer. Gives what that spares."""
        spared = self.held()
        self.weight -= spared
        self.body = None if self.body else self.body
        self._let_go_of_answer()
        return spared

    def _let_go_of_answer(self) -> None:
        # The reply itself may be a stored one, which is answered again.
        if self.reply is not None:
            self.reply = replace(self.reply, content=b"", pieces=())


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


class Ring:
    """The last exchanges of a tenant: first the `light`, whose bodies were let go, then the others.

    There is `room` for so many of the others. Who still has an exchange of it sees by `forgotten`
    that it shall not be told any more.
    """

    __slots__ = ("forgotten", "light", "room", "whole")

    def __init__(self, room: int) -> None:
        self.light: deque[Exchange] = deque()
        self.whole: deque[Exchange] = deque()
        self.room, self.forgotten = room, False

    def lighten(self) -> int:
        """Let go of the bodies of the oldest that has some. Gives what that spares."""
        exchange = self.whole.popleft()
        self.light.append(exchange)
        self.room -= 1
        return exchange.let_go()

    def drop(self) -> int:
        """Drop the oldest. Gives the bytes that it held."""
        if not self.light:
            return self.whole.popleft().weight
        self.room += 1
        return self.light.popleft().weight

    def forget(self) -> int:
        """Drop all, for good. Gives the bytes that they held."""
        self.forgotten = True
        held: int = sum(map(_weight, chain(self.light, self.whole)))
        _empty(self.light, self.whole)
        return held


class Exchanges:
    """Keeps exchanges in rings by tenant, and tells followers about each.

    `kept` is the number for each tenant, as far as `memory` has room, the bytes for all of them
    together; `most_followers` may follow at once.
    """

    def __init__(
        self,
        platform: Platform,
        kept: int = KEPT,
        memory: int = MEMORY,
        most_followers: int = FOLLOWERS,
    ) -> None:
        self._platform, self._kept, self._memory = platform, kept, memory
        self._rings: dict[str, Ring] = {"": Ring(kept)}
        self._held = 0
        self.followers: list[Following] = []
        self.most_followers = most_followers

    def begin(self, exchange: Exchange) -> Ring:
        """Let an exchange belong to its tenant as it is now, or to none when there is no such."""
        ring = self._rings.get(exchange.tenant)
        if ring is None:
            ring = self._open(exchange)
        exchange.ring = ring
        return ring

    def keep(self, exchange: Exchange) -> None:
        """Keep an exchange that is over, unless what it belonged to was forgotten meanwhile."""
        exchange.seconds = perf_counter() - exchange.began
        ring = exchange.ring or self.begin(exchange)
        if ring.forgotten:
            return
        self._held += exchange.settle()
        whole = ring.whole
        whole.append(exchange)
        if len(whole) > ring.room:
            self._held -= ring.drop() if ring.light else whole.popleft().weight
        if self._held > self._memory:
            self._let_go()
        if self.followers:
            for follower in tuple(self.followers):
                follower.tell(exchange)

    def newest(self, tenant: str | None) -> Iterator[Exchange]:
        """The exchanges that are there now, the latest answer first.

        Of one tenant; for None of all of them, and of the calls that named none.
        """
        rings = self._rings.values() if tenant is None else [self._rings.get(tenant)]
        there = [[*ring.light, *ring.whole] for ring in rings if ring is not None]
        return merge(*map(reversed, there), key=_answered, reverse=True)

    def latest(self, tenant: str | None, wanted: Wanted, limit: int) -> list[Exchange]:
        """The last `limit` exchanges that are wanted, in the order in which they were answered."""
        return list(islice(filter(wanted, self.newest(tenant)), limit))[::-1]

    def forget(self, tenant: str) -> None:
        """Forget the exchanges of a tenant, known or not."""
        ring = self._rings.pop(tenant, None)
        if ring is not None:
            self._held -= ring.forget()

    def forget_all(self) -> None:
        """Forget the exchanges of all tenants, and those of none."""
        for tenant in tuple(self._rings):
            self.forget(tenant)
        self._rings[""] = Ring(self._kept)

    def move(self, platform: Platform) -> None:
        """Go on with the tenants of another platform, which are the same ones."""
        self._platform = platform

    def hang_up(self) -> None:
        """Tell all followers that nothing more will come: the server stops."""
        for follower in tuple(self.followers):
            follower.end()

    def _open(self, exchange: Exchange) -> Ring:
        tenant = exchange.tenant
        if len(tenant) > _LONGEST_SLUG:
            exchange.tenant = ""  # no tenant has such a name, and its header tells it
        elif self._platform.space(tenant) is not None:
            self._rings[tenant] = ring = Ring(self._kept)
            return ring
        return self._rings[""]

    def _let_go(self) -> None:
        """Let go of a little more than has to be: first of the oldest bodies of all.

        Exchanges without a body go when they take more than half of what may be, or when nothing
        else is left.
        """
        aim = self._memory - self._memory // 32
        bare = sum(_weight(exchange) for ring in self._rings.values() for exchange in ring.light)
        for ring in self._oldest("light"):
            if self._held <= aim or bare <= self._memory // 2:
                break
            spared = ring.drop()
            self._held, bare = self._held - spared, bare - spared
        for ring in self._oldest("whole"):
            if self._held <= aim:
                break
            self._held -= ring.lighten()
        for ring in self._oldest("light"):
            if self._held <= aim:
                break
            self._held -= ring.drop()

    def _oldest(self, part: str) -> Iterator[Ring]:
        """The rings, again and again the one with the oldest exchange in a part of it.

        Who asks takes that exchange out.
        """
        queue = attrgetter(part)
        heads = [(_answered(queue(r)[0]), id(r), r) for r in self._rings.values() if queue(r)]
        heapify(heads)
        while heads:
            ring = heads[0][2]
            yield ring
            rest = queue(ring)
            if rest:
                heapreplace(heads, (_answered(rest[0]), id(ring), ring))
            else:
                heappop(heads)


def _empty(*queues: deque[Exchange]) -> None:
    """Drop what stands in queues: little by little, where others wait, if it is much."""
    for queue in queues:
        for _ in range(min(_AT_ONCE, len(queue))):
            queue.popleft()
    rest = [queue for queue in queues if queue]
    with suppress(RuntimeError):  # where no loop runs, nobody waits
        if rest:
            asyncio.get_running_loop().call_soon(_empty, *rest)
            return
    for queue in rest:
        queue.clear()


def _answered(exchange: Exchange) -> float:
    return exchange.began + exchange.seconds


_weight = attrgetter("weight")


def _or_size(text: bytes) -> bytes:
    """A short text, or how long it is."""
    return text if len(text) <= _SHORT else b"***;bytes=%d" % len(text)
