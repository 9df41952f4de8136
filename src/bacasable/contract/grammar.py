"""What stands where in an OpenAPI document: the kinds of its objects, for those who walk over it.

The table holds what OpenAPI 3.0, 3.1 and 3.2 have; data (examples, defaults, values of an enum)
and keys that begin with x- are no part of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .document import pointer
from .model import Json, JsonObject, Violation

ONE, LIST, MAP = "one", "list", "map"
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", "trace", "query")
"""Those of an OpenAPI document; what a path has besides are additional operations."""
SECTIONS = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "requestBody": "requestBodies",
    "header": "headers",
    "securityScheme": "securitySchemes",
    "link": "links",
    "callback": "callbacks",
}
"""The kinds that a component can be, and the section that holds those of each."""

_Steps = tuple[str | int, ...]
_Table = dict[str, tuple[str, str]]
Change = Callable[[str, JsonObject, _Steps], Json]
"""What becomes of an object: given its kind, itself with its parts changed, and its path."""
GONE: Any = object()
"""What an object becomes that is to be left out where it stands."""

_CONTENT: _Table = {"content": (MAP, "mediaType")}
_VALUE: _Table = {"schema": (ONE, "schema"), "examples": (MAP, "example"), **_CONTENT}
_SCHEMAS = (
    ("additionalProperties", "items", "not", "if", "then", "else", "contains", "propertyNames"),
    ("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_TABLES: dict[str, _Table] = {
    "document": {
        "info": (ONE, "info"),
        "servers": (LIST, "server"),
        "tags": (LIST, "tag"),
        "paths": (MAP, "pathItem"),
        "webhooks": (MAP, "pathItem"),
        "components": (ONE, "components"),
    },
    "components": {
        **{section: (MAP, kind) for kind, section in SECTIONS.items()},
        "pathItems": (MAP, "pathItem"),
        "mediaTypes": (MAP, "mediaType"),
    },
    "server": {"variables": (MAP, "variable")},
    "pathItem": {
        **dict.fromkeys(METHODS, (ONE, "operation")),
        "additionalOperations": (MAP, "operation"),
        "parameters": (LIST, "parameter"),
        "servers": (LIST, "server"),
    },
    "operation": {
        "parameters": (LIST, "parameter"),
        "requestBody": (ONE, "requestBody"),
        "responses": (MAP, "response"),
        "callbacks": (MAP, "callback"),
        "servers": (LIST, "server"),
    },
    "parameter": _VALUE,
    "header": _VALUE,
    "requestBody": _CONTENT,
    "mediaType": {**_VALUE, "itemSchema": (ONE, "schema"), "encoding": (MAP, "encoding")},
    "encoding": {"headers": (MAP, "header")},
    "response": {"headers": (MAP, "header"), "links": (MAP, "link"), **_CONTENT},
    "link": {"server": (ONE, "server")},
    "schema": {
        **{key: (ONE, "schema") for keys in _SCHEMAS for key in keys},
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), (LIST, "schema")),
        **dict.fromkeys(("properties", "patternProperties"), (MAP, "schema")),
        **dict.fromkeys(("$defs", "dependentSchemas"), (MAP, "schema")),
    },
}
# In these maps an x- key is an extension and no name.
_EXTENSIBLE = frozenset({"paths", "responses"})
TEXTS = ("title", "summary", "description")
_MUST_HAVE: dict[str, tuple[str, ...]] = {
    "document": ("info",),
    "parameter": ("name", "in"),
    "requestBody": ("content",),
    "server": ("url",),
    "tag": ("name",),
}
_TEXT = {
    "operation": ("operationId",),
    "parameter": ("name", "in"),
    "server": ("url",),
    "tag": ("name",),
}
_LISTS = {"operation": ("tags",), "schema": ("required", "enum", "examples")}
_NAMES = {"operation": ("tags",), "schema": ("required", "type")}
_OBJECTS = {"document": ("security",), "operation": ("security",)}


def place_of(method: str) -> tuple[str, ...]:
    """Where in a path the operation of a method stands."""
    return (method,) if method in METHODS else ("additionalOperations", method.upper())


def operation_in(item: JsonObject, method: str) -> JsonObject:
    """The operation of a method in a path that has one."""
    for step in place_of(method):
        item = item[step]
    return item


def rebuilt(kind: str, node: Json, change: Change, path: _Steps = ()) -> Json:
    """A copy of a node of some kind in which every object, the innermost first, is changed."""
    if not isinstance(node, dict):
        return node
    copy = dict(node)
    for key, (shape, below) in _table(kind, node).items():
        value = copy.get(key)
        if shape == ONE:
            if key in copy and (made := rebuilt(below, value, change, (*path, key))) is not GONE:
                copy[key] = made
            elif key in copy:
                del copy[key]
        elif isinstance(value, list):
            parts = [rebuilt(below, v, change, (*path, key, i)) for i, v in enumerate(value)]
            copy[key] = [part for part in parts if part is not GONE]
        elif isinstance(value, dict):
            named = {
                name: v if _is_no_part(key, name) else rebuilt(below, v, change, (*path, key, name))
                for name, v in value.items()
            }
            copy[key] = {name: part for name, part in named.items() if part is not GONE}
    return change(kind, copy, path)


def without_misshapen(kind: str, node: Any, path: _Steps = ()) -> tuple[Any, list[Violation]]:
    """A node of some kind with what is not made as OpenAPI has it left out, and all of that.

    GONE where nothing of it is left.
    """
    found: list[Violation] = []
    while wrong := list(misshapen(kind, node, path)):
        found += (one for one in wrong if one not in found)
        places = [one.pointer.split("/")[1 + len(path) :] for one in wrong]
        if [] in places:
            return GONE, found
        node = _without(node, places)
    return node, found


def _without(node: Any, places: Iterable[Sequence[str]]) -> Any:
    """A copy of a node without what stands at some places, each the steps of a pointer."""
    below: dict[str, list[Sequence[str]]] = {}
    for place in places:
        below.setdefault(place[0], []).append(place[1:])
    kept = {}
    for key, value in enumerate(node) if isinstance(node, list) else node.items():
        inner = below.get(pointer(key)[1:], ())
        if [] not in inner:
            kept[key] = _without(value, inner) if inner else value
    return list(kept.values()) if isinstance(node, list) else kept


def referring(kind: str, node: JsonObject) -> Iterator[tuple[str, str]]:
    """The members of an object that are a reference where none may stand: name and reference.

    They are texts, or should hold other objects.
    """
    texts = () if kind == "callback" else TEXTS
    several = (key for key, (shape, _) in _table(kind, node).items() if shape != ONE)
    for key in (*several, *texts):
        value = node.get(key)
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            yield key, value["$ref"]


def misshapen(kind: str, node: Any, path: _Steps = ()) -> Iterator[Violation]:
    """Every place where a node of some kind is not made of what OpenAPI has there.

    Only shapes are judged: what is an object, a list, a text. That is what readers rely on.
    """
    if isinstance(node, dict):
        yield from _misshapen_parts(kind, node, path)
    elif kind != "schema" or not isinstance(node, bool):
        yield Violation(pointer(*path), f"is no {kind}; write an object")


def _misshapen_parts(kind: str, node: JsonObject, path: _Steps) -> Iterator[Violation]:
    if "$ref" not in node or kind in {"schema", "pathItem"}:
        yield from _wrong_members(kind, node, path)
    for key, (shape, below) in _table(kind, node).items():
        if key in node:
            yield from _misshapen_member(shape, below, node[key], (*path, key))


def _misshapen_member(shape: str, kind: str, value: Json, path: _Steps) -> Iterator[Violation]:
    if shape == ONE:
        yield from misshapen(kind, value, path)
    elif shape == LIST and isinstance(value, list):
        for index, part in enumerate(value):
            yield from misshapen(kind, part, (*path, index))
    elif shape == MAP and isinstance(value, dict):
        for name, part in value.items():
            if not _is_no_part(path[-1], name):
                yield from misshapen(kind, part, (*path, name))
    else:
        kind_of = "list" if shape == LIST else "object"
        yield Violation(pointer(*path), f"is no {kind_of}; write one")


def _table(kind: str, node: JsonObject) -> _Table:
    if kind == "callback" and "$ref" not in node:
        return {key: (ONE, "pathItem") for key in node if not key.startswith("x-")}
    return _TABLES.get(kind, {})


def _is_no_part(key: str | int, name: str) -> bool:
    return key in _EXTENSIBLE and name.startswith("x-")


def _wrong_members(kind: str, node: JsonObject, path: _Steps) -> Iterator[Violation]:
    for key in _MUST_HAVE.get(kind, ()):
        if key not in node:
            yield Violation(pointer(*path), f"has no {key}; add it")
    told: set[str] = set()
    # A callback has addresses for keys.
    texts = () if kind == "callback" else TEXTS
    for keys, fits, said in (
        (texts, _is_scalar, "is no text; write one"),
        (_TEXT.get(kind, ()), _is_text, "is no text; quote it"),
        (_LISTS.get(kind, ()), _is_list, "is no list; write one"),
        (_NAMES.get(kind, ()), _is_names, "names what is no text; quote it"),
        (_OBJECTS.get(kind, ()), _is_objects, "is no list of objects; write one"),
    ):
        for key in keys:
            if key in node and not fits(node[key]) and key not in told:
                told.add(key)
                yield Violation(pointer(*path, key), said)


def _is_scalar(value: Json) -> bool:
    return not isinstance(value, dict | list)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_list(value: Json) -> bool:
    return isinstance(value, list)


def _is_names(value: Json) -> bool:
    return _is_text(value) or (_is_list(value) and all(map(_is_text, value)))


def _is_objects(value: Json) -> bool:
    return _is_list(value) and all(isinstance(item, dict) for item in value)
