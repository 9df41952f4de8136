"""File descriptors: no more connections than the system has room for, and a line that says so."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..bounds import Bounds
from .watch import spare

resource: Any = import_module("resource") if find_spec("resource") else None
"""Windows has no such limit."""
logger = logging.getLogger("bacasable")

_SPARE = 16
"""Descriptors for what is no connection: files that are saved and read."""


def fitting(bounds: Bounds) -> Bounds:
    """Bounds with no more connections than the system has room for; a line tells when it has less.

    What the system allows this process by its hard limit it takes, as servers do.
    """
    taken = _SPARE + _open()
    wanted = bounds.max_connections + spare(bounds) + taken
    room = _room(wanted)
    if room is None or room >= wanted:
        return bounds
    # Those that are refused need some, too.
    most = max(1, (room - taken - 1) * 31 // 32)
    said = "%d file descriptors have room for %d connections, not for %d (ulimit -n)"
    logger.warning(said, room, most, bounds.max_connections)
    return replace(bounds, max_connections=most)


def _room(wanted: int) -> int | None:
    if resource is None:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (-1, resource.RLIM_INFINITY) or soft >= wanted:
        return None
    more = wanted if hard in (-1, resource.RLIM_INFINITY) else min(wanted, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        return more
    return int(soft)


def _open() -> int:
    """How many descriptors are open already."""
    try:
        return len(list(Path("/dev/fd").iterdir()))
    except OSError:
        return 16


def tell_shortly(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The exception handler of a loop: what clients and shortages bring about is no traceback."""
    error = context.get("exception")
    if isinstance(error, ConnectionError):
        return
    if isinstance(error, OSError):
        logger.warning("%s: %s", context.get("message"), error.strerror or error)
        return
    loop.default_exception_handler(context)
