"""Messages of HTTP: bodies are read here, replies and problems become what is sent."""

import logging
from dataclasses import replace

from starlette.types import Message, Receive, Scope, Send

from ..contract import Contract, Refusal
from ..contract.kinds import KINDS
from ..contract.refusals import told
from ..core import Reply
from ..sandbox.controls import controls_contract
from ..sandbox.exchanges import EXCHANGE, Exchange
from .entrance import CONTRACT, HEADERS, TARGET, front_of, seen_path, with_prefix
from .guards import API

logger = logging.getLogger("bacasable")

WHOLE = "bacasable.whole"
"""Stands in the message that opens an answer whose body follows at once, as long as it says."""
_JSON = (b"content-type", b"application/json")
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
_READ_ON = 16 * 1024 * 1024


def text_of(headers: dict[bytes, bytes], name: bytes) -> str:
    """The value of a header; empty when absent."""
    value = headers.get(name)
    return value.decode("latin-1") if value is not None else ""


class ClientGone(ConnectionError):
    """The client has gone before its request was whole: there is nothing to do, nor to answer."""


class BodyMemory:
    """How many bytes all bodies that are being received may hold together."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0

    def hold(self, size: int) -> None:
        """Hold so many bytes more. Raises Refusal UNAVAILABLE when there is no room for them."""
        if self._held + size > self._most:
            said = f"Bodies of {self._most} bytes are being received (--max-body-memory)."
            raise Refusal("UNAVAILABLE", said, headers={"Retry-After": "1"})
        self._held += size

    def let_go(self, size: int) -> None:
        """Hold so many bytes less."""
        self._held -= size


async def read_body(receive: Receive, limit: int, memory: BodyMemory) -> bytes | None:
    """The whole body, or None when it is longer than the limit.

    A body that is too long is read on for a while and dropped, so that an ordinary client reads the
    refusal instead of a broken connection.

    Raises ClientGone when it does not come to its end, and Refusal UNAVAILABLE.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body if len(body) <= limit else None
    parts: list[bytes] = []
    size = held = 0
    try:
        while True:
            part = message.get("body", b"")
            size += len(part)
            if size <= limit:
                memory.hold(len(part))
                held += len(part)
                parts.append(part)
            else:
                parts.clear()
                memory.let_go(held)
                held = 0
            if not message.get("more_body") or size > limit + _READ_ON:
                return b"".join(parts) if size <= limit else None
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
    finally:
        memory.let_go(held)


def start_of(scope: Scope, reply: Reply) -> Message:
    """The message that opens the answer: status and headers. It is noted in the exchange."""
    content = reply.content
    prefix = front_of(scope).prefix
    if prefix:
        headers = with_prefix(reply.headers, prefix)
        reply = replace(reply, headers=headers)
    exchange: Exchange = scope[EXCHANGE]
    exchange.reply = reply
    raw = [(b"x-request-id", exchange.id.encode()), *API]
    # For browsers only: uvicorn looks at every header anew for every answer.
    if b"origin" in scope[HEADERS] and CONTRACT not in scope:
        raw += _CORS
    if content:
        raw.append(_JSON if not reply.media_type else (b"content-type", reply.media_type.encode()))
    if reply.status not in {204, 304}:
        raw.append((b"content-length", b"%d" % len(content)))
    for name, value in reply.headers.items():
        raw.append((name.lower().encode(), value.encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": raw}


async def send_reply(scope: Scope, send: Send, reply: Reply) -> None:
    """Send a reply; to HEAD the same headers without a body."""
    start = start_of(scope, reply)
    if scope["method"] == "HEAD":
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    start[WHOLE] = True
    await send(start)
    await send({"type": "http.response.body", "body": reply.content})


def problem_reply(scope: Scope, contract: Contract, refusal: Refusal) -> Reply:
    """The answer to a refusal. Its violations are noted in the exchange.

    An answer of ours that breaks the contract is logged too: the place says more than our stack.
    """
    exchange: Exchange = scope[EXCHANGE]
    if refusal.code not in contract.problems and refusal.code not in KINDS:
        # No contract need know of what the sandbox itself refuses: its own document does.
        contract = controls_contract()
    if refusal.code == "CONTRACT_VIOLATION" and refusal.violations:
        places = ", ".join(f"{v.pointer}: {v.detail}" for v in refusal.violations)
        logger.error("%s %s %s", exchange.id, scope[TARGET], places)
    exchange.violations = refusal.violations
    operation = contract.operations.get(exchange.operation or "")
    answer = told(contract, refusal, operation, instance=seen_path(scope), request_id=exchange.id)
    headers = dict(refusal.headers)
    if answer.status == 401:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return Reply(answer.status, answer.content, headers, media_type=answer.media_type)
