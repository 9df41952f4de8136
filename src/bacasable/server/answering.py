"""Answers of the controls become what is sent: whole where they are short, else part by part."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from ..contract.wire import to_json
from ..core import Reply
from ..sandbox.hub import Answer
from .replies import send_reply, start_of

logger = logging.getLogger("bacasable")
Parts = AsyncGenerator[bytes, None]

_WHOLE = 256 * 1024
"""Bytes of a stream that are gathered before it is sent: if it ends by then, its length is told."""
_PIECE = 64 * 1024
"""Bytes that are gathered from then on: parts are often small, and each piece has its price."""


async def send_answer(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    """Send an answer. A stream goes on until it ends or the reader leaves, and is closed then.

    Raises Refusal where its stream does before anything is sent. HEAD begins no stream.
    """
    is_head = scope["method"] == "HEAD"
    content, rest = await _begun(answer, is_head=is_head)
    media_type = answer.media_type + _charset(answer.media_type)
    if rest is None and not (is_head and answer.stream):
        headers = dict(answer.headers)
        await send_reply(scope, send, Reply(answer.status, content, headers, media_type=media_type))
        return
    head = Reply(answer.status, headers={**answer.headers, "Content-Type": media_type})
    start = start_of(scope, head)
    # How long it will be is not known yet.
    start["headers"] = [one for one in start["headers"] if one[0] != b"content-length"]
    try:
        await send(start)
        if rest is not None:
            await send({"type": "http.response.body", "body": content, "more_body": True})
            await _stream(receive, send, rest)
    finally:
        if rest is not None:
            await rest.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _begun(answer: Answer, *, is_head: bool) -> tuple[bytes, Parts | None]:
    """As much of the content as is there at once, and what has yet to come; None for nothing."""
    if answer.stream is None:
        data = b"" if answer.data is None else to_json(answer.data)
        return (data if answer.text is None else answer.text.encode()), None
    if is_head:
        return b"", None
    rest = answer.stream if answer.live else _gathered(answer.stream)
    try:
        content = await anext(rest)
    except BaseException:
        await rest.aclose()
        raise
    if len(content) >= _WHOLE or answer.live:
        return content, rest
    await rest.aclose()
    return content, None


def _charset(media_type: str) -> str:
    return "; charset=utf-8" if media_type.startswith("text/") else ""


async def _gathered(stream: Parts) -> Parts:
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


async def _stream(receive: Receive, send: Send, stream: Parts) -> None:
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
