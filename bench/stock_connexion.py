"""Stock Connexion with the same contract: what the sandbox would be without its own pipeline.

Connexion 3.3 knows OpenAPI 3.0 only (its meta-schema, and JSON Schema Draft 4), so the contract is
converted in memory. What is converted, and nothing else:

- `openapi` becomes 3.0.3; `webhooks` is dropped, as 3.0 has none.
- `info.summary` and `info.license.identifier` are dropped, as 3.0 has neither.
- `type: [T, 'null']` becomes `type: T, nullable: true`.
- `anyOf` of one schema and null becomes that schema, copied in place, with `nullable: true`; null
  joins its `enum`, if it has one.
- `const: V` becomes `enum: [V]`.
- `oneOf` of bare `const` schemas, which annotates each value, becomes one `enum`.
- `exclusiveMinimum: N` and `exclusiveMaximum: N` become the bound with a flag beside it.
- `examples` of a schema, a list in 3.1, becomes `example` with its first entry.
- Where `$ref` has neighbours, they are dropped, as 3.0 demands.
- The security scheme `bearer` gets `x-bearerInfoFunc`; the roles in security requirements stay.

Requests are validated as Connexion does by default, and answers too (`validate_responses`). The
handlers do no work: they are given the request's values and return a constant; no store, no filter,
no tenant. That favours Connexion.
"""

import copy
import json
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

with warnings.catch_warnings():
    # Connexion imports Starlette's test client, which warns about a package not used here.
    warnings.simplefilter("ignore")
    from connexion import AsyncApp

from bacasable.contract.document import read_document, resolve
from bacasable.resources import CONTRACT

Json = dict[str, Any]
Handler = Callable[..., Awaitable[tuple[Any, int, dict[str, str]]]]

_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_NOT_REPEATED = frozenset({"content-length"})
_ROLES = ["SUPER_ADMIN", "ADMIN", "TRAINER", "LEARNER", "AUDITOR"]


def bearer_info(token: str) -> Json:
    """What Connexion is told about any bearer token: a subject, and every role as scope."""
    return {"sub": token[:8], "scope": _ROLES}


def to_openapi_30(document: Json) -> Json:
    """A copy of an OpenAPI 3.1 document that OpenAPI 3.0 tools can load; see the module's list."""
    converted: Json = _convert(copy.deepcopy(document), document)
    converted["openapi"] = "3.0.3"
    converted.pop("webhooks", None)
    converted["info"].pop("summary", None)
    converted["info"].get("license", {}).pop("identifier", None)
    for scheme in converted["components"]["securitySchemes"].values():
        scheme["x-bearerInfoFunc"] = f"{bearer_info.__module__}.{bearer_info.__name__}"
    return converted


def build_stock(answers: dict[str, Json], *, check_answers: bool = True) -> AsyncApp:
    """Connexion's ASGI application for the whole contract.

    `answers` gives by operationId what its handler returns: `status`, `headers` (pairs) and
    `body` (JSON text). Operations without an entry answer 501. Raises whatever Connexion raises
    for a document it cannot load.
    """
    app = AsyncApp("bench")
    app.add_api(
        to_openapi_30(read_document(CONTRACT)),
        resolver=lambda operation_id: _handler(answers.get(operation_id)),
        validate_responses=check_answers,
    )
    return app


def _handler(answer: Json | None) -> Handler:
    """A coroutine function: a plain function would be sent to a thread pool."""
    if answer is None:

        async def absent(**_given: Any) -> tuple[Any, int, dict[str, str]]:
            return {"title": "not measured"}, 501, {"Content-Type": "application/problem+json"}

        return absent
    status, body = answer["status"], json.loads(answer["body"])
    headers = {k: v for k, v in answer["headers"] if k.lower() not in _NOT_REPEATED}

    async def fixed(**_given: Any) -> tuple[Any, int, dict[str, str]]:
        return body, status, dict(headers)

    return fixed


def _convert(node: Any, document: Json) -> Any:
    """A value of the document with everything below it converted, in place."""
    if isinstance(node, list):
        return [_convert(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    _convert_null(node, document)
    _convert_constants(node)
    for exclusive, bound in _BOUNDS.items():
        if isinstance(node.get(exclusive), int | float) and not isinstance(node[exclusive], bool):
            node[bound], node[exclusive] = node[exclusive], True
    if isinstance(node.get("examples"), list):
        node["example"] = node.pop("examples")[0]
    return {key: _convert(value, document) for key, value in node.items()}


def _convert_null(node: Json, document: Json) -> None:
    """Make null the property of a schema that it is in 3.0."""
    kinds = node.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        others = [kind for kind in kinds if kind != "null"]
        node["type"], node["nullable"] = others[0], True
    branches = node.get("anyOf")
    if isinstance(branches, list) and {"type": "null"} in branches:
        rest = [branch for branch in branches if branch != {"type": "null"}]
        if len(rest) == 1:
            del node["anyOf"]
            own = dict(node)
            node |= copy.deepcopy(resolve(document, rest[0])) | own | {"nullable": True}
            if "enum" in node:
                node["enum"] = [*node["enum"], None]


def _convert_constants(node: Json) -> None:
    """Make constants and annotated values enums."""
    if "const" in node:
        node["enum"] = [node.pop("const")]
    branches = node.get("oneOf")
    if isinstance(branches, list) and all("const" in branch for branch in branches):
        node["enum"] = [branch["const"] for branch in node.pop("oneOf")]
