"""Keywords of JSON Schema that a document has written wrong, left out: the rest means what it says.

Of a schema with one such keyword nothing could be judged; `check` tells of each.
"""

from collections.abc import Callable
from typing import Any

from .model import Json, JsonObject
from .openapi import wrong_pattern
from .shortest import is_of
from .upgrade import change_bounds, or_null

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_FLAGS = ("uniqueItems", "readOnly", "writeOnly", "deprecated")


def sane(schema: JsonObject) -> JsonObject:
    """A schema, its parts apart, without keywords that no schema can have so."""
    left = {key: value for key, value in schema.items() if _MAY_BE.get(key, _any)(value)}
    change_bounds(left)
    for key in _NUMBERS:
        if isinstance(left.get(key), bool):
            del left[key]
    if isinstance(left.get("required"), list):
        left["required"] = list(dict.fromkeys(left["required"]))
    if "type" in left:
        _name_types(left)
    if left.pop("nullable", False) is True:
        left = or_null(left)  # a word of OpenAPI 3.0, which many write in 3.1 too
    if "default" in left and not _fits(left["default"], left.get("type", ())):
        del left["default"]
    return left


def _fits(value: Json, types: str | list[str]) -> bool:
    """Whether a value is of one of the types, if any are named."""
    named = [types] if isinstance(types, str) else types
    return not named or any(is_of(value, name) for name in named)


def _name_types(schema: JsonObject) -> None:
    """Leave out types that there are none of, in place."""
    named: Any = schema["type"]
    known = [n for n in ([named] if isinstance(named, str) else named) if n in _TYPES]
    if not known:
        del schema["type"]
    elif isinstance(named, list):
        schema["type"] = list(dict.fromkeys(known))


def _any(_: Json) -> bool:
    return True


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_bound(value: Json) -> bool:
    return isinstance(value, int | float)  # true and false are what OpenAPI 3.0 has for some


def _is_count(value: Json) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_flag(value: Json) -> bool:
    return isinstance(value, bool)


_MAY_BE: dict[str, Callable[[Any], bool]] = {
    "pattern": lambda value: isinstance(value, str) and not wrong_pattern(value),
    "patternProperties": lambda value: not any(map(wrong_pattern, value)),
    "format": lambda value: isinstance(value, str),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(_NUMBERS, _is_bound),
    **dict.fromkeys(_COUNTS, _is_count),
    **dict.fromkeys(_FLAGS, _is_flag),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), bool),
}
"""Whether a keyword may have a value, or will have it when bounds are changed."""
