"""A request for each kind of problem that is refused with it.

The contract states it (`provoke` under x-problems), or it follows from the kind (`deriving.py`).
Paths, headers and bodies are those of the contract's examples, but for what is wrong with them. A
test sends every one to a sandbox. What no request brings about by itself is asked for with the
header Prefer; for what is wrong with a connection there are commands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ...contract.document import resolve
from ...contract.model import Json, JsonObject, Operation
from ...contract.principals import Credential
from ...contract.values import shown
from ..edition import Edition
from ..highlight import code as highlighted
from ..model import Code
from .deriving import Try, derived, plain_reading
from .places import chosen_media, raw_operation, raw_parameters


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent. `role` is that of the account whose token it bears; empty for none.

    Texts in braces, such as {refreshToken}, stand for the member of that name in the first answer.
    `credentials` are those that it bears, whatever the role.
    """

    method: str
    path: str
    role: str
    headers: tuple[tuple[str, str], ...]
    body: str
    credentials: tuple[Credential, ...] = ()


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


_COMMANDS: Mapping[str, tuple[str, str]] = {
    "MALFORMED_REQUEST": ("command", "curl {list} -H 'Transfer-Encoding: unknown' -d x"),
    "REQUEST_TIMEOUT": (
        "slowly",
        r"(printf 'GET / HTTP/1.1\r\n'; sleep 25) | curl -s telnet://{place}",
    ),
    "TARGET_TOO_LONG": (
        "command",
        r"""curl "{list}?q=$(head -c 17000 /dev/zero | tr '\0' x)" """.rstrip(),
    ),
    "HEADERS_TOO_LARGE": (
        "command",
        r"""curl {list} -H "X-Long: $(head -c 66000 /dev/zero | tr '\0' x)" """.rstrip(),
    ),
    "TOO_MANY_CONNECTIONS": (
        "crowded",
        "sleep 5 | curl -s telnet://{place} &\nsleep 1; curl {list}",
    ),
}
"""What is told of a command, and the command, for the kinds that answer what is no request yet."""


def provocation_of(edition: Edition, code: str) -> Provocation | None:
    """The requests that provoke a problem of the contract; None where none is stated or follows."""
    contract = edition.contract
    kind = contract.problems[code]
    stated = [Try.stated(one) for one in kind.provoke]
    tries = tuple(stated) or derived(edition, kind)
    if tries and all(one.operation in contract.operations for one in tries):
        prefers = any("Prefer" in one.headers for one in tries)
        way = "prefer" if prefers else "request" if len(tries) == 1 else "after"
        return _provocation(edition, way, tuple(_request(edition, one) for one in tries))
    reading = plain_reading(contract)
    if reading is None:
        return None
    if kind.kind in ("UNKNOWN_PATH", "METHOD_NOT_ALLOWED"):
        found = _request(edition, Try(reading.id))
        nowhere = replace(found, path=found.path + "/of/nobody")
        item = resolve(contract.document, contract.document["paths"][reading.path])
        unknown = next((m for m in ("PUT", "DELETE", "PATCH") if m.lower() not in item), "TRACE")
        wrong = nowhere if kind.kind == "UNKNOWN_PATH" else replace(found, method=unknown)
        return _provocation(edition, "request", (wrong,))
    if kind.kind not in _COMMANDS:
        return None
    word, command = _COMMANDS[kind.kind]
    place = urlsplit(edition.api_url).netloc
    told = command.format(list=edition.api_url + reading.path, place=place)
    said = edition.say(f"reference.provoke_{word}")
    return Provocation("command", said, (), highlighted(told, "sh"))


def _provocation(edition: Edition, way: str, requests: tuple[Request, ...]) -> Provocation:
    shown = "\n\n".join(_shown(edition, request) for request in requests)
    told = edition.say(f"reference.provoke_{way}")
    return Provocation(way, told, requests, highlighted(shown, "http"))


def _request(edition: Edition, wanted: Try) -> Request:
    contract = edition.contract
    operation = contract.operations[wanted.operation]
    path, query = operation.path, dict(wanted.query)
    headers: dict[str, str] = {}
    for declared in raw_parameters(contract, operation):
        name, place = declared["name"], declared["in"]
        if place == "path":
            value = wanted.path.get(name, shown(contract.document, declared))
            path = path.replace("{" + name + "}", quote(str(value), safe=""))
        elif place == "header" and declared.get("required"):
            headers[name] = str(shown(contract.document, declared))
        elif place == "query" and declared.get("required"):
            query.setdefault(name, str(shown(contract.document, declared)))
    body, media_type = _body(edition, operation, wanted)
    media = {"Content-Type": media_type} if body else {}
    sent = {name: value for name, value in {**headers, **media, **wanted.headers}.items() if value}
    role = (operation.roles or ("",))[0] if wanted.role is None else wanted.role
    proves = wanted.role != "" and bool(operation.security)
    whole = contract.base_path + path + ("?" + urlencode(query) if query else "")
    return Request(
        operation.method.upper(),
        whole,
        role,
        tuple(sent.items()),
        body,
        operation.security[0] if proves else (),
    )


def _body(edition: Edition, operation: Operation, wanted: Try) -> tuple[str, str]:
    """The body of a request as text, and its media type."""
    document = edition.contract.document
    declared = resolve(document, raw_operation(edition.contract, operation).get("requestBody", {}))
    media_type, media = chosen_media(declared.get("content", {}))
    if isinstance(wanted.body, str) or not media:
        return str(wanted.body or ""), media_type
    example: Any = {} if wanted.whole else shown(document, media)
    given: JsonObject = wanted.body or {}
    value: Json = {**example, **given} if isinstance(example, dict) else example
    return json.dumps(value, ensure_ascii=False), media_type


def _shown(edition: Edition, request: Request) -> str:
    """A request as HTTP has it."""
    path, lines = request.path, []
    for one in request.credentials:
        value = edition.say("reference.token_of", role=request.role or one.scheme)
        if one.location == "query":
            path += f"{'&' if '?' in path else '?'}{one.name}={value}"
        elif one.location == "cookie":
            lines.append(f"Cookie: {one.name}={value}")
        elif one.location:
            lines.append(f"{one.name}: {one.prefix.capitalize()} {value}".replace(":  ", ": "))
    lines = [f"{request.method} {path} HTTP/1.1", *lines]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\n".join([*lines, "", request.body] if request.body else lines)
