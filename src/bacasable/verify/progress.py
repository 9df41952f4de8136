"""What a run shows while it runs: a live line on a terminal, a plain line now and then elsewhere.

It goes to standard error; standard output is the report's.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from .model import Options
from .run import Progress

_EVERY = 5.0
"""Seconds between two plain lines."""


@contextmanager
def told(options: Options) -> Iterator[Callable[[Progress], None]]:
    """What a run is to call with its progress, while it is shown."""
    began = time.monotonic()
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain(began)
        return
    with Live(Text(""), console=console, transient=True, refresh_per_second=8) as live:
        yield lambda progress: live.update(Text(line(progress, began, options)))


def _plain(began: float) -> Callable[[Progress], None]:
    last = began

    def tell(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            sys.stderr.write(line(progress, began) + "\n")
            sys.stderr.flush()

    return tell


def line(progress: Progress, began: float, options: Options | None = None) -> str:
    """One line: operations done, checks run, requests per second, findings so far."""
    seconds = max(time.monotonic() - began, 0.001)
    budget = f" of {options.max_time:g} s" if options and options.max_time else ""
    return (
        f"{progress.operations_done}/{progress.operations} operations · "
        f"{progress.checks_run:,}/{progress.checks:,} checks · {progress.requests} requests "
        f"({progress.requests / seconds:.0f}/s) · {progress.findings} findings · "
        f"{seconds:.0f} s{budget} · {progress.doing}"
    )
