"""Schemas of the same value put together: what `allOf` holds, and null beside one other schema."""

from dataclasses import dataclass, field
from typing import Any

from .document import chain, schema_at
from .model import JsonObject

CHOICES = ("oneOf", "anyOf")
_PARTS = frozenset({"allOf", *CHOICES})
_DEEP = 40
"""Deeper than this a schema is not put together of others; what would be is left out."""
_LOWER = frozenset(
    {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "multipleOf"}
)
_UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})


@dataclass(slots=True)
class Together:
    """What schemas of the same value say together. `null`: one of their choices was null."""

    keywords: JsonObject
    refs: set[str] = field(default_factory=set)
    choices: list[tuple[str, list[Any]]] = field(default_factory=list)
    null: bool = False

    def add(self, part: "Together") -> None:
        """Put what another part says before what is said already, which wins."""
        self.keywords = joined(part.keywords, self.keywords)
        self.choices = [*part.choices, *self.choices]
        self.null = self.null or part.null


def together(document: JsonObject, schema: Any, refs: set[str], depth: int) -> Together:
    """A schema put together of its parts; `refs` are the references passed so far."""
    passed = set(references(document, schema))
    if depth > _DEEP or not refs.isdisjoint(passed):
        return Together({}, refs)
    refs |= passed
    stated = schema_at(document, schema)
    if stated.keys().isdisjoint(_PARTS):
        return Together(stated, refs)
    found = Together({k: v for k, v in stated.items() if k not in _PARTS}, refs)
    for key in CHOICES:
        given = listed(stated.get(key))
        others = [one for one in given if not is_null(schema_at(document, one))]
        found.null = found.null or len(others) < len(given)
        if len(others) == 1:
            found.add(together(document, others[0], refs, depth + 1))
        elif refs.isdisjoint(ref for one in given for ref in references(document, one)):
            # A part of which a branch is built up has been chosen of already.
            found.choices += [(key, given)] if given else []
    for part in reversed(listed(stated.get("allOf"))):
        found.add(together(document, part, refs, depth + 1))
    return found


def references(document: JsonObject, schema: Any) -> list[str]:
    """The references that lead from a schema to what it stands for."""
    return [one["$ref"] for one in chain(document, schema)[:-1]]


def joined(part: JsonObject, whole: JsonObject) -> JsonObject:
    """What two schemas of the same value say together; where they cannot agree, the second wins."""
    both = part | whole
    for key in part.keys() & whole.keys():
        ours, theirs = whole[key], part[key]
        if key == "properties":
            both[key] = {**theirs, **{n: _both(theirs.get(n), ours[n]) for n in ours}}
        elif key in ("items", "additionalProperties"):
            both[key] = _both(theirs, ours)
        elif key == "required":
            both[key] = list(dict.fromkeys([*listed(theirs), *listed(ours)]))
        elif key == "type":
            both[key] = _types(listed(theirs), listed(ours))
        elif key == "enum":
            both[key] = [v for v in listed(theirs) if v in listed(ours)] or ours
        elif key in _LOWER | _UPPER and _are_numbers(ours, theirs):
            both[key] = max(ours, theirs) if key in _LOWER else min(ours, theirs)
    return both


def _both(theirs: Any, ours: Any) -> Any:
    if theirs is None or theirs is True or theirs is ours:
        return ours
    if ours is True or theirs is False or ours is False:
        return theirs if ours is True or theirs is False else ours
    return {"allOf": [theirs, ours]}


def _types(theirs: list[Any], ours: list[Any]) -> Any:
    shared = [one for one in theirs if one in ours]
    if not shared and "integer" in [*theirs, *ours] and "number" in [*theirs, *ours]:
        return "integer"
    found = shared or theirs
    return found[0] if len(found) == 1 else found


def listed(value: Any) -> list[Any]:
    """What may be one or several of something, as several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def is_null(stated: JsonObject) -> bool:
    """Whether null is the only value of a schema."""
    values = [stated["const"]] if "const" in stated else stated.get("enum")
    return listed(stated.get("type")) == ["null"] or values == [None]
