"""Records that come from outside, many at once: checked against the contract, stored all or none.

They pass no operation, so rules, lifecycles and the journal know nothing of them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..contract.complete import completer, fresh
from ..contract.document import pointer
from ..contract.model import Contract, Json, JsonObject, ResourceType, Violation
from ..contract.names import did_you_mean
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.schemas import TOLD
from ..core import Engine, Record, Space
from ..core.journal import JOURNAL
from ..core.limits import full
from ..core.places import key_of
from ..core.portions import PORTION, Portions, gathered, some
from ..core.references import values_at
from ..core.situation import stamps
from ..core.space import id_counter
from ..core.store import Collection
from ..core.timers import Due, to_come

Known = Callable[[str, str], bool]
"""Whether a resource has a record with this id."""
Findings = Iterator[Violation | None]
"""What does not fit; None wherever others may act before it goes on."""
Key = tuple[str, Json]
"""A field that is unique, and a value as the engine asks for it: without regard to case."""


def insert(
    engine: Engine, space: Space, resource: str, records: list[JsonObject]
) -> Portions[list[str]]:
    """Store records of a resource in a tenant, all in the last portion; their ids, in order.

    Raises Refusal INVALID_REQUEST for what breaks the contract by itself, RECORDS_REFUSED for what
    does not fit the records that are there.
    """
    kind = _kind(engine.contract, resource)
    _refuse_too_many(space, resource, len(space.collection(resource)) + len(records))
    while True:
        ids = yield from _tried(engine, space, kind, records)
        if ids is not None:
            return ids


def _tried(
    engine: Engine, space: Space, kind: ResourceType, records: list[JsonObject]
) -> Portions[list[str] | None]:
    """The ids of the records, once stored; None where others have changed what they rest on."""
    now, counter, numbers = format_instant(space.clock.now()), id_counter(kind), space.counters
    before, taken, is_stored = space.last_number(counter), 0, False
    try:
        whole: list[Record] = []
        for portion in some(records):
            first = space.last_number(counter)
            whole += [_completed(engine, space, kind, record, now) for record in portion]
            taken += space.last_number(counter) - first
            # After the last one too: what a failing portion takes back is none of the numbers.
            yield
        # A tenant that was put back meanwhile gives the same numbers again.
        if space.counters is numbers:
            yield from _refuse("INVALID_REQUEST", schema_findings(engine, kind, whole, "/records"))
            yield from _refuse("INVALID_REQUEST", instant_findings(engine, kind, whole, "/records"))
            is_stored = yield from _stored(space, kind, whole, now)
    finally:
        # A refusal costs no ids, unless others have gone on from them.
        is_last = space.counters is numbers and space.last_number(counter) == before + taken
        if is_last and not is_stored:
            space.count({counter: before})
    return [kind.id_of(record) for record in whole] if is_stored else None


def _stored(space: Space, kind: ResourceType, records: list[Record], now: str) -> Portions[bool]:
    """Whether the records are stored; if not, they must be judged anew by what others have written.

    They are put into a copy of their collection, which takes its place in the last portion.
    """
    judged = _Judged(space, kind, {kind.id_of(record) for record in records})
    own = judged.own
    clashes = clash_findings(kind, records, own.there, "/records", judged.taken)
    yield from _refuse("RECORDS_REFUSED", clashes)
    lost = reference_findings(kind, records, judged.known, "/records")
    yield from _refuse("RECORDS_REFUSED", lost)
    dues: list[Due] = []
    for portion in some(records):
        for record in portion:
            own.put(record)
            dues += to_come(kind, record, now)
        yield
    if not (yield from judged.holds()):
        return False
    made = own.done()
    _refuse_too_many(space, kind.name, len(made))
    space.replace(kind.name, made)
    space.schedule.extend(dues)
    return True


class _Judged:
    """What the judgement of new records rests on, and whether that still holds when they act."""

    def __init__(self, space: Space, kind: ResourceType, new: set[str]) -> None:
        self._space, self._kind, self._new = space, kind, new
        self.own = space.collection(kind.name).beside()
        self.taken: set[Key] = set()
        """What nobody else may have."""
        self._needed: dict[str, set[str]] = {}
        names = {reference.resource for reference in kind.references}
        names |= {kind.parent.resource} if kind.parent else set()
        self._others = {name: space.collection(name) for name in names - {kind.name}}
        self._seen = {name: other.table for name, other in self._others.items()}

    def known(self, name: str, record_id: str) -> bool:
        """Whether there is, or will be, a record with this id."""
        if name == self._kind.name and str(record_id) in self._new:
            return True
        self._needed.setdefault(name, set()).add(str(record_id))
        return self._space.collection(name).get(str(record_id)) is not None

    def holds(self) -> Portions[bool]:
        """Whether it does, whatever others have written. There is no pause after the last look."""
        looked = PORTION
        while looked >= PORTION:
            looked = 0
            for looked, is_broken in enumerate(self._news(), 1):
                if is_broken:
                    return False
                if looked % PORTION == 0:
                    yield
        found = {**self._others, self._kind.name: self.own.there}
        return all(self._space.collection(name) is other for name, other in found.items())

    def _news(self) -> Iterator[bool]:
        """For each record that others have written, whether something no longer holds."""
        needed = self._needed.get(self._kind.name, ())
        for record_id, record in self.own.news():
            if record is None:
                yield record_id in needed
            else:
                yield not self.taken.isdisjoint(key for key, _ in _keys(self._kind, record))
        for name, other in self._others.items():
            needed, now = self._needed.get(name, ()), other.table
            for record_id, entry in now.since(self._seen[name]):
                yield entry is None and record_id in needed
            self._seen[name] = now


def instant_findings(
    engine: Engine, kind: ResourceType, records: list[Record], place: str
) -> Findings:
    """Write the instants of valid records as the contract does, in place; those that cannot be."""
    whole = {"type": "object", "properties": dict(kind.properties)}
    complete = completer(engine.contract.document, engine.schemas, whole)
    if complete is None:
        return
    found: list[Violation] = []
    for number, record in enumerate(records):
        yield from _pause(number)
        complete(record, f"{place}/{number}", found)
    yield from found


def clash_findings(
    kind: ResourceType, records: list[Record], there: Collection, place: str, taken: set[Key]
) -> Findings:
    """Ids and unique values that are taken, by a record that is there or by one further up.

    Those of the records are put into `taken`.
    """
    for number, record in enumerate(records):
        yield from _pause(number)
        for key, value in _keys(kind, record):
            field = key[0]
            is_id = field == kind.key_member
            if key in taken or (there.get(str(value)) if is_id else there.where(field, value)):
                yield Violation(f"{place}/{number}{pointer(field)}", "is taken by another record")
            taken.add(key)


def _keys(kind: ResourceType, record: Record) -> Iterator[tuple[Key, Any]]:
    """What no other record may have, each with its value as it stands there."""
    own = kind.key_member
    for field in (own, *kind.unique):
        value = record.get(field)
        if value is not None:
            folded = value.lower() if isinstance(value, str) and field != own else value
            yield (field, folded), value


def reference_findings(
    kind: ResourceType, records: list[Record], known: Known, place: str
) -> Findings:
    """References of records, to their parent included, that name nothing."""
    for number, record in enumerate(records):
        yield from _pause(number)
        for reference in (r for r in kind.references if r.enforced):
            for where, value in values_at(record, reference.path):
                if value is not None and not known(reference.resource, value):
                    said = f"no {reference.resource} has this id"
                    yield Violation(f"{place}/{number}{pointer(*where)}", said)
        parent = kind.parent
        if parent and not known(parent.resource, record[parent.field]):
            said = f"no {parent.resource} has this id"
            yield Violation(f"{place}/{number}{pointer(parent.field)}", said)


def schema_findings(
    engine: Engine, kind: ResourceType, records: list[Record], place: str
) -> Findings:
    """Where records break the schema of their resource."""
    check, hidden = engine.schemas.record_check(kind), kind.hidden
    for number, record in enumerate(records):
        yield from _pause(number)
        shown = record
        if hidden:
            shown = {name: value for name, value in record.items() if name not in hidden}
        for found in check(shown):
            yield Violation(f"{place}/{number}{found.pointer}", found.detail)


def _pause(number: int) -> Iterator[None]:
    """Others may act before every so many records."""
    if number % PORTION == PORTION - 1:
        yield None


def _kind(contract: Contract, resource: str) -> ResourceType:
    """A resource that every tenant has of its own. Raises Refusal INVALID_REQUEST."""
    open_to_all = {
        name: kind
        for name, kind in contract.resources.items()
        if kind.scope == "tenant" and name != JOURNAL
    }
    if resource not in open_to_all:
        said = f"is no resource that takes records{did_you_mean(resource, open_to_all)}"
        raise Refusal("INVALID_REQUEST", violations=[Violation("/resource", said)])
    return open_to_all[resource]


def _completed(
    engine: Engine, space: Space, kind: ResourceType, record: JsonObject, now: str
) -> Record:
    """The record with what may be left out, in the order of the contract.

    Raises Refusal INVALID_REQUEST where it does not say in which place it lies.
    """
    first = {**fresh(dict(kind.initial)), **stamps(kind, now)}
    whole = {name: value for name, value in first.items() if name in kind.properties} | record
    if kind.id_member not in whole:
        whole[kind.id_member] = space.new_id(kind)
    if kind.key and kind.key not in whole:
        try:
            whole[kind.key] = key_of(
                engine.contract.resources, kind, whole, partial(_record, space)
            )
        except KeyError as error:
            said = "is needed to tell where the record lies"
            raise Refusal(
                "INVALID_REQUEST", violations=[Violation(pointer(str(error.args[0])), said)]
            ) from error
    ordered = {name: whole[name] for name in kind.properties if name in whole}
    return ordered | whole


def _record(space: Space, resource: str, key: str) -> Record | None:
    return space.collection(resource).get(key)


def _refuse_too_many(space: Space, resource: str, number: int) -> None:
    most = space.limits.max_records
    if number > most:
        raise full(f"records of {resource} at most", most, "max-records")


def _refuse(code: str, found: Findings) -> Portions[None]:
    """Raise Refusal with what is found; of very many, the first thousand."""
    told = yield from gathered(found, TOLD)
    if told:
        raise Refusal(code, violations=told)
