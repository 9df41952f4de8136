"""The examples of a document as records: read from its answers, bodies, schemas and members.

In this order, for what a document shows as an answer is nearest to what it answers. Envelopes are
taken off as those of answers are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...contract.compiled import compiled
from ...contract.document import at_pointer, resolve
from ...contract.model import Answer, Contract, Json, JsonObject, Operation, ResourceType
from ...contract.renaming import names_shown, names_taken, stored
from ...contract.schema import whole
from ...contract.values import made
from ...contract.wire import to_json
from .given import GivenRecord

MOST, LARGEST = 1_000, 256 * 1024
"""Examples of a resource that become records, and the bytes of one."""
_SCHEMA = 3
"""The rank of what is read of schemas: it comes after answers and bodies."""


@dataclass(slots=True)
class Example:
    """What may become a record. `source` says where it stands, `parent` is its parent's id."""

    source: str
    value: JsonObject
    record_id: Json = None
    parent: Json = None
    is_composed: bool = False
    """Whether it is put together of what members show, and nobody wrote it so."""
    others: list[JsonObject] = field(default_factory=list)
    """What else is shown of the same record."""
    given: GivenRecord | None = None
    """The record of a fixture that it is. Such a one is not left out when it does not fit."""


def examples_of(contract: Contract, kind: ResourceType) -> Iterator[Example]:
    """Every example of a resource, those that show most of it first."""
    operations = [o for o in contract.operations.values() if o.action.resource == kind.name]
    found: list[tuple[int, Example]] = []
    for operation in operations:
        for rank, example in _of_operation(contract, operation):
            if len(found) < MOST:
                found.append((rank, example))
    schema = f"the schema of {kind.name}"
    values = (v for v in _in_schema(contract.document, kind.schema) if isinstance(v, dict))
    found += [(_SCHEMA, Example(schema, value)) for value in values]
    yield from (example for _, example in sorted(found, key=lambda one: one[0]))
    if not found:
        yield from _of_members(contract, kind, operations)


def as_example(document: JsonObject, kind: ResourceType, given: GivenRecord) -> Example:
    """A record of a fixture as an example is: with its defaults, its id as records hold it."""
    declared = {n: whole(document, kind.properties[n]) for n in kind.initial}
    defaults = {n: kind.initial[n] for n, schema in declared.items() if "default" in schema}
    value = {**defaults, **given.value}
    own = as_id(document, kind, value.get(kind.id_member))
    hidden = kind.parent is not None and kind.parent.is_hidden
    parent = value.pop(kind.parent.field, None) if kind.parent and hidden else None
    return Example(given.place, value, own, parent, given=given)


def is_too_large(value: Json) -> bool:
    """Whether an example is larger than a record should be."""
    return len(to_json(value)) > LARGEST


def _of_operation(contract: Contract, operation: Operation) -> Iterator[tuple[int, Example]]:
    """The examples of an operation, each with its rank."""
    action = operation.action
    ranks = {"list": 0, "get": 1, "create": 1, "update": 1}
    if action.kind not in ranks:
        return
    named = _in_path(operation)
    parent = named.get(action.parent_param or "")
    of_item = named.get(action.item_param or "") if action.item_param else None
    source = f"{operation.method.upper()} {operation.path}"
    answer, names = operation.succeeds, names_shown(contract, operation)
    for value, in_schema in _of_answer(contract.document, answer):
        payload = _payload(contract, operation, answer, value)
        items = payload if isinstance(payload, list) else [payload]
        for item in items[:MOST]:
            if isinstance(item, dict) and item:
                rank = _SCHEMA if in_schema else ranks[action.kind]
                record = stored(item, names)
                yield rank, Example(f"{source} {answer.status}", record, of_item, parent)
    if action.kind == "create" and operation.body is not None:
        media = at_pointer(contract.document, "#" + operation.body.pointer.removesuffix("/schema"))
        for value, in_schema in _of_media(contract.document, media):
            if isinstance(value, dict) and value:
                record = stored(value, names_taken(contract, operation))
                yield (_SCHEMA if in_schema else 2), Example(source, record, None, parent)


def _payload(contract: Contract, operation: Operation, answer: Answer, value: Json) -> Json:
    """What an example shows, out of its envelope; some examples come without."""
    template = compiled(contract).template(operation, answer)
    if template is None:
        return None
    found = template.read(value)
    is_list = operation.action.kind == "list"
    if is_list and not isinstance(found, list):
        return value if isinstance(value, list) else None
    return found


