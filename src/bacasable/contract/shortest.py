"""The shortest value of a schema: what is not required is left out, and lists have one item.

What `allOf` puts together is put together first, and of a choice the first branch is taken that
has an end: a schema may contain itself, and a required member lead back to where it stands.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from .direction import READ_ONLY, WRITE_ONLY
from .model import Json, JsonObject
from .schema import SchemaView, whole
from .simple_values import number_of, text_of, variants
from .together import joined, listed

NONE: Any = object()
"""What stands for a value where there is none: every value of JSON may be one."""
_DEEPEST, _SHALLOW = 12, 6
_ROOM = 2_000
"""How many values a made one may have in it."""
_MOST, _WAYS = 20, 64
_NULL: JsonObject = {"type": "null"}
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "number": (int, float),
    "null": (type(None),),
}


def shortest(document: JsonObject, schema: Any, *, answer: bool, bare: bool) -> Json:
    """A value of a schema, of a request or an `answer`.

    Examples and defaults are taken where the schema has some that may fit it, unless it is to be
    `bare`. Where no value has an end, null stands for what would go on.
    """
    value = _Shortest(document, answer=answer, bare=bare).of(schema, _DEEPEST)
    if value is NONE:
        value = _Shortest(document, answer=answer, bare=bare, cut=True).of(schema, _SHALLOW)
    return value


class _Shortest:
    """The values made so far, by schema and by how deep they may be; those of one document."""

    def __init__(
        self, document: JsonObject, *, answer: bool, bare: bool, cut: bool = False
    ) -> None:
        self._document, self._bare, self._cut = document, bare, cut
        self._other = WRITE_ONLY if answer else READ_ONLY
        self._known: dict[tuple[int, int], Json] = {}
        self._ways: dict[int, list[JsonObject]] = {}
        self._sizes: dict[int, int] = {}

    def of(self, schema: Any, depth: int) -> Json:
        """A value of a schema that is not deeper; NONE if there is none."""
        key = (id(schema), depth)
        if key not in self._known:
            self._known[key] = self._made(schema, depth)
        return self._known[key]

    def _made(self, schema: Any, depth: int) -> Json:
        if id(schema) not in self._ways:
            declared = whole(self._document, schema)
            given = self._given(declared.keywords)
            # Kept: what is joined anew each time would be known by another id.
            found = (
                [declared.keywords] if given is not NONE else islice(self._joined(declared), _WAYS)
            )
            self._ways[id(schema)] = list(found)
        for way in self._ways[id(schema)]:
            value = self._given(way)
            value = self._plain(way, depth) if value is NONE else value
            if value is not NONE:
                return value
        return NONE

    def _joined(self, declared: SchemaView) -> Iterator[JsonObject]:
        """The ways to choose among the branches, each joined with what stands beside them."""
        yield from self._chosen(declared.keywords, declared.choices, 0)
        if declared.nullable:
            yield _NULL

    def _chosen(
        self, whole: JsonObject, choices: list[list[SchemaView]], level: int
    ) -> Iterator[JsonObject]:
        if not choices or level >= _DEEPEST:
            yield whole
            return
        for branch in choices[0]:
            both = joined(whole, branch.keywords)
            yield from self._chosen(both, [*choices[1:], *branch.choices], level + 1)
        if any(branch.nullable for branch in choices[0]):
            yield from self._chosen(joined(whole, _NULL), choices[1:], level + 1)

    def _given(self, whole: JsonObject) -> Json:
        """A value that a schema gives, and that may be one of it; NONE where it gives none."""
        found = [whole["const"]] if "const" in whole else []
        if not self._bare:
            found += [whole[key] for key in ("example", "default") if key in whole]
            examples = whole.get("examples")
            found += examples if isinstance(examples, list) else []
        values = whole.get("enum")
        found += values if isinstance(values, list) else []
        return next((value for value in found if self._may_be(value, whole)), NONE)

    def _may_be(self, value: Json, whole: JsonObject) -> bool:
        declared = whole.get("type")
        types = [t for t in listed(declared) if isinstance(t, str)]
        if types and not any(is_of(value, one) for one in types):
            return False
        if isinstance(whole.get("enum"), list) and value not in whole["enum"]:
            return False
        if not isinstance(value, dict):
            return True
        return all(name in value or self._is_of_others(whole, name) for name in _required(whole))

    def _is_of_others(self, whole: JsonObject, name: str) -> bool:
        """Whether a member belongs to the other direction alone."""
        member = whole.get("properties", {}).get(name, True)
        return SchemaView(self._document, member).is_marked(self._other)

    def _plain(self, whole: JsonObject, depth: int) -> Json:
        kind = kind_of(whole)
        if depth < 1 and kind in ("object", "array"):
            return None if self._cut else _empty(whole, kind)
        if kind == "object":
            return self._sized(self._object(whole, depth))
        if kind == "array":
            return self._sized(self._list(whole, depth))
        if kind in ("integer", "number"):
            return number_of(whole)
        if kind == "boolean":
            return True
        return None if kind == "null" else text_of(whole)

    def _object(self, whole: JsonObject, depth: int) -> Json:
        properties = whole.get("properties", {})
        names = [name for name in _required(whole) if not self._is_of_others(whole, name)]
        least = whole.get("minProperties", 0)
        least = min(least, _MOST) if isinstance(least, int) else 0
        allowed = whole.get("additionalProperties", True)
        if len(names) < least:
            more = [n for n in properties if n not in names and not self._is_of_others(whole, n)]
            if allowed is not False:
                more += [f"example{number or ''}" for number in range(least)]
            names = list(dict.fromkeys([*names, *more]))[:least]
        found: JsonObject = {}
        for name in names:
            value = self.of(properties.get(name, allowed), depth - 1)
            if value is NONE:
                return NONE
            found[name] = value
        return found

    def _list(self, whole: JsonObject, depth: int) -> Json:
        least = whole.get("minItems", 0)
        least = least if isinstance(least, int) else 0
        most = whole.get("maxItems", _MOST)
        count = max(least, 1) if isinstance(most, int) and most > 0 else 0
        count = min(count, _MOST)
        first = [self.of(one, depth - 1) for one in listed(whole.get("prefixItems"))[:count]]
        # What need not be there is not to lead far.
        item = self.of(whole.get("items", True), depth - 1 if least else depth // 2 - 1)
        found = [*first, *[item] * (count - len(first))]
        if any(one is NONE for one in found):
            return NONE if least else []
        if whole.get("uniqueItems") is True and count > 1 and not first:
            items = next(iter(self._ways.get(id(whole.get("items")), ())), {})
            found = list(islice(variants(item, items), count))
        return found

    def _sized(self, value: Json) -> Json:
        """A list or object, or NONE if it is too large."""
        if value is NONE:
            return NONE
        inner = value.values() if isinstance(value, dict) else value
        size = 1 + sum(self._sizes.get(id(one), 1) for one in inner)
        self._sizes[id(value)] = size
        return value if size <= _ROOM else NONE


def kind_of(whole: JsonObject) -> str:
    """The type of the values of a schema, null last; empty for a text that nobody says is one."""
    types = listed(whole.get("type"))
    for kind in types:
        if isinstance(kind, str) and kind != "null":
            return kind
    if types:
        return "null"
    if "properties" in whole or whole.get("required"):
        return "object"
    return "array" if "items" in whole or "prefixItems" in whole else ""


def _empty(whole: JsonObject, kind: str) -> Json:
    """What is there when nothing may be within; NONE where something has to be."""
    needs = whole.get("required") or whole.get("minProperties") or whole.get("minItems")
    return NONE if needs else {} if kind == "object" else []


def _required(whole: JsonObject) -> list[str]:
    return [name for name in listed(whole.get("required")) if isinstance(name, str)]


def is_of(value: Json, kind: str) -> bool:
    """Whether a value is of a type of JSON Schema."""
    if isinstance(value, bool) and kind != "boolean":
        return False
    if kind == "integer" and isinstance(value, float) and not value.is_integer():
        return False
    return isinstance(value, _TYPES.get(kind, (object,)))
