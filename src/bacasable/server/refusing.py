"""Refusing what was never a request: what is known of it, why it is refused, how that is sent."""

from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES

from ..contract import Refusal
from .framing import METHODS, Fields, HeadReader, body_length

_SHOWN = 1024
"""Longest path that a refusal repeats."""
_KEPT = {b"host", b"origin", b"forwarded", b"x-forwarded-proto", b"x-forwarded-host"}
"""Headers that say how a refusal is told."""


class Unreadable(Exception):
    """The parser cannot read what it was given."""


class UnknownMethod(Unreadable):
    """The parser knows no such method."""


def why(reader: HeadReader, error: Exception) -> Refusal:
    """What is wrong with a head that was not taken."""
    if isinstance(error, Refusal):
        return error
    try:
        body_length(reader.lower(), reader.number)
    except Refusal as better:
        return better
    if isinstance(error, UnknownMethod):
        said = f"{reader.method.decode()} is no method that is known."
        return Refusal("METHOD_NOT_ALLOWED", said, headers={"Allow": METHODS})
    return Refusal("MALFORMED_REQUEST", "It cannot be read as HTTP.")


def scope_of(connection: Any, reader: HeadReader) -> Scope:
    """The scope of a request of which only so much is known as a reader has read."""
    raw = reader.target.partition(b"?")[0]
    if not raw.startswith(b"/") or len(raw) > _SHOWN or not raw.isascii():
        raw = b"/"
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": reader.method.decode() or "GET",
        "scheme": connection.scheme,
        "root_path": connection.root_path,
        "path": unquote(raw.decode()),
        "raw_path": raw,
        "query_string": b"",
        "headers": [field for field in reader.lower() if field[0] in _KEPT],
        "server": connection.server,
        "client": connection.client,
        "state": {},
    }


async def refused_by(app: ASGIApp, scope: Scope) -> list[Message]:
    """What an application answers to a request that is refused."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)

    await app(scope, receive, send)
    return told


def as_bytes(answer: list[Message], headers: Fields) -> bytes:
    """An answer as it is sent on a connection that is closed then. `headers` stand before its own.

    It is written here, because a parser that has failed writes nothing.
    """
    start, body = answer[0], b"".join(part.get("body", b"") for part in answer[1:])
    lines = [b"HTTP/1.1 %d %s" % (start["status"], STATUS_PHRASES[start["status"]])]
    lines += [b"%s: %s" % header for header in [*headers, *start["headers"]]]
    return b"\r\n".join([*lines, b"connection: close", b"", body])
