"""Routing: from method and path to an operation, in time that does not grow with the contract.

Connexion's own routing scans a list of routes twice; this walks a tree of path segments once.
"""

from dataclasses import dataclass, field
from typing import Any

from connexion.middleware.abstract import ROUTING_CONTEXT, SpecMiddleware
from connexion.spec import Specification
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Contract, Operation, Refusal
from ..core import Reply
from .replies import send_reply


@dataclass(slots=True)
class _Node:
    """A place in the tree: what may follow, and the operations that end here by method."""

    fixed: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Routes:
    """The tree of all paths of a contract, relative to its base path."""

    def __init__(self, contract: Contract) -> None:
        self._root = _Node()
        for operation in contract.operations.values():
            node = self._root
            for segment in operation.path.strip("/").split("/"):
                node = self._below(node, segment)
            node.operations[operation.method.upper()] = operation

    @staticmethod
    def _below(node: _Node, segment: str) -> _Node:
        if segment.startswith("{"):
            if node.variable is None:
                node.variable = _Node()
            return node.variable
        return node.fixed.setdefault(segment, _Node())

    def match(self, path: str) -> tuple[dict[str, Operation], list[str]] | None:
        """Operations at a path by method, and the values of its parameters in order; or None.

        A fixed segment goes before a parameter: /improvement-plans/statistics is not an id.
        """
        return _match(self._root, path.strip("/").split("/"), [])


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
    if node.variable and head:
        return _match(node.variable, rest, [*values, head])
    return None


class RoutingMiddleware(SpecMiddleware):
    """Puts the operation of a request where Connexion's middleware look for it.

    Requests outside the base path go on without an operation. Raises Refusal UNKNOWN_PATH and
    METHOD_NOT_ALLOWED, the latter with every method of the path in Allow; answers OPTIONS itself.
    """

    def __init__(self, app: ASGIApp, *, contract: Contract) -> None:
        self.app = app
        self._base = contract.base_path
        self._routes = Routes(contract)
        self._names = path_names(contract)

    def add_api(self, specification: Specification, **kwargs: Any) -> None:
        """Nothing to add: the routes were built from the contract."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        path: str = scope.get("path", "")
        context: dict[str, str] = {}
        scope.setdefault("extensions", {})[ROUTING_CONTEXT] = context
        if scope["type"] != "http" or not path.startswith(self._base + "/"):
            await self.app(scope, receive, send)
            return
        found = self._routes.match(path[len(self._base) :])
        if found is None:
            raise Refusal("UNKNOWN_PATH")
        operations, values = found
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        operation = operations.get(method)
        if operation is None:
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


def _preflight(scope: Scope, allowed: str) -> dict[str, str]:
    """The answer to OPTIONS, a browser's question before a call from another origin included."""
    asked = dict(scope["headers"]).get(b"access-control-request-headers", b"*").decode("latin-1")
    return {
        "Allow": allowed,
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": "600",
    }


def path_names(contract: Contract) -> dict[str, list[str]]:
    """The names of the path parameters of each operation, in the order of its path."""
    return {
        operation.id: [s[1:-1] for s in operation.path.split("/") if s.startswith("{")]
        for operation in contract.operations.values()
    }


def allow_header(operations: dict[str, Operation]) -> str:
    """Every method that a path answers, HEAD and OPTIONS included."""
    methods = set(operations) | {"OPTIONS"} | ({"HEAD"} if "GET" in operations else set())
    return ", ".join(sorted(methods))
