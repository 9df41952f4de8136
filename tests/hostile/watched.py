"""A sandbox that measures itself: for how much work of its process somebody had to wait at most.

`python -m tests.hostile.watched FILE serve …` is `bacasable serve …` with a timer in its loop. The
processor time of the process between two turns of the timer is what stood in its way, in whichever
thread. A busy machine changes nothing of it. The longest is kept in FILE, with the number of turns.
"""

import asyncio
import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Any

from bacasable.cli import main
from bacasable.server.listen import Server

EVERY = 0.002
"""Seconds between two turns."""
KEPT = struct.Struct("=dQ")
"""Milliseconds, and how many turns there have been."""


def opened(path: Path) -> mmap.mmap:
    """The file in memory, for the sandbox and for who reads it; made where it is not."""
    with path.open("a+b") as file:
        file.truncate(KEPT.size)
        return mmap.mmap(file.fileno(), KEPT.size)


def pace() -> float:
    """How much longer than a usual core this one takes, now, for the same work; 1 at least.

    A core that is half as fast, or shares its arithmetic with a busy neighbour, takes twice the
    processor time.
    """
    began, total = time.process_time(), 0
    for number in range(200_000):
        total += number
    return max(1.0, (time.process_time() - began) / _USUAL)


_USUAL = 0.012
"""Seconds of processor time that a core of 3 GHz takes for it."""


def _watch(loop: asyncio.AbstractEventLoop, kept: mmap.mmap) -> None:
    last, turns = time.process_time(), 0

    def turn() -> None:
        nonlocal last, turns
        now, turns = time.process_time(), turns + 1
        longest = max((now - last) * 1000, KEPT.unpack_from(kept)[0])
        KEPT.pack_into(kept, 0, longest, turns)
        last = now
        loop.call_later(EVERY, turn)

    loop.call_soon(turn)


def run_watched(path: Path) -> None:
    """Run the command; its server is watched from its start."""
    kept, startup = opened(path), Server.startup

    async def watched(server: Server, *sockets: Any, **named: Any) -> None:
        _watch(asyncio.get_running_loop(), kept)
        await startup(server, *sockets, **named)

    Server.startup = watched  # type: ignore[method-assign]
    main()


if __name__ == "__main__":
    run_watched(Path(sys.argv.pop(1)))
