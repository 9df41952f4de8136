"""Clocks. The engine asks one for the time and never the system itself."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

from ..contract.request import format_instant


class Clock(Protocol):
    """Tells the time, in UTC."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class RunningClock:
    """Starts at a given instant and runs on from there."""

    def __init__(self, start: datetime) -> None:
        self._start, self._began = start.astimezone(UTC), monotonic()

    def now(self) -> datetime:
        """The start plus the time that has passed since."""
        return self._start + timedelta(seconds=monotonic() - self._began)


class FixedClock:
    """Stands still until it is set: for seeding and tests."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self.instant


def parse_instant(text: str) -> datetime:
    """An instant from ISO 8601 text; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


__all__ = ["Clock", "FixedClock", "RunningClock", "SystemClock", "format_instant", "parse_instant"]
