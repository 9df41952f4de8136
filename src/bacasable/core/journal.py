"""The journal: facts, written once, in the order they happen. Read models are built from it."""

from ..contract.model import Json, JsonObject, ResourceType
from ..contract.together import listed
from .space import Space
from .store import Record

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
        "resourceId": resource.id_of(record),
        "data": {key: value for key, value in record.items() if key not in resource.masked},
    }
    journal = space.collection(JOURNAL)
    journal.put(event)
    journal.trim(space.limits.max_events)
    return event


def masked(resource: ResourceType, record: Record, fields: list[str]) -> Record:
    """The record with these fields as those may see them who may not (extension x-masked-for)."""
    given = [name for name in fields if name in record]
    return record | {n: _mask(resource.properties[n], record[n]) for n in given}


def _mask(schema: JsonObject, value: Json) -> Json:
    """A value that fits the schema and gives nothing away; null for what can be null."""
    if "null" in listed(schema.get("type")) or value is None:
        return None
    if not isinstance(value, str):
        return type(value)()  # an empty list or object, nought or false
    return "masked@masked.invalid" if schema.get("format") == "email" else f"{value[:1]}***"
