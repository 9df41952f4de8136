"""Sending, and what is kept of it: budget, rate, numbering, the judges that see every exchange.

Nothing else of the kit talks to the server: what Schemathesis sends passes through here too.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..contract import Operation
from .model import Exchange, Fault, Identity, Intent, Options, Request, Response
from .patience import Patience, Unreachable, busy_for

__all__ = ["Failed", "OutOfTime", "Session", "Transport", "Unreachable", "WouldWrite"]

_KEPT, _MOST_KEPT = 0.1, 20.0
"""The share of the budget, and the seconds at most, that are kept for the clean-up."""
_CLEANING, _LEAST_CLEANING = 120.0, 5.0
"""The seconds that the clean-up may take without a budget, and those that it has in any case."""
WAITS, LONGEST_WAIT = 2, 60.0
"""So many times, and so many seconds each, a server that says so is waited for."""
_CLEANING_WAITS = 20
"""The same for the clean-up: what is not removed stays."""
_RENEWALS = 30
"""So many times a caller whose token is refused logs in again."""


class OutOfTime(Exception):
    """The time budget is used up: nothing more is sent."""


class WouldWrite(Exception):
    """A request that may change something was about to be sent in a run that only reads."""


class Failed(Exception):
    """A request got no answer: the text says why. `connected` is False when nobody listens.

    `remedy` says what would mend it; `starting`, that it looks like a server that is starting.
    """

    def __init__(
        self, said: str, *, connected: bool = True, remedy: str = "", starting: bool = False
    ) -> None:
        super().__init__(said)
        self.connected, self.remedy, self.starting = connected, remedy, starting


class Transport(Protocol):
    """What carries a request to the server. Redirects are answers like others."""

    def exchange(self, request: Request, within: float | None = None) -> Response:
        """The answer to a request, in so many seconds at most. Raises Failed without one."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...


Judge = Callable[[Exchange], list[Fault]]
"""Sees every exchange and says what is wrong with it."""
Watcher = Callable[[Exchange], None]
"""Sees every exchange: coverage, progress."""

Law = Callable[[Request, Identity], None]
"""Raises NotOurs for a request that may change what the run did not make (ownership.py)."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_UNJUDGED = frozenset({"login", "cleanup", "reading"})
"""Purposes of exchanges that nobody judges: the run's own."""
_FREE = frozenset({"login", "reading"})
"""Purposes of requests that need no leave: they log in, or only read."""


