"""The log of a state: its steps come back as they were written, or it says that they cannot."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bacasable.sandbox.keeping.log import Damaged, Log

STEPS: list[list[Any]] = [[{"n": n, "part": part} for part in range(3)] for n in range(6)]


def written(steps: list[list[Any]]) -> bytes:
    return grown(None, steps)


def grown(before: bytes | None, steps: list[list[Any]]) -> bytes:
    """The bytes of a log with more steps."""
    with opened(before or b"") as log:
        if before is None:
            log.begin()
        else:
            list(log.steps())
        for step in steps:
            log.append(step)
        return whole(log)


@contextmanager
def opened(content: bytes) -> Iterator[Log]:
    """A log in a file of these bytes."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(content)
        yield Log(file)  # type: ignore[arg-type]


def whole(log: Log) -> bytes:
    log.file.seek(0)
    return log.file.read()


def read(content: bytes) -> list[list[Any]]:
    with opened(content) as log:
        return list(log.steps())


def at(content: bytes, number: int) -> int:
    """Where a line begins."""
    place = 0
    for _ in range(number):
        place = content.index(b"\n", place) + 1
    return place


DAMAGES: dict[str, Callable[[bytes, int], bytes]] = {
    "a byte is there in addition": lambda b, i: b[: i + 50] + b"0" + b[i + 50 :],
    "a byte is gone": lambda b, i: b[: i + 50] + b[i + 51 :],
    "a byte is another": lambda b, i: b[: i + 50] + bytes([b[i + 50] ^ 1]) + b[i + 51 :],
    "a checksum is another": lambda b, i: b[:i] + bytes([b[i] ^ 1]) + b[i + 1 :],
    "a line is gone": lambda b, i: b[:i] + b[b.index(b"\n", i) + 1 :],
    "a block is empty": lambda b, i: b[:i] + b"\0" * 100 + b[i + 100 :],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("line", range(1, 16))
def test_what_is_damaged_before_the_last_step_is_never_taken_for_its_end(
    damage: str, line: int
) -> None:
    content = written(STEPS)
    with pytest.raises(Damaged):
        read(DAMAGES[damage](content, at(content, line)))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_last_step_that_is_damaged_is_left_out(damage: str) -> None:
    content = written(STEPS)
    for line in (16, 18):
        assert read(DAMAGES[damage](content, at(content, line))) == STEPS[:-1]


def test_no_line_of_a_copy_that_went_another_way_is_taken() -> None:
    """The same places and lengths, and the same steps: copies of one file that two have used."""
    before = written(STEPS[:2])
    mine, theirs = (grown(before, [[{"who": w, "n": n}] for n in range(4)]) for w in "ab")
    assert len(mine) == len(theirs)
    taken = {repr(read(mine[: at(mine, n)])) for n in range(4, 12)}
    taken |= {repr(read(theirs[: at(theirs, n)])) for n in range(4, 12)}
    for number in range(7, 11):
        first, last = at(mine, number), at(mine, number + 1)
        try:
            assert repr(read(mine[:first] + theirs[first:last] + mine[last:])) in taken
        except Damaged:
            continue


def test_what_a_step_that_failed_has_left_behind_is_no_part_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even where its lines begin and end at the same places, and it could not be cut off."""
    lines: list[bytes] = []

    def killed(self: Log, content: bytes) -> None:
        if lines:
            raise KeyboardInterrupt
        lines.append(content)
        self.file.write(content)

    with opened(written([[{"n": 0}]])) as log:
        list(log.steps())
        monkeypatch.setattr(Log, "_cut", refuse)
        with pytest.raises(OSError, match="refused"):
            log.append([{"a": "old"}, {"b": "old"}])
        assert read(whole(log)) == [[{"n": 0}], [{"a": "old"}, {"b": "old"}]]
        monkeypatch.setattr(Log, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            log.append([{"a": "new"}, {"b": "new"}])
        assert read(whole(log)) == [[{"n": 0}]]


def refuse(*_: Any) -> None:
    raise OSError(5, "refused")
