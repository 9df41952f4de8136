"""References between records: those a body makes, and those that forbid a deletion."""

from collections.abc import Iterator

from ..contract.document import pointer
from ..contract.model import Contract, Json, Reference, ResourceType, Violation
from ..contract.problems import Refusal
from .situation import Situation
from .store import Record

_SHOWN = 10


def refuse_unknown(situation: Situation, references: tuple[Reference, ...]) -> None:
    """Raise Refusal UNKNOWN_REFERENCE for ids in the body that name no record of the tenant."""
    broken = [
        Violation(pointer(*place), f"no {reference.resource} has this id")
        for reference in references
        for place, value in values_at(situation.body, reference.path)
        if value is not None and not _exists(situation, reference.resource, value)
    ]
    if broken:
        raise Refusal("UNKNOWN_REFERENCE", f"Unknown: {len(broken)}.", violations=broken)


def _exists(situation: Situation, resource: str, record_id: str) -> bool:
    """Whether the caller may know the record: what is invisible is unknown here too."""
    record = situation.get(resource, record_id)
    return record is not None and situation.sees(situation.contract.resources[resource], record)


def doomed_with(
    situation: Situation, resource: ResourceType, record: Record
) -> list[tuple[str, Record]]:
    """The record and everything that is deleted with it, as pairs of resource and record.

    Raises Refusal STILL_REFERENCED when a record that stays refers to one of them.
    """
    doomed = list(_with_children(situation, resource, record))
    ids = {(name, gone["id"]) for name, gone in doomed}
    holders = [
        Violation("", f"{holder} {other['id']} refers to it")
        for holder, other in _referring(situation, doomed)
        if (holder, other["id"]) not in ids
    ]
    if holders:
        said = f"{len(holders)} record(s) refer to it."
        raise Refusal("STILL_REFERENCED", said, violations=holders[:_SHOWN])
    return doomed


def _with_children(
    situation: Situation, resource: ResourceType, record: Record
) -> Iterator[tuple[str, Record]]:
    """A record and its cascading children, each once, even where records are their own parents."""
    waiting, seen = [(resource, record)], set[tuple[str, str]]()
    while waiting:
        resource, record = waiting.pop()
        if (resource.name, record["id"]) in seen:
            continue
        seen.add((resource.name, record["id"]))
        yield resource.name, record
        for child in situation.contract.resources.values():
            if child.parent and child.parent.resource == resource.name and child.cascades:
                below = situation.where(child.name, **{child.parent.field: record["id"]})
                waiting.extend((child, one) for one in below)


def _referring(
    situation: Situation, doomed: list[tuple[str, Record]]
) -> Iterator[tuple[str, Record]]:
    """Every record that refers to one of these, once, with its resource."""
    seen: set[tuple[str, str]] = set()
    for name, gone in doomed:
        for resource, reference in references_to(situation.contract, name):
            for record in _holders(situation, resource, reference, gone["id"]):
                if (resource.name, record["id"]) not in seen:
                    seen.add((resource.name, record["id"]))
                    yield resource.name, record


def _holders(
    situation: Situation, resource: ResourceType, reference: Reference, record_id: str
) -> list[Record]:
    if len(reference.path) == 1:
        return situation.where(resource.name, **{reference.path[0]: record_id})
    return [
        record
        for record in situation.collection(resource.name)
        if any(value == record_id for _, value in values_at(record, reference.path))
    ]


def references_to(contract: Contract, name: str) -> Iterator[tuple[ResourceType, Reference]]:
    """Every place in any resource that can hold an id of the named one."""
    for resource in contract.resources.values():
        for reference in resource.references:
            if reference.resource == name:
                yield resource, reference
        if resource.parent and resource.parent.resource == name:
            yield resource, Reference((resource.parent.field,), name)


def values_at(
    value: Json, path: tuple[str, ...], place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """What stands at a path within a value, with its place; `*` goes through a list."""
    if not path:
        yield place, value
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from values_at(item, path[1:], (*place, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:], (*place, path[0]))
