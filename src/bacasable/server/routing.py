"""Routing: from method and path to an operation, in time that does not grow with the contract.

Connexion's own routing scans a list of routes twice; this walks a tree of path segments once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from connexion.middleware.abstract import ROUTING_CONTEXT, SpecMiddleware
from connexion.spec import Specification
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Contract, Operation, Refusal
from ..contract.paths import sent
from ..contract.styles import path_texts
from ..core import Reply
from .entrance import CONTRACT, HEADERS, TARGET
from .framing import METHODS
from .replies import send_reply

_VARIABLE = re.compile(r"\{([^{}/]+)\}")


@dataclass(slots=True)
class _Node:
    """A place in the tree: what may follow, and the operations that end here by method."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    mixed: dict[str, tuple[re.Pattern[str], "_Node"]] = field(default_factory=dict)
    """Segments with a parameter and something beside it: {name}.json, {from}-{to}."""
    variable: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Routes:
    """The tree of all paths of a contract, below its base path."""

    def __init__(self, contract: Contract) -> None:
        self._root = _Node()
        self._base = contract.base_path + "/"
        self._above = contract.base_path.split("/")
        # What only a fragment tells from another operation is never reached: `check` says so.
        for operation in sorted(contract.operations.values(), key=lambda o: sent(o.path) != o.path):
            node = self._root
            for segment in sent(operation.path).strip("/").split("/"):
                node = self._below(node, segment)
            node.operations.setdefault(operation.method.upper(), operation)

    @staticmethod
    def _below(node: _Node, segment: str) -> _Node:
        if _VARIABLE.fullmatch(segment):
            if node.variable is None:
                node.variable = _Node()
            return node.variable
        if not _VARIABLE.search(segment):
            return node.fixed.setdefault(segment, _Node())
        pattern = _pattern(segment)
        return node.mixed.setdefault(pattern.pattern, (pattern, _Node()))[1]

    def below(self, target: str) -> list[str] | None:
        """The segments of a path, as it was sent, below the base path; None when it is not there.

        It is divided first and decoded then: what %2F stands for divides nothing (RFC 3986, 2.4).
        """
        if "%" not in target:
            return target[len(self._base) :].split("/") if target.startswith(self._base) else None
        segments, depth = [unquote(part) for part in target.split("/")], len(self._above)
        inside = len(segments) > depth and segments[:depth] == self._above
        return segments[depth:] if inside else None

    def match(self, segments: list[str]) -> tuple[dict[str, Operation], list[str]] | None:
        """Operations at a path by method, and the values of its parameters in order; or None.

        A fixed segment goes before a parameter: /improvement-plans/statistics is not an id. A
        slash at the end is overlooked.
        """
        if len(segments) > 1 and not segments[-1]:
            segments = segments[:-1]
        return _match(self._root, segments, [])

    def operation(self, segments: list[str], method: str) -> Operation | None:
        """The operation of a method at a path, if there is one."""
        found = self.match(segments)
        operations = found[0] if found else {}
        return operations.get(method) or (operations.get("GET") if method == "HEAD" else None)


def _match(
    node: _Node, segments: list[str], values: list[str]
) -> tuple[dict[str, Operation], list[str]] | None:
    if not segments:
        return (node.operations, values) if node.operations else None
    head, rest = segments[0], segments[1:]
    if head in node.fixed:
        found = _match(node.fixed[head], rest, values)
        if found:
            return found
    for pattern, below in node.mixed.values():
        filled = pattern.fullmatch(head)
        found = _match(below, rest, [*values, *filled.groups()]) if filled else None
        if found:
            return found
    if node.variable and head:
        return _match(node.variable, rest, [*values, head])
    return None


