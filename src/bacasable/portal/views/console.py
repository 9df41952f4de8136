"""The form that tries an operation: what its script is told, as JSON.

Schemas stay as they are, with their references: those that are reached stand once under `$defs`, so
that the form can follow a schema that contains itself, and the validator judges by the whole of it.
"""

from collections.abc import Iterator
from typing import Any

from ...contract.accounts import login_of
from ...contract.build import server_address
from ...contract.document import at_pointer, resolve
from ...contract.model import Contract, Json, JsonObject, Operation
from ...contract.values import shown
from ..addresses import is_web
from ..assets import bundled
from ..edition import Edition
from ..pages import asset_hash
from .places import chosen_media, places, raw_operation, raw_parameters

VALIDATOR = "vendor/json-schema.js"
# What neither the form nor the validator reads. `example` and `default` suggest values.
_SAID = frozenset({"description", "title", "externalDocs", "xml", "deprecated"})
_NAMES = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "required"})


def console(edition: Edition, operation_id: str) -> dict[str, Any]:
    """What the form of an operation is made of. Raises KeyError for one that does not exist."""
    contract = edition.contract
    operation = contract.operations[operation_id]
    raw = raw_operation(contract, operation)
    bundle = _Bundle(contract.document)
    told = {
        "method": operation.method.upper(),
        "path": operation.path,
        "sandbox": edition.sandbox,
        "controls": f"{edition.root}/_sandbox",
        "servers": _servers(edition),
        "parameters": list(_parameters(contract, operation, raw, bundle)),
        "body": _body(contract, raw, bundle),
        "security": _security(contract, raw),
        "roles": operation.roles,
        "tenant": contract.tenant_header,
        "tenantExample": _tenant_example(contract),
        "login": _login(edition),
        "errors": "guides/errors.html" if contract.problems else "",
        "validator": f"{VALIDATOR}?v={asset_hash(VALIDATOR)}" if _has_validator() else "",
        "words": edition.words("console"),
    }
    return told | {"$defs": bundle.definitions}


def _has_validator() -> bool:
    return bundled(VALIDATOR.removeprefix("vendor/"))


def _servers(edition: Edition) -> list[dict[str, str]]:
    """Where a call can go: the server of the pages or the sandbox first, then the contract's."""
    contract = edition.contract
    declared = contract.document.get("servers") or []
    own = edition.root + contract.base_path if edition.sandbox else edition.api_url
    found = {own: edition.say("console.server_sandbox") if edition.sandbox else own}
    for server in declared:
        url = server_address(server)
        if is_web(url):
            found.setdefault(url.rstrip("/"), str(server.get("description") or url).rstrip("."))
    return [{"url": url, "title": title} for url, title in found.items()]


def _parameters(
    contract: Contract, operation: Operation, raw: JsonObject, bundle: "_Bundle"
) -> Iterator[JsonObject]:
    for declared in raw_parameters(contract, operation):
        if declared["in"] != "cookie":
            yield _parameter(contract.document, declared, bundle)
    # If-Match is no parameter of this contract's operations; a documented 412 asks for it.
    named = {str(p["name"]).lower() for p in raw_parameters(contract, operation)}
    if "412" in raw.get("responses", {}) and "if-match" not in named:
        yield {"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}}


def _parameter(document: JsonObject, declared: JsonObject, bundle: "_Bundle") -> JsonObject:
    media: Any = next(iter((declared.get("content") or {}).values()), None)
    place, style = declared["in"], declared.get("style")
    told = {
        "name": declared["name"],
        "in": place,
        "required": declared.get("required") is True or place == "path",
        "schema": bundle.schema((media or declared).get("schema", {})),
        "style": style or ("form" if place == "query" else "simple"),
        "explode": declared.get("explode", (style or "form") == "form" and place == "query"),
        "json": media is not None,
    }
    # A filter that nobody asked for would hide what is there: only what must be given is filled in.
    if told["required"]:
        told["example"] = shown(document, media or declared)
    return told


def _body(contract: Contract, raw: JsonObject, bundle: "_Bundle") -> JsonObject | None:
    if "requestBody" not in raw:
        return None
    declared = resolve(contract.document, raw["requestBody"])
    media_type, media = chosen_media(declared.get("content", {}))
    if "json" not in media_type:
        return None
    named = media.get("examples") or {}
    examples = {n: resolve(contract.document, e).get("value") for n, e in named.items()}
    return {
        "mediaType": media_type,
        "required": declared.get("required") is True,
        "schema": bundle.schema(media.get("schema", {})),
        "example": shown(contract.document, media),
        "examples": examples if len(examples) > 1 else {},
    }


def _security(contract: Contract, raw: JsonObject) -> JsonObject | None:
    """How a call proves who makes it, by the first scheme that a form can serve; None for not."""
    document = contract.document
    required = raw.get("security", document.get("security", []))
    if not required or {} in required:
        return None
    schemes = document.get("components", {}).get("securitySchemes", {})
    for name in (name for requirement in required for name in requirement if name in schemes):
        scheme = resolve(document, schemes[name])
        kind = scheme.get("type")
        if kind == "apiKey" and scheme.get("in") in ("header", "query"):
            return {"in": scheme["in"], "name": scheme["name"], "prefix": ""}
        if kind == "http" and str(scheme.get("scheme")).lower() == "basic":
            return {"in": "header", "name": "Authorization", "prefix": "Basic "}
        if kind in ("http", "oauth2", "openIdConnect"):
            break
    return {"in": "header", "name": "Authorization", "prefix": "Bearer "}


def _tenant_example(contract: Contract) -> str:
    """The example of the header that names the tenant; empty where no operation has one."""
    for operation in contract.operations.values():
        if operation.needs_tenant:
            for declared in raw_parameters(contract, operation):
                if declared["name"] == operation.tenant_header:
                    return str(shown(contract.document, declared))
    return ""


def _login(edition: Edition) -> JsonObject | None:
    """The operation that logs in and its examples, by role; None where the contract has none."""
    contract = edition.contract
    login = login_of(contract)
    if login is None:
        return None
    operation = contract.operations[login.operation]
    body = _body(contract, raw_operation(contract, operation), _Bundle({}))
    if body is None or not isinstance(body["example"], dict):
        return None
    return {
        "method": operation.method.upper(),
        "path": operation.path,
        "tenant": operation.needs_tenant,
        "href": places(edition).operations[operation.id].href,
        "example": body["example"],
        "examples": body["examples"],
        "token": login.credential,
    }


class _Bundle:
    """Schemas with their references turned to `#/$defs/NAME`, and what those lead to."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self.definitions: dict[str, Json] = {}

    def schema(self, schema: Json) -> Json:
        """A schema of the document as the form reads it."""
        if not isinstance(schema, dict):
            return schema
        return {
            key: self._below(key, value)
            for key, value in schema.items()
            if key not in _SAID and not key.startswith("x-")
        }

    def _below(self, key: str, value: Json) -> Json:
        if key == "$ref":
            return f"#/$defs/{self._define(value)}"
        if key in _VALUES:
            return value
        if key in _NAMES:
            return {name: self.schema(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.schema(inner) for inner in value]
        return self.schema(value)

    def _define(self, reference: str) -> str:
        if not self._document:
            return "unknown"
        if reference not in self._names:
            last = reference.rsplit("/", 1)[-1]
            name = last if last not in self.definitions else f"{last}-{len(self._names)}"
            self._names[reference] = name
            self.definitions[name] = {}  # taken, while what it leads to is read
            self.definitions[name] = self.schema(at_pointer(self._document, reference))
        return self._names[reference]
