"""The bridge: an HTTP request becomes a Call, a Reply becomes an HTTP answer.

Connexion's resolver gives each operation one of these functions, and its routed middleware calls
it. Admission happens here too: Connexion's security middleware builds a request object and a
context for every call, which costs as much as all the rest of the way (see bench/).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.operations.abstract import AbstractOperation
from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import RawRequest
from ..core import Access, Call, Engine, Reply

REQUEST_ID = "bacasable.request_id"

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_EXPOSED = b"ETag, Location, Link, X-Request-Id, WWW-Authenticate, Allow"
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
    (b"vary", b"Origin"),
]
"""Any origin may read any answer: tokens travel in a header, never in a cookie."""


class Bridge:
    """Makes the function of each operation that Connexion's resolver is given."""

    def __init__(self, engine: Engine, access: Access) -> None:
        self._engine, self._access = engine, access

    def handler(self, operation_id: str) -> Handler:
        """The ASGI function of an operation. Raises ValueError for an unknown one."""
        engine, access = self._engine, self._access
        operation = engine.contract.operations.get(operation_id)
        if operation is None:
            raise ValueError(f"{operation_id} is no operation of the contract")
        declared = [
            (p.name.lower(), p.name.lower().encode())
            for p in operation.parameters
            if p.location == "header" and p.name != "X-Tenant-ID"
        ]
        has_body = operation.method != "get"
        limit = engine.limits.max_body_bytes

        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            headers: dict[bytes, bytes] = dict(scope["headers"])
            space, actor = access.admit(
                operation, _text(headers, b"authorization"), _text(headers, b"x-tenant-id")
            )
            request = RawRequest(
                path=scope["path_params"],
                query=scope["query_string"].decode("latin-1"),
                headers={n: _text(headers, key) for n, key in declared if key in headers},
                body=await read_body(receive, limit) if has_body else b"",
                content_type=_text(headers, b"content-type"),
                accept=_text(headers, b"accept"),
            )
            call = Call(
                operation,
                space,
                actor,
                request,
                scope[REQUEST_ID],
                _text(headers, b"if-match"),
                _text(headers, b"if-none-match"),
            )
            await send_reply(scope, send, engine.handle(call))

        return handle


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    value = headers.get(name)
    return value.decode("latin-1") if value is not None else ""


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None when it is longer than the limit.

    A body that is too long is read on for a while and dropped, so that an ordinary client reads the
    refusal instead of a broken connection.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        if not message.get("more_body") or size > 16 * limit:
            return b"".join(parts) if size <= limit else None


async def send_reply(scope: Scope, send: Send, reply: Reply, *, is_problem: bool = False) -> None:
    """Send a reply; to HEAD the same headers without a body."""
    content = reply.content
    headers = [(b"x-request-id", scope[REQUEST_ID].encode())]
    # For browsers only: uvicorn looks at every header anew for every answer.
    if any(name == b"origin" for name, _ in scope["headers"]):
        headers += _CORS
    if content:
        headers.append(_PROBLEM if is_problem else _JSON)
    if reply.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(content)))
    for name, value in reply.headers.items():
        headers.append((name.lower().encode(), value.encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send(
        {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content}
    )


class _BridgeOperation:
    """An operation as Connexion's routed middleware calls it."""

    def __init__(self, operation: AbstractOperation) -> None:
        self._handle: Handler = operation.function
        self.operation_id = operation.operation_id

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._handle(scope, receive, send)


class _BridgeAPI(RoutedAPI[_BridgeOperation]):
    """The operations of the contract, each with the function its operationId resolved to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> _BridgeOperation:
        """Wrap the resolved function."""
        return _BridgeOperation(operation)


class BridgeMiddleware(RoutedMiddleware[_BridgeAPI]):
    """The end of the stack for requests that have an operation; others go on to the pages."""

    api_cls = _BridgeAPI

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
