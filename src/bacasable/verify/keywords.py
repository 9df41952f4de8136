"""Which keywords of JSON Schema speak of a request, and which of them a request breaks."""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from ..contract import SchemaSet
from ..contract.document import at_pointer, pointer
from ..contract.model import Body, Json, JsonObject, Parameter
from ..contract.schema import whole
from ..contract.wire import from_json

_LIMITS = frozenset(
    {"type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"}
    | {"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"}
    | {"minProperties", "maxProperties", "oneOf", "anyOf", "not", "contains", "propertyNames"}
    | {"dependentRequired"}
)
_CLOSING = ("additionalProperties", "unevaluatedProperties")
_DEEP = 40
_REMEMBERED = 1000
_NUMBER = re.compile(r"-?[0-9]{1,300}(\.[0-9]{1,300})?([eE][-+]?[0-9]{1,2})?")

MALFORMED = "malformed"
"""Stands for the place of a body that is no JSON."""

Broken = Callable[[Any], list[str]]
"""The keywords that a value breaks, as pointers."""


class BodyKeywords:
    """The keywords of the body of an operation: `places` in the contract's order."""

    def __init__(self, schemas: SchemaSet, document: JsonObject, body: Body) -> None:
        self.required = body.required
        self._document = document
        self._found: dict[str, None] = {}
        self._members: dict[tuple[str, str], str] = {}
        self._walk(body.schema, body.pointer, ())
        self.places = list(self._found)
        self._broken = schemas.keywords_for({"$ref": "#" + quote(body.pointer, safe="/~")})

    def broken(self, content: bytes | None) -> list[str]:
        """The places of the keywords that a body breaks."""
        if not content:
            return [MALFORMED] if self.required else []
        try:
            found = self._broken(from_json(content))
        except (ValueError, RecursionError):
            return [MALFORMED]
        return [self._members.get((place, member), place) for place, member in found]

    def _walk(self, schema: Any, place: str, above: tuple[str, ...]) -> None:
        """Note the keywords of a schema and of those below it, each of them once."""
        while isinstance(schema, dict) and "$ref" in schema:
            self._note({k: v for k, v in schema.items() if k != "$ref"}, place)
            place = unquote(schema["$ref"]).removeprefix("#")
            if place in above:
                return
            above = (*above, place)
            schema = at_pointer(self._document, schema["$ref"])
        if not isinstance(schema, dict) or len(above) > _DEEP:
            return
        self._note(schema, place)
        for steps, part in _parts(schema):
            self._walk(part, place + pointer(*steps), (*above, place))

    def _note(self, schema: JsonObject, place: str) -> None:
        for keyword, bound in schema.items():
            at = place + pointer(keyword)
            if keyword in _LIMITS or (keyword in _CLOSING and bound is False):
                self._found[at] = None
            elif keyword == "required":
                for number, name in enumerate(bound):
                    self._members[at, name] = at + pointer(number)
                    self._found[at + pointer(number)] = None


def _parts(schema: JsonObject) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schemas in a schema whose keywords every value must keep; of a choice no branch is."""
    for name, member in schema.get("properties", {}).items():
        yield ("properties", name), member
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield (key,), schema[key]
    for number, part in enumerate(schema.get("allOf", ())):
        yield ("allOf", number), part


class ParameterKeywords:
    """The keywords of a parameter; its places are their names."""

    def __init__(self, schemas: SchemaSet, document: JsonObject, parameter: Parameter) -> None:
        declared = whole(document, parameter.schema)
        said = declared.together
        self.kinds = declared.kinds
        self._item = declared.items.kinds if "array" in self.kinds else []
        items = declared.items.whole.together if "array" in self.kinds else {}
        self.places = [key for key in said if key in _LIMITS and not _is_text(key, said[key])]
        self.places += [f"items/{key}" for key in items if key in _LIMITS and key != "type"]
        self._schemas, self._schema = schemas, parameter.schema
        self._remembered: dict[str, list[str]] = {}

    @cached_property
    def _broken(self) -> Callable[[Any], list[tuple[str, str]]]:
        """Made for the parameters that are sent: a run of one operation knows those of all."""
        return self._schemas.keywords_for(self._schema)

    def broken(self, text: str) -> list[str]:
        """The keywords that the text of a parameter breaks."""
        if text not in self._remembered:
            if len(self._remembered) > _REMEMBERED:
                self._remembered.clear()
            self._remembered[text] = self._judged(text)
        return self._remembered[text]

    def _judged(self, text: str) -> list[str]:
        if "array" in self.kinds:
            value: Json = [typed(part, self._item) for part in text.split(",")] if text else []
        else:
            value = typed(text, self.kinds)
        check = self._broken
        try:
            found = check(value)
        except (ValueError, UnicodeError):
            return ["type"]
        return [self._name(place) for place, _ in found]

    def _name(self, place: str) -> str:
        keyword = place.rpartition("/")[2]
        below = f"items/{keyword}"
        return below if "/items/" in place and below in self.places else keyword


def _is_text(keyword: str, bound: Json) -> bool:
    """Whether a keyword says no more than that a parameter is a text, as every one is."""
    return keyword == "type" and "string" in ([bound] if isinstance(bound, str) else bound)


def typed(text: str, names: list[str]) -> Json:
    """The value that a text stands for where one of these types is expected; else the text."""
    if "string" in names or not names:
        return text
    if "boolean" in names and text in ("true", "false"):
        return text == "true"
    if ("integer" in names or "number" in names) and _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.eE]", text) else int(text)
    return None if text == "null" and "null" in names else text
