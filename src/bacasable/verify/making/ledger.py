"""What a run made: remembered as it is made, removed at the end, the youngest first."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ...contract import Operation
from ...contract.model import JsonObject, Lifecycle
from ..model import Exchange, Identity
from ..session import OutOfTime
from .calls import Calls, path_of
from .model import CannotMake, Record, refusal
from .ways import shortest_way

_GONE, _CONFLICT = (404, 410), 409


@dataclass
class Made:
    """An entry of the ledger: a record, who made it, and the operation that deletes it.

    `stays` says why it could not be removed, `final` that trying again is of no use. `foreign` is
    one that was seen before somebody said to create it: it is not ours to delete.
    """

    record: Record
    identity: Identity
    deletes: Operation | None
    removed: bool = False
    stays: str = ""
    final: bool = False
    foreign: bool = False


@dataclass
class Ledger:
    """All records that a run made, in the order of their making."""

    calls: Calls
    again: Callable[[Record], Record | None]
    walk: Callable[[Record, tuple[str, ...]], Record]
    """Reads a record again; brings one into one of some states. Both raise CannotMake."""
    entries: list[Made] = field(default_factory=list)
    _by_id: dict[tuple[str, str, str], Made] = field(default_factory=dict)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)
    """Records that were read, and that the run has not made."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

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

    def adopt(self, exchange: Exchange, parent: Record | None = None) -> Record | None:
        """Remember the record that an exchange created; None when it created none."""
        operation = exchange.operation
        if operation is None or not exchange.ok or not operation.action.resource:
            return None
        resource = operation.action.resource
        value = self.calls.record_in(exchange) or {}
        id_ = self.calls.id_of(operation, value) or _located(exchange)
        tenant = exchange.identity.tenant
        if not id_:
            return None
        with self._lock:
            known = self._by_id.get((resource, id_, tenant))
            if known and not known.removed:
                return known.record
            above = parent or self._parent(exchange, resource, tenant)
            record = self.record(resource, id_, value, above, exchange.identity)
            made = Made(record, exchange.identity, self.calls.deleting(resource))
            made.foreign = (resource, id_, tenant) in self._seen
            self._by_id[resource, id_, tenant] = made
            self.entries.append(made)
            return record

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
        if made:
            made.record = record

    def watch(self, exchange: Exchange) -> None:
        """See an exchange of anybody: what it created is remembered, what it deleted is not."""
        operation = exchange.operation
        if operation is None or not exchange.ok or not operation.action.resource:
            return
        action = operation.action
        if action.kind == "create" or (exchange.status == 201 and operation.method == "post"):
            self.adopt(exchange)
        elif action.kind == "delete" and action.item_param:
            id_ = path_in(operation, exchange).get(action.item_param, "")
            made = self._by_id.get((action.resource or "", id_, exchange.identity.tenant))
            if made:
                self._gone(made)
        elif action.kind in ("list", "get"):
            self._notice(operation, exchange)

    def _notice(self, operation: Operation, exchange: Exchange) -> None:
        """Remember records that are there without having been made by the run."""
        lists = operation.action.kind == "list"
        one = None if lists else self.calls.record_in(exchange)
        values = self.calls.items_in(exchange) if lists else [one or {}]
        with self._lock:
            for value in values:
                id_ = self.calls.id_of(operation, value)
                key = (operation.action.resource or "", id_, exchange.identity.tenant)
                if id_ and key not in self._by_id:
                    self._seen.add(key)

    def _parent(self, exchange: Exchange, resource: str, tenant: str) -> Record | None:
        operation = exchange.operation
        declared = self.calls.subject.contract.resources.get(resource)
        if operation is None or declared is None or declared.parent is None:
            return None
        path = path_in(operation, exchange)
        id_ = path.get(operation.action.parent_param or "", "")
        above = declared.parent.resource
        found = self.find(above, id_, tenant)
        return found or (self.record(above, id_, {}, None, exchange.identity) if id_ else None)

    # --- the end

    def clean_up(self) -> list[str]:
        """Remove what the run made, the youngest first. What stays, in words."""
        left = [made for made in reversed(self.entries) if not made.removed]
        while left:
            over = self._removed_in_time(left)
            # What something else refers to can go when this has gone.
            kept = [made for made in left if not (made.removed or made.final)]
            if over or not any(made.removed for made in left):
                break
            left = kept
        return _told(self.entries)

    def _removed_in_time(self, left: list[Made]) -> bool:
        """Remove records, as far as there is time; whether the time is over."""
        for number, made in enumerate(left):
            try:
                self._remove(made)
            except OutOfTime:
                for late in left[number:]:
                    late.stays = "the time for cleaning up was over"
                return True
        return False

    def _remove(self, made: Made) -> None:
        """Delete a record, or note why it stays."""
        if made.foreign:
            made.stays, made.final = "it was there before it was said to be created", True
            return
        if made.deletes is None:
            made.stays, made.final = "no operation deletes it", True
            return
        try:
            if not self._deletable(made, made.deletes):
                return
            exchange = self._deleted(made, made.deletes)
            if exchange.status == _CONFLICT and self._restated(made, made.deletes):
                exchange = self._deleted(made, made.deletes)
        except CannotMake as error:
            made.stays, made.final = str(error), True
            return
        if exchange.ok or exchange.status in _GONE:
            self._gone(made)
            return
        made.stays = made.stays or refusal(exchange, brief=True)
        made.final = made.final or exchange.status != _CONFLICT

    def _gone(self, made: Made) -> None:
        """Note that a record was removed, and with it what lay below it."""
        made.removed = True
        gone = (made.record.resource, made.record.id)
        for other in self.entries:
            above = other.record.parent
            if above and (above.resource, above.id) == gone and not other.removed:
                self._gone(other)

    def _deleted(self, made: Made, operation: Operation) -> Exchange:
        who = self.calls.caller(operation, made.identity)
        return self.calls.send(operation, who, path_of(operation, made.record, made.record.parent))

    def _deletable(self, made: Made, operation: Operation) -> bool:
        """Whether calls can bring a record from its last known state to one where it may go."""
        contract = self.calls.subject.contract
        lifecycle, allowed = self._allowed(made, operation)
        state = made.record.value.get(lifecycle.field) if lifecycle else None
        if lifecycle is None or state is None or not allowed:
            return True
        if shortest_way(contract, lifecycle, [str(state)], allowed):
            return True
        made.stays = f"{operation.id} is allowed in {' or '.join(allowed)}, not in {state}"
        made.final = True
        return False

    def _restated(self, made: Made, operation: Operation) -> bool:
        """Bring a record that cannot be deleted as it is into a state in which it can be."""
        lifecycle, allowed = self._allowed(made, operation)
        if lifecycle is None or not allowed:
            return False
        now = self.again(made.record)
        if now is None:
            return False
        made.record = now
        if now.value.get(lifecycle.field) in allowed or not self._deletable(made, operation):
            return False
        made.record = self.walk(now, allowed)
        return True

    def _allowed(
        self, made: Made, operation: Operation
    ) -> tuple[Lifecycle | None, tuple[str, ...]]:
        """The lifecycle of a record, and the states in which it may be deleted."""
        declared = self.calls.subject.contract.resources.get(made.record.resource)
        lifecycle = declared.lifecycle if declared else None
        transition = lifecycle.transitions.get(operation.id) if lifecycle else None
        return lifecycle, transition.sources if transition else ()


def path_in(operation: Operation, exchange: Exchange) -> dict[str, str]:
    """The path parameters of an exchange, by name."""
    names, pattern = _pattern(operation.path)
    found = pattern.search(exchange.request.target.partition("?")[0])
    return dict(zip(names, map(unquote, found.groups()), strict=True)) if found else {}


@lru_cache(maxsize=1024)
def _pattern(path: str) -> tuple[list[str], re.Pattern[str]]:
    parts = re.split(r"\{([^}]+)\}", path)
    return parts[1::2], re.compile("([^/]+)".join(map(re.escape, parts[::2])) + "$")


def _located(exchange: Exchange) -> str:
    """The id at the end of a Location; empty without one."""
    location = exchange.response.header("location") if exchange.response else None
    try:
        path = urlsplit(location or "").path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


def _told(entries: list[Made]) -> list[str]:
    """What stays, grouped by reason."""
    left = [made for made in entries if not made.removed]
    reasons = Counter((made.record.resource, made.stays) for made in left)
    return [f"{count} × {resource}: {said}" for (resource, said), count in reasons.items()]
