"""Following what an answer points to: addresses, and the expressions of the contract's links."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from ...contract import Contract, Operation
from ...contract.build import server_address
from ...contract.document import follow, pointer
from ...contract.model import Json, JsonObject
from ..bench import Bench
from ..model import ANONYMOUS, Exchange, Identity, Request

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", "0.0.0.0"})  # noqa: S104
_SHOWN = 100
NOWHERE: Any = type("Nowhere", (), {"__repr__": lambda _: "NOWHERE"})()
"""Stands for the value of an expression that leads nowhere: null is a value."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an answer: its name, where it is described, the operation that it leads to.

    `parameters` maps names of the operation's parameters to expressions or constants; `place` is
    a pointer into the document.
    """

    name: str
    place: str
    target: Operation
    parameters: Mapping[str, Json]


def links_of(contract: Contract, operation: Operation, status: int) -> Iterator[Link]:
    """The links of an answer that lead to operations and give parameters."""
    document = contract.document
    item, at = follow(document, document["paths"][operation.path], pointer("paths", operation.path))
    responses = item.get(operation.method, {}).get("responses", {})
    if str(status) not in responses:
        return
    at += pointer(operation.method, "responses", str(status))
    response, at = follow(document, responses[str(status)], at)
    for name, declared in response.get("links", {}).items():
        link, place = follow(document, declared, at + pointer("links", name))
        target = _target(contract, link)
        if target and link.get("parameters"):
            yield Link(name, place, target, link["parameters"])


def _target(contract: Contract, link: JsonObject) -> Operation | None:
    if "operationId" in link:
        return contract.operations.get(link["operationId"])
    reference = str(link.get("operationRef", ""))
    found = (
        o
        for o in contract.operations.values()
        if unquote(reference) == "#" + pointer("paths", o.path, o.method)
    )
    return next(found, None)


def evaluated(
    expression: Json, exchange: Exchange, path: Mapping[str, object], sent: Json = None
) -> Json:
    """The value of a runtime expression of OpenAPI on an exchange; a constant is its own.

    `path` has the parameters of the request, `sent` is its body. NOWHERE when there is no such
    value, and for an expression that is not understood.
    """
    if not isinstance(expression, str) or "$" not in expression:
        return expression
    source, mark, at = expression.partition("#")
    if mark and source in ("$response.body", "$request.body"):
        return _inside(exchange.json if source == "$response.body" else sent, at)
    if expression.startswith("$request.path."):
        return path.get(expression.removeprefix("$request.path."), NOWHERE)
    if expression.startswith("$response.header.") and exchange.response:
        found = exchange.response.header(expression.removeprefix("$response.header."))
        return NOWHERE if found is None else found
    return NOWHERE


def _inside(value: Json, at: str) -> Json:
    for part in at.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return NOWHERE
    return value


def operation_at(contract: Contract, method: str, target: str) -> Operation | None:
    """The operation that a method and a path with its base path lead to; fixed segments win."""
    path = target.partition("?")[0]
    if not path.startswith(contract.base_path):
        return None
    segments = path.removeprefix(contract.base_path).strip("/").split("/")
    found: list[tuple[int, Operation]] = []
    for operation in contract.operations.values():
        template = operation.path.strip("/").split("/")
        if operation.method != method or len(template) != len(segments):
            continue
        pairs = list(zip(template, segments, strict=True))
        if all(t == s or (t.startswith("{") and s) for t, s in pairs):
            found.append((sum(t.startswith("{") for t, _ in pairs), operation))
    return min(found, key=lambda one: one[0])[1] if found else None


def own_target(bench: Bench, exchange: Exchange, address: str) -> tuple[str, str]:
    """Path and query that an address of an answer means at the server, and its host if it is alien.

    The hosts of the server under test and of the contract's servers are its own, and so is every
    name of this machine for a server on it. What is no address at all is nobody's: alien.
    """
    base = urlsplit(bench.subject.options.url)
    try:
        called = f"{base.scheme}://{base.netloc}{exchange.request.target}"
        whole = urlsplit(urljoin(called, address))
    except ValueError:
        return "/", address[:_SHOWN]
    target = whole.path or "/"
    if whole.query:
        target += "?" + whole.query
    servers = bench.contract.document.get("servers") or []
    own = {base.hostname, *(urlsplit(server_address(server)).hostname for server in servers)}
    if base.hostname in _LOOPBACK:
        own |= _LOOPBACK
    return target, "" if whole.hostname in own else whole.netloc


def got(bench: Bench, target: str, identity: Identity) -> Exchange:
    """The answer to GET of a path, as an exchange of the operation that it leads to, if any.

    What does not lie below the contract's base path may be another application: it is called as
    nobody.
    """
    operation = operation_at(bench.contract, "get", target)
    if not (target.partition("?")[0] + "/").startswith(bench.contract.base_path + "/"):
        return bench.send(Request("GET", target, (("Accept", "*/*"),)), identity=ANONYMOUS)
    if operation is None:
        headers = tuple({"Accept": "*/*", **identity.headers}.items())
        return bench.send(Request("GET", target, headers), identity=identity)
    may = not operation.roles or not identity.role or identity.role in operation.roles
    who = identity if may else bench.subject.caller(operation) or identity
    headers = tuple({"Accept": "*/*", **who.headers}.items())
    return bench.session.send(
        Request("GET", target, headers), operation=operation, identity=who, purpose=bench.purpose
    )
