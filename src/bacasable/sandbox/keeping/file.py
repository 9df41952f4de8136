"""The file that a state is kept in: opened for one sandbox, appended to, replaced as a whole."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any

from ...contract.model import Json
from .log import Damaged, Log

_locks: Any = None
# Windows has no flock: two sandboxes on one file are then not found out.
with suppress(ImportError):
    import fcntl

    _locks = fcntl

_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""A pipe would be waited for until somebody reads it."""
_BYTES = getattr(os, "O_BINARY", 0)


class StateRefused(Exception):
    """A state cannot be read or kept. One line: which file, why, what to do."""


class Gone(OSError):
    """The file is not at its place any more, or not whole: its state has to be written anew."""


class StateFile:
    """One file, locked for as long as it is open. A link is followed: what it leads to is the file.

    Raises StateRefused at construction where no file can be, or another sandbox has it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._place = path.resolve()
            # The name that is longest: found out now, and not when the state is written anew.
            beside = self._place.with_name(self._beside)
            beside.is_file()
        except (OSError, RuntimeError, ValueError) as error:
            raise self._impossible(error) from error
        self._log = Log(self._locked())
        self._since, self._is_settled, self._is_renewed = 0, True, False
        # Left by one that was killed while it wrote the state anew.
        beside.unlink(missing_ok=True)
        if _is_mount(self._place, beside):
            self._log.file.close()
            said = "is mounted by itself, and cannot be replaced when the state is written anew"
            rest = "mount its folder instead, and name the file in it"
            raise StateRefused(f"{self._path}: {said}; {rest}")

    @property
    def name(self) -> str:
        """The file as it was named."""
        return str(self._path)

    @property
    def is_new(self) -> bool:
        """Whether nothing was written yet."""
        return os.fstat(self._log.file.fileno()).st_size == 0

    @property
    def grown(self) -> bool:
        """Whether most of it is what changed since the state was written as a whole."""
        first = self._log.first
        return self._log.size - max(first, self._since) > max(first, _SMALL)

    def steps(self) -> Iterator[list[Json]]:
        """What was written, step by step. Raises StateRefused for a file that is no whole state."""
        try:
            yield from self._log.steps()
        except Damaged as error:
            raise self.refused(str(error)) from error
        except OSError as error:
            raise StateRefused(f"{self._path}: cannot be read ({error.strerror})") from error

    def broken_off(self) -> int:
        """Bytes at the end that are no whole step: its writer died."""
        return os.fstat(self._log.file.fileno()).st_size - self._log.size

    def append(self, values: Iterable[Json]) -> None:
        """Write one more step; it is on the disk then. Raises OSError, and Gone."""
        self._refuse_another()
        self._log.append(values)

    def written_anew(self, values: Iterable[Json]) -> Log:
        """A log beside the file with one step, on the disk, to be appended to. Raises OSError.

        There is one at a time: `take` or `forget` it.
        """
        if self._is_renewed:
            raise OSError(errno.EBUSY, "it is being written anew already")
        place = self._place.with_name(self._beside)
        descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_TRUNC | _BYTES, 0o600)
        log, self._is_renewed = Log(os.fdopen(descriptor, "r+b", buffering=0)), True
        try:
            if _locks is not None:
                _locks.flock(log.file, _locks.LOCK_EX | _locks.LOCK_NB)
            log.begin()
            log.append(values)
        except BaseException:
            self.forget(log)
            raise
        return log

    def take(self, log: Log) -> None:
        """Let a log that was written anew take the place of the file. Raises OSError.

        What lies there now is not ours if it is another than before: then it stays.
        """
        try:
            with suppress(Gone):
                self._refuse_another()
            if _locks is None:
                # Windows replaces no file that is open.
                self._log.file.close()
                log.file.close()
            self._place.with_name(self._beside).replace(self._place)
        except OSError:
            self.forget(log)
            if _locks is None and self._log.file.closed:
                self._log.file = self._place.open("r+b", buffering=0)
            raise
        self._is_renewed = False
        self._log.file.close()
        if _locks is None:
            log.file = self._place.open("r+b", buffering=0)
        # Until the folder is on the disk nobody knows which of the two is found after a crash.
        self._log, self._since, self._is_settled = log, 0, False
        _settle(self._place.parent)
        self._is_settled = True

    def forget(self, log: Log) -> None:
        """Remove a log that was written anew and is not wanted; there is time for another."""
        self._since, self._is_renewed = self._log.size, False
        log.file.close()
        with suppress(OSError):
            self._place.with_name(self._beside).unlink()

    def close(self) -> None:
        """Let others have the file; one that nothing was written to is removed."""
        if self.is_new:
            with suppress(OSError):
                self._place.unlink()
        self._log.file.close()

    def refused(self, said: str) -> StateRefused:
        """What is wrong with the file, and what to do."""
        rest = "it was left as it is: move it away, or name another with --state"
        return StateRefused(f"{self._path}: {said}; {rest}")

    @property
    def _beside(self) -> str:
        """The name of the file that is written anew: one, so that none is ever left behind."""
        return f".{self._place.name}.new"

    def _locked(self) -> FileIO:
        while True:
            file = self._opened()
            if _locks is None:
                return file
            try:
                _locks.flock(file, _locks.LOCK_EX | _locks.LOCK_NB)
            except OSError as error:
                file.close()
                said = "another sandbox keeps its state there; stop it, or name another file"
                raise StateRefused(f"{self._path}: {said}") from error
            # Who had the lock may have put another file in its place meanwhile.
            with suppress(OSError):
                if os.path.samestat(os.fstat(file.fileno()), self._place.stat()):
                    return file
            file.close()

    def _opened(self) -> FileIO:
        if not self._path.name or self._path.name == ".." or self._place.is_dir():
            raise StateRefused(f"{self._path}: is a folder; name a file")
        try:
            # Nobody else reads it: it holds the secret that tokens are signed with.
            how = os.O_RDWR | os.O_CREAT | _BYTES | _AT_ONCE
            descriptor = os.open(self._place, how, 0o600)
        except OSError as error:
            raise self._impossible(error) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StateRefused(f"{self._path}: is no ordinary file; name one that is, or a new one")
        return os.fdopen(descriptor, "r+b", buffering=0)

    def _impossible(self, error: Exception) -> StateRefused:
        why = error.strerror if isinstance(error, OSError) else str(error)
        said = f"no state can be kept there ({why}); choose another folder or name"
        return StateRefused(f"{self._path}: {said}")

    def _refuse_another(self) -> None:
        """Raise Gone when the file is not there, or was cut; OSError when another one is."""
        mine = os.fstat(self._log.file.fileno())
        try:
            there = self._place.stat()
        except FileNotFoundError as error:
            raise Gone(error.errno, "it was moved or deleted") from error
        if not os.path.samestat(mine, there):
            raise OSError(0, "another file lies there now, and is left as it is")
        if mine.st_size < self._log.size:
            raise Gone(0, "somebody has cut it")
        if not self._is_settled:
            raise Gone(0, "its folder could not be written")


_SMALL = 8 * 1024 * 1024


def _is_mount(place: Path, beside: Path) -> bool:
    """Whether a file is a mount of its own, as containers make them.

    Devices and inodes do not tell: what is mounted may come from the same file system. But no link
    leads out of a mount, not even into the folder that it lies in.
    """
    try:
        beside.hardlink_to(place)
    except OSError as error:
        # Some file systems know of no links; that is no matter.
        return error.errno == errno.EXDEV
    beside.unlink()
    return False


def _settle(folder: Path) -> None:
    """A name is on the disk only when its folder is. Raises OSError."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some file systems know of no such thing, and take care of it themselves.
            if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
                raise
        finally:
            os.close(descriptor)
