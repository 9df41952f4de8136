"""What a store holds, remembered: to compare it later, or to put it back."""

import hashlib
from typing import Any

import orjson

from bacasable.core import Space
from bacasable.core.clock import parse_instant
from bacasable.server.launch import Assembly
from tests.support import NOW


def spaces_of(sandbox: Assembly) -> list[Space]:
    platform = sandbox.engine.platform
    return [platform.root, *platform.spaces()]


def contents(sandbox: Assembly) -> dict[str, Any]:
    """Every record by space and collection. Cheap to compare: untouched records are identical."""
    return {
        space.slug: {name: list(c) for name, c in space.collections().items() if len(c)}
        for space in spaces_of(sandbox)
    }


def digest(space: Space) -> str:
    """A hash of every value in a space."""
    held = {name: list(c) for name, c in space.collections().items() if len(c)}
    text = orjson.dumps(held, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


class Snapshot:
    """All spaces of a sandbox at one moment."""

    def __init__(self, sandbox: Assembly) -> None:
        self._sandbox = sandbox
        self._records = contents(sandbox)
        self._counters = {s.slug: dict(s._counters) for s in spaces_of(sandbox)}

    def restore(self) -> None:
        """Put everything back, the standing clock included; no fault is left."""
        self._sandbox.hub.faults.forget_all()
        platform = self._sandbox.engine.platform
        for slug in [s.slug for s in platform.spaces() if s.slug not in self._records]:
            del platform._spaces[slug]
        for space in spaces_of(self._sandbox):
            space._collections.clear()
            space._counters = dict(self._counters[space.slug])
            for name, records in self._records[space.slug].items():
                for record in records:
                    space.collection(name).put(record)
            space.clock.instant = parse_instant(NOW)
        platform.log.commit(0)
        self._sandbox.access._known.clear()
