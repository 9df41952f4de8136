"""From Swagger 2.0 to OpenAPI 3.0: the same contract, its bodies and addresses where 3.0 has them.

What a document says where 2.0 has no place for it stays where it is, for the checks that follow.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .document import pointer
from .model import Json, JsonObject, Violation
from .paths import METHODS

_MULTIPART, _URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
_FORMS = (_MULTIPART, _URLENCODED)
_MOVED = {
    "definitions": "schemas",
    "parameters": "parameters",
    "responses": "responses",
    "securityDefinitions": "securitySchemes",
}
"""Where the components of each kind are named in 3.0."""
_FLOWS = {
    "implicit": "implicit",
    "password": "password",
    "application": "clientCredentials",
    "accessCode": "authorizationCode",
}
_STYLES: Mapping[str, JsonObject] = {
    "csv": {"explode": False},
    "multi": {"style": "form", "explode": True},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
}
_OF_PARAMETERS = frozenset(
    {"name", "in", "description", "required", "allowEmptyValue", "collectionFormat", "schema"}
)
_OF_HEADERS = frozenset({"description", "collectionFormat"})


def is_swagger(document: JsonObject) -> bool:
    """Whether a document is written in Swagger 2.0."""
    return str(document.get("swagger", "")) in {"2.0", "2"}


def converted(document: JsonObject) -> JsonObject:
    """A new document in OpenAPI 3.0 that says what one in Swagger 2.0 says."""
    return _Conversion(document).document()


def unconverted(document: JsonObject) -> Iterator[Violation]:
    """What of a document in Swagger 2.0 has no counterpart in OpenAPI 3."""
    for place, node in _nodes(document, ()):
        if node.get("collectionFormat") == "tsv":
            said = "tsv has no counterpart in OpenAPI 3; it is read as csv"
            yield Violation(pointer(*place, "collectionFormat"), said)


def place_in_swagger(place: str) -> str:
    """Where in a document in Swagger 2.0 a place of the converted one comes from."""
    steps = place.split("/")[1:]
    if steps[:1] == ["components"] and len(steps) > 1:
        old = {new: old for old, new in _MOVED.items()} | {"requestBodies": "parameters"}
        return "/" + "/".join([old.get(steps[1], steps[1]), *steps[2:]])
    if "requestBody" in steps[:4]:
        return "/" + "/".join([*steps[:3], "parameters"])
    return place


class _Conversion:
    def __init__(self, document: JsonObject) -> None:
        self._old = document
        self._parameters = _members(document, "parameters")

    def document(self) -> JsonObject:
        old, components = self._old, {}
        kept = {"info", "tags", "externalDocs", "security"}
        new: JsonObject = {"openapi": "3.0.3"}
        new |= {k: v for k, v in old.items() if k in kept or k.startswith("x-")}
        new["servers"] = list(_servers(old))
        if "paths" in old:
            paths = old["paths"]
            new["paths"] = _each(paths, self._item) if isinstance(paths, dict) else paths
        components["schemas"] = _each(_members(old, "definitions"), _schema)
        named = {n: p for n, p in self._parameters.items() if _where(p) not in {"body", "formData"}}
        components["parameters"] = _each(named, _parameter)
        produces = self._media(old, "produces")
        responses = _members(old, "responses")
        components["responses"] = _each(responses, lambda r: _response(r, produces))
        security = _members(old, "securityDefinitions")
        components["securitySchemes"] = _each(security, _scheme)
        new["components"] = {kind: found for kind, found in components.items() if found}
        return new

    def _item(self, item: Json) -> Json:
        if not isinstance(item, dict):
            return item
        shared = [self._found(p) for p in _list(item, "parameters")]
        new = {k: v for k, v in item.items() if k not in {"parameters", *METHODS}}
        plain = [p for p in shared if _where(p) not in {"body", "formData"}]
        if plain:
            new["parameters"] = [_parameter(p) for p in plain]
        whole = [p for p in shared if _where(p) in {"body", "formData"}]
        operations = {m: self._operation(item[m], whole) for m in METHODS if m in item}
        return new | operations

    def _operation(self, operation: Json, shared: list[Json]) -> Json:
        if not isinstance(operation, dict):
            return operation
        gone = {"consumes", "produces", "schemes", "parameters", "responses"}
        new = {k: v for k, v in operation.items() if k not in gone}
        given = [(p, self._found(p)) for p in _list(operation, "parameters")]
        own = {_key(found) for _, found in given}
        beside = [s for s in shared if _key(s) not in own]
        whole = [*beside, *(found for _, found in given)]
        plain = [
            _moved(p) if isinstance(p, dict) and "$ref" in p else _parameter(found)
            for p, found in given
            if _where(found) not in {"body", "formData"}
        ]
        if plain:
            new["parameters"] = plain
        consumes = self._media(operation, "consumes")
        body = _body([p for p in whole if _where(p) in {"body", "formData"}], consumes)
        if body:
            new["requestBody"] = body
        produces = self._media(operation, "produces")
        responses = operation.get("responses", {})
        new["responses"] = (
            _each(responses, lambda r: _response(r, produces))
            if isinstance(responses, dict)
            else responses
        )
        return new

    def _found(self, parameter: Json) -> Json:
        """A parameter, or the one that it refers to."""
        reference = parameter.get("$ref") if isinstance(parameter, dict) else None
        if isinstance(reference, str) and reference.startswith("#/parameters/"):
            return self._parameters.get(_unescaped(reference.rpartition("/")[2]), parameter)
        return parameter

    def _media(self, declared: JsonObject, key: str) -> list[str]:
        found = declared.get(key, self._old.get(key))
        named = [m for m in found if isinstance(m, str)] if isinstance(found, list) else []
        return named or ["application/json"]


def _servers(old: JsonObject) -> Iterator[JsonObject]:
    base = str(old.get("basePath") or "").rstrip("/")
    if "host" not in old:
        yield {"url": base or "/"}
        return
    for scheme in _list(old, "schemes") or ["https"]:
        yield {"url": f"{scheme}://{old['host']}{base}"}


def _body(parameters: list[JsonObject], consumes: list[str]) -> JsonObject | None:
    """The request body of an operation, of its body parameter or of those of a form."""
    whole = next((p for p in parameters if p["in"] == "body"), None)
    if whole is not None:
        media: JsonObject = {"schema": _schema(whole.get("schema", {}))}
        about: JsonObject = {k: whole[k] for k in ("description", "required") if k in whole}
        return {**about, "content": dict.fromkeys(consumes, media)}
    if not parameters:
        return None
    named = [p for p in parameters if isinstance(p.get("name"), str)]
    members = {p["name"]: _form_member(p) for p in named}
    schema: JsonObject = {"type": "object", "properties": members}
    required = [p["name"] for p in named if p.get("required")]
    if required:
        schema["required"] = required
    with_file = any(p.get("type") == "file" for p in parameters)
    names = [m for m in consumes if m in _FORMS] or [_MULTIPART if with_file else _URLENCODED]
    content = {name: {"schema": schema} for name in names if not with_file or name == _MULTIPART}
    body = {"content": content or {_MULTIPART: {"schema": schema}}}
    return {"required": True, **body} if required else body


def _form_member(parameter: JsonObject) -> Json:
    schema = _value_schema(parameter, _OF_PARAMETERS)
    if "description" in parameter:
        schema["description"] = parameter["description"]
    return schema


def _parameter(old: Json) -> Json:
    """A parameter of a path, a query or a header."""
    if not isinstance(old, dict) or "$ref" in old:
        return _moved(old)
    kept = {"name", "in", "description", "required", "allowEmptyValue"}
    new = {k: v for k, v in old.items() if k in kept or k.startswith("x-")}
    if old.get("in") == "path":
        new["required"] = True  # another value means nothing
    new["schema"] = _value_schema(old, _OF_PARAMETERS)
    if "x-example" in new:
        new["example"] = new.pop("x-example")
    if old.get("type") == "array":
        style = _STYLES.get(str(old.get("collectionFormat", "csv")), _STYLES["csv"])
        new |= style if old.get("in") == "query" else {}
    return new


def _value_schema(old: JsonObject, besides: Iterable[str]) -> JsonObject:
    """The schema that a parameter or a header is itself."""
    new = {k: v for k, v in old.items() if k not in besides and not k.startswith("x-")}
    if isinstance(new.get("items"), dict):
        new["items"] = _value_schema(new["items"], {"collectionFormat"})
    found: JsonObject = _schema(new)
    return found


def _response(old: Json, produces: list[str]) -> Json:
    if not isinstance(old, dict) or "$ref" in old:
        return _moved(old)
    new = {k: v for k, v in old.items() if k not in {"schema", "examples", "headers"}}
    examples = _members(old, "examples")
    names = dict.fromkeys([*(produces if "schema" in old else ()), *examples])
    schema = {"schema": _schema(old["schema"])} if "schema" in old else {}
    content = {
        name: schema | ({"example": examples[name]} if name in examples else {}) for name in names
    }
    if content:
        new["content"] = content
    headers = _members(old, "headers")
    if headers:
        new["headers"] = _each(headers, _header)
    return new


def _header(old: Json) -> Json:
    if not isinstance(old, dict):
        return old
    about = {"description": old["description"]} if "description" in old else {}
    return about | {"schema": _value_schema(old, _OF_HEADERS)}


def _scheme(old: Json) -> Json:
    if not isinstance(old, dict):
        return old
    about = {k: v for k, v in old.items() if k == "description" or k.startswith("x-")}
    if old.get("type") == "basic":
        return about | {"type": "http", "scheme": "basic"}
    if old.get("type") != "oauth2":
        return old
    named = {k: old[k] for k in ("authorizationUrl", "tokenUrl") if k in old}
    flow = _FLOWS.get(str(old.get("flow")), "implicit")
    return about | {"type": "oauth2", "flows": {flow: {**named, "scopes": old.get("scopes", {})}}}


def _schema(old: Json) -> Json:
    """A schema in the words of 3.0, at every depth."""
    if not isinstance(old, dict):
        return old
    new = {**old, **_moved(old)} if "$ref" in old else dict(old)
    if new.get("type") == "file":
        new |= {"type": "string", "format": "binary"}
    if new.pop("x-nullable", False) is True:
        new["nullable"] = True
    if isinstance(new.get("discriminator"), str):
        new["discriminator"] = {"propertyName": new["discriminator"]}
    if isinstance(new.get("properties"), dict):
        new["properties"] = _each(new["properties"], _schema)
    for key in ("items", "additionalProperties"):
        if key in new:
            new[key] = _schema(new[key])
    if isinstance(new.get("allOf"), list):
        new["allOf"] = [_schema(part) for part in new["allOf"]]
    return new


def _moved(node: Json) -> Json:
    """A reference to where the components of its kind are in 3.0; others stay as they are."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    if not isinstance(reference, str):
        return node
    file, sign, place = reference.partition("#/")
    kind, _, name = place.partition("/")
    if kind not in _MOVED or not sign:
        return node
    return {**node, "$ref": f"{file}#/components/{_MOVED[kind]}/{name}"} if not file else node


def _nodes(node: Json, at: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], JsonObject]]:
    if isinstance(node, dict):
        yield at, node
        for key, value in node.items():
            yield from _nodes(value, (*at, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _nodes(value, (*at, number))


def _each(members: JsonObject, convert: Any) -> JsonObject:
    return {k: v if k.startswith("x-") else convert(v) for k, v in members.items()}


def _members(node: JsonObject, key: str) -> JsonObject:
    found = node.get(key)
    return found if isinstance(found, dict) else {}


def _list(node: JsonObject, key: str) -> list[Json]:
    found = node.get(key)
    return found if isinstance(found, list) else []


def _where(parameter: Json) -> str:
    return str(parameter.get("in", "")) if isinstance(parameter, dict) else ""


def _key(parameter: Json) -> tuple[str, str]:
    name = parameter.get("name") if isinstance(parameter, dict) else ""
    return str(name), _where(parameter)


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
