"""How a record is shown in an answer of a document of others, whose schema selects its members."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from .direction import hider
from .document import at_pointer
from .files import visible
from .members import Steps, kinds, merged, steps_of
from .model import Answer, Json, JsonObject, ResourceType, Violation
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
    schema = _schema_shown(document, answer, template, is_list=is_list)
    around = wrapper(document, schema)
    if around and around not in kind.properties:
        inner = _showing(document, merged(document, schema["properties"][around]), kind)
        required = [n for n in schema.get("required", ()) if n != around]
        beside = {n: made(document, schema["properties"].get(n, {})) for n in required}
        return lambda record: beside | {around: inner(record)}
    return _showing(document, schema, kind)


def _showing(document: JsonObject, schema: JsonObject, kind: ResourceType) -> Show:
    if "object" not in kinds(schema, "object"):
        return lambda record: record[kind.id_member]
    named, extra = schema.get("properties", {}), schema.get("additionalProperties")
    required = {
        n: made(document, named.get(n, {}), answer=True) for n in schema.get("required", ())
    }
    hide = hider(document, schema)
    if not named or extra:
        kept = kind.hidden

        def show_all(record: JsonObject) -> Json:
            shown = required | {n: v for n, v in visible(record).items() if n not in kept}
            return hide(shown) if hide else shown

        return show_all

    def show(record: JsonObject) -> Json:
        shown = {n: record[n] for n in named if n in record}
        shown |= {n: value for n, value in required.items() if n not in shown}
        return hide(shown) if hide else shown

    return show


def _schema_shown(
    document: JsonObject, answer: Answer, template: Template, *, is_list: bool
) -> JsonObject:
    schema = merged(document, at_pointer(document, f"#{answer.schema}"))
    for name in template.payload or ():
        schema = merged(document, schema["properties"][name])
    return merged(document, schema.get("items", {})) if is_list else schema


def mender(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> Mend:
    """What makes a record, or a list of them, fit where the document has two minds about members.

    A schema of requests may allow what that of answers does not: what was sent is completed, else
    made anew, else left out. The id stays, for without it nobody finds the record again.
    """
    schema = _schema_shown(document, answer, template, is_list=is_list)
    around = wrapper(document, schema)
    way: tuple[str | int, ...] = (around,) if around and around not in kind.properties else ()
    for name in way:
        schema = merged(document, schema["properties"][name])
    named, above = schema.get("properties", {}), len(template.payload or ())

    def mended(record: Json, name: str, attempt: int) -> Json:
        if not isinstance(record, dict) or name == kind.id_member:
            return record
        other = made(document, named.get(name, {}), answer=True, bare=attempt > 0)
        if attempt == MENDED - 1 and name not in schema.get("required", ()):
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
