"""From schemas to resource types: what the extensions say of records, read once."""

from collections.abc import Iterable, Iterator
from typing import Any

from .complete import fresh
from .document import ContractError, pointer, reading, resolve, schema_at
from .extensions import fits, is_strict
from .members import kinds, merged
from .model import (
    Action,
    JsonObject,
    Lifecycle,
    Operation,
    Parent,
    Reference,
    ResourceType,
    Rule,
    Transition,
)
from .names import plain
from .simple_values import allows, beginning
from .values import made


def declared_resources(document: JsonObject) -> dict[str, JsonObject]:
    """What the document declares of its resources, by name: beside their schemas, or at its root.

    Of a document that leaves the rest to inference, what breaks the extension is passed over:
    others have keys of the same name.
    """
    schemas = document.get("components", {}).get("schemas", {})
    found: dict[str, JsonObject] = {}
    for name, schema in schemas.items():
        declared = schema.get("x-resource") if isinstance(schema, dict) else None
        if declared is not None and (is_strict(document) or fits("x-resource", declared)):
            found[name] = {"schema": {"$ref": f"#/components/schemas/{name}"}, **declared}
    rest = document.get("x-resources", {})
    return found | {name: one for name, one in rest.items() if fits("x-resource", one)}


def resource_types(document: JsonObject) -> Iterator[tuple[str, ResourceType]]:
    """Every declared kind of record, by its name."""
    for name, declared in declared_resources(document).items():
        with reading(pointer("components", "schemas", name)):
            yield name, resource_of(document, name, declared)


def resource_of(document: JsonObject, name: str, declared: JsonObject) -> ResourceType:
    """A kind of record from what is declared of it, as `x-resource` has it, with its schema."""
    schema, strict = schema_at(document, declared["schema"]), is_strict(document)
    record = schema if strict else merged(document, schema)
    properties = {
        key: schema_at(document, value) for key, value in record.get("properties", {}).items()
    }
    lifecycle = _lifecycle(schema["x-lifecycle"], properties) if "x-lifecycle" in schema else None
    masked = {k: tuple(v["x-masked-for"]) for k, v in properties.items() if "x-masked-for" in v}
    member, single = declared.get("idMember", "id"), declared.get("single", False)
    initial = initial_values(document, properties, lifecycle)
    if not strict:
        initial = _filled(document, record, properties, initial, member, single=single)
    is_placed = declared.get("idWithin") == "place" or single or not member
    # Schemas of others may be without end: what they say of references stands on their members.
    nested = schema if strict else {"properties": {k: _alone(v) for k, v in properties.items()}}
    references = tuple(references_in(document, nested))
    references += tuple(
        Reference((field,), target, enforced=False)
        for field, target in declared.get("references", {}).items()
    )
    id_format, prefix = id_format_of(document, properties.get(member, {}))
    return ResourceType(
        name=name,
        collection=declared["collection"],
        id_prefix=declared.get("idPrefix", "" if "idFormat" in declared else prefix),
        id_format=declared.get("idFormat", id_format),
        scope=declared.get("scope", "tenant" if strict else "platform"),
        parent=_parent(declared),
        cascades=declared.get("onParentDelete") == "cascade",
        unique=tuple(declared.get("unique", ())),
        visibility={
            role: {name: _values(value) for name, value in fields.items()}
            for role, fields in declared.get("visibility", {}).items()
        },
        lifecycle=lifecycle,
        references=references,
        masked=masked,
        blind_roles=frozenset(role for roles in masked.values() for role in roles),
        properties=properties,
        initial=initial,
        containers=containers_in(initial),
        timers=tuple(t for t in lifecycle.transitions.values() if t.at) if lifecycle else (),
        id_member=member or KEY,
        created=stamp_in(properties, CREATED),
        updated=stamp_in(properties, UPDATED),
        is_open=not strict and record.get("additionalProperties", True) is not False,
        schema=None if strict else record,
        item=declared.get("item", ""),
        places=tuple(f"{{{name}}}" for name in declared.get("places", ())),
        key=KEY if is_placed else "",
        is_single=single,
    )


KEY = "{}"
"""The member that holds what a record is kept under, where its id alone is not enough."""


def _alone(member: JsonObject) -> JsonObject:
    """What a member itself says, or its items, without what lies below."""
    items = member.get("items")
    own = {"x-references": member["x-references"]} if "x-references" in member else {}
    if isinstance(items, dict) and "x-references" in items:
        own["items"] = {"x-references": items["x-references"]}
    return own


def _parent(declared: JsonObject) -> Parent | None:
    """The parent, and the member with its id: one of the record's, or a hidden one."""
    parent = declared.get("parent")
    if parent is None:
        return None
    return Parent(parent["resource"], parent.get("field") or "{parent}")


def _filled(
    document: JsonObject,
    record: JsonObject,
    properties: JsonObject,
    initial: JsonObject,
    member: str,
    *,
    single: bool,
) -> JsonObject:
    """The first values of a record of others, with all that it requires, or that is seen of one."""
    initial.pop(member, None)  # made for each record
    for required in record.get("required", ()):
        if required in properties and required not in initial and required != member:
            initial[required] = made(document, properties[required])
    if single:
        shown = made(document, record)
        initial = {n: made(document, p) for n, p in properties.items()} | initial
        initial |= shown if isinstance(shown, dict) else {}
    return initial


