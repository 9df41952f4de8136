"""Records that come from outside, many at once: checked against the contract, stored all or none.

They pass no operation, so rules, lifecycles and the journal know nothing of them.
"""

from collections.abc import Callable, Iterator

from ..contract.complete import completer, fresh
from ..contract.document import pointer
from ..contract.model import Contract, JsonObject, ResourceType, Violation
from ..contract.names import did_you_mean
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..contract.schemas import TOLD, Check
from ..core import Engine, Record, Space
from ..core.journal import JOURNAL
from ..core.references import values_at
from ..core.store import Collection
from ..core.timers import to_come

Known = Callable[[str, str], bool]
"""Whether a resource has a record with this id."""


def insert(engine: Engine, space: Space, resource: str, records: list[JsonObject]) -> list[str]:
    """Store records of a resource in a tenant; their ids, in the same order.

    Raises Refusal INVALID_REQUEST for what breaks the contract by itself, RECORDS_REFUSED for what
    does not fit the records that are there.
    """
    kind = _kind(engine.contract, resource)
    now = format_instant(space.clock.now())
    whole = [_completed(space, kind, record, now) for record in records]
    check = engine.schemas.record_check(kind)
    _refuse("INVALID_REQUEST", _schema_findings(whole, check))
    _refuse("INVALID_REQUEST", instant_findings(engine, kind, whole, "/records"))
    new = {record["id"] for record in whole}

    def known(name: str, record_id: str) -> bool:
        return (name == resource and record_id in new) or (
            space.collection(name).get(record_id) is not None
        )

    there = space.collection(resource)
    _refuse("RECORDS_REFUSED", clash_findings(kind, whole, there, "/records"))
    _refuse("RECORDS_REFUSED", reference_findings(kind, whole, known, "/records"))
    for record in whole:
        there.put(record)
        for due in to_come(kind, record, now):
            space.schedule.push(due)
    return [record["id"] for record in whole]


def instant_findings(
    engine: Engine, kind: ResourceType, records: list[Record], place: str
) -> Iterator[Violation]:
    """Write the instants of valid records as the contract does, in place; those that cannot be."""
    whole = {"type": "object", "properties": dict(kind.properties)}
    complete = completer(engine.contract.document, engine.schemas, whole)
    found: list[Violation] = []
    for number, record in enumerate(records):
        if complete:
            complete(record, f"{place}/{number}", found)
    yield from found


def clash_findings(
    kind: ResourceType, records: list[Record], there: Collection, place: str
) -> Iterator[Violation]:
    """Ids and unique values that are taken, by a record that is there or by one further up."""
    taken: set[tuple[str, object]] = set()
    for number, record in enumerate(records):
        for field in ("id", *kind.unique):
            value = record.get(field)
            if value is None:
                continue
            # As the engine asks for them: without regard to case, but for ids.
            key = (field, value.lower() if isinstance(value, str) and field != "id" else value)
            if key in taken or (there.get(value) if field == "id" else there.where(field, value)):
                yield Violation(f"{place}/{number}{pointer(field)}", "is taken by another record")
            taken.add(key)


def reference_findings(
    kind: ResourceType, records: list[Record], known: Known, place: str
) -> Iterator[Violation]:
    """References of records, to their parent included, that name nothing."""
    for number, record in enumerate(records):
        for reference in kind.references:
            for where, value in values_at(record, reference.path):
                if value is not None and not known(reference.resource, value):
                    said = f"no {reference.resource} has this id"
                    yield Violation(f"{place}/{number}{pointer(*where)}", said)
        parent = kind.parent
        if parent and not known(parent.resource, record[parent.field]):
            said = f"no {parent.resource} has this id"
            yield Violation(f"{place}/{number}{pointer(parent.field)}", said)


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


def _completed(space: Space, kind: ResourceType, record: JsonObject, now: str) -> Record:
    """The record with what may be left out, in the order of the contract."""
    first = {**fresh(dict(kind.initial)), "createdAt": now, "updatedAt": now}
    whole = {name: value for name, value in first.items() if name in kind.properties} | record
    if "id" not in whole:
        whole["id"] = space.new_id(kind)
    ordered = {name: whole[name] for name in kind.properties if name in whole}
    return ordered | whole


def _schema_findings(records: list[Record], check: Check) -> Iterator[Violation]:
    for number, record in enumerate(records):
        for found in check(record):
            yield Violation(f"/records/{number}{found.pointer}", found.detail)


def _refuse(code: str, found: Iterator[Violation]) -> None:
    """Raise Refusal with what is found; of very many, the first thousand."""
    told = [violation for _, violation in zip(range(TOLD), found, strict=False)]
    if told:
        raise Refusal(code, violations=told)
