"""Records in memory: collections, and the log that takes writes back.

A record is a dict that nobody changes once it is stored: a write replaces it. That makes copies of
whole collections cheap and answers safe to hand out. Every write goes through `put` or `remove`,
which note how to undo it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..contract.model import Json, JsonObject

Record = JsonObject


class UndoLog:
    """How to take back every write since a mark, newest first."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._held = 0
        self.changes = 0
        """How many times something was written and kept: tells whether there is news to save."""
        self._afterwards: list[Callable[[], None]] = []

    def mark(self) -> int:
        """The present place in the log."""
        return len(self._undo)

    def note(self, undo: Callable[[], None]) -> None:
        """Note how to take back the write that is being made."""
        self._undo.append(undo)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do this once the writes being made are kept for good; never when they are taken back."""
        self._afterwards.append(act)
        self.note(lambda: self._afterwards.remove(act))

    def rollback(self, mark: int) -> None:
        """Take back everything since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def commit(self, mark: int) -> None:
        """Keep everything since the mark; while the log is held, only for as long as it is."""
        if len(self._undo) > mark:
            self.changes += 1
            if not self._held:
                del self._undo[mark:]
                acts, self._afterwards = self._afterwards, []
                for act in acts:
                    act()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Several calls as one: an exception takes back what they have committed."""
        mark = self.mark()
        self._held += 1
        try:
            yield
        except BaseException:
            self._held -= 1
            self.rollback(mark)
            raise
        self._held -= 1
        self.commit(mark)


class Collection:
    """Records of one kind by id, in the order of their creation."""

    __slots__ = ("_indexes", "_log", "_places", "_records", "_rows", "_shared", "memo", "wire")

    def __init__(self, log: UndoLog) -> None:
        self._log = log
        self._records: dict[str, Record] = {}
        self._places: dict[str, int] = {}
        self._rows: list[Record] | None = None
        self._indexes: dict[str, dict[Json, set[str]]] = {}
        self._shared = False
        self.memo: dict[Any, Any] = {}
        """What was computed from all records, such as results of queries; dropped at each write."""
        self.wire: dict[str, tuple[Record, str, bytes, str]] = {}
        """Answers made from single records: the record, the schema checked, its JSON, its ETag."""

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, record_id: str) -> Record | None:
        """The record with this id, or None."""
        return self._records.get(record_id)

    def put(self, record: Record) -> None:
        """Store a record under its id, in place of an earlier one."""
        if self._shared:
            self._own()
        record_id = record["id"]
        old = self._records.get(record_id)
        if old is None:
            self._places[record_id] = (
                self._places[next(reversed(self._places))] + 1 if self._places else 0
            )
        self._write(record_id, record)
        self._log.note(lambda: self._write(record_id, old))

    def remove(self, record_id: str) -> None:
        """Remove a record. Raises KeyError when there is none."""
        old, place = self._records[record_id], self._places[record_id]
        self._write(record_id, None)

        def undo() -> None:
            if self._shared:
                self._own()
            self._places[record_id] = place
            self._write(record_id, old)
            self._places = dict(sorted(self._places.items(), key=lambda item: item[1]))
            self._records = {name: self._records[name] for name in self._places}
            self._rows = None

        self._log.note(undo)

    def rows(self) -> list[Record]:
        """All records in the order of their creation, as a list that is kept between writes."""
        if self._rows is None:
            self._rows = list(self._records.values())
        return self._rows

    def where(self, field: str, value: Json) -> list[Record]:
        """Records whose field has this value, in the order of their creation.

        Strings are compared without regard to case. Lists and objects are found under no value.
        """
        if field not in self._indexes:
            index: dict[Json, set[str]] = {}
            for record_id, record in self._records.items():
                index.setdefault(_key(record.get(field)), set()).add(record_id)
            self._indexes[field] = index
        key = _key(value)
        found = () if key == _NOWHERE else self._indexes[field].get(key, ())
        return [self._records[i] for i in sorted(found, key=self._places.__getitem__)]

    def remember(self, key: object, value: object) -> None:
        """Keep what was computed until the next write; the oldest goes when there is too much."""
        if len(self.memo) >= _REMEMBERED:
            del self.memo[next(iter(self.memo))]
        self.memo[key] = value

    def copy(self, log: UndoLog) -> "Collection":
        """A copy that shares everything until one of the two is written: free of its size."""
        twin = Collection(log)
        for name in ("_records", "_places", "_rows", "_indexes", "memo", "wire"):
            setattr(twin, name, getattr(self, name))
        twin._shared = self._shared = True
        return twin

    def _own(self) -> None:
        """Stop sharing. What was answered for a single record holds for whoever has the record."""
        self._records, self._places = dict(self._records), dict(self._places)
        self._rows = None if self._rows is None else list(self._rows)
        self._indexes = {
            field: {key: set(ids) for key, ids in index.items()}
            for field, index in self._indexes.items()
        }
        self.memo = {}
        self._shared = False

    def _write(self, record_id: str, record: Record | None) -> None:
        if self._shared:
            self._own()
        self.memo.clear()
        old = self._records.get(record_id)
        if old is None and record is not None and self._rows is not None:
            self._rows.append(record)
        else:
            self._rows = None
        if record is None:
            del self._records[record_id], self._places[record_id]
        else:
            self._records[record_id] = record
        for field, index in self._indexes.items():
            before = _NOWHERE if old is None else _key(old.get(field))
            after = _NOWHERE if record is None else _key(record.get(field))
            if before == after:
                continue
            if before != _NOWHERE:
                index[before].discard(record_id)
            if after != _NOWHERE:
                index.setdefault(after, set()).add(record_id)


_REMEMBERED = 64
_NOWHERE = ("nowhere",)


def _key(value: Json) -> Json:
    """What a value is found under in an index: true and 1 are different, lists are nowhere."""
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, bool):
        return ("boolean", value)
    return _NOWHERE if isinstance(value, dict | list) else value
