"""From text to scalar values, by the types that a schema names.

Compiled once for each schema. What cannot be converted stays text, for the schema to refuse.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from .model import Json, JsonObject
from .numbers import number
from .schema import SchemaView, whole
from .schemas import SchemaSet
from .together import listed

Convert = Callable[[str], Json]
Form = Literal["scalar", "array", "object"]
"""What a value is made of, as far as text is divided for it."""
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?")
_NONE = object()
"""What is given for a text that is no value of a type; null is one."""


def kinds_of(document: JsonObject, schema: Any) -> frozenset[str]:
    """The types that a schema names, itself, in its branches, or by the values that it lists."""
    return frozenset(_kinds(SchemaView(document, schema)))


def form_of(document: JsonObject, schema: Any) -> Form:
    """What values of a schema are made of; one that may be a scalar too is one."""
    found = kinds_of(document, schema) - {"null"}
    if found == {"array"}:
        return "array"
    if found == {"object"}:
        return "object"
    if found:
        return "scalar"
    declared = whole(document, schema)
    if "items" in declared:
        return "array"
    return "object" if "properties" in declared else "scalar"


def scalar_of(document: JsonObject, schemas: SchemaSet, schema: Any) -> Convert:
    """What makes of a text the value that a schema means.

    Where that may be a text or something else, it is the first that the schema allows: a text
    goes before all others.
    """
    found = kinds_of(document, schema)
    readers = _READ if schemas.is_closing else _READ | {"integer": _near_integer}
    known = [read for kind, read in readers.items() if kind in found]
    if not known:
        return _same
    if "string" not in found:
        return lambda text: _first(known, text)
    fits = schemas.test_for(schema)

    def chosen(text: str) -> Json:
        if fits(text):
            return text
        tried = (value for read in known if (value := read(text)) is not _NONE)
        return next((value for value in tried if fits(value)), text)

    return chosen


def _same(text: str) -> str:
    return text


def _first(known: list[Callable[[str], Any]], text: str) -> Json:
    for read in known:
        value = read(text)
        if value is not _NONE:
            return value
    return text


def _kinds(schema: SchemaView) -> Iterator[str]:
    for one in schema.speaking:
        values = one.get("enum", [one["const"]] if "const" in one else [])
        yield from one.kinds or map(_kind_of, listed(values))


def _kind_of(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    known = {str: "string", int: "integer", float: "number", list: "array"}
    return known.get(type(value), "object")


def _integer(text: str) -> Any:
    found = number(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else None
    return int(text) if isinstance(found, int) else _NONE


def _near_integer(text: str) -> Any:
    """The same; one that has too many digits to be kept is the nearest float."""
    found = _integer(text)
    return float(text) if found is _NONE and re.fullmatch(r"-?[0-9]{1,300}", text) else found


def _number(text: str) -> Any:
    found = number(text) if _NUMBER.fullmatch(text) else None
    return _NONE if found is None else found


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, _NONE)


def _null(text: str) -> Any:
    return None if text in {"null", ""} else _NONE


_READ: dict[str, Callable[[str], Any]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
}
