"""httpx transports that call the application directly, without a socket.

They keep what clients can see of a connection: answers that stream, read timeouts, and connections
that break (an application breaks one by calling `scope["bacasable.cut"]`).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Scope

from .loop import LoopStopped, LoopThread


class _Conversation:
    """One request to the application and its answer. Lives on the loop of the sandbox."""

    def __init__(self, app: ASGIApp, scope: Scope, body: bytes) -> None:
        self._app, self._body, self._unread = app, body, True
        self._scope = {**scope, "bacasable.cut": self._cut}
        self._parts: list[bytes] = []
        self._news = asyncio.Event()
        self._left = asyncio.Event()
        self._start: Message | None = None
        self._ended = self._broken = False

    async def begin(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Send the request; gives status and headers once they are there."""
        self._task = asyncio.ensure_future(self._run())
        try:
            while self._start is None:
                self._expect_more()
                await self._wait()
        except BaseException:
            self._task.cancel()
            raise
        return self._start["status"], list(self._start.get("headers", []))

    async def more(self) -> bytes | None:
        """What has come of the body since; None at its end."""
        while not self._parts:
            if self._ended:
                return None
            self._expect_more()
            await self._wait()
        content = b"".join(self._parts)
        self._parts.clear()
        return content

    def whole(self) -> bytes | None:
        """The body when all of it is there already, as nearly always; else None."""
        return b"".join(self._parts) if self._ended else None

    async def leave(self) -> None:
        """Tell the application that its reader is gone."""
        self._left.set()
        self._task.cancel()

    def _expect_more(self) -> None:
        """Raise httpx.RemoteProtocolError when nothing can come any more."""
        if self._broken:
            ended = self._task.done() and not self._task.cancelled()
            said = "the server broke the connection without sending a complete answer"
            raise httpx.RemoteProtocolError(said) from (self._task.exception() if ended else None)

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _cut(self) -> None:
        self._broken = True
        self._left.set()
        self._news.set()

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
        finally:
            self._broken = not self._ended
            self._news.set()

    async def _receive(self) -> Message:
        if self._unread:
            self._unread = False
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._broken:
            return
        if message["type"] == "http.response.start":
            self._start = message
        else:
            if message.get("body"):
                self._parts.append(message["body"])
            self._ended = not message.get("more_body", False)
        self._news.set()


_Opened = tuple[_Conversation, int, list[tuple[bytes, bytes]], bytes | None]


async def _open(app: ASGIApp, scope: Scope, body: bytes) -> _Opened:
    """Begin a conversation: itself, status, headers, and the body when it is there already."""
    conversation = _Conversation(app, scope, body)
    status, headers = await conversation.begin()
    return conversation, status, headers, conversation.whole()


def _scope_of(request: httpx.Request) -> Scope:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port or 80),
        "client": ("127.0.0.1", 0),
    }


def _patience_of(request: httpx.Request) -> float | None:
    timeout: dict[str, Any] = request.extensions.get("timeout", {})
    return timeout.get("read")


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """What the loop raises, as clients of a socket would meet it."""
    try:
        yield
    except TimeoutError:
        said = "the sandbox has not answered in time"
        raise httpx.ReadTimeout(said, request=request) from None
    except LoopStopped:
        raise httpx.ConnectError("the sandbox has stopped", request=request) from None
    except CancelledError:
        said = "the sandbox stopped before it answered"
        raise httpx.RemoteProtocolError(said, request=request) from None


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of an answer that is still coming."""

    def __init__(
        self, loop: LoopThread, conversation: _Conversation, request: httpx.Request
    ) -> None:
        self._loop, self._conversation, self._request = loop, conversation, request
        self._patience = _patience_of(request)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            with _as_httpx(self._request):
                part = self._loop.run(self._conversation.more(), self._patience)
            if part is None:
                return
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            with _as_httpx(self._request):
                part = await self._loop.join(self._conversation.more(), self._patience)
            if part is None:
                return
            yield part

    def close(self) -> None:
        """Leave before the end, or at it."""
        with suppress(LoopStopped, CancelledError):
            self._loop.run(self._conversation.leave())

    async def aclose(self) -> None:
        """Leave before the end, or at it."""
        with suppress(LoopStopped, CancelledError):
            await self._loop.join(self._conversation.leave())


class MemoryTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Calls the application on the loop of its sandbox, for clients of both kinds.

    Closing a client leaves it open for others; it ends with the loop.
    """

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app, self._loop = app, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of a synchronous client."""
        work = _open(self._app, _scope_of(request), request.read())
        with _as_httpx(request):
            opened = self._loop.run(work, _patience_of(request))
        return self._response(request, *opened)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of an asynchronous client."""
        work = _open(self._app, _scope_of(request), await request.aread())
        with _as_httpx(request):
            opened = await self._loop.join(work, _patience_of(request))
        return self._response(request, *opened)

    def _response(
        self,
        request: httpx.Request,
        conversation: _Conversation,
        status: int,
        headers: list[tuple[bytes, bytes]],
        whole: bytes | None,
    ) -> httpx.Response:
        if whole is not None:
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(whole))
        stream = _Stream(self._loop, conversation, request)
        return httpx.Response(status, headers=headers, stream=stream)
