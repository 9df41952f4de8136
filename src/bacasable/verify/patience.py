"""How long a server that does not answer is asked on: once for a slip, not for hours.

A single operation that never answers is left alone; a server that answers nothing any more is gone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..contract import Operation
from .making.model import CannotMake
from .model import Exchange, Response

GONE_AFTER = 5
"""So many failures to connect, one after the other, and the server is taken to be gone."""
_SILENT_AFTER = 3
"""So many answers of an operation that did not come in time, one after the other."""
_LOST_AFTER, _LOST_ON = 10, 3
"""So many requests without an answer, one after the other, to so many operations."""
_BUSY = (429, 503)
_LATE = "within"


class Unreachable(Exception):
    """The server does not answer any more."""


class Silent(CannotMake):
    """An operation is not asked any more, for it never answers."""


@dataclass
class Patience:
    """Counts what was not answered. Not safe for threads: its owner has the lock."""

    _unconnected: int = 0
    _unanswered: int = 0
    _where: set[str] = field(default_factory=set)
    _late: Counter[str] = field(default_factory=Counter)
    _said: dict[str, str] = field(default_factory=dict)

    def ask(self, operation: Operation | None) -> None:
        """Raise Silent for an operation that is not to be asked any more."""
        if operation and self._late[operation.id] >= _SILENT_AFTER:
            raise Silent(
                f"{operation.id} is not called any more: {_SILENT_AFTER} times in a row it gave "
                f"{self._said[operation.id]}"
            )

    def lost(self, said: str, *, connected: bool) -> None:
        """Count a request that got no answer. Raises Unreachable when nobody listens any more."""
        self._unconnected = 0 if connected else self._unconnected + 1
        if self._unconnected >= GONE_AFTER:
            raise Unreachable(said)

    def saw(self, exchange: Exchange) -> None:
        """Count an exchange. Raises Unreachable when too many in a row were not answered."""
        name = exchange.operation.id if exchange.operation else ""
        if exchange.response is None:
            self._late[name] += _LATE in exchange.failure
            self._said[name] = exchange.failure
        else:
            self._unconnected = self._late[name] = 0
        if exchange.response is not None and exchange.status not in _BUSY:
            self._unanswered = 0
            self._where.clear()
            return
        self._unanswered += 1
        self._where.add(name)
        if self._unanswered >= _LOST_AFTER and len(self._where) >= _LOST_ON:
            said = exchange.failure or f"status {exchange.status} whatever is asked"
            hint = "; give --rate" if exchange.status == _BUSY[0] else ""
            raise Unreachable(said + hint)


def busy_for(exchange: Exchange) -> float | None:
    """Seconds that a busy server asks to wait; None when it does not."""
    if exchange.status not in _BUSY or exchange.response is None:
        return None
    return asked_to_wait(exchange.response)


def asked_to_wait(answer: Response) -> float | None:
    """The seconds that a Retry-After asks for, in either form; None without one.

    A date is told from the server's own clock, where the answer has one (RFC 9110, 10.2.3).
    """
    said = (answer.header("retry-after") or "").strip()
    if said.isascii() and said.isdecimal():
        return float(said) if len(said) < 10 else None
    until = _instant(said)
    if until is None:
        return None
    now = _instant(answer.header("date") or "") or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _instant(text: str) -> datetime | None:
    """The instant of an HTTP-date, in any of its three forms; None for what is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
