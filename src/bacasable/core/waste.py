"""What nobody holds any more is let go in portions: to free a hundred thousand records takes long.

Python frees all of it in the moment in which the last one lets go, whoever that is, and lets nobody
act until that is done. So structures leave their pieces here, which is of the process as its memory
is, and somebody who has time takes them away.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from .portions import Portions

_MANY = 2048
"""Entries of what is left here; what has fewer is freed at once."""


class Waste:
    """Pieces that were left, as long as somebody takes them away."""

    def __init__(self) -> None:
        self._left: deque[object] = deque()
        self._takers = 0

    @contextmanager
    def taken_away(self) -> Iterator[None]:
        """Somebody calls `portions` now and then. Else nothing is left here, for it would stay."""
        self._takers += 1
        try:
            yield
        finally:
            self._takers -= 1
            if not self._takers:
                self._left.clear()

    def leave(self, piece: object, entries: int) -> None:
        """Leave a piece, or a list of pieces, that nobody holds, with so many entries in all."""
        if self._takers and entries >= _MANY:
            self._left.append(piece)

    def portions(self) -> Portions[None]:
        """Let go of all that was left, with a pause after each piece."""
        while self._left:
            rest = [self._left.popleft()]
            while rest:
                piece = rest.pop()
                if isinstance(piece, list):
                    rest += (part for part in piece if isinstance(part, list | dict))
                del piece  # before the pause and not after it
                yield


WASTE = Waste()
