"""What is wrong with a request that is refused with a kind of problem, where nobody has stated it.

It follows from the kind, and from which operations can give it: of any document.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...contract.catalogue import told_code
from ...contract.document import resolve
from ...contract.kinds import ProblemKind
from ...contract.model import Contract, Json, JsonObject, Operation
from ...contract.principals import Credential
from ...contract.schema import SchemaView, whole
from ...contract.values import shown
from ..edition import Edition
from .places import chosen_media, raw_operation, raw_parameters, responses_of
from .problems import codes_of


@dataclass(frozen=True, slots=True)
class Try:
    """A request, as far as it is not the contract's example of an operation.

    `body` is merged into the example when it is an object, and sent as it is when it is text, or
    `whole`. A header without a value is left out. `role` is that of the caller: None for the first
    that may, empty for nobody.
    """

    operation: str
    role: str | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    whole: bool = False

    @classmethod
    def stated(cls, one: JsonObject) -> "Try":
        """A request as `provoke` under x-problems has it."""
        named = {name: one[name] for name in ("path", "headers", "body", "whole") if name in one}
        return cls(one["operation"], one.get("as"), **named)


Derive = Callable[[Contract, Operation], Try | None]


def derived(edition: Edition, kind: ProblemKind) -> tuple[Try, ...]:
    """A request that is refused with a kind of problem; empty where none follows from it."""
    contract, derive = edition.contract, _DERIVED.get(kind.kind)
    giving = [o for o in contract.operations.values() if kind.code in codes_of(edition, o.id)]
    giving.sort(key=_effort)
    for operation in giving:
        found = derive(contract, operation) if derive else _preferred(contract, operation, kind)
        if found is not None:
            return (found,)
    return ()


def plain_reading(contract: Contract) -> Operation | None:
    """The operation whose call takes the least: that of a list, mostly."""
    reads = [o for o in contract.operations.values() if o.method == "get" and "{" not in o.path]
    return min(reads, key=_effort, default=None)


def _effort(operation: Operation) -> tuple[bool, bool, bool, int]:
    """Lists before records, reading before writing, what most may do before the rest."""
    is_list, roles = operation.action.kind == "list", operation.roles or ()
    return "{" in operation.path, operation.method != "get", not is_list, -len(roles)


def _preferred(contract: Contract, operation: Operation, kind: ProblemKind) -> Try | None:
    """What the sandbox is asked for: an example of an answer that tells of the problem."""
    document, status = contract.document, kind.status
    response = responses_of(contract, operation).get(str(status), {})
    _, media = chosen_media(response.get("content", {}))
    named = {name: resolve(document, one) for name, one in media.get("examples", {}).items()}
    shown = {name: one.get("value") for name, one in named.items()}
    shown |= {"": media["example"]} if "example" in media else {}
    for name, body in shown.items():
        if told_code(contract, operation, status, body) == kind.code:
            return Try(
                operation.id, headers={"Prefer": f"example={name}" if name else f"code={status}"}
            )
    return None


def _example(contract: Contract, operation: Operation) -> Any:
    """The example of a JSON body; None where there is none."""
    document = contract.document
    declared = resolve(document, raw_operation(contract, operation).get("requestBody", {}))
    name, media = chosen_media(declared.get("content", {}))
    return shown(document, media) if "json" in name else None


def _lacking(contract: Contract, operation: Operation) -> Try | None:
    """A body without a member that it needs, or a number that is none."""
    example = _example(contract, operation)
    required = whole(contract.document, operation.body.schema).required if operation.body else []
    needed = [name for name in required if isinstance(example, dict) and name in example]
    if needed:
        rest = {name: value for name, value in example.items() if name != needed[0]}
        return Try(operation.id, body=rest, whole=True)
    for one in operation.parameters:
        types = whole(contract.document, one.schema).kinds
        if one.location == "query" and {"integer", "number"} & set(types) and "string" not in types:
            return Try(operation.id, query={one.name: "none"})
    return None


def _broken(contract: Contract, operation: Operation) -> Try | None:
    example = _example(contract, operation)
    text = json.dumps(example, ensure_ascii=False)
    return Try(operation.id, body=text[:-1]) if isinstance(example, dict | list) else None


def _mistyped(_contract: Contract, operation: Operation) -> Try | None:
    taken = [content.media_type for content in operation.body.contents] if operation.body else []
    wrong = next(t for t in ("text/plain", "text/x-nobody") if t not in taken)
    return None if "*/*" in taken else Try(operation.id, headers={"Content-Type": wrong})


def _unknown(contract: Contract, operation: Operation) -> Try | None:
    """The last parameter of the path names nothing."""
    named = [p for p in raw_parameters(contract, operation) if p["in"] == "path"]
    if not named:
        return None
    last, document = named[-1], contract.document
    schema = SchemaView(document, last.get("schema", {}))
    before, sign, _ = str(shown(document, last)).rpartition("_")
    name = before + sign + "unknown"
    if schema.get("format") == "uuid":
        name = "00000000-0000-4000-8000-000000000000"
    elif schema.kinds and "string" not in schema.kinds:
        name = str(int(schema.get("maximum", 999_999)))
    return Try(operation.id, path={last["name"]: name})


def _unacceptable(_contract: Contract, operation: Operation) -> Try | None:
    return Try(operation.id, headers={"Accept": "text/x-nobody"})


def _without_tenant(_contract: Contract, operation: Operation) -> Try | None:
    return Try(operation.id, headers={operation.tenant_header: ""})


def _without_token(_contract: Contract, operation: Operation) -> Try | None:
    return Try(operation.id, role="") if operation.security else None


def _with_wrong_token(_contract: Contract, operation: Operation) -> Try | None:
    """A credential that was not issued."""
    one = operation.security[0][0] if operation.security and operation.security[0] else None
    if one is None or not one.location:
        return None
    if one.location == "query":
        return Try(operation.id, role="", query={one.name: "nobody"})
    return Try(operation.id, role="", headers={_header(one): _wrong(one)})


def _header(one: Credential) -> str:
    return "Cookie" if one.location == "cookie" else one.name


def _wrong(one: Credential) -> str:
    if one.location == "cookie":
        return f"{one.name}=nobody"
    return {"basic": "Basic bm9ib2R5Om5vYm9keQ==", "": "nobody"}.get(one.prefix, "Bearer nobody")


def _stale(_contract: Contract, operation: Operation) -> Try | None:
    is_item = operation.method != "get" and "{" in operation.path
    return Try(operation.id, headers={"If-Match": '"an-old-one"'}) if is_item else None


def _to_nobody(contract: Contract, operation: Operation) -> Try | None:
    """A member that names a record which is not there."""
    named = [r for r in operation.body.references if r.enforced] if operation.body else []
    example = _example(contract, operation)
    if not isinstance(example, dict):
        return None
    found = next((r.path[0] for r in named if isinstance(example.get(r.path[0]), str)), "")
    before, sign, _ = str(example.get(found)).rpartition("_")
    return Try(operation.id, body={found: before + sign + "unknown"}) if found else None


_DERIVED: Mapping[str, Derive] = {
    "INVALID_REQUEST": _lacking,
    "MALFORMED_BODY": _broken,
    "UNSUPPORTED_MEDIA_TYPE": _mistyped,
    "NOT_FOUND": _unknown,
    "NOT_ACCEPTABLE": _unacceptable,
    "TENANT_HEADER_MISSING": _without_tenant,
    "TOKEN_MISSING": _without_token,
    "TOKEN_INVALID": _with_wrong_token,
    "PRECONDITION_FAILED": _stale,
    "UNKNOWN_REFERENCE": _to_nobody,
}
"""What is wrong with a request by kind of problem. Others are asked of the sandbox."""
