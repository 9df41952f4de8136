"""What the contract says about one place in a value: the schemas that lie along a path."""

from collections.abc import Iterable, Iterator
from typing import Any

from .document import at_pointer, schema_at
from .model import Contract, JsonObject

Steps = tuple[str | int, ...]


def steps_of(pointer: str) -> Steps:
    """The steps of a JSON pointer (RFC 6901). A number may be a name or a place in a list."""
    names = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(n) if n.isascii() and n.isdecimal() else n for n in names)


def schemas_at(contract: Contract, schema: str, steps: Iterable[str | int]) -> list[JsonObject]:
    """Every schema that speaks of a place, the branches of choices included; none if unknown.

    `schema` is a pointer into the document, as answers and bodies have it.
    """
    document = contract.document
    found = list(_parts(document, at_pointer(document, "#" + schema)))
    for step in steps:
        found = [part for node in found for part in _below(document, node, step)]
    return found


def is_enumerated(schemas: Iterable[JsonObject]) -> bool:
    """Whether one of the schemas lists the values it allows."""
    return any("enum" in schema or "const" in schema for schema in schemas)


def requires(schemas: Iterable[JsonObject], member: str | int) -> bool:
    """Whether one of the schemas of an object requires a member."""
    return any(member in schema.get("required", ()) for schema in schemas)


def _parts(document: JsonObject, schema: Any) -> Iterator[JsonObject]:
    """A schema and what it is put together of."""
    node = schema_at(document, schema)
    yield node
    for key in ("allOf", "oneOf", "anyOf"):
        for part in node.get(key, ()):
            yield from _parts(document, part)


def _below(document: JsonObject, node: JsonObject, step: str | int) -> Iterator[JsonObject]:
    members = node.get("properties", {})
    if isinstance(step, int) and "items" in node:
        yield from _parts(document, node["items"])
    elif str(step) in members:
        yield from _parts(document, members[str(step)])
    elif isinstance(node.get("additionalProperties"), dict):
        yield from _parts(document, node["additionalProperties"])
