"""Keeping the state of one sandbox: reading it at start, writing what has changed."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

from ...contract.model import Json
from ...contract.problems import Refusal
from ...contract.wire import canonical_json
from ..estate import Estate
from .capture import EMPTY, Capture, capture, written
from .file import Gone, StateFile, StateRefused
from .log import Log
from .restore import Reading, refuse_misfits, restored

logger = logging.getLogger("bacasable")


class Keeper:
    """Keeps the state of a sandbox in a file, and of no other at the same time.

    `complete` says that every answer waits until what it tells of is written (`kept`): then nothing
    of it is lost when the process is killed. Raises StateRefused at construction.
    """

    def __init__(self, path: Path, estate: Estate, *, complete: bool = False) -> None:
        self._estate, self.complete = estate, complete
        self._file = StateFile(path)
        self._before, self._kept = EMPTY, -1
        self._saving: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._is_ending = False
        document = canonical_json(estate.engine.contract.document)
        self._run: Json = {
            "complete": complete,
            "contract": hashlib.blake2b(document, digest_size=16).hexdigest(),
        }

    def open(self) -> None:
        """Take the state of the file, or write the first one.

        Raises StateRefused; the sandbox is not to be served then, and the file is as it was.
        """
        try:
            if self._file.is_new:
                self._renew()
            else:
                self._read()
                self._save({"run": self._run})
        except OSError as error:
            self._file.close()
            said = f"cannot be written ({error.strerror})"
            raise StateRefused(f"{self._file.name}: {said}") from error
        except StateRefused:
            self._file.close()
            raise

    def save(self) -> None:
        """Write what has changed. Raises OSError."""
        if self._has_news:
            self._save()

    async def save_aside(self) -> None:
        """The same from an event loop, which answers calls meanwhile. Raises OSError."""
        if self._has_news:
            await self.kept()

    async def kept(self) -> None:
        """Wait until all that has happened up to now is on the disk. Raises OSError.

        Those that wait at the same time are served by the same writing.
        """
        wanted = self._estate.platform.log.changes
        while self._kept < wanted:
            if self._saving is None:
                self._saving = asyncio.create_task(self._save_in_thread())
            await asyncio.shield(self._saving)

    async def finish(self) -> None:
        """Wait until nothing is being written any more, so that it can be closed."""
        self._is_ending = True
        while running := [task for task in (self._saving, self._renewing) if task is not None]:
            await asyncio.wait(running)

    def close(self) -> None:
        """Write for the last time, and let others have the file. Raises OSError."""
        try:
            self._save(last={"end": True})
        finally:
            self._file.close()

    @property
    def _has_news(self) -> bool:
        return self._kept != self._estate.platform.log.changes

    def _read(self) -> None:
        estate = self._estate
        reading = Reading(estate.platform.keys)
        try:
            for step in self._file.steps():
                reading.follow(step)
            if reading.run != self._run | {"complete": reading.run["complete"]}:
                refuse_misfits(estate.engine, reading)
            restored(estate, reading)
        except Refusal as refusal:
            places = "; ".join(f"{v.pointer or '/'} {v.detail}" for v in refusal.violations[:3])
            said = f"does not fit this sandbox: {refusal.detail} {places}".strip()
            raise self._file.refused(said) from refusal
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._file.refused(f"is damaged ({error!r})") from error
        self._before = reading.capture
        if self._file.broken_off():
            logger.warning("%s: its last step was broken off, and is left out", self._file.name)

    def _save(self, first: Json = None, last: Json = None) -> None:
        changes, state = self._estate.platform.log.changes, capture(self._estate)
        self._append(self._before, state, first, last)
        self._before, self._kept = state, changes

    async def _save_in_thread(self) -> None:
        try:
            changes, state = self._estate.platform.log.changes, capture(self._estate)
            await asyncio.to_thread(self._append, self._before, state)
            self._before, self._kept = state, changes
        finally:
            self._saving = None
        if self._file.grown and self._renewing is None and not self._is_ending:
            self._renewing = asyncio.create_task(self._renew_in_thread())

    def _append(
        self, before: Capture, state: Capture, first: Json = None, last: Json = None
    ) -> None:
        try:
            self._file.append(_lines(first, written(before, state), last))
        except Gone as error:
            logger.warning("%s: %s; it is written anew", self._file.name, error.strerror)
            whole = written(EMPTY, state)
            self._file.take(self._file.written_anew(_lines({"run": self._run}, whole, last)))

    def _renew(self) -> None:
        changes, state = self._estate.platform.log.changes, capture(self._estate)
        whole = _lines({"run": self._run}, written(EMPTY, state))
        self._file.take(self._file.written_anew(whole))
        self._before, self._kept = state, changes

    async def _renew_in_thread(self) -> None:
        """Write the whole state anew, while what changes goes on to be appended to the old one."""
        state = self._before
        whole = self._unless_ending(_lines({"run": self._run}, written(EMPTY, state)))
        try:
            log = await asyncio.to_thread(self._file.written_anew, whole)
            while self._saving is not None:
                await asyncio.wait([self._saving])
            # A writing like others: nothing must be written to the old one meanwhile.
            self._saving = asyncio.create_task(self._take_in_thread(log, state))
            await self._saving
        except _Ending:
            pass
        except OSError as error:
            _warn(error)
        finally:
            self._renewing = None

    async def _take_in_thread(self, log: Log, state: Capture) -> None:
        try:
            await asyncio.to_thread(self._take, log, state)
        except OSError as error:
            # What was written stays in the old one: nobody who waits for that need know.
            _warn(error)
        finally:
            self._saving = None

    def _take(self, log: Log, state: Capture) -> None:
        """Let a log with an earlier state take the place of the file, with what changed since."""
        try:
            log.append(written(state, self._before))
        except OSError:
            self._file.forget(log)
            raise
        self._file.take(log)

    def _unless_ending(self, values: Iterator[Json]) -> Iterator[Json]:
        for value in values:
            if self._is_ending:
                raise _Ending
            yield value


class _Ending(Exception):
    """Nothing is to be written anew: nobody is to wait for it at the end."""


def _warn(error: OSError) -> None:
    logger.warning("the state could not be written anew: %s", error.strerror or error)


def _lines(first: Json, between: Iterator[Json], last: Json = None) -> Iterator[Json]:
    if first is not None:
        yield first
    yield from between
    if last is not None:
        yield last
