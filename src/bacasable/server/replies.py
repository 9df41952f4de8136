"""Messages of HTTP: bodies are read here, replies and problems become what is sent."""

import logging

from starlette.types import Message, Receive, Scope, Send

from ..contract import Contract, Refusal
from ..contract.problems import render
from ..contract.wire import to_json
from ..core import Reply
from ..sandbox.exchanges import EXCHANGE, Exchange
from .entrance import TARGET, front_of, seen_path, with_prefix

logger = logging.getLogger("bacasable")

_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_EXPOSED = (
    b"ETag, Location, Link, X-Request-Id, WWW-Authenticate, Allow, Retry-After, "
    b"Preference-Applied, X-Sandbox-Fault"
)
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED),
    (b"vary", b"Origin"),
]
"""Any origin may read any answer: tokens travel in a header, never in a cookie."""


def text_of(headers: dict[bytes, bytes], name: bytes) -> str:
    """The value of a header; empty when absent."""
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


def start_of(scope: Scope, reply: Reply, *, is_problem: bool = False) -> Message:
    """The message that opens the answer: status and headers. It is noted in the exchange."""
    content = reply.content
    prefix = front_of(scope).prefix
    if prefix:
        headers = with_prefix(reply.headers, prefix)
        reply = Reply(reply.status, content, headers, reply.pieces)
    exchange: Exchange = scope[EXCHANGE]
    exchange.reply = reply
    raw = [(b"x-request-id", exchange.id.encode())]
    # For browsers only: uvicorn looks at every header anew for every answer.
    if any(name == b"origin" for name, _ in scope["headers"]):
        raw += _CORS
    if content:
        raw.append(_PROBLEM if is_problem else _JSON)
    if reply.status not in {204, 304}:
        raw.append((b"content-length", b"%d" % len(content)))
    for name, value in reply.headers.items():
        raw.append((name.lower().encode(), value.encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": raw}


async def send_reply(scope: Scope, send: Send, reply: Reply, *, is_problem: bool = False) -> None:
    """Send a reply; to HEAD the same headers without a body."""
    await send(start_of(scope, reply, is_problem=is_problem))
    body = b"" if scope["method"] == "HEAD" else reply.content
    await send({"type": "http.response.body", "body": body})


def problem_reply(scope: Scope, contract: Contract, refusal: Refusal) -> Reply:
    """The problem document of a refusal. Its violations are noted in the exchange.

    An answer of ours that breaks the contract is logged too: the place says more than our stack.
    """
    exchange: Exchange = scope[EXCHANGE]
    if refusal.code == "CONTRACT_VIOLATION" and refusal.violations:
        places = ", ".join(f"{v.pointer}: {v.detail}" for v in refusal.violations)
        logger.error("%s %s %s", exchange.id, scope[TARGET], places)
    exchange.violations = refusal.violations
    problem = render(contract, refusal, instance=seen_path(scope), request_id=exchange.id)
    headers = dict(refusal.headers)
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Reply(problem["status"], to_json(problem), headers)
