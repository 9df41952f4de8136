"""From OpenAPI 3.0 to 3.1: the same contract in the words of JSON Schema 2020-12.

A value that the old schema takes, the new one takes too. `nullable` allows null wherever it stands:
so 3.0.0 to 3.0.2 have it, and so authors mean it, though 3.0.3 wants a `type` beside it.
"""

from .grammar import rebuilt
from .model import Json, JsonObject

_Steps = tuple[str | int, ...]
_BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_FORMATS = {
    "byte": {"contentEncoding": "base64"},
    "binary": {"contentMediaType": "application/octet-stream"},
}
_COMBINING = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not"})
_ABOUT = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
    | {"externalDocs", "xml"}
)
_FOR_QUERIES = frozenset({"allowReserved", "allowEmptyValue"})


def upgrade(document: JsonObject) -> JsonObject:
    """A new document in OpenAPI 3.1 that says what one in 3.0 says."""
    upgraded: JsonObject = rebuilt("document", document, _upgraded)
    return {**upgraded, "openapi": "3.1.0"}


def _upgraded(kind: str, node: JsonObject, _path: _Steps) -> Json:
    if kind == "schema":
        return _schema(node)
    if "$ref" in node and kind != "pathItem":
        return _reference(node)
    if kind == "header" or (kind == "parameter" and node.get("in") != "query"):
        return {key: value for key, value in node.items() if key not in _FOR_QUERIES}
    if kind == "example" and "value" in node:
        return {key: value for key, value in node.items() if key != "externalValue"}
    if kind in {"response", "components"} and isinstance(node.get("links"), dict):
        led = {name: link for name, link in node["links"].items() if _leads_somewhere(link)}
        return {**node, "links": led}
    return node


def _reference(node: JsonObject) -> JsonObject:
    """A reference without what 3.0 ignores beside it and 3.1 would not; texts are what was meant.

    A text that is given elsewhere too is replaced, as its author hoped.
    """
    return {key: value for key, value in node.items() if key in {"$ref", "description", "summary"}}


def _leads_somewhere(link: Json) -> bool:
    return not isinstance(link, dict) or not link.keys().isdisjoint(
        {"$ref", "operationId", "operationRef"}
    )


def _schema(node: JsonObject) -> JsonObject:
    nullable = node.get("nullable") is True
    if "$ref" in node:
        new = {key: value for key, value in node.items() if key in {"$ref", "description"}}
    else:
        new = {key: value for key, value in node.items() if key != "nullable"}
        change_bounds(new)
        if "example" in new:
            new["examples"] = [new.pop("example")]
        if new.get("type") == "string" and new.get("format") in ("byte", "binary"):
            new.update(_FORMATS[new.pop("format")])
    return or_null(new) if nullable else new


def change_bounds(schema: JsonObject) -> None:
    """Make the bounds exclusive that are marked so, in place."""
    for bound, mark in _BOUNDS:
        if isinstance(schema.get(mark), bool) and schema.pop(mark) and bound in schema:
            schema[mark] = schema.pop(bound)


def or_null(schema: JsonObject) -> JsonObject:
    """A schema that takes null beside what it takes."""
    if not _COMBINING.isdisjoint(schema):
        about = {k: v for k, v in schema.items() if k in _ABOUT or k.startswith("x-")}
        rest = {k: v for k, v in schema.items() if k not in about}
        return {**about, "anyOf": [rest, {"type": "null"}]}
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema
