"""What a sandbox does by itself while it listens: let time act, and keep its state in a file."""

import asyncio
import logging
from pathlib import Path
from time import monotonic

from ..sandbox.estate import Estate
from ..sandbox.keeping import StateRefused, capture, read, write

try:
    import fcntl
except ImportError:  # Windows has no flock; two sandboxes on one file are then not found out.
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger("bacasable")


class StateFile:
    """A file that holds the state of one sandbox, and of no other at the same time.

    Raises StateRefused at construction when another sandbox keeps its state there.
    """

    def __init__(self, path: Path, estate: Estate) -> None:
        self._path, self._estate = path, estate
        self._saved = -1
        if not path.name or path.name == ".." or path.is_dir():
            raise StateRefused(f"{path}: is a folder; name a file")
        try:
            self._handle = path.with_name(f".{path.name}.lock").open("w", encoding="utf-8")
        except OSError as error:
            said = f"no file can be made there ({error.strerror}); choose another folder"
            raise StateRefused(f"{path}: {said}") from error
        if fcntl is not None:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                self._handle.close()
                said = "another sandbox keeps its state there; stop it, or name another file"
                raise StateRefused(f"{path}: {said}") from error

    def open(self) -> None:
        """Take the state of the file, or write the first one. Raises StateRefused."""
        if self._path.exists():
            read(self._path, self._estate)
            self._saved = self._estate.platform.log.changes
            return
        try:
            self.save()
        except OSError as error:
            raise StateRefused(f"{self._path}: cannot be written ({error.strerror})") from error

    def save(self) -> None:
        """Write the state if anything has changed. Raises OSError."""
        changes = self._estate.platform.log.changes
        if changes != self._saved:
            write(self._path, self._estate, capture(self._estate))
            self._saved = changes

    async def save_aside(self) -> None:
        """The same from an event loop, which answers calls while the disk is written."""
        changes = self._estate.platform.log.changes
        if changes != self._saved:
            state = capture(self._estate)
            await asyncio.to_thread(write, self._path, self._estate, state)
            self._saved = changes

    def close(self) -> None:
        """Save for the last time, and let others have the file."""
        try:
            self.save()
        except Exception:
            logger.exception("%s: the state could not be saved", self._path)
        # The lock file stays: who removes it could take it from one who has just opened it.
        self._handle.close()


class Upkeep:
    """Called every second by the server: settles all tenants; saves every `interval` seconds."""

    def __init__(self, estate: Estate, file: StateFile | None, interval: float) -> None:
        self._estate, self._file, self._interval = estate, file, interval
        self._last = monotonic()

    async def tick(self) -> None:
        """One second has passed."""
        try:
            self._estate.spaces()
        except Exception:
            logger.exception("what fell due could not be done")
        if self._file is None or monotonic() - self._last < self._interval:
            return
        self._last = monotonic()
        try:
            await self._file.save_aside()
        except Exception:
            # The last state stays in the file, and the next time is another chance.
            logger.exception("the state could not be saved")

    def stop(self) -> None:
        """The server has answered its last call."""
        if self._file is not None:
            self._file.close()
