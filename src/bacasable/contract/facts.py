"""How facts are written into an answer: in the type, and within the bounds, that its schema has.

What no schema of others foresees is what goes wrong here: it has codes, texts and lists of its own.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .model import Json, JsonObject
from .names import plain
from .schema import ANYTHING, SchemaView, steps_of, whole
from .shortest import is_of
from .values import made, matches

Write = Callable[[Any], Json]
"""Writes a fact as a value."""


def writer_of(slot: str, schema: SchemaView) -> Write | None:
    """How a fact is written by the schema of its slot; None for as it is."""
    found = set(schema.kinds)
    if slot == "now" and "string" not in found:
        scale = 1000 if _is_in_milliseconds(schema) else 1
        return lambda now: int(datetime.fromisoformat(now).timestamp() * scale)
    if slot == "requestId" and schema.get("format") == "uuid":
        return lambda id_: str(uuid.uuid5(uuid.NAMESPACE_OID, id_))
    if slot == "code" and "string" not in found and "integer" in found:
        return lambda code: int(code) if code.isdecimal() else code
    if slot == "violations" and "array" in found:
        return _violations_as(schema.items)
    return None


def bounded(schema: SchemaView, write: Write | None) -> Write | None:
    """The same for a schema that may not have room for every fact: what fits is told instead."""
    types = schema.kinds
    listed = (
        schema["enum"] if schema.get("enum") else [schema[k] for k in ("const",) if k in schema]
    )
    pattern, most = schema.get("pattern"), schema.get("maxLength")
    if not (types or listed or pattern or most):
        return write
    other = made(schema.document, schema.schema, answer=True)
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


def _violations_as(item: SchemaView) -> Write:
    """How violations are written: as texts, or as objects with the members of the schema."""
    if not item.is_object:
        return lambda found: [f"{one['pointer']} {one['detail']}".strip() for one in found]
    known = item.members
    names = {fact: _member(known, said) or fact for fact, said in _VIOLATION.items()}
    if item.get("additionalProperties") is False:
        names = {fact: name for fact, name in names.items() if name in known}
    beside = {name: _beside(item, name) for name in item.required}
    listed = names.get("pointer") in known and "array" in known[names["pointer"]].kinds

    def written(one: JsonObject) -> JsonObject:
        told = beside | {name: one[fact] for fact, name in names.items()}
        if listed:
            told[names["pointer"]] = [str(step) for step in steps_of(one["pointer"])]
        return told

    return lambda found: [written(one) for one in found]


def _member(known: Mapping[str, SchemaView], said: frozenset[str]) -> str | None:
    """The member of a violation that has one of some names, and room for a text."""
    for name, schema in known.items():
        if plain(name) in said and (_may_be_text(schema) or _is_list_of_texts(schema)):
            return name
    return None


def _may_be_text(schema: SchemaView) -> bool:
    return not schema.kinds or "string" in schema.kinds


def _is_list_of_texts(schema: SchemaView) -> bool:
    branches = schema.items.branches or [schema.items]
    return "array" in schema.kinds and any(map(_may_be_text, branches))


def _beside(item: SchemaView, name: str) -> Json:
    """What a violation says beside its place and its text."""
    schema = item.members.get(name) or whole(item.document, ANYTHING)
    is_free = _may_be_text(schema) and plain(name) in _CODES and "enum" not in schema
    return _INVALID if is_free else made(item.document, schema.schema, answer=True)


_INVALID = "invalid"
_CODES = frozenset({"code", "type", "kind", "errorcode", "errortype", "rule"})
_VIOLATION = {
    "pointer": frozenset({"pointer", "field", "path", "property", "name", "param", "location"})
    | {"loc"},
    "detail": frozenset({"detail", "message", "description", "reason", "error", "issue", "msg"}),
}


def _is_in_milliseconds(schema: SchemaView) -> bool:
    examples = [schema.get("example"), *schema.get("examples", ()), schema.get("minimum")]
    return any(isinstance(value, int) and value > _YEAR_3000 for value in examples)


_YEAR_3000 = 32_503_680_000
"""In seconds. What is more counts in milliseconds."""