class RoutingMiddleware(SpecMiddleware):
    """Puts the operation of a request where Connexion's middleware look for it.

    Requests outside the base path go on without an operation, and where there is no base path all
    that no operation has: the controls and the pages stand beside the API then. Raises Refusal
    UNKNOWN_PATH and METHOD_NOT_ALLOWED, the latter with every method of the path in Allow; answers
    OPTIONS itself. `beside` makes of what follows what requests without an operation go to first.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        contract: Contract,
        beside: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> None:
        self.app = app
        self._beside = beside(app) if beside else app
        self._base = contract.base_path
        self.routes = Routes(contract)
        self._names = path_names(contract)

    def _is_ours(self, segments: list[str]) -> bool:
        return not self._base and segments[0] == "_sandbox"

    def add_api(self, specification: Specification, **kwargs: Any) -> None:
        """Nothing to add: the routes were built from the contract."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        context: dict[str, str] = {}
        scope.setdefault("extensions", {})[ROUTING_CONTEXT] = context
        segments = self.routes.below(scope[TARGET]) if scope["type"] == "http" else None
        if segments is None:
            if scope.get(TARGET) == "*":
                await send_reply(scope, send, Reply(204, b"", {"Allow": METHODS}))
                return
            await self._beside(scope, receive, send)
            return
        found = None if self._is_ours(segments) else self.routes.match(segments)
        if found is None:
            if self._base:
                raise Refusal("UNKNOWN_PATH")
            await self._beside(scope, receive, send)
            return
        operations, values = found
        method = scope["method"]
        operation = operations.get(method)
        if operation is None and method == "HEAD":
            operation = operations.get("GET")
        # A browser's question is not for the API, even where that documents OPTIONS.
        if operation is None or (method == "OPTIONS" and _is_preflight(scope)):
            allowed = allow_header(operations)
            if method == "OPTIONS":
                await send_reply(scope, send, Reply(204, b"", _preflight(scope, allowed)))
                return
            said = f"{method} is not among {allowed}."
            raise Refusal("METHOD_NOT_ALLOWED", said, headers={"Allow": allowed})
        context["api_base_path"] = self._base
        context["operation_id"] = operation.id
        scope["path_params"] = dict(zip(self._names[operation.id], values, strict=True))
        await self.app(scope, receive, send)


def _is_preflight(scope: Scope) -> bool:
    return b"access-control-request-method" in scope[HEADERS]


def _preflight(scope: Scope, allowed: str) -> dict[str, str]:
    """The answer to OPTIONS, a browser's question before a call from another origin included.

    That is answered for the API alone.
    """
    if CONTRACT in scope:
        return {"Allow": allowed}
    asked = scope[HEADERS].get(b"access-control-request-headers", b"*").decode("latin-1")
    return {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": "600",
    }


def sent_texts(contract: Contract, operation: Operation) -> Callable[[str], dict[str, str]] | None:
    """What finds the texts of a path's parameters to be read, given the path as it was sent.

    None for nearly all operations: the decoded texts, which routing finds, are those.
    """
    texts = path_texts(contract.document, operation)
    if texts is None:
        return None
    above = len(contract.base_path.split("/"))
    segments = enumerate(sent(operation.path).strip("/").split("/"), above)
    patterns = [(at, _pattern(one)) for at, one in segments if _VARIABLE.search(one)]

    def found_in(target: str) -> dict[str, str]:
        found = target.split("/")
        return texts([text for at, pattern in patterns for text in _groups(pattern, found[at])])

    return found_in


def _pattern(segment: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(segment)
    pattern = "".join("(.+)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile(pattern, re.DOTALL)


def _groups(pattern: re.Pattern[str], segment: str) -> tuple[str, ...]:
    """The parameters in a segment as they were sent; what stands beside them may be encoded."""
    found = pattern.fullmatch(segment) or pattern.fullmatch(unquote(segment))
    return found.groups() if found else ()


def path_names(contract: Contract) -> dict[str, list[str]]:
    """The names of the path parameters of each operation, in the order of its path."""
    return {
        operation.id: _VARIABLE.findall(sent(operation.path))
        for operation in contract.operations.values()
    }


def allow_header(operations: dict[str, Operation]) -> str:
    """Every method that a path answers, HEAD and OPTIONS included."""
    methods = set(operations) | {"OPTIONS"} | ({"HEAD"} if "GET" in operations else set())
    return ", ".join(sorted(methods))
