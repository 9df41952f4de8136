"""How a record is shown in an answer of a document of others, whose schema selects its members."""

from collections.abc import Callable, Mapping

from .direction import hider
from .document import at_pointer
from .files import visible
from .members import kinds, merged
from .model import Answer, Json, JsonObject, ResourceType
from .shape import ENVELOPES, wrapper
from .template import Template
from .values import made

Show = Callable[[JsonObject], Json]


def representation(
    document: JsonObject, answer: Answer, template: Template, kind: ResourceType, *, is_list: bool
) -> Show:
    """What shows a record, or each record of a list, as the answer's schema has it.

    Members that the schema does not name are left out, and those that it requires and the record
    does not have are made. An answer that is no object is the id of the record.
    One that has a record under a name of its own is made of it.
    """
    schema = merged(document, at_pointer(document, f"#{answer.schema}"))
    for name in template.payload or ():
        schema = merged(document, schema["properties"][name])
    if is_list:
        schema = merged(document, schema.get("items", {}))
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


def unwrapped(body: JsonObject, properties: Mapping[str, Json]) -> JsonObject:
    """The members of a record that a body of others holds under one name of its own."""
    names = [name for name in body if name not in ENVELOPES]
    if len(names) != 1:
        return body
    name, inner = names[0], body[names[0]]
    is_other = isinstance(inner, dict) and name not in properties
    return inner if is_other and not properties.keys().isdisjoint(inner) else body
