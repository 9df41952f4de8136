"""Places in a valid value and the schemas that speak of them: what mutations are made from.

A member that is not given is put in first, with a value made from its schema where that succeeds,
so that what the contract says of optional members can be tried too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from ..contract import SchemaSet
from ..contract.document import at_pointer, pointer
from ..contract.model import Json, JsonObject
from ..contract.schema import Steps, whole
from ..contract.together import listed
from ..contract.values import made

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "ABSENT", "__bool__": lambda _: False})()
"""Stands for a value that is not there: of a member that is left out, of a sample not found."""

_SHOWN = frozenset({"example", "examples", "default"})
_DEEP = 40
"""So many schemas may lie within each other: those that contain themselves have no end."""


@dataclass(frozen=True, slots=True)
class Site:
    """A schema's own keywords, where it stands in the contract, and the value it speaks of.

    `steps` lead to the value within `root`, a valid whole; `value` is ABSENT where no valid one is
    known.
    """

    schema: JsonObject
    place: str
    steps: Steps
    value: Json
    root: Json


def put(root: Json, steps: Steps, value: Json) -> Json:
    """A copy of a value that has another at a place, or nothing for ABSENT; the rest is shared."""
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    copy: Any = root.copy()
    if not rest and value is ABSENT:
        del copy[first]
    else:
        copy[first] = put(root[first], rest, value) if rest else value
    return copy


class Places:
    """Walks through the values of one document's schemas."""

    def __init__(self, document: JsonObject, schemas: SchemaSet) -> None:
        self.document = document
        self._schemas = schemas
        self._tests: dict[tuple[int, str], Callable[[Any], bool]] = {}

    def test(self, schema: Any, without: str = "") -> Callable[[Any], bool]:
        """Whether a value fits a schema of the document; `without` names a keyword to leave out."""
        key = (id(schema), without)
        if key not in self._tests:
            less = {k: v for k, v in schema.items() if k != without} if without else schema
            self._tests[key] = self._schemas.test_for(less)
        return self._tests[key]

    def walk(self, schema: Any, place: str, value: Json) -> Iterator[Site]:
        """Every schema that speaks of a valid value or of a part of it, in the contract's order."""
        whole = Site(schema, place, (), value, value)
        yield from self._walk(whole, self.test(schema), ())

    def _walk(
        self, site: Site, valid: Callable[[Any], bool], above: tuple[str, ...]
    ) -> Iterator[Site]:
        schema, place = site.schema, site.place
        if not isinstance(schema, dict) or above.count(place) > 1 or len(above) > _DEEP:
            return
        above = (*above, place)
        if "$ref" in schema:
            target = at_pointer(self.document, schema["$ref"])
            at = unquote(schema["$ref"]).removeprefix("#")
            yield from self._walk(replace(site, schema=target, place=at), valid, above)
        yield site
        for at, part in self._same(schema, site.value):
            yield from self._walk(replace(site, schema=part, place=place + at), valid, above)
        for at, part, step in self._below(schema, site.value):
            value, root = self._held(part, site, step, valid)
            below = Site(part, place + at, (*site.steps, step), value, root)
            yield from self._walk(below, valid, above)

    def _same(self, schema: JsonObject, value: Json) -> Iterator[tuple[str, Any]]:
        """What speaks of the same value: the parts of allOf, and the branches that it fits."""
        for number, part in enumerate(schema.get("allOf", ())):
            yield pointer("allOf", number), part
        for key in ("anyOf", "oneOf"):
            for number, part in enumerate(schema.get(key, ())):
                if value is ABSENT or self.test(part)(value):
                    yield pointer(key, number), part

    def _below(self, schema: JsonObject, value: Json) -> Iterator[tuple[str, Any, str | int]]:
        """What speaks of the members and items of a value."""
        if isinstance(value, dict):
            named = schema.get("properties", {})
            for name, member in named.items():
                yield pointer("properties", name), member, name
            for name in value:
                if name not in named and isinstance(schema.get("additionalProperties"), dict):
                    yield "/additionalProperties", schema["additionalProperties"], name
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            for index in sorted({0, max(0, len(value) - 1)}):
                yield "/items", schema["items"], index

    def _held(
        self, schema: Any, site: Site, step: str | int, valid: Callable[[Any], bool]
    ) -> tuple[Json, Json]:
        """The value of a member or item of a site, and the whole that has it.

        A null, or nothing at all, gives way to a value that says more.
        """
        above, steps, root = site.value, site.steps, site.root
        there = step in above if isinstance(above, dict) else int(step) < len(above)
        if there and above[step] is not None:
            return above[step], root
        sample = self.sample(schema)
        if sample is not ABSENT:
            held = [sample] if isinstance(above, list) else {**above, step: sample}
            holding = put(root, steps, held)
            if valid(holding):
                return sample, holding
        if there:
            return above[step], root
        return ABSENT, root if isinstance(above, dict) else put(root, steps, [None])

    def sample(self, schema: Any) -> Json:
        """A value that fits a schema and is not null; ABSENT if none is found."""
        test = self.test(schema)
        node = whole(self.document, schema).together
        shown = [node.get("const"), node.get("example"), node.get("default")]
        shown += [*listed(node.get("examples")), *node.get("enum", ())]
        bare = {key: value for key, value in node.items() if key not in _SHOWN}
        for candidate in (*shown, made(self.document, bare)):
            if candidate is not None and test(candidate):
                return candidate
        return ABSENT
