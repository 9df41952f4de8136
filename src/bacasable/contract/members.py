"""What the contract says of members: the schemas along a path into a value, and names."""

from collections.abc import Iterable, Iterator
from typing import Any

from .document import at_pointer, schema_at
from .model import Contract, JsonObject

Steps = tuple[str | int, ...]
_DEEP = 40
"""Deeper than this a schema is not put together of others; what would be is left out."""


def steps_of(pointer: str) -> Steps:
    """The steps of a JSON pointer (RFC 6901). A number may be a name or a place in a list."""
    names = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(n) if n.isascii() and n.isdecimal() else n for n in names)


def schemas_at(contract: Contract, schema: str, steps: Iterable[str | int]) -> list[JsonObject]:
    """Every schema that speaks of a place, the branches of choices included; none if unknown.

    `schema` is a pointer into the document, as answers and bodies have it.
    """
    document = contract.document
    return schemas_below(document, at_pointer(document, "#" + schema), steps)


def schemas_below(
    document: JsonObject, schema: Any, steps: Iterable[str | int]
) -> list[JsonObject]:
    """The same of a schema of the document."""
    found = list(_parts(document, schema))
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


def merged(document: JsonObject, schema: Any) -> JsonObject:
    """A schema as one object: references followed, what `allOf` puts together put together.

    Of a choice between null and one other schema it is the other. Other choices stay as they are;
    of a schema that contains itself, the part that does is left out.
    """
    return _merged(document, schema, set())


def is_object(schema: JsonObject) -> bool:
    """Whether a merged schema is that of an object whose members are known."""
    return bool(schema.get("properties")) and "object" in kinds(schema, "object")


def kinds(schema: JsonObject, default: str = "") -> list[str]:
    """The types that a merged schema names; the default when it names none."""
    declared = schema.get("type", default)
    return [declared] if isinstance(declared, str) else list(declared)


def _merged(document: JsonObject, schema: Any, seen: set[str], depth: int = 0) -> JsonObject:
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if reference in seen or depth > _DEEP:
        return {}
    if reference:
        seen.add(reference)
    found = schema_at(document, schema)
    for key in ("oneOf", "anyOf"):
        others = [b for b in found.get(key, ()) if schema_at(document, b).get("type") != "null"]
        if len(others) == 1:
            rest = {k: v for k, v in found.items() if k != key}
            found = _joined(_merged(document, others[0], seen, depth + 1), rest)
    parts = [_merged(document, part, seen, depth + 1) for part in found.get("allOf", ())]
    whole = {key: value for key, value in found.items() if key != "allOf"}
    for part in reversed(parts):
        whole = _joined(part, whole)
    return whole


def _joined(part: JsonObject, whole: JsonObject) -> JsonObject:
    """What two schemas of the same value say together; the second one wins."""
    joined = part | whole
    if "properties" in part and "properties" in whole:
        joined["properties"] = part["properties"] | whole["properties"]
    if "required" in part and "required" in whole:
        joined["required"] = list(dict.fromkeys([*part["required"], *whole["required"]]))
    return joined


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
