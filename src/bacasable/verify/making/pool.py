"""Records that many share: as parents, as what bodies refer to, as what is only read."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from .model import Record


@dataclass
class _Shared:
    """A record, and how often it was given out."""

    record: Record
    uses: int = 0


@dataclass
class Pool:
    """Shared records by a key that says what they are like."""

    _entries: dict[str, _Shared] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def shared(self, key: str, make: Callable[[], Record], *, most: int = 0) -> Record:
        """What stands under a key, made at the first question, and again after so many uses."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or (most and entry.uses >= most):
                entry = self._entries[key] = _Shared(make())
            entry.uses += 1
            return entry.record

    def drop(self, resource: str, id_: str) -> None:
        """Share a record no more: it is not what it was."""
        with self._lock:
            for key, known in list(self._entries.items()):
                if (known.record.resource, known.record.id) == (resource, id_):
                    del self._entries[key]
