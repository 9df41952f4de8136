"""Answers of the controls become what is sent: whole where they are short, else part by part."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from ..contract.wire import to_json
from ..sandbox.exchanges import EXCHANGE
from ..sandbox.hub import Answer
from .entrance import front_of, with_prefix
from .guards import CONTROLS, completed

logger = logging.getLogger("bacasable")

_WHOLE = 256 * 1024
"""Bytes of a stream that are gathered before it is sent: if it ends by then, its length is told."""
_PIECE = 64 * 1024
"""Bytes that are gathered from then on: parts are often small, and each piece has its price."""


@dataclass(slots=True)
class Begun:
    """An answer with the first of its content; `rest` is what has yet to come, None for nothing."""

    answer: Answer
    content: bytes = b""
    rest: AsyncGenerator[bytes, None] | None = None


async def begin(scope: Scope, answer: Answer) -> Begun:
    """The answer with as much of its content as is there at once.

    Raises Refusal where its stream does. HEAD begins no stream.
    """
    if answer.stream is None:
        data = b"" if answer.data is None else to_json(answer.data)
        return Begun(answer, data if answer.text is None else answer.text.encode())
    if scope["method"] == "HEAD":
        return Begun(answer)
    rest = answer.stream if answer.live else _gathered(answer.stream)
    try:
        content = await anext(rest)
    except BaseException:
        await rest.aclose()
        raise
    if len(content) >= _WHOLE or answer.live:
        return Begun(answer, content, rest)
    await rest.aclose()
    return Begun(answer, content)


async def send_answer(scope: Scope, receive: Receive, send: Send, begun: Begun) -> None:
    """Send an answer. A stream goes on until it ends or the reader leaves, and is closed then."""
    answer, content, is_head = begun.answer, begun.content, scope["method"] == "HEAD"
    headers = {"x-request-id": scope[EXCHANGE].id}
    streamed = begun.rest is not None or (is_head and answer.stream is not None)
    if content or streamed:
        headers["content-type"] = answer.media_type + _charset(answer.media_type)
    if answer.status != 204 and not streamed:
        headers["content-length"] = str(len(content))
    given = with_prefix(answer.headers, front_of(scope).prefix)
    raw = [(n.lower().encode(), v.encode()) for n, v in {**headers, **given}.items()]
    raw = completed(raw, CONTROLS)
    start = {"type": "http.response.start", "status": answer.status, "headers": raw}
    if begun.rest is None:
        await send(start)
        body = b"" if is_head else content
        await send({"type": "http.response.body", "body": body})
        return
    try:
        await send(start)
        await send({"type": "http.response.body", "body": content, "more_body": True})
        await _stream(receive, send, begun.rest)
    finally:
        await begun.rest.aclose()
    await send({"type": "http.response.body", "body": b""})


def _charset(media_type: str) -> str:
    return "; charset=utf-8" if media_type.startswith("text/") else ""


async def _gathered(stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same bytes in larger parts, the first of them of the size of a whole answer."""
    parts: list[bytes] = []
    size, enough = 0, _WHOLE
    async with aclosing(stream):
        async for part in stream:
            parts.append(part)
            size += len(part)
            if size >= enough:
                yield b"".join(parts)
                parts.clear()
                size, enough = 0, _PIECE
    yield b"".join(parts)


async def _stream(receive: Receive, send: Send, stream: AsyncGenerator[bytes, None]) -> None:
    """Send what comes until it ends or the reader leaves."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def tell() -> None:
        async for part in stream:
            await send({"type": "http.response.body", "body": part, "more_body": True})

    tasks = [asyncio.ensure_future(gone()), asyncio.ensure_future(tell())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            # The answer has begun: it can only end early.
            logger.error("A stream broke off", exc_info=end)
