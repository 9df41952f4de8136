"""HTTP to the server under test, on the assumption that it may do anything.

It may hang, drip, reset, send garbage or without end: a request ends at its deadline, an answer at
the size that the options allow. Redirects are not followed, cookies not kept, bodies not unpacked:
what was received is what is judged.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from .model import Options, Request, Response
from .session import Failed

_ENDED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_CONNECTIONS = 64


class HttpTransport:
    """Carries requests over sockets, on connections that are kept open."""

    def __init__(self, options: Options) -> None:
        self._timeout = options.timeout
        self._most = options.max_bytes
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        self._client = httpx.Client(
            base_url=origin(options.url),
            timeout=httpx.Timeout(options.timeout),
            follow_redirects=False,
            limits=limits,
            transport=_Bounded(limits, self._timeout),
            default_encoding="latin-1",
        )
        # What httpx would add by itself is no request of ours.
        self._client.headers.clear()

    def exchange(self, request: Request, within: float | None = None) -> Response:
        """The answer to a request, its time in seconds. Raises Failed without one.

        `within` is how many seconds it has, where that is less than the timeout of the options.
        """
        began = time.monotonic()
        until = began + min(within or self._timeout, self._timeout)
        try:
            return self._exchanged(request, began, until)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Failed(f"no connection: {_said(error)}", connected=False) from error
        except httpx.TimeoutException as error:
            raise Failed(f"no complete answer within {self._timeout:g} s") from error
        except _ENDED as error:
            raise Failed(f"the connection broke: {_said(error)}") from error
        except httpx.HTTPError as error:
            raise Failed(f"no answer: {_said(error)}") from error
        except (ValueError, UnicodeError) as error:
            raise Failed(f"no answer that HTTP knows: {_said(error)}") from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchanged(self, request: Request, began: float, until: float) -> Response:
        sent = self._client.build_request(
            request.method,
            "/",
            headers=_headers(request, self._client.base_url),
            content=request.body,
            timeout=until - began,
            extensions={"target": request.target.encode("latin-1", "replace")},
        )
        answer = self._client.send(sent, stream=True)
        try:
            body = self._read(answer, until)
        finally:
            answer.close()
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in answer.headers.raw
        )
        return Response(answer.status_code, headers, body, time.monotonic() - began)

    def _read(self, answer: httpx.Response, until: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            parts.append(part)
            if size > self._most:
                raise Failed(f"an answer of more than {self._most:,} bytes")
            if time.monotonic() > until:
                raise Failed(f"no complete answer within {self._timeout:g} s")
        return b"".join(parts)


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = httpx.URL(url)
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    return f"{parts.scheme}://{host}{port}"


def _headers(request: Request, base: httpx.URL) -> list[tuple[bytes, bytes]]:
    given = [(n.encode("latin-1", "replace"), v.encode("utf-8")) for n, v in request.headers]
    if not any(name.lower() == b"host" for name, _ in given):
        given.insert(0, (b"Host", base.netloc))
    return given


def _said(error: Exception) -> str:
    """What an error says, in one line."""
    cause = error.__cause__ or error
    text = " ".join((str(error) or str(cause) or type(cause).__name__).split())
    return text[:200]


class _Bounded(httpx.HTTPTransport):
    """A transport of which no request outlives its deadline, however its bytes trickle in."""

    def __init__(self, limits: httpx.Limits, seconds: float) -> None:
        super().__init__(limits=limits, retries=0)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            network_backend=_Network(seconds),
        )


class _Network(httpcore.NetworkBackend):
    """Connections with a deadline for each answer: a read may wait only as long as is left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        options = [*(socket_options or ()), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        stream = self._inner.connect_tcp(host, port, timeout, local_address, options)
        return _Stream(stream, self._seconds)

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        return self._inner.connect_unix_socket(*arguments, **options)

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """A connection. Each request, which begins with a write, has so many seconds in all."""

    def __init__(self, inner: httpcore.NetworkStream, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._reading = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._reading = True
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return self._inner.read(max_bytes, min(left, timeout) if timeout else left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._reading:
            self._until = time.monotonic() + self._seconds
            self._reading = False
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._seconds)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
