"""The journal: facts, written once, in the order they happen. Read models are built from it."""

from ..contract.model import Json, ResourceType
from .store import Record, Space

JOURNAL = "Event"


def record_fact(
    space: Space,
    *,
    fact: str,
    actor_id: str | None,
    resource: ResourceType,
    record: Record,
    at: str,
) -> Record:
    """Append a fact about a record. Personal data stay out: the journal cannot be changed later."""
    number = space.next_number(JOURNAL)
    event = {
        "id": f"evt_{number:020d}",
        "sequence": number,
        "type": fact,
        "occurredAt": at,
        "actorId": actor_id,
        "resource": resource.name,
        "resourceId": record["id"],
        "data": {key: value for key, value in record.items() if key not in resource.masked},
    }
    space.collection(JOURNAL).put(event)
    return event


def mask(resource: ResourceType, record: Record, roles: frozenset[str]) -> Record:
    """The record as callers with these roles may see it (extension x-masked-for)."""
    if not is_masked_for(resource, roles):
        return record
    hidden = [name for name, blind in resource.masked.items() if roles <= set(blind)]
    return record | {name: _masked(record[name]) for name in hidden}


def is_masked_for(resource: ResourceType, roles: frozenset[str]) -> bool:
    """Whether callers with these roles, and no other, see any field masked."""
    if not resource.masked or not roles or not roles <= resource.blind_roles:
        return False
    return any(roles <= set(blind) for blind in resource.masked.values())


def _masked(value: Json) -> Json:
    """A value of the same type that gives nothing away; null for what can be null by nature."""
    if isinstance(value, list):
        return []
    if not isinstance(value, str):
        return None
    return (
        "masked@masked.invalid"
        if "@" in value
        else None
        if value.startswith("+")
        else f"{value[:1]}***"
    )
