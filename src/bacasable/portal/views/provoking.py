"""A request for each kind of problem that is refused with it.

Paths, headers and bodies are those of the contract's examples; the table below says only what is
wrong with them. A test sends every one to a sandbox. What no request brings about by itself is
asked for with the header Prefer; for what is wrong with a connection there are commands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ...contract.document import resolve
from ...contract.model import Json, Operation
from ...contract.values import example_of
from ..edition import Edition
from ..highlight import code as highlighted
from ..model import Code
from .places import chosen_media, raw_operation, raw_parameters
from .shown import has_example


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent. `role` is that of the account whose token it bears; empty for none.

    Texts in braces, such as {refreshToken}, stand for the member of that name in the first answer.
    """

    method: str
    path: str
    role: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True)
class Provocation:
    """Requests in their order, of which the last is refused. `told` says so, `code` shows them.

    `way` is request, after (several are needed), prefer (the sandbox is asked for it), or command:
    then there are no requests, but what to type into a shell.
    """

    way: str
    told: str
    requests: tuple[Request, ...]
    code: Code


@dataclass(frozen=True, slots=True)
class _Try:
    """A request, as far as it is not the contract's example of an operation.

    `body` is merged into the example when it is an object, and sent as it is when it is text; None
    leaves the example. A header without a value is left out.
    """

    operation: str
    role: str = "ADMIN"
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    alone: bool = False
    """The body is this one alone, not merged into the example."""


_LOGIN = _Try("login", role="")
_RENEW = _Try("refresh", role="", body={"refreshToken": "{refreshToken}"})
_COMPANY = _Try("createCompany", headers={"Idempotency-Key": "my-first-company"})


def _preferred(operation: str, wanted: str) -> tuple[_Try, ...]:
    return (_Try(operation, headers={"Prefer": wanted}),)


_TRIES: Mapping[str, tuple[_Try, ...]] = {
    "INVALID_REQUEST": (_Try("createCompany", body={"nmae": "Atelier"}, alone=True),),
    "MALFORMED_BODY": (_Try("createCompany", body='{"name": "Atelier"'),),
    "TENANT_HEADER_MISSING": (_Try("listCourses", headers={"X-Tenant-ID": ""}),),
    "TOKEN_MISSING": (_Try("listCourses", role=""),),
    "TOKEN_INVALID": (_Try("listCourses", role="", headers={"Authorization": "Bearer no-token"}),),
    "TOKEN_EXPIRED": _preferred("listCourses", "example=TOKEN_EXPIRED"),
    "SESSION_ENDED": (
        _LOGIN,
        _Try(
            "logout",
            role="",
            headers={"Authorization": "Bearer {accessToken}"},
            body={"refreshToken": "{refreshToken}"},
        ),
        _Try("getSession", role="", headers={"Authorization": "Bearer {accessToken}"}),
    ),
    "INVALID_CREDENTIALS": (_Try("login", role="", body={"password": "a-wrong-one"}),),
    "REFRESH_TOKEN_INVALID": (_Try("refresh", role="", body={"refreshToken": "rft_unknown"}),),
    "REFRESH_TOKEN_REUSED": (_LOGIN, _RENEW, _RENEW),
    "TENANT_MISMATCH": (_Try("listCourses", headers={"X-Tenant-ID": "atelier-nord"}),),
    "TENANT_SUSPENDED": (
        _Try(
            "login",
            role="",
            headers={"X-Tenant-ID": "suspendu"},
            body={"email": "admin@suspendu.example", "password": "bac-a-sable-2026"},
        ),
    ),
    "ROLE_REQUIRED": (_Try("createCompany", role="LEARNER"),),
    "NOT_FOUND": (_Try("getCourse", path={"id": "crs_unknown"}),),
    "NOT_ACCEPTABLE": (_Try("listCourses", headers={"Accept": "text/csv"}),),
    "ILLEGAL_TRANSITION": (_Try("publishCourse", path={"id": "crs_excel_init"}),),
    "UNKNOWN_REFERENCE": (_Try("createUser", body={"companyId": "cmp_unknown"}),),
    "RULE_REFUSED": (_Try("deactivateUser", path={"id": "usr_admin"}),),
    "DUPLICATE": (_Try("createUser", body={"email": "admin@example.com"}),),
    "STILL_REFERENCED": (_Try("deleteCompany", path={"id": "cmp_abc123"}),),
    "IDEMPOTENCY_KEY_REUSED": (_COMPANY, replace(_COMPANY, body={"name": "Another one"})),
    "PRECONDITION_FAILED": (
        _Try("updateCompany", path={"id": "cmp_abc123"}, headers={"If-Match": '"an-old-one"'}),
    ),
    "BODY_TOO_LARGE": _preferred("createCompany", "code=413"),
    "UNSUPPORTED_MEDIA_TYPE": (_Try("createCompany", headers={"Content-Type": "text/plain"}),),
    "RATE_LIMITED": _preferred("listCourses", "code=429"),
    "INTERNAL_ERROR": _preferred("listCourses", "example=INTERNAL_ERROR"),
    "CONTRACT_VIOLATION": _preferred("listCourses", "example=CONTRACT_VIOLATION"),
    "UNAVAILABLE": _preferred("listCourses", "code=503"),
}


