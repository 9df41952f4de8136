"""Clocks. The engine asks one for the time and never the system itself."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

from ..contract.complete import parse_instant
from ..contract.request import format_instant


class Clock(Protocol):
    """Tells the time, in UTC."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time, which never goes back: when it is set back, this one runs on.

    So the journal stays in order, as the clock of a tenant keeps it.
    """

    def __init__(self) -> None:
        self._at, self._since = datetime.now(UTC), monotonic()

    def now(self) -> datetime:
        """The machine's time, or what it would be had nobody set it back."""
        found = datetime.now(UTC)
        if found < self._at:
            found = self._at + timedelta(seconds=monotonic() - self._since)
        self._at, self._since = found, monotonic()
        return found


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


class TenantClock:
    """The clock of one tenant: another one, moved or frozen."""

    def __init__(self, source: Clock) -> None:
        self._source = source
        self._ahead = timedelta(0)
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """The present instant of the tenant."""
        if self._frozen is not None:
            return self._frozen
        return self._source.now() + self._ahead

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the clock it goes by, while it runs."""
        return self._ahead

    def set(self, instant: datetime, *, frozen: bool) -> None:
        """Show an instant, and stand still or run on from there."""
        self._frozen = instant if frozen else None
        self._ahead = instant - self._source.now()

    def copy(self) -> "TenantClock":
        """A clock of its own that shows the same."""
        twin = TenantClock(self._source)
        twin._ahead, twin._frozen = self._ahead, self._frozen
        return twin


_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_FIXED = ("weeks", "days", "hours", "minutes", "seconds")


def later(instant: datetime, duration: str) -> datetime:
    """An instant plus an ISO 8601 duration, P1Y2M10DT2H30M for example.

    Years and months are those of the calendar; a day that the month does not have becomes its last.
    Raises ValueError for what is no duration, and OverflowError beyond the year 9999.
    """
    found = _DURATION.fullmatch(duration)
    if found is None or duration.endswith(("P", "T")):
        raise ValueError(f"'{duration}' is no duration; P90D and PT1H are")
    parts = {name: int(number or 0) for name, number in found.groupdict().items()}
    months = instant.month - 1 + 12 * parts["years"] + parts["months"]
    year, month = instant.year + months // 12, months % 12 + 1
    if year > 9999:
        raise OverflowError("the year 9999 is the last")
    day = min(instant.day, monthrange(year, month)[1])
    moved = instant.replace(year=year, month=month, day=day)
    return moved + timedelta(**{name: parts[name] for name in _FIXED})


__all__ = [
    "Clock",
    "FixedClock",
    "RunningClock",
    "SystemClock",
    "TenantClock",
    "format_instant",
    "later",
    "parse_instant",
]