def _of_answer(document: JsonObject, answer: Answer) -> Iterator[tuple[Json, bool]]:
    if answer.schema is not None:
        media = at_pointer(document, "#" + answer.schema.removesuffix("/schema"))
        yield from _of_media(document, media)


def _of_media(document: JsonObject, media: JsonObject) -> Iterator[tuple[Json, bool]]:
    """The examples of a media type and those of its schema, and whether they are the latter."""
    if "example" in media:
        yield media["example"], False
    named = media.get("examples")
    for declared in named.values() if isinstance(named, dict) else ():
        example = resolve(document, declared)
        for key in ("value", "dataValue"):
            if isinstance(example, dict) and key in example:
                yield example[key], False
    for value in _in_schema(document, media.get("schema", {})):
        yield value, True


def _in_schema(document: JsonObject, schema: Json) -> Iterator[Json]:
    declared = whole(document, schema)
    if "example" in declared:
        yield declared["example"]
    several = declared.get("examples", ())
    yield from several.values() if isinstance(several, dict) else several


def _of_members(
    contract: Contract, kind: ResourceType, operations: list[Operation]
) -> Iterator[Example]:
    """The examples of a record's members put together, under the id that a path shows."""
    document = contract.document
    value: JsonObject = {}
    for name, declared in kind.properties.items():
        found = next(_in_schema(document, declared), None)
        if found is not None and not whole(document, declared).get("writeOnly"):
            value[name] = found
    told = [name for name in value if name != kind.id_member]
    shown = (_in_path(o).get(o.action.item_param or "") for o in operations if o.action.item_param)
    its_id = next((one for one in shown if one is not None), None)
    if told or its_id is not None:
        above = (_in_path(o).get(o.action.parent_param or "") for o in operations)
        parent = next((one for one in above if one is not None), None)
        yield Example(f"the members of {kind.name}", value, its_id, parent, is_composed=True)


def _in_path(operation: Operation) -> dict[str, Json]:
    """The examples of the parameters in a path, as text or as their schema has them."""
    found: dict[str, Json] = {}
    asked, shown = operation.path.split("/"), operation.example_path.split("/")
    if len(asked) == len(shown):
        pairs = zip(asked, shown, strict=True)
        found = {a[1:-1]: s for a, s in pairs if a.startswith("{") and a != s}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.name not in found:
            schema = parameter.schema if isinstance(parameter.schema, dict) else {}
            examples = schema.get("examples")
            several = examples if isinstance(examples, list) and examples else [None]
            value = schema.get("example", several[0])
            if isinstance(value, str | int) and not isinstance(value, bool):
                found[parameter.name] = value
    return found


def places_shown(contract: Contract, kind: ResourceType) -> dict[str, str]:
    """The place in which the first records lie: what paths show of it, or a value made for them."""
    found: dict[str, str] = {}
    for operation in contract.operations.values():
        if operation.action.resource != kind.name:
            continue
        shown = _in_path(operation)
        for name, member in operation.action.places:
            schemas = [p.schema for p in operation.parameters if p.name == name]
            schema = schemas[0] if schemas else {}
            value = shown.get(name, made(contract.document, schema))
            if member in kind.places:
                found.setdefault(member, str(value))
    return {member: found.get(member, "example") for member in kind.places}


def as_id(document: JsonObject, kind: ResourceType, value: Json) -> Json:
    """An id as records hold it: numbers of texts, where the schema has it so. None for no id."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    allowed = whole(document, kind.properties.get(kind.id_member)).kinds
    is_number = bool({"integer", "number"} & set(allowed))
    if isinstance(value, str) and is_number and "string" not in allowed:
        return int(value) if value.isascii() and value.lstrip("-").isdecimal() else None
    if isinstance(value, int) and "string" in allowed and not is_number:
        return str(value)
    return value


def shows(kind: ResourceType, other: Example, value: JsonObject) -> bool:
    """Whether all that an example tells of a record is told by another one."""
    told = {
        name: one
        for name, one in value.items()
        if name in kind.properties and not kind.properties[name].get("writeOnly")
    }
    return any(
        all(name in seen and seen[name] == one for name, one in told.items())
        for seen in (other.value, *other.others)
    )
