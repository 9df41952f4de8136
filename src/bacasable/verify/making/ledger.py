"""What a run made, and what it saw that others have: remembered as it happens.

A record is the run's when its creation was answered 201, or when the run's own reading shows that
it was not there before (census.py), or when a PUT made it where nothing was. Nothing else is.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..beside import scope_of
from ..model import Exchange, Identity
from .calls import (
    Address,
    Calls,
    located,
    parameters_in,
    path_of,
    segment,
    sent,
    values_of,
)
from .census import Census
from .model import Record

_DEPTH = 4


@dataclass
class Made:
    """An entry of the ledger: a record, who made it, the operation that deletes it, what was sent.

    `scope` are the headers of its creation that say in whose space it lies.

    `stays` says why it could not be removed; `final` that trying again is of no use, `passing` that
    the next try may be answered otherwise, `conflict` that something else keeps it; `expected` that
    the contract itself says so.
    """

    record: Record
    identity: Identity
    deletes: Operation | None
    sent: Json = None
    scope: frozenset[tuple[str, str]] = frozenset()
    removed: bool = False
    stays: str = ""
    final: bool = False
    passing: bool = False
    conflict: bool = False
    expected: bool = False


@dataclass
class Ledger:
    """All records that a run made, in the order of their making."""

    calls: Calls
    census: Census
    is_callers: Callable[[str, str], bool] = lambda *_: False
    """Whether a resource and an id are those of an account or a session that calls."""
    entries: list[Made] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Creations that were accepted, of which nobody can tell what they made: one line each."""
    allowed: Counter[str] = field(default_factory=Counter)
    """How often operations were accepted that the user allowed: what they did is not known."""
    _by_id: dict[tuple[str, str, str], Made] = field(default_factory=dict)
    _by_address: dict[Address, Made] = field(default_factory=dict)
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """Records that were read, and that the run has not made: the number of the first exchange."""
    _ids: set[str] = field(default_factory=set)
    _foreign: set[Address] = field(default_factory=set)
    _told: dict[int, Record | None] = field(default_factory=dict)
    """What the exchanges of creations, by their numbers, told of records."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.census.saw = self._census_saw

    # --- what is whose

    def find(self, resource: str, id_: str, tenant: str) -> Record | None:
        """A record that the run made; None without one."""
        made = self._by_id.get((resource, id_, tenant))
        return made.record if made and not made.removed else None

    def below(self, resource: str, parent: Record) -> Record | None:
        """The first record of a resource that the run made below another; None without one."""
        for made in self.entries:
            above = made.record.parent
            same = above and (above.resource, above.id) == (parent.resource, parent.id)
            if made.record.resource == resource and same and not made.removed:
                return made.record
        return None

    def at(self, address: Address) -> Made | None:
        """What the run made, and has not removed, at an address; None without one."""
        made = self._by_address.get(address)
        return made if made and not made.removed else None

    def is_foreign(self, address: Address) -> bool:
        """Whether somebody's record was seen at an address, in whatever tenant."""
        return address in self._foreign

    def is_somebodys(self, id_: str) -> bool:
        """Whether an id was read as that of somebody's record, and is none of the run's."""
        return id_ in self._ids and not any(key[1] == id_ for key in self._by_id)

    def knows(self, resource: str, id_: str, tenant: str) -> bool:
        """Whether the run made a record, also one that it has removed."""
        return (resource, id_, tenant) in self._by_id

    def disown(self, made: Made) -> None:
        """A record turned out to be another one than the one that was made."""
        made.stays = "what its creation answered is the id of something else"
        made.final, made.expected = True, False
        for address in self._addresses(made.record):
            self._by_address.pop(address, None)
            self._foreign.add(address)

    # --- what happens

    def watch(self, exchange: Exchange) -> None:
        """See an exchange of anybody: what it created is remembered, what it deleted is not."""
        operation = exchange.operation
        if operation is None or not operation.action.resource:
            return
        action = operation.action
        if action.kind == "create":
            self.adopt(exchange)
        elif not exchange.ok:
            return
        elif exchange.status == 201 and operation.method == "post":
            self.adopt(exchange)
        elif action.kind == "delete" and action.item_param and exchange.status != 202:
            id_ = parameters_in(operation, exchange).get(action.item_param, "")
            made = self._by_id.get((action.resource or "", id_, exchange.identity.tenant))
            if made:
                self.gone(made)
        elif action.kind in ("list", "get"):
            self._notice(operation, exchange)

    def adopt(self, exchange: Exchange, parent: Record | None = None) -> Record | None:
        """The record that an exchange answers as created, remembered if this made it; else None.

        `made` of the record says which. A creation that cannot be understood is noted.
        """
        if exchange.number not in self._told:
            self._told[exchange.number] = self._created(exchange, parent)
        return self._told[exchange.number]

    def _created(self, exchange: Exchange, parent: Record | None) -> Record | None:
        operation = exchange.operation
        if operation is None or not operation.action.resource:
            return None
        if not exchange.ok:
            self._unclear(operation, exchange)
            return None
        if operation.method == "put":
            put = self.at(self.calls.address(exchange))
            return put.record if put else None
        value = self.calls.record_in(exchange) or {}
        if not self.calls.id_of(operation, value):
            value = self._loosely(operation, exchange) or value
        id_ = self.calls.id_of(operation, value) or located(exchange)
        if operation.action.kind != "create" and id_ in parameters_in(operation, exchange).values():
            return None  # it tells of what was acted upon
        if not id_:
            self._unclear(operation, exchange)
            return None
        with self._lock:
            return self._adopted(operation, exchange, id_, value, parent)

    def _adopted(
        self,
        operation: Operation,
        exchange: Exchange,
        id_: str,
        value: JsonObject,
        parent: Record | None,
    ) -> Record:
        resource, who = operation.action.resource or "", exchange.identity
        known = self.find(resource, id_, who.tenant)
        if known is not None:
            return known
        above = parent or self._parent(exchange, resource, who.tenant)
        record = self.record(resource, id_, value, above, who)
        if self.is_callers(resource, id_) or not self._is_made(operation, exchange, id_):
            if exchange.status == 201:
                self._unclear(operation, exchange)
            return self.record(resource, id_, value, above, who, made=False)
        deletes = self.calls.deleting(resource)
        self._enter(
            Made(record, who, deletes, sent(exchange.request), scope_of(exchange.request.headers))
        )
        return record

    def _is_made(self, operation: Operation, exchange: Exchange, id_: str) -> bool:
        resource, who = operation.action.resource or "", exchange.identity
        before = self._seen.get((resource, id_, who.tenant))
        if before is not None and before < exchange.number:
            return False
        if exchange.status == 201:
            return True
        address = self.calls.address(exchange)
        made = self.census.made(operation, address, who, id_)
        if made is None:
            self.lost.append(
                f"{resource}: {operation.id} answered {exchange.status}, and no list "
                "tells whether that was there before"
            )
        return bool(made)

    def made_at(self, address: Address, exchange: Exchange, path: str) -> None:
        """A request made a record at an address where nothing was; `path` is the template."""
        operation = exchange.operation
        resource = operation.action.resource if operation else None
        value = self.calls.record_in(exchange) or {}
        values = values_of(path, address)
        deletes = self.calls.at("delete", path)
        with self._lock:
            record = Record(
                resource or path, address[-1], values, value, identity=exchange.identity
            )
            scope = scope_of(exchange.request.headers)
            self._enter(
                Made(record, exchange.identity, deletes, sent(exchange.request), scope), address
            )

    def _enter(self, made: Made, address: Address | None = None) -> None:
        record = made.record
        self._by_id[record.resource, record.id, made.identity.tenant] = made
        self.entries.append(made)
        for at in [address] if address else self._addresses(record):
            self._by_address[at] = made
            self._foreign.discard(at)

    def _addresses(self, record: Record) -> set[Address]:
        """Every address of a record, by the paths of the contract."""
        found = set()
        for operation in self.calls.subject.contract.operations.values():
            item = operation.action.item_param
            if operation.action.resource != record.resource or not item:
                continue
            head = operation.path.partition("{" + item + "}")[0] + "{" + item + "}"
            values = path_of(operation, record, record.parent)
            parts = [segment(part, values) for part in head.strip("/").split("/")]
            if all(part is not None for part in parts):
                found.add(tuple(str(part) for part in parts))
        return found

    def record(
        self,
        resource: str,
        id_: str,
        value: JsonObject,
        parent: Record | None,
        identity: Identity,
        *,
        made: bool = True,
    ) -> Record:
        """A record with the parameters that address it."""
        plain = Record(resource, id_, {}, value, made, parent, identity)
        operations = self.calls.subject.contract.operations.values()
        named = (o for o in operations if o.action.resource == resource and o.action.item_param)
        operation = self.calls.getting(resource) or next(named, None)
        path = path_of(operation, plain, parent) if operation else {"id": id_}
        return Record(resource, id_, path, value, made, parent, identity)

    def update(self, record: Record) -> None:
        """Remember how a record was answered last."""
        tenant = record.identity.tenant if record.identity else ""
        made = self._by_id.get((record.resource, record.id, tenant))
        if made and not made.removed:  # its id may be that of somebody's now
            made.record = record

    def gone(self, made: Made) -> None:
        """Note that a record was removed, and with it what lay below it."""
        made.removed = True
        gone = (made.record.resource, made.record.id)
        for other in self.entries:
            above = other.record.parent
            if above and (above.resource, above.id) == gone and not other.removed:
                self.gone(other)

    def move(
        self, made: Made, listing: Operation, value: JsonObject, deletes: Operation | None
    ) -> bool:
        """A record was deleted and lies in another list: whether it is the run's there, too.

        It is not where it was seen there before it was made.
        """
        old, resource = made.record, listing.action.resource or ""
        told = self._told.items()
        made_by = [n for n, r in told if r and (r.resource, r.id) == (old.resource, old.id)]
        seen = self._seen.get((resource, old.id, made.identity.tenant))
        if not made_by or (seen is not None and seen < made_by[0]):
            return False
        made.record = self.record(resource, old.id, value, None, made.identity)
        made.deletes, made.removed, made.final = deletes, False, False
        for at in {(*listing.path.strip("/").split("/"), old.id), *self._addresses(made.record)}:
            self._by_address[at] = made
            self._foreign.discard(at)
        return True

    # --- what is seen

    def _notice(self, operation: Operation, exchange: Exchange) -> None:
        """Remember records that are there without having been made by the run."""
        lists = operation.action.kind == "list"
        one = None if lists else self.calls.record_in(exchange)
        values = self.calls.items_in(exchange) if lists else [one or {}]
        with self._lock:
            here = self.calls.address(exchange)
            for value in values:
                id_ = self.calls.id_of(operation, value)
                at = (*here, id_) if lists else here
                self._see(operation, exchange.identity, id_, at, exchange.number)
                made = self._by_id.get(
                    (operation.action.resource or "", id_, exchange.identity.tenant)
                )
                if made and made.removed and not lists and _same(value, made.record.value):
                    made.removed = False  # it was said to be deleted, and is as it was

    def _census_saw(
        self, operation: Operation, who: Identity, at: Address, ids: list[str], number: int
    ) -> None:
        with self._lock:
            for id_ in ids:
                self._see(operation, who, id_, (*at, id_), number)

    def _see(self, operation: Operation, who: Identity, id_: str, at: Address, number: int) -> None:
        key = (operation.action.resource or "", id_, who.tenant)
        if not id_ or key in self._by_id or key in self._seen:
            return
        self._seen[key] = number
        self._ids.add(id_)
        seen = self.record(key[0], id_, {}, None, who, made=False)
        addresses = {at, *self._addresses(seen)}
        self._foreign |= {address for address in addresses if address not in self._by_address}

    def _unclear(self, operation: Operation, exchange: Exchange) -> None:
        """Note a creation of which the answer does not tell whether, or what, it made."""
        if operation.action.kind != "create" or 300 <= exchange.status < 500:
            return
        address = self.calls.address(exchange)
        self.census.unclear(operation, address, exchange.identity)
        if exchange.ok and self.calls.listing_at(operation) is None:
            resource = operation.action.resource
            self.lost.append(f"{resource}: {operation.id} did not tell the id of what it made")

    def _loosely(self, operation: Operation, exchange: Exchange) -> JsonObject:
        """What a 201 answers, however it wraps it: the first object with an id, at any depth."""
        try:
            value = json.loads(exchange.response.body) if exchange.response else None
        except (ValueError, RecursionError):
            return {}
        return self._with_id(operation, value, _DEPTH) or {}

    def _with_id(self, operation: Operation, value: Json, depth: int) -> JsonObject | None:
        if isinstance(value, dict) and self.calls.id_of(operation, value):
            return value
        inner = value.values() if isinstance(value, dict) and depth else ()
        found = (self._with_id(operation, one, depth - 1) for one in inner)
        return next((one for one in found if one), None)

    def _parent(self, exchange: Exchange, resource: str, tenant: str) -> Record | None:
        operation = exchange.operation
        declared = self.calls.subject.contract.resources.get(resource)
        if operation is None or declared is None or declared.parent is None:
            return None
        path = parameters_in(operation, exchange)
        id_ = path.get(operation.action.parent_param or "", "")
        above = declared.parent.resource
        found = self.find(above, id_, tenant)
        return found or (self.record(above, id_, {}, None, exchange.identity) if id_ else None)


def resembles(value: JsonObject, made: Made) -> bool:
    """Whether a value that was read can be the record that was made.

    Of the texts and numbers that were sent or answered one at least must be there again.
    """
    told = [t for t in (made.sent, made.record.value) if isinstance(t, dict)]
    pairs = [
        (one[name], value[name])
        for one in told
        for name in one.keys() & value.keys()
        if isinstance(one[name], str | int | float) and not isinstance(one[name], bool)
    ]
    others = [(a, b) for a, b in pairs if str(a) != made.record.id]
    return not others or any(a == b for a, b in others)


def _same(value: JsonObject, other: JsonObject) -> bool:
    shared = value.keys() & other.keys()
    return bool(shared) and all(value[name] == other[name] for name in shared)
