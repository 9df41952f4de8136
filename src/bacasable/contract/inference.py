"""What documents of others say of records, though they have no words for it.

Ours declare their resources. Here they are read off paths and schemas, and only where that is
safe: a collection and its item, whose records have a member that the item's path names. All else
stays what it is, an operation of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .document import at_pointer, schema_at
from .media import FORM, MULTIPART, essence, is_json
from .members import is_object, kinds, merged
from .model import (
    Action,
    Body,
    Contract,
    Filter,
    JsonObject,
    Operation,
    Parameter,
    Parent,
    Reference,
    ResourceType,
)
from .names import plain
from .operations import infer_action, is_variable
from .resource_types import CREATED, UPDATED, containers_in, initial_values, stamp_in
from .shape import (
    Shape,
    Sought,
    id_member,
    noun,
    places,
    record_schema,
    success_schema,
)
from .values import made

_ITEM_METHODS = ("get", "put", "patch", "delete")
_SCHEMA = re.compile(r"#/components/schemas/([^/]+)")


def inferred(contract: Contract) -> Contract:
    """A contract of others with resources, and the actions of its operations on them.

    Roles, which mean something else in each of them, become "any caller who is logged in". A
    contract of ours is given back as it is.
    """
    if contract.extended:
        return contract
    found = _collections(contract)
    resources = {c.resource.name: c.resource for c in found}
    ids = {c.resource.name: c.id_kinds for c in found if c.resource.parent is None}
    for name, resource in resources.items():
        references = tuple(_references(resource.properties, resources, ids, besides=name))
        resources[name] = replace(resource, references=references)
    operations = {
        operation.id: _operation(contract.document, operation, resources, ids)
        for operation in contract.operations.values()
    }
    return replace(contract, resources=resources, operations=operations)


@dataclass(frozen=True, slots=True)
class _Collection:
    """A collection of records: its resource, and the types of the ids of its records."""

    resource: ResourceType
    id_kinds: frozenset[str]


def _collections(contract: Contract) -> list[_Collection]:
    """Every collection that is one for certain, those that others lie below first."""
    by_path: dict[tuple[str, ...], dict[str, Operation]] = {}
    for operation in contract.operations.values():
        by_path.setdefault(_segments(operation.path), {}).setdefault(operation.method, operation)
    found: dict[tuple[str, ...], _Collection] = {}
    for path in sorted(by_path, key=len):  # which keeps the document's order otherwise
        above = path[:-1]
        if above in found or not (path and is_variable(path[-1])) or above not in by_path:
            continue
        parent = _parent(found, above)
        if parent is not None:
            taken = {c.resource.name for c in found.values()}
            made = _collection(contract, by_path[above], by_path[path], parent, taken)
            if made:
                found[above] = made
    return list(found.values())


def _parent(
    found: dict[tuple[str, ...], _Collection], above: tuple[str, ...]
) -> tuple[str, str] | None:
    """Name of the parent of a collection and its parameter; empty without; None if unknown."""
    if not above or is_variable(above[-1]):
        return None
    parameters = [index for index, part in enumerate(above) if is_variable(part)]
    if not parameters:
        return ("", "")
    last = parameters[-1]
    owner = next((c for p, c in found.items() if _matches(p, above[:last])), None)
    return (owner.resource.name, above[last][1:-1]) if owner else None


def _collection(
    contract: Contract,
    whole: dict[str, Operation],
    item: dict[str, Operation],
    parent: tuple[str, str],
    taken: set[str],
) -> _Collection | None:
    document = contract.document
    source = [
        *((item[m], "record") for m in ("get",) if m in item),
        *((whole[m], s) for m, s in (("post", "record"), ("get", "list")) if m in whole),
        *((item[m], "record") for m in ("put", "patch") if m in item),
    ]
    name, record = _record(document, source)
    first = next((item[method] for method in _ITEM_METHODS if method in item), None)
    if first is None or not is_object(record):
        return None
    parameter = _segments(first.path)[-1][1:-1]
    declared = next((p for p in first.parameters if p.name == parameter), None)
    collection = next(iter(whole.values())).path
    member = id_member(record, parameter, name, noun(collection))
    id_kinds = frozenset(kinds(merged(document, record["properties"].get(member, {}))))
    asked = kinds(merged(document, declared.schema)) if declared else []
    if not id_kinds & set(asked) or not any(_can_be_had(document, whole)):
        return None
    name = _named(name, collection, taken)
    resource = _resource(document, name, collection, record, parent=parent, member=member)
    return _Collection(resource, id_kinds)


def _can_be_had(document: JsonObject, whole: dict[str, Operation]) -> Iterator[bool]:
    """Whether records of a collection can be listed, and whether they can be made."""
    yield "get" in whole and _kind(document, whole["get"], "list") == "list"
    yield "post" in whole and _kind(document, whole["post"], "create") == "create"


def _record(
    document: JsonObject, sources: Iterable[tuple[Operation, str]]
) -> tuple[str, JsonObject]:
    """The name and the merged schema of a record, from the first answer that shows one."""
    for operation, kind in sources:
        sought: Sought = "list" if kind == "list" else "record"
        schema = success_schema(document, operation)
        shape = places(document, schema, sought)
        if (shape.items is not None) != (sought == "list"):
            continue
        record = record_schema(document, schema, shape)
        if is_object(record):
            return _schema_name(document, operation, shape), record
    return "", {}


def _schema_name(document: JsonObject, operation: Operation, shape: Shape) -> str:
    """What the document calls the schema of a record; empty where it has no name."""
    answers = (operation.answers[s] for s in sorted(operation.answers) if s < 300)
    pointer = next((a.schema for a in answers if a.schema), None)
    node = at_pointer(document, "#" + pointer) if pointer else {}
    steps = list(shape.items if shape.record is None and shape.items else shape.record or ())
    for step in steps:
        node = merged(document, node).get("properties", {}).get(step, {})
    if shape.record is None:
        node = merged(document, node).get("items", {})
    named = _SCHEMA.fullmatch(str(node.get("$ref", ""))) if isinstance(node, dict) else None
    return named[1] if named else ""


def _named(name: str, collection: str, taken: set[str]) -> str:
    """A name of its own for a resource: that of its schema, or else one from its path."""
    if not name or name in taken:
        words = re.findall(r"[A-Za-z0-9]+", noun(collection))
        name = "".join(word[:1].upper() + word[1:] for word in words)
    wanted, number = name or "Record", 1
    while name in taken or not name:
        number += 1
        name = f"{wanted}{number}"
    return name


def _resource(
    document: JsonObject,
    name: str,
    collection: str,
    record: JsonObject,
    *,
    parent: tuple[str, str],
    member: str,
) -> ResourceType:
    properties = {k: schema_at(document, v) for k, v in record["properties"].items()}
    owner, parameter = parent
    fields = (k for k in properties if plain(k) in (plain(parameter), plain(owner) + "id"))
    field = next(fields, "") if parameter != "id" else ""
    created, updated = stamp_in(properties, CREATED), stamp_in(properties, UPDATED)
    initial = initial_values(document, properties, None)
    initial.pop(member, None)  # made for each record
    for required in record.get("required", ()):
        if required in properties and required not in initial and required != member:
            initial[required] = made(document, properties[required])
    return ResourceType(
        name=name,
        collection=collection,
        id_prefix="",
        id_format=_id_format(merged(document, properties.get(member, {}))),
        # Nothing is known of tenants: nobody is expected to be kept from a record.
        scope="platform",
        parent=Parent(owner, field) if owner else None,
        cascades=False,
        unique=(),
        visibility={},
        lifecycle=None,
        references=(),
        masked={},
        blind_roles=frozenset(),
        properties=properties,
        initial=initial,
        containers=containers_in(initial),
        id_member=member,
        created=created,
        updated=updated,
        is_open=record.get("additionalProperties", True) is not False,
        schema=record,
    )


def _id_format(schema: JsonObject) -> str:
    """How ids are made: running numbers for numbers, else what their schema takes."""
    if "string" not in kinds(schema) and {"integer", "number"} & set(kinds(schema)):
        return "integer"
    return "uuid" if schema.get("format") == "uuid" else "random"


def _operation(
    document: JsonObject,
    operation: Operation,
    resources: dict[str, ResourceType],
    ids: dict[str, frozenset[str]],
) -> Operation:
    action = infer_action(operation.method, operation.path, resources)
    action = replace(action, kind=_kind(document, operation, action.kind))
    resource = resources.get(action.resource or "")
    parameters = operation.parameters
    if action.kind == "list" and resource:
        parameters = tuple(_filtering(document, p, resource) for p in parameters)
    return replace(
        operation,
        action=action,
        roles=None if operation.roles is None else (),
        parameters=parameters,
        body=_body(document, operation.body, action, resources, ids),
    )


def _kind(document: JsonObject, operation: Operation, kind: str) -> str:
    """What an operation on a resource does for certain; custom when it may be something else."""
    if not any(200 <= status < 300 and status != 202 for status in operation.answers):
        return "custom"  # accepted for later, or not said at all
    schema = success_schema(document, operation)
    if kind == "list":
        return kind if places(document, schema, "list").items is not None else "custom"
    if kind == "delete":
        return kind
    if kind == "get":
        return kind if places(document, schema, "record").record is not None else "custom"
    if kind in ("create", "update") and operation.body:
        shown = places(document, schema, "record").record is not None
        told = shown or kind == "update" or 201 in operation.answers
        # A file alone says nothing of a record but that there is one.
        told = told if _has_members(operation.body) else shown
        return kind if told and "array" not in kinds(schema) else "custom"
    return "custom"


def _has_members(body: Body) -> bool:
    """Whether a body may have the members of a record: in JSON, a form, or parts."""
    types = [content.media_type for content in body.contents]
    return any(is_json(one) or essence(one) in (FORM, MULTIPART) or one == "*/*" for one in types)


def _filtering(document: JsonObject, parameter: Parameter, resource: ResourceType) -> Parameter:
    """A parameter as a filter, where it names a member that is one of few values, or a record.

    One that names a text or a number may search in it, or be a bound.
    """
    member = resource.properties.get(parameter.name)
    if member is None or parameter.location != "query" or parameter.filter:
        return parameter
    asked, had = merged(document, parameter.schema), merged(document, member)
    same = set(kinds(asked)) == set(kinds(had)) - {"null"}
    few = "boolean" in kinds(asked) or ("enum" in asked and set(asked["enum"]) <= set(_values(had)))
    names_record = any(r.path == (parameter.name,) for r in resource.references)
    if same and (few or names_record):
        return replace(parameter, filter=Filter((parameter.name,), "equals"))
    return parameter


def _values(schema: JsonObject) -> Iterator[str]:
    return (value for value in schema.get("enum", ()) if isinstance(value, str))


def _body(
    document: JsonObject,
    body: Body | None,
    action: Action,
    resources: dict[str, ResourceType],
    ids: dict[str, frozenset[str]],
) -> Body | None:
    if body is None:
        return None
    members = merged(document, body.schema).get("properties", {})
    known = {name: merged(document, schema) for name, schema in members.items()}
    own = action.resource or ""
    return replace(body, references=tuple(_references(known, resources, ids, besides=own)))


def _references(
    members: Mapping[str, JsonObject],
    resources: dict[str, ResourceType],
    ids: dict[str, frozenset[str]],
    besides: str,
) -> Iterator[Reference]:
    """Members such as `bookId` that name a record of the one resource that is called so.

    Good for making bodies; that a server refuses an unknown one is not said by their name.
    """
    stems = {other: {plain(other), plain(noun(resources[other].collection))} for other in ids}
    for name, schema in members.items():
        stem = plain(name).removesuffix("id") if plain(name).endswith("id") else ""
        called = [other for other in ids if other != besides and stem in stems[other]]
        if len(called) == 1 and ids[called[0]] == set(kinds(schema)) - {"null"}:
            yield Reference((name,), called[0])


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/")) if path.strip("/") else ()


def _matches(template: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether two paths are the same but for the names of their parameters."""
    return len(template) == len(path) and all(
        a == b or (is_variable(a) and is_variable(b)) for a, b in zip(template, path, strict=True)
    )
