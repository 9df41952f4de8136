"""From schemas to resource types: what the extensions say of records, read once."""

from collections.abc import Iterable, Iterator

from .complete import fresh
from .document import pointer, reading
from .extensions import fits, is_strict
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
from .schema import SchemaView, Whole, whole
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
    stated, strict = SchemaView(document, declared["schema"]), is_strict(document)
    record = stated if strict else stated.whole
    properties = {name: _said_of(one) for name, one in record.members.items()}
    timed = stated.get("x-lifecycle")
    lifecycle = _lifecycle(timed, properties) if timed else None
    masked = {k: tuple(v["x-masked-for"]) for k, v in properties.items() if "x-masked-for" in v}
    member, single = declared.get("idMember", "id"), declared.get("single", False)
    initial = _initial_values(record, lifecycle)
    if not strict:
        initial = _filled(record, initial, member, single=single)
    is_placed = declared.get("idWithin") == "place" or single or not member
    references = tuple(references_in(stated) if strict else _shallow_references(record))
    references += tuple(
        Reference((field,), target, enforced=False)
        for field, target in declared.get("references", {}).items()
    )
    id_format, prefix, digits = id_format_of(whole(document, properties.get(member)))
    return ResourceType(
        name=name,
        collection=declared["collection"],
        id_prefix=declared.get("idPrefix", "" if "idFormat" in declared else prefix),
        id_format=declared.get("idFormat", id_format),
        id_digits=digits,
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
        schema=None if strict else stated.whole.together,
        item=declared.get("item", ""),
        places=tuple(f"{{{name}}}" for name in declared.get("places", ())),
        key=KEY if is_placed else "",
        is_single=single,
    )


KEY = "{}"
"""The member that holds what a record is kept under, where its id alone is not enough."""


def _said_of(member: SchemaView) -> JsonObject:
    """What a member itself says, put together where it is made of parts."""
    stated = SchemaView(member.document, member.schema)
    return member.together if isinstance(member, Whole) and stated.parts else stated.keywords


def _parent(declared: JsonObject) -> Parent | None:
    """The parent, and the member with its id: one of the record's, or a hidden one."""
    parent = declared.get("parent")
    if parent is None:
        return None
    return Parent(parent["resource"], parent.get("field") or "{parent}")


def _filled(record: SchemaView, initial: JsonObject, member: str, *, single: bool) -> JsonObject:
    """The first values of a record of others, with all that it requires, or that is seen of one."""
    initial.pop(member, None)  # made for each record
    values = {name: one.schema for name, one in record.members.items()}
    for required in record.required:
        if required in values and required not in initial and required != member:
            initial[required] = made(record.document, values[required])
    if single:
        shown = made(record.document, record.schema)
        initial = {n: made(record.document, one) for n, one in values.items()} | initial
        initial |= shown if isinstance(shown, dict) else {}
    return initial


def id_format_of(schema: SchemaView) -> tuple[str, str, int]:
    """How ids are made, as their schema takes them, and what they begin with.

    The number is that of the digits which follow, where there are always as many.
    """
    if "string" not in schema.kinds and {"integer", "number"} & set(schema.kinds):
        return "integer", "", 0
    if schema.get("format") == "uuid":
        return "uuid", "", 0
    begins = beginning(str(schema.get("pattern", "")))
    for prefix in dict.fromkeys(["", begins]):
        for name, samples in _ID_SAMPLES.items():
            if all(allows(schema.keywords, prefix + sample) for sample in samples):
                return name, prefix, 0
    for digits in range(2, 41):
        if allows(schema.keywords, f"{begins}{10 ** (digits - 1) + 1}"):
            return "number", begins, digits
    return "random", "", 0


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


def _initial_values(record: SchemaView, lifecycle: Lifecycle | None) -> JsonObject:
    """Values known before anybody speaks: the declared default, null where null is allowed."""
    values: JsonObject = {}
    for name, member in record.members.items():
        if "default" in member:
            values[name] = fresh(member["default"])
        elif member.nullable:
            values[name] = None
    if lifecycle:
        values[lifecycle.field] = lifecycle.initial[0]
    return values


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


def references_in(schema: SchemaView) -> Iterator[Reference]:
    """Every place in values of a schema that names a record (extension x-references).

    Raises ContractError for a schema without end.
    """
    for steps, one in schema.walk(named=True):
        if "x-references" in one:
            yield Reference(tuple(map(str, steps)), one["x-references"])


def _shallow_references(record: SchemaView) -> Iterator[Reference]:
    """The same of members and their items alone: schemas of others may be without end."""
    for name, member in record.members.items():
        for path, one in ((name,), member), ((name, "*"), member.items):
            if "x-references" in one:
                yield Reference(path, one["x-references"])
