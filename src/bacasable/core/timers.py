"""Timers: what the clock does to a record by itself, declared in its lifecycle (`at`, `after`).

A schedule holds the instants of one tenant that are still to come. It may hold some that no longer
apply, because the record has changed or the call that led to them was taken back: whether one still
applies is asked when it falls due.
"""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..contract.model import ResourceType, Transition
from ..contract.request import format_instant
from .clock import later, parse_instant
from .store import Record

NEVER = "~"
"""Later than every instant as text."""


class Due(NamedTuple):
    """What falls due: when it is to happen, to which record, and the instant that was declared.

    The two instants differ when the declared one had passed before it became known. Sorted by
    instant, then by record, so that the order does not depend on the order of the calls.
    """

    at: str
    resource: str
    record_id: str
    transition: str
    declared: str


class Schedule:
    """What is to come in one tenant, earliest first. Copies share until one of them changes."""

    __slots__ = ("_heap", "_shared", "next")

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._shared = False
        self.next = NEVER
        """The earliest instant, as the contract writes it."""

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, due: Due) -> None:
        """Add what is to come."""
        self._own()
        heapq.heappush(self._heap, due)
        self.next = self._heap[0].at

    def extend(self, dues: Sequence[Due]) -> None:
        """Add very many."""
        if dues:
            self._own()
            self._heap += dues
            heapq.heapify(self._heap)
            self.next = self._heap[0].at

    def pop(self) -> Due:
        """The earliest, taken out; equal ones are taken out with it."""
        self._own()
        due = heapq.heappop(self._heap)
        while self._heap and self._heap[0] == due:
            heapq.heappop(self._heap)
        self.next = self._heap[0].at if self._heap else NEVER
        return due

    def copy(self) -> "Schedule":
        """A copy that shares the list until one of the two is changed."""
        twin = Schedule()
        twin._heap, twin.next = self._heap, self.next
        twin._shared = self._shared = True
        return twin

    def _own(self) -> None:
        if self._shared:
            self._heap = list(self._heap)
            self._shared = False


def newly_due(kind: ResourceType, old: Record | None, record: Record, now: str) -> Iterator[Due]:
    """What falls due since a record is as it is, and did not before.

    A timer starts when the record enters a state it works in, or when its instant changes.
    """
    for step in kind.timers:
        before = old.get(step.at) if old and _waits(kind, step, old) else None
        if record.get(step.at) != before and _waits(kind, step, record):
            yield from _due(kind, step, record, now)


def still_due(kind: ResourceType, step: Transition, due: Due, record: Record | None) -> bool:
    """Whether a record still waits for what was scheduled."""
    if record is None or not _waits(kind, step, record) or not record.get(step.at):
        return False
    return due.declared in declared_instants(step, record)


def to_come(kind: ResourceType, record: Record, now: str) -> Iterator[Due]:
    """Everything that lies ahead of a record that comes from outside; what has passed is past."""
    for due in newly_due(kind, None, record, now):
        if due.declared > now:
            yield due


def declared_instants(step: Transition, record: Record) -> list[str]:
    """The instants at which a timer acts on a record, as the contract writes them.

    What lies beyond the last year that can be written never comes.
    """
    start, instants = parse_instant(record[step.at]), []
    for duration in step.after:
        with suppress(OverflowError):
            instants.append(format_instant(later(start, duration)))
    return instants


def _due(kind: ResourceType, step: Transition, record: Record, now: str) -> Iterator[Due]:
    if record.get(step.at):
        for declared in declared_instants(step, record):
            at = max(declared, now)
            yield Due(at, kind.name, kind.id_of(record), step.operation, declared)


def _waits(kind: ResourceType, step: Transition, record: Record) -> bool:
    return kind.lifecycle is not None and record[kind.lifecycle.field] in step.sources
