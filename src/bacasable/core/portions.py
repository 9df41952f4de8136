"""What takes long is done in portions: whoever drives it lets others act between two of them.

Between two portions nothing may be half done that others can see. So whatever takes long is looked
at, or made aside, and what has been made takes effect in the last portion, after the last pause.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")
Portions = Generator[None, None, Value]
"""Pauses, and what comes of it in the end."""

PORTION = 100
"""Records between two pauses: a millisecond or two."""


def at_once(portions: Portions[Value]) -> Value:
    """What comes of it, without a pause."""
    while True:
        try:
            next(portions)
        except StopIteration as end:
            found: Value = end.value
            return found


def gathered(found: Iterator[Value | None], most: int | None = None) -> Portions[list[Value]]:
    """What an iterator finds, so many at most. It gives None wherever others may act."""
    kept: list[Value] = []
    for one in found:
        if one is None:
            yield
            continue
        kept.append(one)
        if len(kept) == most:
            break
    return kept


def some(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values, portion by portion."""
    for start in range(0, len(values), PORTION):
        yield values[start : start + PORTION]
