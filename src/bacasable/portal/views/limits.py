"""What a JSON Schema says of a value, as short phrases in the language of the edition."""

import json
from collections.abc import Iterator
from typing import Any

from ...contract.model import Json, JsonObject
from ..edition import Edition

_KINDS = ("string", "integer", "number", "boolean", "object", "array", "null")
_TYPE_OF = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
_HINTS = {
    "properties": "object",
    "additionalProperties": "object",
    "patternProperties": "object",
    "required": "object",
    "items": "array",
    "prefixItems": "array",
    "pattern": "string",
    "maxLength": "string",
    "minLength": "string",
    "format": "string",
    "minimum": "number",
    "maximum": "number",
}


def kinds_of(schema: JsonObject) -> list[str]:
    """The types that a schema allows, without null; those it only hints at, when it names none."""
    declared = schema.get("type")
    kinds = [declared] if isinstance(declared, str) else list(declared or ())
    if not kinds:
        values = [schema["const"]] if "const" in schema else schema.get("enum", ())
        kinds = list(
            dict.fromkeys(_TYPE_OF.get(type(v), "object") for v in values if v is not None)
        )
    if not kinds:
        kinds = [kind for key, kind in _HINTS.items() if key in schema][:1]
    return [kind for kind in kinds if kind in _KINDS and kind != "null"]


def either(edition: Edition, phrases: list[str]) -> str:
    """Phrases as alternatives: "string, integer or null"."""
    if len(phrases) < 2:
        return "".join(phrases)
    joined = edition.say("reference.or")
    return f"{', '.join(phrases[:-1])} {joined} {phrases[-1]}"


def value_text(value: Json) -> str:
    """A value as JSON, a text without its quotes unless it would be empty or blank."""
    if isinstance(value, str) and value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)


def limits(edition: Edition, schema: JsonObject) -> Iterator[str]:
    """The limits that a schema sets, one phrase each."""
    say = edition.say
    yield from _span(edition, schema, "minLength", "maxLength", "characters")
    yield from _numbers(edition, schema)
    if "multipleOf" in schema:
        yield say("reference.multiple", n=_number(schema["multipleOf"]))
    yield from _span(edition, schema, "minItems", "maxItems", "items")
    if schema.get("uniqueItems") is True:
        yield say("reference.unique")
    yield from _span(edition, schema, "minProperties", "maxProperties", "members")
    if schema.get("pattern") == r"\S":
        yield say("reference.not_blank")
    elif "pattern" in schema:
        yield say("reference.pattern", pattern=schema["pattern"])
    for name, others in schema.get("dependentRequired", {}).items():
        yield say("reference.dependent", name=name, others=", ".join(others))
    if schema.get("deprecated") is True:
        yield say("reference.deprecated")


def _span(edition: Edition, schema: JsonObject, low: str, high: str, unit: str) -> Iterator[str]:
    """How many of a unit: "1 to 100 characters". A lower bound of nought says nothing."""
    least, most = schema.get(low, 0), schema.get(high)

    def counted(n: Any) -> str:
        return edition.say(f"reference.{unit}_{'one' if n == 1 else 'many'}", n=n)

    if most is not None and least == most:
        yield edition.say("reference.exactly", limit=counted(most))
    elif most is not None and least:
        yield edition.say("reference.between", low=least, limit=counted(most))
    elif most is not None:
        yield edition.say("reference.at_most", limit=counted(most))
    elif least:
        yield edition.say("reference.at_least", limit=counted(least))


def _numbers(edition: Edition, schema: JsonObject) -> Iterator[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        yield edition.say("reference.between", low=_number(least), limit=_number(most))
    elif least is not None:
        yield edition.say("reference.at_least", limit=_number(least))
    elif most is not None:
        yield edition.say("reference.at_most", limit=_number(most))
    if "exclusiveMinimum" in schema:
        yield edition.say("reference.more_than", n=_number(schema["exclusiveMinimum"]))
    if "exclusiveMaximum" in schema:
        yield edition.say("reference.less_than", n=_number(schema["exclusiveMaximum"]))


def _number(value: Any) -> str:
    return json.dumps(value)
