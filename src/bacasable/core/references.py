"""References between records: those a body makes, and those that forbid a deletion."""

from collections.abc import Iterator

from ..contract.document import pointer
from ..contract.model import Contract, Json, Reference, ResourceType, Violation
from ..contract.problems import Refusal
from .orders import Field, values_at
from .places import known_below
from .rules import sought_fields
from .situation import Situation
from .store import Record

__all__ = ["doomed_with", "indexed", "references_to", "refuse_unknown", "values_at"]

_SHOWN = 10


def refuse_unknown(situation: Situation, references: tuple[Reference, ...]) -> None:
    """Raise Refusal UNKNOWN_REFERENCE for ids in the body that name no record of the tenant."""
    broken = [
        Violation(pointer(*place), f"no {reference.resource} has this id")
        for reference in references
        if reference.enforced
        for place, value in values_at(situation.body, reference.path)
        if value is not None and not _exists(situation, reference.resource, value)
    ]
    if broken:
        raise Refusal("UNKNOWN_REFERENCE", f"Unknown: {len(broken)}.", violations=broken)


def _exists(situation: Situation, resource: str, record_id: Json) -> bool:
    """Whether the caller may know the record: what is invisible is unknown here too."""
    record = situation.get(resource, str(record_id))
    return record is not None and situation.sees(situation.contract.resources[resource], record)


def doomed_with(
    situation: Situation, resource: ResourceType, record: Record
) -> list[tuple[str, Record]]:
    """The record and everything that is deleted with it, as pairs of resource and record.

    Raises Refusal STILL_REFERENCED when a record that stays refers to one of them.
    """
    doomed = list(_with_children(situation, resource, record))
    kinds = situation.contract.resources
    ids = {(name, kinds[name].id_of(gone)) for name, gone in doomed}
    holders = [
        Violation("", f"{holder} {kinds[holder].id_of(other)} refers to it")
        for holder, other in _referring(situation, doomed)
        if (holder, kinds[holder].id_of(other)) not in ids
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
        if (resource.name, resource.id_of(record)) in seen:
            continue
        seen.add((resource.name, resource.id_of(record)))
        yield resource.name, record
        for child in situation.contract.resources.values():
            if child.parent and child.parent.resource == resource.name and child.cascades:
                its_id = known_below(resource, record, child.parent)
                below = situation.where(child.name, **{child.parent.field: its_id})
                waiting.extend((child, one) for one in below)


def _referring(
    situation: Situation, doomed: list[tuple[str, Record]]
) -> Iterator[tuple[str, Record]]:
    """Every record that refers to one of these, once, with its resource."""
    seen: set[tuple[str, str]] = set()
    for name, gone in doomed:
        kind = situation.contract.resources[name]
        for resource, reference in references_to(situation.contract, name):
            its_id = gone[kind.id_member]
            if reference.path[0] in resource.hidden:
                its_id = kind.id_of(gone)
            for record in _holders(situation, resource, reference, its_id):
                if (resource.name, resource.id_of(record)) not in seen:
                    seen.add((resource.name, resource.id_of(record)))
                    yield resource.name, record


def _holders(
    situation: Situation, resource: ResourceType, reference: Reference, record_id: Json
) -> list[Record]:
    """Records that may hold the id: ids are sought as texts are, and told apart afterwards."""
    path = reference.path
    found = situation.collection(resource.name).where(path if len(path) > 1 else path[0], record_id)
    return [r for r in found if any(v == record_id for _, v in values_at(r, path))]


def indexed(contract: Contract) -> dict[str, tuple[Field, ...]]:
    """By resource the fields that records are sought by at each write, however many there are."""
    fields: dict[str, dict[Field, None]] = {
        name: dict.fromkeys(kind.unique) for name, kind in contract.resources.items()
    }
    for name in contract.resources:
        for holder, reference in references_to(contract, name):
            path = reference.path
            fields[holder.name][path if len(path) > 1 else path[0]] = None
    for name, sought in sought_fields(contract).items():
        fields[name] |= dict.fromkeys(sought)
    return {name: tuple(found) for name, found in fields.items()}


def references_to(contract: Contract, name: str) -> Iterator[tuple[ResourceType, Reference]]:
    """Every place in any resource that can hold an id of the named one."""
    for resource in contract.resources.values():
        for reference in resource.references:
            if reference.resource == name and reference.enforced:
                yield resource, reference
        if resource.parent and resource.parent.resource == name:
            yield resource, Reference((resource.parent.field,), name)
