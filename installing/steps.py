"""Commands that take their time: run with their output in a log, their progress told."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from .progress import Progress

# They would send the packages elsewhere, or keep pip from saying what it does. Where packages come
# from (index, proxy, certificate, cache) stays the user's own.
_NOT_OURS = ("TARGET", "PREFIX", "ROOT", "PYTHON", "DRY_RUN", "REQUIREMENT", "EDITABLE", "REPORT")
_OURS = {
    "PIP_USER": "0",
    "PIP_REQUIRE_HASHES": "0",
    "PIP_CONSTRAINT": os.devnull,  # the lock leaves nothing to choose
    "PIP_NO_INPUT": "1",
    "PIP_QUIET": "0",
    "PIP_VERBOSE": "0",
    "PIP_NO_COLOR": "1",
    "PIP_PROGRESS_BAR": "off",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
_FOUND = re.compile(r"(Collecting|Ignoring|Requirement already satisfied:) ([A-Za-z0-9._-]+)")


class StepError(Exception):
    """A command failed. Everything it said."""


def variables() -> dict[str, str]:
    """The user's environment, without what would lead pip astray."""
    dropped = {f"PIP_{name}" for name in _NOT_OURS}
    return {k: v for k, v in os.environ.items() if k not in dropped} | _OURS


def run(command: list[str], folder: Path, heard: Callable[[str], None]) -> str:
    """Run a command in a folder; return what it said. `heard` gets each line, "" each second."""
    said = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            for line in _lines(process):
                heard(line)
                said.append(line)
        except KeyboardInterrupt:
            # On a terminal it was interrupted as well. It must not write into the next attempt.
            process.terminate()
            with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            raise
    if process.returncode:
        raise StepError("".join(said))
    return "".join(said)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """Lines as they come, and "" for each second without one."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=1)
        except queue.Empty:
            line = ""
        if line is None:
            return
        yield line


class Counter:
    """Counts the packages of a lock in what pip says, and tells the progress."""

    def __init__(self, progress: Progress, lock: Path) -> None:
        self._progress = progress
        self._names = re.findall(r"^([a-z0-9.-]+)\S*==", lock.read_text("utf-8"), re.MULTILINE)
        self._found = 0

    @property
    def total(self) -> int:
        """How many packages this system gets of it."""
        return len(self._names)

    def __call__(self, line: str) -> None:
        """Take one line of pip."""
        found = _FOUND.match(line)
        name = found[2].lower() if found else ""
        if name in self._names:
            self._take(found[1] if found else "", name)
        elif "Retrying (" in line:
            self._progress.at("the package index does not answer, trying again")
        elif line.startswith("Installing collected packages"):
            self._progress.at(f"unpacking {self.total}")
        else:
            self._progress.at()

    def _take(self, verb: str, name: str) -> None:
        if verb == "Ignoring":
            self._names.remove(name)  # its marker says that it is for other systems
        else:
            self._found += 1
            self._progress.at(f"{self._found} of {self.total}, {name}")