def id_format_of(document: JsonObject, member: JsonObject) -> tuple[str, str]:
    """How ids are made, with what they begin with: as their schema takes them."""
    schema = merged(document, member)
    if "string" not in kinds(schema) and {"integer", "number"} & set(kinds(schema)):
        return "integer", ""
    if schema.get("format") == "uuid":
        return "uuid", ""
    begins = beginning(str(schema.get("pattern", "")))
    for prefix in dict.fromkeys(["", begins]):
        for name, samples in _ID_SAMPLES.items():
            if all(allows(schema, prefix + sample) for sample in samples):
                return name, prefix
    for digits in range(1, 40):  # those of a fixed length, with room for many
        prefix = begins + "1" + "0" * digits
        if allows(schema, prefix + "1"):
            return "number", prefix
    return "random", ""


_ID_SAMPLES = {
    "random": ("a2b3c4d5e6f7ghijklmn", "nmlkjihg7f6e5d4c3b2a"),
    "uuid": ("0b5c2d5e-8d1f-4a3b-9c4d-5e6f7a8b9c0d",),
    "number": ("1", "27", "3456"),
}
"""By format of ids: some that are made."""


def containers_in(initial: JsonObject) -> tuple[str, ...]:
    """The members whose first values must be made anew for each record."""
    return tuple(name for name, value in initial.items() if isinstance(value, list | dict))


def stamp_in(properties: JsonObject, names: frozenset[str]) -> str:
    """The member that holds an instant and is called so; empty where there is none."""
    for name, member in properties.items():
        if member.get("format") == "date-time" and plain(name) in names:
            return name
    return ""


CREATED = frozenset(["createdat", "created", "createdon", "creationdate", "datecreated", "addedat"])
UPDATED = frozenset(["updatedat", "updated", "updatedon", "modifiedat", "modified", "lastmodified"])


def _values(declared: str | list[str]) -> tuple[str, ...]:
    return (declared,) if isinstance(declared, str) else tuple(declared)


def initial_values(
    document: JsonObject, properties: JsonObject, lifecycle: Lifecycle | None
) -> JsonObject:
    """Values known before anybody speaks: the declared default, null where null is allowed."""
    values: JsonObject = {}
    for name, member in properties.items():
        if "default" in member:
            values[name] = fresh(member["default"])
        elif _takes_null(document, member):
            values[name] = None
    if lifecycle:
        values[lifecycle.field] = lifecycle.initial[0]
    return values


def _takes_null(document: JsonObject, schema: JsonObject) -> bool:
    kind = schema.get("type")
    nullable = kind == "null" or (isinstance(kind, list) and "null" in kind)
    return nullable or any(
        _takes_null(document, schema_at(document, branch)) for branch in schema.get("anyOf", [])
    )


def _lifecycle(declared: JsonObject, properties: JsonObject) -> Lifecycle:
    transitions = {}
    for entry in declared["transitions"]:
        target = entry.get("to", [])
        name = entry.get("timer") or entry["operation"]
        transitions[name] = Transition(
            operation=name,
            sources=tuple(entry["from"]),
            targets=tuple([target] if isinstance(target, str) else target),
            fact=entry.get("fact"),
            stamps=entry.get("stamps"),
            sets=entry.get("sets", {}),
            at=entry.get("at", ""),
            after=tuple(entry.get("after", ("PT0S",))),
            timed="timer" in entry,
        )
    states = tuple(properties.get(declared["field"], {}).get("enum", ()))
    return Lifecycle(declared["field"], states, tuple(declared["initial"]), transitions)


def timed_operations(name: str, schema: JsonObject) -> Iterator[Operation]:
    """The timers of a resource as operations of the platform's own, without path and answers."""
    for entry in schema.get("x-lifecycle", {}).get("transitions", ()):
        if "timer" in entry:
            yield Operation(
                id=entry["timer"],
                method="timer",
                path="",
                tag="",
                summary="",
                roles=None,
                parameters=(),
                body=None,
                answers={},
                rules=rules_of(entry.get("rules", ())),
                emits=(),
                action=Action("transition", name),
                example_path="",
            )


def rules_of(declared: Iterable[JsonObject]) -> tuple[Rule, ...]:
    """The business rules that an x-rules, or the rules of a timer, declare."""
    return tuple(Rule(rule["id"], rule["says"], rule.get("when", "")) for rule in declared)


def references_in(
    document: JsonObject, schema: Any, path: tuple[str, ...] = ()
) -> Iterator[Reference]:
    """Every place in values of a schema that names a record (extension x-references)."""
    if len(path) > 20:
        raise ContractError(f"{'/'.join(path)}: schema is nested without end; break the recursion")
    schema = resolve(document, schema)
    if not isinstance(schema, dict):
        return
    if "x-references" in schema:
        yield Reference(path, schema["x-references"])
    for name, member in schema.get("properties", {}).items():
        yield from references_in(document, member, (*path, name))
    if "items" in schema:
        yield from references_in(document, schema["items"], (*path, "*"))
    for branch in [b for key in ("oneOf", "anyOf", "allOf") for b in schema.get(key, [])]:
        yield from references_in(document, branch, path)