@dataclass
class Session:
    """A run's connection to the server under test.

    `judges` and `watchers` see every exchange that was sent for a check. `law` decides about each
    request before it is sent.
    `faults` gathers what the judges found. `memo` is for what checks want to remember; what was
    read of the server is worth nothing once `writes`, the requests that may write, has grown.
    """

    transport: Transport
    options: Options
    judges: list[Judge] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    law: Law | None = None
    faults: list[Fault] = field(default_factory=list)
    sent: int = 0
    writes: int = 0
    memo: dict[tuple[object, ...], Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    _patience: Patience = field(default_factory=Patience)
    _next: float = 0.0
    _cleaned_by: float = float("inf")
    _hopeless: set[tuple[str, ...]] = field(default_factory=set)
    _renewals: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def left(self) -> float:
        """Seconds left of the budget, without what the clean-up needs; endless without one."""
        budget = self.options.max_time
        if not budget:
            return float("inf")
        return self.began + budget - min(budget * _KEPT, _MOST_KEPT) - time.monotonic()

    def left_to_clean(self) -> float:
        """Seconds left of the time for the clean-up, which begins when this is first called."""
        with self._lock:
            now, budget = time.monotonic(), self.options.max_time
            if self._cleaned_by == float("inf"):
                most = min(_CLEANING, self.began + budget - now) if budget else _CLEANING
                self._cleaned_by = now + max(most, _LEAST_CLEANING)
            return self._cleaned_by - now

    def send(
        self,
        request: Request,
        *,
        operation: Operation | None,
        identity: Identity,
        purpose: str,
        intent: Intent = "any",
    ) -> Exchange:
        """Send a request and keep what came of it.

        A server that is busy is waited for, as long as it asks; a caller whose token is refused
        all of a sudden logs in again. Raises OutOfTime, Unreachable, WouldWrite in a run that only
        reads, and of CannotMake Silent for an operation that never answers, NotOurs for a request
        that may change what the run did not make.
        """
        self.allow(request, purpose)
        if self.law is not None and purpose not in _FREE:
            self.law(request, identity)
        given = Exchange(0, request, None, "", operation, identity, purpose, intent)
        exchange = self._patiently(given)
        again = self._renewed(exchange)
        if again is not None:
            exchange = self._patiently(again)
            if exchange.status != 401:
                self._hopeless.discard(_caller(exchange))
        self.keep(exchange)
        return exchange

    def _patiently(self, given: Exchange) -> Exchange:
        """The exchange of a request; a busy server is asked again when it says so."""
        cleans = given.purpose == "cleanup"
        waits = _CLEANING_WAITS if cleans else WAITS
        for turn in range(waits + 1):
            exchange = self._sent(given)
            wait = busy_for(exchange)
            left = self.left_to_clean() if cleans else self.left
            if wait is None or wait > min(left, LONGEST_WAIT) or turn == waits:
                break
            self.keep(exchange)
            time.sleep(wait)
        with self._lock:
            self._patience.saw(exchange)
        return exchange

    def _sent(self, given: Exchange) -> Exchange:
        with self._lock:
            self._patience.ask(given.operation)
        number = self._turn(given.purpose)
        self.writes += given.request.method.upper() not in READING
        response, failure = self._exchanged(given.request, given.purpose)
        return replace(given, number=number, response=response, failure=failure)

    def _renewed(self, exchange: Exchange) -> Exchange | None:
        """The exchange with a new token, where the caller's own was refused; None elsewhere.

        An operation that refuses a new one too does so for good.
        """
        who, request = exchange.identity, exchange.request
        if exchange.status != 401 or who.renew is None or exchange.purpose == "login":
            return None
        sent = {name.lower(): value for name, value in request.headers}
        if any(sent.get(name.lower()) != value for name, value in who.headers.items()):
            return None
        with self._lock:
            spent = self._renewals >= _RENEWALS and exchange.purpose != "cleanup"
            if _caller(exchange) in self._hopeless or spent:
                return None
            self._hopeless.add(_caller(exchange))
            self._renewals += 1
            who.renew()
        fresh = {name.lower(): value for name, value in who.headers.items()}
        headers = tuple((n, fresh.get(n.lower(), v)) for n, v in request.headers)
        again = replace(exchange, request=replace(request, headers=headers))
        return again if headers != request.headers else None

    def allow(self, request: Request, purpose: str) -> None:
        """Raise WouldWrite for a request that a run which only reads must not send."""
        if self.options.read_only and purpose != "login" and request.method.upper() not in READING:
            raise WouldWrite(f"{request.method} {request.target}")

    def keep(self, exchange: Exchange) -> list[Fault]:
        """Show an exchange to judges and watchers; what the judges found is also returned."""
        if exchange.purpose in _UNJUDGED:
            return []
        with self._lock:
            for watcher in self.watchers:
                watcher(exchange)
            found = [fault for judge in self.judges for fault in judge(exchange)]
            self.faults += found
        return found

    def _turn(self, purpose: str) -> int:
        """Wait until a request may be sent, and number it."""
        with self._lock:
            wait, left = 0.0, self.left_to_clean() if purpose == "cleanup" else self.left
            if self.options.rate:
                now = time.monotonic()
                wait = max(0.0, self._next - now)
            if left <= wait:
                raise OutOfTime
            if self.options.rate:
                self._next = max(now, self._next) + 1 / self.options.rate
            if wait:
                time.sleep(wait)
            self.sent += 1
            return self.sent

    def _exchanged(self, request: Request, purpose: str) -> tuple[Response | None, str]:
        left = self.left_to_clean() if purpose == "cleanup" else self.left
        try:
            return self.transport.exchange(request, min(self.options.timeout, max(left, 0.1))), ""
        except Failed as error:
            with self._lock:
                self._patience.lost(str(error), connected=error.connected)
            # What its own time was not given to says nothing about the server.
            if left < self.options.timeout and error.connected:
                raise OutOfTime from error
            return None, str(error)


def _caller(exchange: Exchange) -> tuple[str, ...]:
    """Whose token is refused for what. The clean-up asks anew, whatever was refused before."""
    name = exchange.operation.id if exchange.operation else ""
    return exchange.identity.name, name, *(["cleanup"] if exchange.purpose == "cleanup" else [])
