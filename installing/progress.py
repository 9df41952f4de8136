"""What is told while it installs: one line that changes on a terminal, a few lines in a log."""

from __future__ import annotations

import shutil
import sys
import time

_SECONDS_BETWEEN = 10.0  # in a log


class Progress:
    """One step after the other, numbered, each with its seconds."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._number = 0
        self._name = ""
        self._detail = ""
        self._began = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def step(self, name: str) -> None:
        """Begin a step; the one before is over."""
        self._number += 1
        self._name, self._detail = name, ""
        self._began = self._told = time.monotonic()
        self._rewrite()

    def at(self, detail: str = "") -> None:
        """Tell how far the step is; without a detail, only that time goes by."""
        self._detail = detail or self._detail
        now = time.monotonic()
        if self._terminal:
            self._rewrite()
        elif now - self._told >= _SECONDS_BETWEEN:
            self._told = now
            self._line()

    def done(self, detail: str) -> None:
        """End the step with what came of it."""
        self._detail = detail
        self._erase()
        self._line()

    def stopped(self) -> None:
        """Leave the terminal's line free for a message."""
        self._erase()

    def _text(self) -> str:
        seconds = f"{time.monotonic() - self._began:.0f} s"
        parts = [part for part in (self._detail, seconds) if part]
        return f"  {self._number}/{self._steps} {self._name}: {', '.join(parts)}"

    def _line(self) -> None:
        print(self._text(), file=sys.stderr, flush=True)

    def _rewrite(self) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{self._text()[:width]}", end="", file=sys.stderr, flush=True)

    def _erase(self) -> None:
        if self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
