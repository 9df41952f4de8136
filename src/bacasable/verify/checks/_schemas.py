"""What the contract says of a part of an answer, and where in its document that stands.

Faults that lie in a shared component are one fault, however many operations show it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.model import Json, JsonObject
from ...contract.schema import SchemaView, schema_view

_SHOWN = 60
_SECRET = ("password", "secret", "token", "apikey")

Steps = tuple[str, ...]


def steps_of(place: str) -> Steps:
    """The steps of a JSON pointer."""
    return tuple(p.replace("~1", "/").replace("~0", "~") for p in place.split("/")[1:])


def located(document: JsonObject, place: str, steps: Steps) -> tuple[SchemaView, Steps]:
    """The schema that speaks of a part of a value, and the steps that are left.

    `place` is the pointer of the schema of the whole value.
    """
    schema = schema_view(document, place)
    for number, step in enumerate(steps):
        found = schema.below(int(step) if step.isdecimal() else step)
        if not found:
            return schema, steps[number:]
        schema = found[0]
    return schema, ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A member that holds an instant: the steps to it (`*` for any item), and its schema."""

    steps: Steps
    schema: SchemaView


def moments(document: JsonObject, place: str) -> list[Moment]:
    """Every place of the format date-time in the values of the schema at a pointer."""
    every = schema_view(document, place).walk()
    found = {steps: one for steps, one in every if one.get("format") == "date-time"}
    return [Moment(tuple(map(str, steps)), one) for steps, one in found.items()]


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


def says(schema: SchemaView) -> str:
    """What a schema asks for, in a few words."""
    if isinstance(schema.schema, bool):
        return "anything" if schema.schema else "nothing"
    if "const" in schema:
        return repr(schema["const"])
    if schema.get("enum"):
        names = ", ".join(str(value) for value in schema["enum"])
        return "one of " + (names if len(names) <= _SHOWN else names[:_SHOWN] + "…")
    words = [" or ".join(schema.kinds)]
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
