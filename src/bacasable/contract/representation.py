"""How a record is shown in an answer of a document of others, whose schema selects its members."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from .direction import hider
from .files import visible
from .model import Answer, Json, JsonObject, ResourceType, Violation
from .schema import SchemaView, Steps, schema_view, steps_of
from .shape import ENVELOPES, wrapper
from .template import Template
from .values import made

Show = Callable[[JsonObject], Json]
Mend = Callable[[Json, list[Violation], int], Json]
"""Makes members anew that break the schema, each attempt with less of what they were."""
MENDED = 3
"""Attempts of that."""


def representation(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> Show:
    """What shows a record, or each record of a list, as the answer's schema has it.

    Members that the schema does not name are left out, and those that it requires and the record
    does not have are made. An answer that is no object is the id of the record.
    One that has a record under a name of its own is made of it.
    """
    inner_schema, schema, around = schema_shown(document, answer, template, kind, is_list=is_list)
    inner = _showing(inner_schema, kind)
    if around:
        required = [name for name in schema.required if name != around]
        beside = {name: made(document, _member(schema, name)) for name in required}
        return lambda record: beside | {around: inner(record)}
    return inner


def renaming(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> Show:
    """What shows a record under the names of an answer whose schema names all that it shows."""
    schema, _, _ = schema_shown(document, answer, template, kind, is_list=is_list)
    sources = _sources(schema)
    return lambda record: {n: record[m] for n, m in sources.items() if m in record}


def _sources(schema: SchemaView) -> dict[str, str]:
    """The members that a schema names, each with the member of the record that it shows."""
    return {name: member.get("x-from", name) for name, member in schema.members.items()}


def _showing(schema: SchemaView, kind: ResourceType) -> Show:
    if schema.kinds and "object" not in schema.kinds:
        return lambda record: record[kind.id_member]
    document, named, extra = schema.document, schema.members, schema.get("additionalProperties")
    required = {n: made(document, _member(schema, n), answer=True) for n in schema.required}
    hide, sources = hider(document, schema.schema), _sources(schema)
    if not named or extra:
        others = {n: m for n, m in sources.items() if n != m}
        kept = kind.hidden | (set(others.values()) - named.keys())

        def show_all(record: JsonObject) -> Json:
            shown = required | {n: v for n, v in visible(record).items() if n not in kept}
            shown |= {n: record[m] for n, m in others.items() if m in record}
            return hide(shown) if hide else shown

        return show_all

    def show(record: JsonObject) -> Json:
        shown = {n: record[m] for n, m in sources.items() if m in record}
        shown |= {n: value for n, value in required.items() if n not in shown}
        return hide(shown) if hide else shown

    return show


def _member(schema: SchemaView, name: str) -> Json:
    """What a whole schema says of a member; anything where it says nothing."""
    return schema.members[name].schema if name in schema.members else {}


def schema_shown(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> tuple[SchemaView, SchemaView, str]:
    """The whole schema of a record in an answer, that of what is around it, and its name there.

    An answer that does not have its records under a name of their own has nothing around them.
    """
    schema: SchemaView = schema_view(document, answer.schema or "").whole
    for name in template.payload or ():
        schema = schema.members[name]
    schema = schema.items if is_list else schema
    around = wrapper(schema)
    if not around or around in kind.properties:
        return schema, schema, ""
    return schema.members[around], schema, around


def mender(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> Mend:
    """What makes a record, or a list of them, fit where the document has two minds about members.

    A schema of requests may allow what that of answers does not: what was sent is completed, else
    made anew, else left out. The id stays, for without it nobody finds the record again.
    """
    schema, _, around = schema_shown(document, answer, template, kind, is_list=is_list)
    way: Steps = (around,) if around else ()
    names = {n for n, member in _sources(schema).items() if member == kind.id_member}
    its_id, above = names | {kind.id_member}, len(template.payload or ())

    def mended(record: Json, name: str, attempt: int) -> Json:
        if not isinstance(record, dict) or name in its_id:
            return record
        other = made(document, _member(schema, name), answer=True, bare=attempt > 0)
        if attempt == MENDED - 1 and name not in schema.required:
            return {n: value for n, value in record.items() if n != name}
        return record | {name: _completed(record.get(name), other) if attempt == 0 else other}

    def mend(value: Json, broken: list[Violation], attempt: int) -> Json:
        for place in dict.fromkeys(_places(broken, above, len(way), is_list=is_list)):
            *index, name = place
            change = partial(mended, name=str(name), attempt=attempt)
            value = _changed(value, (*index, *way), change)
        return value

    return mend


def _places(broken: list[Violation], above: int, around: int, *, is_list: bool) -> Iterator[Steps]:
    """Where members stand that break the schema: the index of the record, the name.

    So many steps lead to the records, and so many into each of them.
    """
    for one in broken:
        steps = steps_of(one.pointer)[above:]
        name = steps[is_list + around :][:1]
        if name:
            yield (*steps[:is_list], *name)


def _changed(value: Json, way: Steps, change: Callable[[Json], Json]) -> Json:
    """A copy of a value with what stands at the end of a way changed."""
    if not way:
        return change(value)
    copy = value.copy()
    copy[way[0]] = _changed(value[way[0]], way[1:], change)
    return copy


def _completed(value: Json, other: Json) -> Json:
    """What was sent with what is lacking in it; the other value where they are no objects."""
    if isinstance(value, list) and isinstance(other, list) and other:
        return [_completed(one, other[0]) for one in value]
    if not isinstance(value, dict) or not isinstance(other, dict):
        return other
    kept = {
        n: _completed(v, other[n]) if isinstance(other.get(n), dict) else v
        for n, v in value.items()
    }
    return other | kept


def unwrapped(body: JsonObject, properties: Mapping[str, Json]) -> JsonObject:
    """The members of a record that a body of others holds under one name of its own."""
    names = [name for name in body if name not in ENVELOPES]
    if len(names) != 1:
        return body
    name, inner = names[0], body[names[0]]
    if isinstance(inner, list) and inner:
        # Whatever else a list in a body holds is no record.
        first = inner[0] if isinstance(inner[0], dict) else {}
        inner = first if first.keys() <= properties.keys() else {}
    is_other = isinstance(inner, dict) and name not in properties
    return inner if is_other and not properties.keys().isdisjoint(inner) else body