_COMMANDS: Mapping[str, tuple[str, str]] = {
    "MALFORMED_REQUEST": ("command", "curl {api}/courses -H 'Transfer-Encoding: unknown' -d x"),
    "REQUEST_TIMEOUT": (
        "slowly",
        r"(printf 'GET / HTTP/1.1\r\n'; sleep 25) | curl -s telnet://{place}",
    ),
    "TARGET_TOO_LONG": (
        "command",
        r"""curl "{api}/courses?q=$(head -c 17000 /dev/zero | tr '\0' x)" """.rstrip(),
    ),
    "HEADERS_TOO_LARGE": (
        "command",
        r"""curl {api}/courses -H "X-Long: $(head -c 66000 /dev/zero | tr '\0' x)" """.rstrip(),
    ),
    "TOO_MANY_CONNECTIONS": (
        "crowded",
        "sleep 5 | curl -s telnet://{place} &\nsleep 1; curl {api}/courses",
    ),
}
"""What is told of a command, and the command, for the kinds that answer what is no request yet."""


def provocation_of(edition: Edition, code: str) -> Provocation | None:
    """The requests that provoke a kind of problem; None for kinds and contracts not known here."""
    operations = edition.contract.operations
    tries = _TRIES.get(code, ())
    if "listCourses" in operations and code in ("UNKNOWN_PATH", "METHOD_NOT_ALLOWED"):
        found = _request(edition, _Try("listCourses"))
        nowhere = replace(found, path=found.path + "/of/nobody")
        wrong = nowhere if code == "UNKNOWN_PATH" else replace(found, method="PUT")
        return _provocation(edition, "request", (wrong,))
    if "listCourses" in operations and code in _COMMANDS:
        word, command = _COMMANDS[code]
        place = urlsplit(edition.api_url).netloc
        shown = highlighted(command.format(api=edition.api_url, place=place), "sh")
        return Provocation("command", edition.say(f"reference.provoke_{word}"), (), shown)
    if not tries or not all(one.operation in operations for one in tries):
        return None
    prefers = any("Prefer" in one.headers for one in tries)
    way = "prefer" if prefers else "request" if len(tries) == 1 else "after"
    return _provocation(edition, way, tuple(_request(edition, one) for one in tries))


def _provocation(edition: Edition, way: str, requests: tuple[Request, ...]) -> Provocation:
    shown = "\n\n".join(_shown(edition, request) for request in requests)
    told = edition.say(f"reference.provoke_{way}")
    return Provocation(way, told, requests, highlighted(shown, "http"))


def _request(edition: Edition, wanted: _Try) -> Request:
    contract = edition.contract
    operation = contract.operations[wanted.operation]
    path = operation.path
    for declared in raw_parameters(contract, operation):
        if declared["in"] == "path":
            value = wanted.path.get(declared["name"], declared.get("example", ""))
            path = path.replace("{" + declared["name"] + "}", str(value))
    headers = {
        declared["name"]: str(declared["example"])
        for declared in raw_parameters(contract, operation)
        if declared["in"] == "header" and declared.get("required") and "example" in declared
    }
    body = _body(edition, operation, wanted)
    media = {"Content-Type": "application/json"} if body else {}
    sent = {name: value for name, value in {**headers, **media, **wanted.headers}.items() if value}
    whole = contract.base_path + path
    return Request(operation.method.upper(), whole, wanted.role, tuple(sent.items()), body)


def _body(edition: Edition, operation: Operation, wanted: _Try) -> str:
    """The body of a request as text."""
    if isinstance(wanted.body, str):
        return wanted.body
    document = edition.contract.document
    declared = resolve(document, raw_operation(edition.contract, operation).get("requestBody", {}))
    _, media = chosen_media(declared.get("content", {}))
    if not media:
        return ""
    example: Any = example_of(document, media) if has_example(document, media) else {}
    value = wanted.body if wanted.alone else {**example, **(wanted.body or {})}
    return json.dumps(value, ensure_ascii=False)


def _shown(edition: Edition, request: Request) -> str:
    """A request as HTTP has it."""
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    if request.role:
        token = edition.say("reference.token_of", role=request.role)
        lines.append(f"Authorization: Bearer {token}")
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\n".join([*lines, "", request.body] if request.body else lines)
