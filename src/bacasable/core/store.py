"""Records in memory: collections, and the log that takes writes back.

A record is a dict that nobody changes once it is stored: a write replaces it. That makes copies of
whole collections cheap and answers safe to hand out. Every write goes through `put` or `remove`,
which note how to undo it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from ..contract.model import Json, JsonObject
from .orders import Field, Order, by_field, field_key
from .sharing import Table

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


AnyOrder = TypeVar("AnyOrder", bound=Order)
_ONE = (0,)
_EVERYTHING = 1 << 60
_PORTION = 1000
_KEPT = 48
"""Orders that are kept, beside those by fields."""
_FEW, _TIMES = 100_000, 4
"""Entries that they have together: so many, or so many times as there are records."""


class Collection:
    """Records of one kind by id, in the order of their creation. The id is the member `key`.

    A write costs what it changes: the orders in which records are read are kept up to date. Those
    by the fields that are `indexed` are there from the beginning.
    """

    __slots__ = (
        "_all",
        "_indexes",
        "_log",
        "_orders",
        "_records",
        "_shared",
        "key",
        "memo",
        "wire",
    )

    def __init__(self, log: UndoLog, indexed: Iterable[Field] = (), key: str = "id") -> None:
        self._log, self.key = log, key
        self._records: Table[tuple[int, Record]] = Table()
        self._all = Order(lambda _: _ONE, is_whole=True)
        self._indexes = {field: by_field(field, is_whole=True) for field in indexed}
        self._orders: dict[object, Order] = {}
        self._shared = False
        self.memo: dict[Any, Any] = {}
        """What was computed from all records; dropped at each write."""
        self.wire: dict[str, tuple[Record, str, bytes, str]] = {}
        """Answers made from single records: the record, the schema checked, its JSON, its ETag."""

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return map(self._at, self._all)

    def get(self, record_id: str) -> Record | None:
        """The record with this id, or None."""
        found = self._records.get(record_id)
        return None if found is None else found[1]

    def put(self, record: Record) -> None:
        """Store a record under its id, in place of an earlier one."""
        record_id = str(record[self.key])
        found = self._records.get(record_id)
        place, old = found or (self._all.next_place, None)
        self._write(record_id, place, old, record)
        self._log.note(lambda: self._write(record_id, place, record, old))

    def remove(self, record_id: str) -> None:
        """Remove a record. Raises KeyError when there is none."""
        found = self._records.get(record_id)
        if found is None:
            raise KeyError(record_id)
        place, old = found
        self._write(record_id, place, old, None)
        self._log.note(lambda: self._write(record_id, place, None, old))

    def trim(self, most: int) -> None:
        """Remove the oldest records until there are no more than so many."""
        while len(self) > most:
            self.remove(self._all.part(0, 1)[0][2])

    def where(self, field: Field, value: Json) -> list[Record]:
        """Records whose field has this value, in the order of their creation.

        Strings are compared without regard to case. Lists and objects are found under no value; a
        path in place of a field may lead to several values.
        """
        return list(self.found(field, value))

    def found(self, field: Field, value: Json) -> Iterator[Record]:
        """The same, one after another; nothing must be written meanwhile."""
        key = field_key(value)
        return iter(()) if key is None else map(self._at, self._index(field).entries(key))

    def keys(self, field: Field) -> Iterator[str]:
        """What `where` finds something under, in order; nothing must be written meanwhile."""
        return self._index(field).keys()

    def count(self, field: Field, value: Json) -> int:
        """How many `where` would find."""
        key = field_key(value)
        return 0 if key is None else self._index(field).under(key)

    def order(self, name: object, make: Callable[[], AnyOrder]) -> AnyOrder:
        """The order of this name. It is made when it is asked for first, and not yet filled then.

        Orders that nobody asked for lately are forgotten when there are many.
        """
        found: Any = self._orders.pop(name, None)
        if found is None:
            found = make()
            self._make_room()
        self._orders[name] = found
        asked: AnyOrder = found
        return asked

    @property
    def whole(self) -> Order:
        """All records in the order of their creation."""
        return self._all

    def fill(self, order: Order, count: int = _EVERYTHING) -> bool:
        """Put records into an order that has not seen them, so many at most; whether it is whole.

        Where the order is within an index, only what stands there is looked at.
        """
        source, key = self._all, 0
        if order.within is not None and not order.is_whole:
            source, key = self._index(order.within[0], count), order.within[1]
            if not source.is_whole:
                return False
        while not order.is_whole and count > 0:
            entries = source.after(key, order.seen, min(count, _PORTION))
            for entry in entries:
                order.change(entry[2], entry[1], None, self._at(entry))
                order.seen = entry[1]
            order.is_whole = not entries
            count -= len(entries)
        return order.is_whole

    def part(self, order: Order, start: int, stop: int) -> list[Record]:
        """The records from one place of an order to another."""
        return [self._at(entry) for entry in order.part(start, stop)]

    def remember(self, key: object, value: object) -> None:
        """Keep what was computed until the next write."""
        self.memo[key] = value

    def copy(self, log: UndoLog) -> "Collection":
        """A copy that shares everything until one of the two is written: free of its size."""
        twin = Collection(log, key=self.key)
        for name in ("_records", "_all", "_indexes", "_orders", "memo", "wire"):
            setattr(twin, name, getattr(self, name))
        twin._shared = self._shared = True
        return twin

    def beside(self) -> "Beside":
        """A collection in the making that is to take the place of this one."""
        return Beside(self, self.copy(self._log))

    def follow(self, name: str, entry: tuple[int, Record] | None) -> None:
        """Have a record at its place as another collection has it. It cannot be taken back."""
        found = self._records.get(name)
        if found is not None and (entry is None or entry[0] != found[0]):
            self._write(name, *found, None)
            found = None
        if entry is not None:
            self._write(name, entry[0], found and found[1], entry[1])

    def take_orders(self, other: "Collection") -> None:
        """Take the orders of a collection that has only the first of these records.

        What they have not seen is looked at when they are asked for next, in portions.
        """
        last = other.whole.next_place - 1
        self._orders = {name: order.until(last) for name, order in other.orders.items()}
        fields = other.indexes.keys() - self._indexes.keys()
        more = {field: other.indexes[field].until(last) for field in fields}
        self._indexes = {**self._indexes, **more}

    @property
    def orders(self) -> Mapping[object, Order]:
        """The orders that are kept."""
        return self._orders

    @property
    def indexes(self) -> Mapping[Field, Order]:
        """The orders by fields."""
        return self._indexes

    @property
    def table(self) -> Table[tuple[int, Record]]:
        """Places and records by id, to be read only; another one after the next write."""
        self._shared = True
        return self._records

    @classmethod
    def of(
        cls,
        table: Table[tuple[int, Record]],
        log: UndoLog,
        indexed: Iterable[Field] = (),
        key: str = "id",
    ) -> "Collection":
        """A collection of what a table holds, places and records by id; that stays as it is."""
        made = cls(log, indexed, key)
        made._records, made._shared = table, True
        made._all.begin((0, place, name) for name, (place, _) in table.items())
        for index in made._indexes.values():
            index.is_whole = False
            made.fill(index)
        return made

    def adopt(self, table: Table[tuple[int, Record]]) -> None:
        """Hold what a table holds, at the cost of the differences. It cannot be taken back.

        What the two have in common stays shared with those that this one was copied from.
        """
        before = self._records
        self._own()
        for name, entry in table.since(before):
            old = before.get(name)
            if old is not None:
                self._arrange(name, old[0], old[1], None)
            if entry is not None:
                self._arrange(name, entry[0], None, entry[1])
        self._records, self._shared = table, True

    def _at(self, entry: tuple[Any, int, str]) -> Record:
        # An order names no record that is not there.
        return cast("tuple[int, Record]", self._records.get(entry[2]))[1]

    def _index(self, field: Field, count: int = _EVERYTHING) -> Order:
        index = self._indexes.get(field)
        if index is None:
            index = self._indexes[field] = by_field(field)
        if not index.is_whole:
            self.fill(index, count)
        return index

    def _make_room(self) -> None:
        held = sum(map(len, self._orders.values()))
        for name in list(self._orders):
            if len(self._orders) < _KEPT and held <= max(_FEW, _TIMES * len(self)):
                break
            held -= len(self._orders.pop(name))

    def _own(self) -> None:
        """Stop sharing. What was answered for a single record holds for whoever has the record."""
        self._records, self._all = self._records.copy(), self._all.copy()
        self._indexes = {field: index.copy() for field, index in self._indexes.items()}
        self._orders = {name: order.copy() for name, order in self._orders.items()}
        self.memo = {}
        self._shared = False

    def _write(self, record_id: str, place: int, old: Record | None, new: Record | None) -> None:
        if self._shared:
            self._own()
        if new is None:
            self._records.remove(record_id)
        else:
            self._records.put(record_id, (place, new))
        self._arrange(record_id, place, old, new)
        if self.memo:
            self.memo.clear()

    def _arrange(self, record_id: str, place: int, old: Record | None, new: Record | None) -> None:
        """Put a record that is written into its places in all orders."""
        self._all.change(record_id, place, old, new)
        for order in self._indexes.values():
            if order.is_whole or place <= order.seen:
                order.change(record_id, place, old, new)
        for order in self._orders.values():
            if order.is_whole or place <= order.seen:
                order.change(record_id, place, old, new)


_ROOM = 1 << 32
"""Places that are left free for what others create meanwhile."""


class Beside:
    """Many records that are put into a copy of a collection, in portions, while others write there.

    In the order of creation they stand behind all that the others create before the copy takes the
    place of the collection. Until then nobody sees them.
    """

    def __init__(self, there: Collection, made: Collection) -> None:
        self.there, self.made = there, made
        self._seen = there.table
        self._next = there.whole.next_place + _ROOM
        made.take_orders(Collection(UndoLog()))

    def put(self, record: Record) -> None:
        """Store a record of our own, whose id nobody has."""
        self.made.follow(str(record[self.made.key]), (self._next, record))
        self._next += 1

    def news(self) -> Iterator[tuple[str, Record | None]]:
        """What others have written since it was asked last, which is written here too.

        None stands for what was removed. Others may write between two of them: that comes with the
        next time.
        """
        now = self.there.table
        for name, entry in now.since(self._seen):
            self.made.follow(name, entry)
            yield name, entry and entry[1]
        self._seen = now

    def done(self) -> Collection:
        """The collection, which has all that is there and all that was put; there was no news."""
        self.made.take_orders(self.there)
        return self.made
