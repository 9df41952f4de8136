"""How facts are written into an answer: in the type, and within the bounds, that its schema has.

What no schema of others foresees is what goes wrong here: it has codes, texts and lists of its own.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .members import is_object, kinds, merged, steps_of
from .model import Json, JsonObject
from .names import plain
from .shortest import is_of
from .values import made, matches

Write = Callable[[Any], Json]
"""Writes a fact as a value."""


def writer_of(document: JsonObject, slot: str, schema: JsonObject) -> Write | None:
    """How a fact is written by the schema of its slot; None for as it is."""
    found = set(kinds(schema))
    if slot == "now" and "string" not in found:
        scale = 1000 if _is_in_milliseconds(schema) else 1
        return lambda now: int(datetime.fromisoformat(now).timestamp() * scale)
    if slot == "requestId" and schema.get("format") == "uuid":
        return lambda id_: str(uuid.uuid5(uuid.NAMESPACE_OID, id_))
    if slot == "violations" and "array" in found:
        return _violations_as(document, merged(document, schema.get("items", {})))
    return None


def bounded(document: JsonObject, schema: JsonObject, write: Write | None) -> Write | None:
    """The same for a schema that may not have room for every fact: what fits is told instead."""
    types = [kind for kind in kinds(schema) if kind]
    listed = (
        schema["enum"] if schema.get("enum") else [schema[k] for k in ("const",) if k in schema]
    )
    pattern, most = schema.get("pattern"), schema.get("maxLength")
    if not (types or listed or pattern or most):
        return write
    other = made(document, schema, answer=True)
    is_address = schema.get("format") in ("uri", "url")

    def within(fact: Any) -> Json:
        value = write(fact) if write else fact
        if listed:
            alike = (one for one in listed if plain(str(one)) == plain(str(value)))
            return value if value in listed else next(alike, other)
        if types and not any(is_of(value, one) for one in types):
            return other
        if isinstance(value, str):
            if is_address and value.startswith("/"):
                value = "http://localhost" + value
            value = value[:most]
            return other if pattern and not matches(pattern, value) else value
        return value

    return within


def _violations_as(document: JsonObject, item: JsonObject) -> Write:
    """How violations are written: as texts, or as objects with the members of the schema."""
    if not is_object(item):
        return lambda found: [f"{one['pointer']} {one['detail']}".strip() for one in found]
    known = {name: merged(document, one) for name, one in item["properties"].items()}
    names = {fact: _member(known, said) or fact for fact, said in _VIOLATION.items()}
    if item.get("additionalProperties") is False:
        names = {fact: name for fact, name in names.items() if name in known}
    beside = {n: _beside(document, n, known.get(n, {})) for n in item.get("required", ())}
    listed = names.get("pointer") in known and "array" in kinds(known[names["pointer"]])

    def written(one: JsonObject) -> JsonObject:
        told = beside | {name: one[fact] for fact, name in names.items()}
        if listed:
            told[names["pointer"]] = [str(step) for step in steps_of(one["pointer"])]
        return told

    return lambda found: [written(one) for one in found]


def _member(known: JsonObject, said: frozenset[str]) -> str | None:
    """The member of a violation that has one of some names, and room for a text."""
    for name, schema in known.items():
        types = kinds(schema, "string")
        if plain(name) in said and ("string" in types or _is_list_of_texts(schema)):
            return name
    return None


def _is_list_of_texts(schema: JsonObject) -> bool:
    items = schema.get("items", {})
    branches = items.get("anyOf", [items])
    return "array" in kinds(schema) and any("string" in kinds(one, "string") for one in branches)


def _beside(document: JsonObject, name: str, schema: JsonObject) -> Json:
    """What a violation says beside its place and its text."""
    is_free = "string" in kinds(schema, "string") and plain(name) in _CODES
    return _INVALID if is_free and "enum" not in schema else made(document, schema, answer=True)


_INVALID = "invalid"
_CODES = frozenset({"code", "type", "kind", "errorcode", "errortype", "rule"})
_VIOLATION = {
    "pointer": frozenset({"pointer", "field", "path", "property", "name", "param", "location"})
    | {"loc"},
    "detail": frozenset({"detail", "message", "description", "reason", "error", "issue", "msg"}),
}


def _is_in_milliseconds(schema: JsonObject) -> bool:
    examples = [schema.get("example"), *schema.get("examples", ()), schema.get("minimum")]
    return any(isinstance(value, int) and value > _YEAR_3000 for value in examples)


_YEAR_3000 = 32_503_680_000
"""In seconds. What is more counts in milliseconds."""
