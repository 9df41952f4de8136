"""What the contract says of members: the schemas along a path into a value, and names."""

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


def write_only_members(contract: Contract) -> set[str]:
    """Names of all members that the document marks writeOnly, wherever they stand."""
    return set(_write_only(contract.document, contract.document))


def members_of(contract: Contract, schema: Any) -> set[str]:
    """Names of the members that a value of a schema may have, at any depth."""
    names: set[str] = set()
    _gather(contract.document, schema, names, set())
    return names


def _write_only(document: JsonObject, node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _write_only(document, item)
    elif isinstance(node, dict):
        properties = node.get("properties")
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if schema_at(document, schema).get("writeOnly") is True:
                yield name
        for value in node.values():
            yield from _write_only(document, value)


def _gather(document: JsonObject, schema: Any, names: set[str], seen: set[int]) -> None:
    found = schema_at(document, schema)
    if id(found) in seen:
        return
    seen.add(id(found))
    properties = found.get("properties", {})
    names.update(properties)
    below = [found[key] for key in ("items", "additionalProperties") if key in found]
    below += [b for key in ("allOf", "anyOf", "oneOf") for b in found.get(key, [])]
    for inner in [*properties.values(), *below]:
        _gather(document, inner, names, seen)


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
