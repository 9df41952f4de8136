"""From schemas to resource types: what the extensions say of records, read once."""

from collections.abc import Iterable, Iterator
from typing import Any

from .complete import fresh
from .document import ContractError, pointer, reading, resolve, schema_at
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


def resource_types(document: JsonObject, schemas: JsonObject) -> Iterator[tuple[str, ResourceType]]:
    """Every schema that has x-resource, by its name, as a kind of record."""
    for name, schema in schemas.items():
        with reading(pointer("components", "schemas", name)):
            if isinstance(schema, dict) and "x-resource" in schema:
                yield name, _resource(document, name, schema)


def _resource(document: JsonObject, name: str, schema: JsonObject) -> ResourceType:
    declared = schema["x-resource"]
    properties = {
        key: schema_at(document, value) for key, value in schema.get("properties", {}).items()
    }
    parent = declared.get("parent")
    lifecycle = _lifecycle(schema["x-lifecycle"], properties) if "x-lifecycle" in schema else None
    masked = {k: tuple(v["x-masked-for"]) for k, v in properties.items() if "x-masked-for" in v}
    initial = initial_values(document, properties, lifecycle)
    return ResourceType(
        name=name,
        collection=declared["collection"],
        id_prefix=declared["idPrefix"],
        id_format=declared.get("idFormat", "random"),
        scope=declared["scope"],
        parent=Parent(parent["resource"], parent["field"]) if parent else None,
        cascades=declared.get("onParentDelete") == "cascade",
        unique=tuple(declared.get("unique", ())),
        visibility={
            role: {name: _values(value) for name, value in fields.items()}
            for role, fields in declared.get("visibility", {}).items()
        },
        lifecycle=lifecycle,
        references=tuple(references_in(document, schema)),
        masked=masked,
        blind_roles=frozenset(role for roles in masked.values() for role in roles),
        properties=properties,
        initial=initial,
        containers=containers_in(initial),
        timers=tuple(t for t in lifecycle.transitions.values() if t.at) if lifecycle else (),
        created=stamp_in(properties, CREATED),
        updated=stamp_in(properties, UPDATED),
    )


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
