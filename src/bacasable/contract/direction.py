"""What of a schema belongs to one direction alone: `readOnly` to answers, `writeOnly` to requests.

OpenAPI (3.1, 4.8.24.1): a `readOnly` member that is required is required of answers only, and what
a request says of it counts for nothing; a `writeOnly` one is required of requests only, and never
shown. Contracts of ours have schemas of their own for each direction, and are not read by this.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .closed import DATA, MAPS
from .document import ContractError, schema_at
from .model import Json, JsonObject
from .schema import SchemaView

READ_ONLY, WRITE_ONLY = "readOnly", "writeOnly"
_PARTS = ("allOf", "anyOf", "oneOf")


def without(document: JsonObject, node: Any, mark: str) -> Any:
    """A schema, or a document, whose marked members are not required and may be anything.

    What OpenAPI says of choices and formats beyond JSON Schema is said in its words. What has
    none of them is given back as it is.
    """
    return _Loosening(document, mark).of(node, frozenset())


_SIZES: dict[str, JsonObject] = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}
"""What the formats of integers mean, of which JSON Schema knows nothing."""


class _Loosening:
    def __init__(self, document: JsonObject, mark: str) -> None:
        self._document, self._mark = document, mark

    def of(self, node: Any, around: frozenset[str]) -> Any:
        """`around` are the marked members of the whole that a node is a part of."""
        if isinstance(node, list):
            items = [self.of(item, around) for item in node]
            same = all(a is b for a, b in zip(items, node, strict=True))
            return node if same else items
        if not isinstance(node, dict):
            return node
        marked = around | self._marked(node)
        copy = {key: self._below(key, value, marked) for key, value in node.items()}
        required = node.get("required")
        if isinstance(required, list) and not marked.isdisjoint(map(str, required)):
            copy["required"] = [name for name in required if name not in marked]
        if isinstance(node.get("discriminator"), dict) and "oneOf" in copy:
            # Which one it is says the discriminator; it may look like others too.
            copy.setdefault("anyOf", copy.pop("oneOf"))
        if node.get("type") == "integer" and node.get("format") in _SIZES:
            copy = _SIZES[node["format"]] | copy
        # What is the same is shared: a document is large, and few of its members are marked.
        same = len(copy) == len(node) and all(copy.get(k, copy) is v for k, v in node.items())
        return node if same else copy

    def _below(self, key: str, value: Any, marked: frozenset[str]) -> Any:
        if key in DATA:
            return value
        if key in MAPS and isinstance(value, dict):
            named = marked if key == "properties" else frozenset[str]()
            made = {n: True if n in named else self.of(s, frozenset()) for n, s in value.items()}
            return value if all(made[n] is s for n, s in value.items()) else made
        return self.of(value, marked if key in _PARTS else frozenset())

    def _marked(self, node: JsonObject) -> frozenset[str]:
        """The marked members of an object, those of its parts included."""
        return frozenset(self._members(node, 0))

    def _members(self, node: JsonObject, depth: int) -> Iterator[str]:
        properties = node.get("properties")
        for name, member in properties.items() if isinstance(properties, dict) else ():
            try:
                if SchemaView(self._document, member).is_marked(self._mark):
                    yield name
            except (ContractError, AttributeError, TypeError):
                continue  # said where it is compiled, if it is needed
        parts = node.get("allOf")
        for part in parts if isinstance(parts, list) and depth < _DEEPEST else ():
            yield from self._members(schema_at(self._document, part), depth + 1)


_DEEPEST = 10


@dataclass(slots=True, eq=False)
class _Shown:
    """What of the values of a schema is not to be shown."""

    hidden: set[str] = field(default_factory=set)
    members: dict[str, "_Shown"] = field(default_factory=dict)
    others: "_Shown | None" = None
    items: "_Shown | None" = None
    parts: list["_Shown"] = field(default_factory=list)

    def below(self) -> Iterator["_Shown"]:
        yield from self.members.values()
        yield from self.parts
        yield from (one for one in (self.others, self.items) if one)

    def of(self, value: Json) -> Json:
        """A value without what is hidden; itself where nothing is."""
        if isinstance(value, list) and self.items:
            value = [self.items.of(item) for item in value]
        elif isinstance(value, dict):
            kept = {name: inner for name, inner in value.items() if name not in self.hidden}
            for name, inner in kept.items():
                one = self.members.get(name, self.others)
                kept[name] = one.of(inner) if one else inner
            value = kept
        for part in self.parts:
            value = part.of(value)
        return value


def _is_only_written(node: Any) -> bool:
    """Whether anything in a node is marked `writeOnly`."""
    rest = [node]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            if one.get(WRITE_ONLY) is True:
                return True
            rest += one.values()
        elif isinstance(one, list):
            rest += one
    return False


_asked: list[tuple[JsonObject, bool]] = []
"""The last documents that were asked about: each is asked for every schema that it has."""
_KEPT = 8


def _hides(document: JsonObject) -> bool:
    """Whether a document has members that are only written: most have not one."""
    for known, found in _asked:
        if known is document:
            return found
    found = _is_only_written(document)
    _asked.insert(0, (document, found))
    del _asked[_KEPT:]
    return found


def hider(document: JsonObject, schema: Any) -> Callable[[Json], Json] | None:
    """What takes the `writeOnly` members out of values of a schema; None where there are none."""
    if not (_hides(document) or _is_only_written(schema)):
        return None
    steps: dict[int, _Shown] = {}
    root = _shown(SchemaView(document, schema), steps)
    active = {step for step in steps.values() if step.hidden}
    while more := {
        s for s in steps.values() if s not in active and not active.isdisjoint(s.below())
    }:
        active |= more
    for step in steps.values():
        step.members = {n: s for n, s in step.members.items() if s in active}
        step.parts = [part for part in step.parts if part in active]
        step.others = step.others if step.others in active else None
        step.items = step.items if step.items in active else None
    return root.of if root in active else None


def _shown(schema: SchemaView, steps: dict[int, _Shown]) -> _Shown:
    known = steps.get(id(schema.schema))
    if known:
        return known
    step = steps[id(schema.schema)] = _Shown()
    for name, member in schema.members.items():
        if member.is_marked(WRITE_ONLY):
            step.hidden.add(name)
        else:
            step.members[name] = _shown(member, steps)
    step.items = _shown(schema.items, steps) if "items" in schema else None
    others = schema.others
    step.others = _shown(others, steps) if others else None
    step.parts = [_shown(part, steps) for part in (*schema.parts, *schema.branches)]
    return step
