"""What a store holds, to compare it later; and a sandbox as it was at its start."""

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
    """A hash of every value in a space, but for passwords: their salts come from no seed."""
    held = {n: list(c) for n, c in space.collections().items() if len(c) and n != "(credentials)"}
    text = orjson.dumps(held, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()


def reset(sandbox: Assembly) -> None:
    """As the control resets all; the standing clock, snapshots and sessions are put back too."""
    hub, platform = sandbox.hub, sandbox.engine.platform
    platform.clock.instant = parse_instant(NOW)
    hub.estate.reset_all()
    hub.faults.forget_all()
    hub.exchanges.forget_all()
    for slug in hub.estate.seeded():
        for name in list(hub.estate.holding(slug).snapshots):
            hub.estate.forget_snapshot(slug, name)
    for space in spaces_of(sandbox):
        for name in [name for name in space.collections() if name.startswith("<")]:
            space.empty(name)
    platform.log.commit(0)
