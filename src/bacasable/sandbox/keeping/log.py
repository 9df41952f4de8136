"""The format of a state: lines of JSON that are appended in steps, each line with a checksum.

    {"format": "bacasable-state", "version": 2, "id": ...}
    <checksum> <checksum of the line before> <step> <+ or .> <JSON>

A step is one or several lines, the last of them with a full stop. Each step is on the disk before
the next one begins, so that only the last can be broken when a process or a machine dies; it is
left out then. What is broken elsewhere is damaged: a line behind it is whole, wherever it lies now.
A line follows the one that it was written behind, and no other.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader, FileIO
from secrets import token_hex

from ...contract.model import Json
from ...contract.wire import from_json, to_json

FORMAT, VERSION = "bacasable-state", 2
_FIRST = b"0" * 16
"""Stands for the line before the first one."""
_LONGEST = 1 << 28
"""Bytes of a line: longer ones are none of ours."""


class Damaged(ValueError):
    """A file is no log, or not one that we can read. Says what it is instead."""


class Log:
    """A log in a file that is open for reading and writing, without a buffer.

    `size` are its bytes that are whole, `first` those of its header and its first step.
    """

    def __init__(self, file: FileIO) -> None:
        self.file = file
        self.size = self.first = self._step = 0
        self._id, self._link = b"", _FIRST

    def begin(self) -> None:
        """Write the header of a new log. Raises OSError."""
        self._id, self._step, self._link = token_hex(16).encode(), 0, _FIRST
        header = _header(self._id.decode())
        self.file.truncate(0)
        self.file.seek(0)
        self._write(header)
        self.size = self.first = len(header)

    def steps(self) -> Iterator[list[Json]]:
        """The steps, each as the values of its lines. Raises Damaged, and OSError.

        Afterwards it can be appended to: what follows the last whole step is overwritten then.
        """
        self.file.seek(0)
        with open(self.file.fileno(), "rb", closefd=False) as reader:
            self._begun_by(reader.readline(_LONGEST))
            yield from self._read_steps(reader)
        if not self._step:
            raise Damaged("is damaged (its first state is not whole)")

    def _read_steps(self, reader: BufferedReader) -> Iterator[list[Json]]:
        gathered: list[Json] = []
        broken, end, link = False, self.size, self._link
        while line := reader.readline(_LONGEST):
            end += len(line)
            checksum, _, rest = line.partition(b" ")
            if checksum != self._checksum(rest):
                broken = True
                continue
            before, number, mark, text = rest.split(b" ", 3)
            step = int(number)
            # What follows a broken step was written when that was whole.
            if step != self._step + 1:
                raise Damaged("is damaged (a line before its end is broken)")
            broken = broken or before != link
            if broken:
                continue
            link = checksum
            gathered.append(from_json(text))
            if mark == b".":
                self.size, self._step, self._link = end, step, link
                self.first = self.first if step > 1 else end
                yield gathered
                gathered = []

    def append(self, values: Iterable[Json]) -> None:
        """Write one more step, a line for each value, and wait until it is on the disk.

        Raises OSError; the log is then as it was. What makes no values writes nothing.
        """
        step, end, link = self._step + 1, self.size, self._link
        try:
            self.file.seek(end)
            for value, is_last in _with_end(values):
                mark = b"." if is_last else b"+"
                rest = b"%s %d %s %s\n" % (link, step, mark, to_json(value))
                link = self._checksum(rest)
                self._write(link + b" " + rest)
                end += len(link) + 1 + len(rest)
            if end == self.size:
                return
            self._cut(end)
            os.fsync(self.file.fileno())
        except BaseException:
            with suppress(OSError):
                self._cut(self.size)
            raise
        self.first = self.first if step > 1 else end
        self.size, self._step, self._link = end, step, link

    def _write(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self.file.write(rest) or 0 :]

    def _cut(self, size: int) -> None:
        self.file.truncate(size)

    def _begun_by(self, line: bytes) -> None:
        header: Json = None
        with suppress(ValueError):
            header = from_json(line)
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise Damaged("is no state of Bacasable")
        version = header.get("version")
        if version != VERSION:
            raise Damaged(f"has the version {version} of the format, and this reads {VERSION}")
        if line != _header(str(header.get("id"))):
            raise Damaged("is damaged (its first line is another)")
        self._id, self._step, self._link = str(header["id"]).encode(), 0, _FIRST
        self.size = self.first = len(line)

    def _checksum(self, rest: bytes) -> bytes:
        """Of a line of this log: one of another does not fit."""
        found = hashlib.blake2b(self._id, digest_size=8)
        found.update(rest)
        return found.hexdigest().encode()


def _header(name: str) -> bytes:
    return to_json({"format": FORMAT, "version": VERSION, "id": name}) + b"\n"


def _with_end(values: Iterable[Json]) -> Iterator[tuple[Json, bool]]:
    """Each value, and whether it is the last."""
    waiting: list[Json] = []
    for value in values:
        if waiting:
            yield waiting.pop(), False
        waiting.append(value)
    if waiting:
        yield waiting.pop(), True
