"""A stricter copy of a document: an object that lists its properties may have no others.

So a member the contract does not name (a password hash, say) can never leave in an answer.
"""

from collections.abc import Callable
from typing import Any

from .document import at_pointer, resolve, schema_at
from .model import JsonObject

# Under these keys stand maps of names to schemas, data, and schemas for the same value.
MAPS = frozenset(
    {"properties", "patternProperties", "$defs", "dependentSchemas", "schemas", "responses"}
)
DATA = frozenset({"default", "const", "enum", "example", "examples"})
_TOGETHER = frozenset({"allOf", "anyOf", "oneOf", "then", "else", "dependentSchemas"})
_PARTS = "x-open-parts"


def closed(document: JsonObject) -> JsonObject:
    """A copy of a document in which every object that lists its properties has no others."""
    closing = _Closing(document)
    copy: JsonObject = closing.of(document)
    parts = closing.parts()
    return {**copy, _PARTS: parts} if parts else copy


def each(node: JsonObject, change: Callable[[str, Any], Any]) -> JsonObject:
    """A copy with every schema inside changed; `change` is given the keyword and its value."""
    copy = {}
    for key, value in node.items():
        if key in MAPS and isinstance(value, dict):
            copy[key] = {name: change(key, schema) for name, schema in value.items()}
        else:
            copy[key] = value if key in DATA else change(key, value)
    return copy


class _Closing:
    """A schema put together of others is closed as a whole: each of those others stays open itself.

    So they are followed where they are referred to, for what lies below them is closed. One that
    contains itself stands in a section of its own, `_PARTS`, and is referred to there.
    """

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._endless: list[str] = []

    def parts(self) -> JsonObject:
        """The parts that contain themselves, by their numbers."""
        found: JsonObject = {}
        for number, reference in enumerate(self._endless):  # which grows while they are made
            target = at_pointer(self._document, reference)
            found[str(number)] = self.of(target, part=True, within=(reference,))
        return found

    def of(self, node: Any, *, part: bool = False, within: tuple[str, ...] = ()) -> Any:
        """A closed copy of a node. A `part` stays open itself, and lies in those it is `within`."""
        if isinstance(node, list):
            return [self.of(item, part=part, within=within) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node and (part or {"properties", "allOf"} & node.keys()):
            reference = str(node["$ref"])
            if reference in within:
                return self._referred(node, part=part, within=within)
            within = (*within, reference)
            node = resolve(self._document, node)
            if not isinstance(node, dict):
                return node
        return self._object(node, part=part, within=within)

    def _object(self, node: JsonObject, *, part: bool, within: tuple[str, ...]) -> JsonObject:
        lists = not part and bool({"properties", "allOf"} & node.keys())
        lists = lists and _lists_members(self._document, node)
        whole = lists and ("allOf" in node or ("properties" in node and _TOGETHER & node.keys()))

        def inside(key: str, value: Any) -> Any:
            below = key in _TOGETHER and bool(part or whole)
            return self.of(value, part=below, within=within)

        copy = each(node, inside)
        if lists:
            copy.setdefault("unevaluatedProperties" if whole else "additionalProperties", False)
        return copy

    def _referred(self, node: JsonObject, *, part: bool, within: tuple[str, ...]) -> JsonObject:
        """A reference to a part that contains itself, with what stands beside it."""
        reference = str(node["$ref"])
        if reference not in self._endless:
            self._endless.append(reference)
        beside = {key: value for key, value in node.items() if key != "$ref"}
        if part:
            target = {"$ref": f"#/{_PARTS}/{self._endless.index(reference)}"}
            return {**self._object(beside, part=True, within=within), **target}
        beside["allOf"] = [*beside.get("allOf", ()), {"$ref": reference}]
        return self._object(beside, part=False, within=within)


def _lists_members(document: JsonObject, schema: Any, seen: tuple[str, ...] = ()) -> bool:
    """Whether a schema, or what its allOf puts together, lists the properties of an object."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if reference in seen:
        return False
    if reference:
        seen = (*seen, reference)
    schema = schema_at(document, schema)
    if "type" in schema and isinstance(schema.get("properties"), dict):
        return True
    parts = schema.get("allOf")
    return isinstance(parts, list) and any(_lists_members(document, part, seen) for part in parts)
