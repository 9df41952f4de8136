"""Structures that are copied at once: a copy shares everything until one of the two is written.

Then the piece is copied in which it is written. Pieces are small, so that a write costs the same
whether a thousand records are there or a million, and whoever took a copy before.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from .waste import WASTE

Value = TypeVar("Value")

_MOST = 512
"""Entries in one piece."""
_BITS = 5
_WAYS = 1 << _BITS


class _Leaf(dict[str, Any]):
    """Some of the entries of a table, and the table that may write here."""

    __slots__ = ("owner",)

    def __init__(self, entries: Any, owner: object) -> None:
        super().__init__(entries)
        self.owner = owner


class _Branch(list[Any]):
    """Tables below a table, by some bits of the hash of a key."""

    __slots__ = ("owner",)

    def __init__(self, below: Any, owner: object) -> None:
        super().__init__(below)
        self.owner = owner


class Table(Generic[Value]):
    """Values by name, in no order: a hash tree."""

    __slots__ = ("_owner", "_root", "_size")

    def __init__(self) -> None:
        self._owner = object()
        self._root: Any = _Leaf((), self._owner)
        self._size = 0

    def __del__(self) -> None:
        WASTE.leave(self._root, self._size)

    def __len__(self) -> int:
        return self._size

    def get(self, key: str) -> Value | None:
        """The value of this name, or None."""
        node = self._root
        if type(node) is _Branch:
            code = hash(key)
            while type(node) is _Branch:
                node = node[code % _WAYS]
                code >>= _BITS
        found: Value | None = node.get(key)
        return found

    def put(self, key: str, value: Value) -> None:
        """Hold a value under a name, in place of an earlier one."""
        leaf = self._leaf(key)
        before = len(leaf)
        leaf[key] = value
        self._size += len(leaf) - before
        if len(leaf) > _MOST:
            self._divide(key)

    def remove(self, key: str) -> None:
        """Forget a name. Raises KeyError when there is none."""
        del self._leaf(key)[key]
        self._size -= 1

    def copy(self) -> "Table[Value]":
        """A copy. Neither writes to a piece that the other one has."""
        twin: Table[Value] = Table()
        twin._root, twin._size = self._root, self._size
        self._owner = object()
        return twin

    def items(self) -> Iterator[tuple[str, Value]]:
        """All names with their values, in no order."""
        return _items(self._root)

    def shares(self, other: "Table[Value]") -> bool:
        """Whether nothing was written to one of them since the other was copied from it."""
        return self._root is other.root

    def pieces(self) -> tuple[int, ...]:
        """What tells its pieces apart from all others that there are, the uppermost only."""
        root = self._root
        return tuple(map(id, root)) if type(root) is _Branch else (id(root),)

    def since(self, before: "Table[Value]") -> Iterator[tuple[str, Value | None]]:
        """What was put since an earlier state, and None for what was removed.

        It is found by a look at the pieces that the two do not share.
        """
        rest: list[tuple[Any, Any]] = [(before.root, self.root)]
        while rest:
            old, new = rest.pop()
            if old is new:
                continue
            if type(old) is _Branch and type(new) is _Branch:
                rest += zip(old, new, strict=True)
                continue
            was = dict(_items(old))
            for name, value in _items(new):
                if was.pop(name, None) is not value:
                    yield name, value
            for name in was:
                yield name, None

    def is_like(self, before: "Table[Value]") -> bool:
        """Whether at most half of it has to be written to make it of another one."""
        most = len(self) // 2
        return sum(1 for _ in islice(self.since(before), most + 1)) <= most

    @property
    def root(self) -> Any:
        """Its uppermost piece."""
        return self._root

    def _leaf(self, key: str) -> _Leaf:
        """The piece of a name, ours to write, and so are those on the way to it."""
        owner, code = self._owner, hash(key)
        node = self._root
        if node.owner is not owner:
            node = self._root = type(node)(node, owner)
        while type(node) is _Branch:
            below = node[code % _WAYS]
            if below.owner is not owner:
                below = node[code % _WAYS] = type(below)(below, owner)
            node, code = below, code >> _BITS
        leaf: _Leaf = node
        return leaf

    def _divide(self, key: str) -> None:
        """Put pieces of a branch in place of one that has grown too large."""
        above, node, code, used = None, self._root, hash(key), 0
        while type(node) is _Branch:
            above, node, code = (node, code % _WAYS), node[code % _WAYS], code >> _BITS
            used += _BITS
        parts: list[_Leaf] = [_Leaf((), self._owner) for _ in range(_WAYS)]
        for name, value in node.items():
            parts[(hash(name) >> used) % _WAYS][name] = value
        branch = _Branch(parts, self._owner)
        if above is None:
            self._root = branch
        else:
            above[0][above[1]] = branch


def _items(node: Any) -> Iterator[tuple[str, Any]]:
    if type(node) is _Branch:
        for below in node:
            yield from _items(below)
    else:
        yield from node.items()


class _Run(list[tuple[Any, ...]]):
    """Some entries of a series, in order, and the series that may write here."""

    __slots__ = ("owner",)

    def __init__(self, entries: Iterable[tuple[Any, ...]], owner: object) -> None:
        super().__init__(entries)
        self.owner = owner


class Series:
    """Entries in order, each a tuple that differs from all others."""

    __slots__ = ("_lasts", "_owner", "_runs", "_size")

    def __init__(self, entries: Iterable[tuple[Any, ...]] = ()) -> None:
        whole = sorted(entries)
        self._owner = object()
        self._runs = [
            _Run(whole[n : n + _MOST // 2], self._owner) for n in range(0, len(whole), _MOST // 2)
        ]
        self._lasts = [run[-1] for run in self._runs]
        self._size = len(whole)

    def __del__(self) -> None:
        WASTE.leave(self._runs, self._size)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for run in self._runs:
            yield from run

    @property
    def last(self) -> tuple[Any, ...] | None:
        """The last entry."""
        return self._lasts[-1] if self._lasts else None

    def add(self, entry: tuple[Any, ...]) -> None:
        """Put an entry in its place."""
        self._size += 1
        lasts = self._lasts
        if not lasts or (entry > lasts[-1] and len(self._runs[-1]) >= _MOST):
            self._runs.append(_Run((entry,), self._owner))
            lasts.append(entry)
            return
        if entry > lasts[-1]:
            self._ours(-1).append(entry)
            lasts[-1] = entry
            return
        at = bisect_left(lasts, entry)
        run = self._ours(at)
        insort(run, entry)
        if len(run) > _MOST:
            half = len(run) // 2
            self._runs[at : at + 1] = _Run(run[:half], self._owner), _Run(run[half:], self._owner)
            lasts[at : at + 1] = run[half - 1], run[-1]

    def remove(self, entry: tuple[Any, ...]) -> None:
        """Take an entry out. Raises KeyError when it is not there."""
        at = bisect_left(self._lasts, entry)
        run = self._ours(at) if at < len(self._runs) else _Run((), None)
        place = bisect_left(run, entry)
        if place == len(run) or run[place] != entry:
            raise KeyError(entry)
        del run[place]
        self._size -= 1
        if run:
            self._lasts[at] = run[-1]
            self._join(at)
        else:
            del self._runs[at], self._lasts[at]

    def beginning_with(self, first: Any) -> Iterator[tuple[Any, ...]]:
        """The entries whose first part is this."""
        low = (first,)
        at = bisect_left(self._lasts, low)
        for run in self._runs[at:]:
            for entry in run[bisect_left(run, low) :]:
                if entry[0] != first:
                    return
                yield entry

    def before(self, entry: tuple[Any, ...]) -> int:
        """How many entries come before this one."""
        at = bisect_left(self._lasts, entry)
        inside = bisect_left(self._runs[at], entry) if at < len(self._runs) else 0
        return sum(map(len, self._runs[:at])) + inside

    def after(self, entry: tuple[Any, ...], count: int) -> list[tuple[Any, ...]]:
        """The first entries, so many at most, that come after this one."""
        found: list[tuple[Any, ...]] = []
        for at in range(bisect_left(self._lasts, entry), len(self._runs)):
            run = self._runs[at]
            start = bisect_left(run, entry)
            start += start < len(run) and run[start] == entry
            found += run[start : start + count - len(found)]
            if len(found) >= count:
                break
        return found

    def part(self, start: int, stop: int, *, backwards: bool = False) -> list[tuple[Any, ...]]:
        """The entries from one place to another, counted from the end when read backwards."""
        stop = min(stop, self._size)
        if start >= stop:
            return []
        if backwards:
            turned = self.part(max(0, self._size - stop), self._size - start)
            return turned[::-1]
        found: list[tuple[Any, ...]] = []
        for run in self._runs:
            if stop <= 0:
                break
            if start < len(run):
                found += run[start:stop]
            start, stop = max(0, start - len(run)), stop - len(run)
        return found

    def copy(self) -> "Series":
        """A copy. Neither writes to a run that the other one has."""
        twin = Series()
        twin._runs, twin._lasts, twin._size = list(self._runs), list(self._lasts), self._size
        self._owner = object()
        return twin

    def _ours(self, at: int) -> _Run:
        run = self._runs[at]
        if run.owner is not self._owner:
            run = self._runs[at] = _Run(run, self._owner)
        return run

    def _join(self, at: int) -> None:
        """Let no more and more runs hold next to nothing, where much is removed."""
        for left in range(max(0, at - 1), min(at + 1, len(self._runs) - 1)):
            first, second = self._runs[left : left + 2]
            if len(first) + len(second) < _MOST // 2:
                self._runs[left : left + 2] = [_Run((*first, *second), self._owner)]
                del self._lasts[left]
                return
