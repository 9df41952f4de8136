"""Records in memory: collections, the spaces that hold them, and the log that takes writes back.

A record is a dict that nobody changes once it is stored: a write replaces it. That makes copies of
whole collections cheap and answers safe to hand out. Every write goes through `put` or `remove`,
which note how to undo it.
"""

import binascii
import hashlib
import string
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from ..contract.model import Json, JsonObject, ResourceType
from .clock import Clock

Record = JsonObject


class UndoLog:
    """How to take back every write since a mark, newest first."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def mark(self) -> int:
        """The present place in the log."""
        return len(self._undo)

    def note(self, undo: Callable[[], None]) -> None:
        """Note how to take back the write that is being made."""
        self._undo.append(undo)

    def rollback(self, mark: int) -> None:
        """Take back everything since the mark."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def commit(self, mark: int) -> None:
        """Keep everything since the mark."""
        del self._undo[mark:]


class Collection:
    """Records of one kind by id, in the order of their creation."""

    __slots__ = ("_indexes", "_log", "_places", "_records", "_rows", "memo", "wire")

    def __init__(self, log: UndoLog) -> None:
        self._log = log
        self._records: dict[str, Record] = {}
        self._places: dict[str, int] = {}
        self._rows: list[Record] | None = None
        self._indexes: dict[str, dict[Json, set[str]]] = {}
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
        """A copy that shares the records and nothing else; costs one pass over the ids."""
        twin = Collection(log)
        twin._records, twin._places = dict(self._records), dict(self._places)
        return twin

    def _write(self, record_id: str, record: Record | None) -> None:
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


class Space:
    """Everything of one tenant: its records, its clock, its running numbers.

    `seed` and `slug` decide the ids: the same calls in the same space give the same ids.
    """

    def __init__(self, slug: str, tenant_id: str, seed: int, clock: Clock, log: UndoLog) -> None:
        self.slug, self.tenant_id, self.seed = slug, tenant_id, seed
        self.clock, self.log = clock, log
        self.pinned: dict[str, str] = {}
        """Ids that the next record of a resource is to take, by resource: for seeding."""
        self._collections: dict[str, Collection] = {}
        self._counters: dict[str, int] = {}

    def collection(self, name: str) -> Collection:
        """The collection of this name; empty at first."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = Collection(self.log)
        return found

    def private(self, name: str) -> Collection:
        """A collection that no operation can show: passwords, sessions, stored answers."""
        return self.collection(f"({name})")

    def collections(self) -> dict[str, Collection]:
        """All collections by name, private ones in parentheses."""
        return self._collections

    def next_number(self, name: str) -> int:
        """The next running number of this name, from 1."""
        before = self._counters.get(name, 0)
        self._counters[name] = before + 1
        self.log.note(lambda: self._counters.__setitem__(name, before))
        return before + 1

    def new_id(self, resource: ResourceType) -> str:
        """An id for a new record: pinned, or made from seed, slug and a running number."""
        pinned = self.pinned.pop(resource.name, None)
        if pinned:
            self.log.note(lambda: self.pinned.__setitem__(resource.name, pinned))
            return pinned
        if resource.id_format == "sequence":
            return f"{resource.id_prefix}{self.next_number(resource.name):020d}"
        digest = self.random_bytes("id")
        if resource.id_format == "uuid":
            return resource.id_prefix + str(uuid.UUID(bytes=digest[:16], version=4))
        return resource.id_prefix + base32(digest)

    def random_bytes(self, purpose: str) -> bytes:
        """32 bytes that depend on seed, slug, purpose and a running number, and on nothing else."""
        text = f"{self.seed}/{self.slug}/{purpose}/{self.next_number(purpose)}"
        return hashlib.blake2b(text.encode(), digest_size=32).digest()


_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BASE32 = string.ascii_lowercase + "234567"
_TO_BASE32 = bytes.maketrans(_BASE64.encode(), (_BASE32 * 2).encode())


def base32(digest: bytes) -> str:
    """20 characters of the base32 alphabet (RFC 4648, lower case) from 15 bytes of a digest.

    By way of base64, of whose 64 characters two fall on each: as even, and forty times as fast as
    the standard library's base32, which is written in Python.
    """
    text = binascii.b2a_base64(digest[:15], newline=False)
    return text.translate(_TO_BASE32).decode()


class Platform:
    """All spaces by tenant slug, and the root space that holds what belongs to no tenant."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.seed, self.clock = seed, clock
        self.log = UndoLog()
        self.root = Space("", "", seed, clock, self.log)
        self._spaces: dict[str, Space] = {}
        self._requests = 0
        start = hashlib.blake2b(b"%d/request" % seed, digest_size=15).digest()
        self._request_prefix = "req_" + base32(start)[:12]

    def set_clock(self, clock: Clock) -> None:
        """The clock of the platform itself and of tenants opened from now on."""
        self.clock = self.root.clock = clock

    def open(self, slug: str, tenant_id: str) -> Space:
        """A new, empty space for a tenant; taken back if the call that opens it fails."""
        space = Space(slug, tenant_id, self.seed, self.clock, self.log)
        before = dict(self._spaces)
        self._spaces[slug] = space

        def undo() -> None:
            self._spaces = before

        self.log.note(undo)
        return space

    def space(self, slug: str) -> Space | None:
        """The space of a tenant, or None."""
        return self._spaces.get(slug)

    def spaces(self) -> list[Space]:
        """All spaces of tenants, in the order they were opened."""
        return list(self._spaces.values())

    def request_id(self) -> str:
        """A fresh request id. Its number is not taken back when the request fails."""
        self._requests += 1
        # A counter behind a hash of the seed: hashing for every request would be felt.
        return self._request_prefix + base32(self._requests.to_bytes(15, "big"))[-8:]
