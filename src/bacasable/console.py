"""What the command prints, on whatever console it meets: one place for all of its output.

What the console's encoding cannot hold is escaped. A reader who has enough (`| head -1`) ends the
output and nothing else: what the command does goes on.
"""

import os
import sys
from contextlib import suppress
from typing import Any

import click


def set_up() -> None:
    """Let both outputs escape what they cannot hold, whoever writes to them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(line: str, *, err: bool = False) -> bool:
    """Print a line at once. False when nobody reads any more; then nothing is printed."""
    stream = sys.stderr if err else sys.stdout
    try:
        # By name: where the encoding is ASCII click would write UTF-8 to an output of its own.
        click.echo(line, file=stream)
    except (BrokenPipeError, ConnectionResetError):
        _forget(stream)
        return False
    return stream not in _forgotten


_forgotten: list[Any] = []


def _forget(stream: Any) -> None:
    """Let what is still to be written go nowhere, the rest at the end of the process included."""
    _forgotten.append(stream)
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
