"""What the command prints, on whatever console it meets: one place for all of its output.

What the console's encoding cannot hold is escaped. A reader who has enough (`| head -1`) ends the
output and nothing else: what the command does goes on.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
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


@contextmanager
def written_aside() -> Iterator[None]:
    """While it lasts, nobody who writes to either output waits for its reader.

    A script may read one line and no more; a full pipe would hold up the whole server. Lines that
    wait are few, and those that come then are left out: their number is told when there is room.
    """
    before = sys.stdout, sys.stderr
    made = [_Aside(stream) if _has_number(stream) else None for stream in before]
    sys.stdout, sys.stderr = (m or stream for m, stream in zip(made, before, strict=True))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for one in made:
            if one is not None:
                one.close()


class _Aside:
    """A stream whose text a thread writes."""

    def __init__(self, stream: Any) -> None:
        stream.flush()
        self._stream, self._number = stream, stream.fileno()
        self._waiting: SimpleQueue[str | None] = SimpleQueue()
        self._left_out = 0
        self._thread = Thread(target=self._write, name="console", daemon=True)
        self._thread.start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Let the text be written some time."""
        if self._waiting.qsize() >= _WAITING:
            self._left_out += text.count("\n")
        else:
            self._waiting.put(text)
        return len(text)

    def flush(self) -> None:
        """Nothing to do: it is written as soon as it can be."""

    def close(self) -> None:
        """Write what waits, if its reader takes it soon."""
        self._waiting.put(None)
        self._thread.join(_PATIENCE)

    def _write(self) -> None:
        while (text := self._waiting.get()) is not None:
            left_out, self._left_out = self._left_out, 0
            said = f"... {left_out} lines were left out, which nobody read in time\n"
            whole = said + text if left_out else text
            rest = whole.encode(self._stream.encoding or "utf-8", "backslashreplace")
            try:
                # Not by the stream: a lock of it would be held while the pipe is full.
                while rest:
                    rest = rest[os.write(self._number, rest) :]
            except OSError:
                return  # nobody reads any more


def _has_number(stream: Any) -> bool:
    try:
        return bool(stream.fileno() >= 0)
    except (AttributeError, OSError, ValueError):
        return False


_WAITING, _PATIENCE = 1000, 1.0
