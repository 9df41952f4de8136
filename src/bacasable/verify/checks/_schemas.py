"""Where in the contract's document the schema of a part of an answer stands, and what it says.

Faults that lie in a shared component are one fault, however many operations show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from ...contract.document import at_pointer, follow, pointer
from ...contract.model import Json, JsonObject

_BRANCHES = ("allOf", "oneOf", "anyOf")
_DEEPEST = 14
_SHOWN = 60
_SECRET = ("password", "secret", "token", "apikey")

Steps = tuple[str, ...]


def steps_of(place: str) -> Steps:
    """The steps of a JSON pointer."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in place.split("/")[1:])


def schema_of(document: JsonObject, place: str) -> tuple[Json, str]:
    """The schema at a pointer, its references followed, and the pointer of where it stands."""
    return follow(document, at_pointer(document, "#" + quote(place, safe="/~")), place)


def located(document: JsonObject, place: str, steps: Steps) -> tuple[Json, str, Steps]:
    """The schema that speaks of a part of a value, its pointer, and the steps that are left.

    `place` is the pointer of the schema of the whole value.
    """
    schema, at = schema_of(document, place)
    for number, step in enumerate(steps):
        found = _below(document, schema, at, step)
        if found is None:
            return schema, at, steps[number:]
        schema, at = found
    return schema, at, ()


def _below(
    document: JsonObject, schema: Json, place: str, step: str, depth: int = 0
) -> tuple[Json, str] | None:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    properties = schema.get("properties", {})
    if step in properties:
        return follow(document, properties[step], place + pointer("properties", step))
    if step.isdecimal() and isinstance(schema.get("items"), dict):
        return follow(document, schema["items"], place + "/items")
    for keyword in _BRANCHES:
        for number, branch in enumerate(schema.get(keyword, ())):
            part, at = follow(document, branch, place + pointer(keyword, number))
            found = _below(document, part, at, step, depth + 1)
            if found:
                return found
    if isinstance(schema.get("additionalProperties"), dict):
        key = "additionalProperties"
        return follow(document, schema[key], place + pointer(key))
    return None


def members_of(document: JsonObject, schema: Json, depth: int = 0) -> JsonObject:
    """The schemas of the members that an object's schema names, its branches included."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    found: JsonObject = {}
    for keyword in _BRANCHES:
        for branch in schema.get(keyword, ()):
            found |= members_of(document, follow(document, branch, "")[0], depth + 1)
    found |= schema.get("properties", {})
    return found


@dataclass(frozen=True, slots=True)
class Moment:
    """A member that holds an instant: the steps to it (`*` for any item), its schema's place."""

    steps: Steps
    place: str
    schema: JsonObject


def moments(document: JsonObject, place: str) -> list[Moment]:
    """Every place of the format date-time in the values of the schema at a pointer."""
    schema, at = schema_of(document, place)
    found = {moment.steps: moment for moment in _moments(document, schema, at, (), ())}
    return list(found.values())


def _moments(
    document: JsonObject, schema: Json, place: str, steps: Steps, above: Steps
) -> Iterator[Moment]:
    # A schema that holds itself is entered once.
    if not isinstance(schema, dict) or place in above or len(above) > 2 * _DEEPEST:
        return
    above = (*above, place)
    if schema.get("format") == "date-time":
        yield Moment(steps, place, schema)
    inner = [
        (pointer("properties", n), n, part) for n, part in schema.get("properties", {}).items()
    ]
    inner += [(f"/{k}", "*", schema[k]) for k in ("items", "additionalProperties") if k in schema]
    for at, step, part in inner:
        below, where = follow(document, part, place + at)
        yield from _moments(document, below, where, (*steps, step), above)
    for keyword in _BRANCHES:
        for number, part in enumerate(schema.get(keyword, ())):
            below, where = follow(document, part, place + pointer(keyword, number))
            yield from _moments(document, below, where, steps, above)


def values_at(value: Json, steps: Steps) -> Iterator[Json]:
    """What a value has at a place; `*` stands for every item of a list or an object."""
    if not steps:
        yield value
        return
    first, rest = steps[0], steps[1:]
    if first == "*":
        parts = value.values() if isinstance(value, dict) else value
        for part in parts if isinstance(value, dict | list) else ():
            yield from values_at(part, rest)
    elif isinstance(value, dict) and first in value:
        yield from values_at(value[first], rest)


def at(value: Json, steps: Steps) -> Json:
    """The part of a value that a pointer's steps lead to; None where they lead nowhere."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def shown_place(steps: Steps) -> str:
    """A place in a value for people and for grouping: which item of a list is not said."""
    return "".join("/" + ("*" if step.isdecimal() else step) for step in steps)


def says(schema: Json) -> str:
    """What a schema asks for, in a few words."""
    if not isinstance(schema, dict):
        return "nothing" if schema is False else "anything"
    if "const" in schema:
        return repr(schema["const"])
    if schema.get("enum"):
        names = ", ".join(str(value) for value in schema["enum"])
        return "one of " + (names if len(names) <= _SHOWN else names[:_SHOWN] + "…")
    kinds = schema.get("type", ())
    words = [kinds] if isinstance(kinds, str) else [" or ".join(kinds)]
    words += [str(schema[key]) for key in ("format", "pattern") if key in schema]
    bounds = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
    words += [f"{key} {schema[key]}" for key in bounds if key in schema]
    return " ".join(filter(None, words)) or "what its schema says"


def shown(value: Json, name: str = "") -> str:
    """A value for people: short, and no secret, which the name of its member tells."""
    if any(word in name.lower() for word in _SECRET):
        return f"a {type(value).__name__}, not shown"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
