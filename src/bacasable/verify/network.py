"""Connections for the pool of httpcore, with a deadline that counts for all that is done on them.

Names, attempts to connect, a tunnel through a proxy, TLS, what is written and what is read: however
slowly their bytes trickle, they have the seconds of one request in all.
"""

import math
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import httpcore

from .proxies import Proxy

_PIECE = 65_536
"""So much is written at once: the deadline is looked at between."""
_Value = TypeVar("_Value")


class Deadline(threading.local):
    """When the request of a thread must be over."""

    until = math.inf

    def left(self, over: type[httpcore.TimeoutException]) -> float:
        """The seconds that are left. Raises `over` when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise over
        return left


class Network(httpcore.NetworkBackend):
    """Opens connections; behind a proxy, to it, with a tunnel for TLS with the server."""

    def __init__(
        self, deadline: Deadline, proxy: Proxy | None, context: ssl.SSLContext, *, tunnel: bool
    ) -> None:
        self._deadline, self._proxy, self._context = deadline, proxy, context
        self._tunnel = tunnel
        self._inner = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """A connection that leads to the server. Time is given by the deadline alone."""
        if self._proxy is None:
            return self._connected(host, port)
        stream = self._to_proxy(self._proxy)
        if not self._tunnel:
            return stream
        try:
            return _tunnelled(stream, self._proxy, host, port)
        except BaseException:
            stream.close()
            raise

    def connect_unix_socket(self, *arguments: Any, **options: Any) -> httpcore.NetworkStream:
        """As it is: nobody asks for one."""
        return self._inner.connect_unix_socket(*arguments, **options)

    def sleep(self, seconds: float) -> None:
        """Wait between two attempts of the pool: it makes one."""
        self._inner.sleep(seconds)

    def _connected(self, host: str, port: int) -> "_Stream":
        """A connection to the first of the host's addresses that takes one in its share of time."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for number, (*_, address) in enumerate(found):
            share = self._deadline.left(httpcore.ConnectTimeout) / (len(found) - number)
            try:
                stream = self._inner.connect_tcp(str(address[0]), port, share, None, [])
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number + 1 == len(found):
                    raise
            else:
                return _Stream(stream, self._deadline)
        raise httpcore.ConnectError("the name has no address")

    def _to_proxy(self, proxy: Proxy) -> httpcore.NetworkStream:
        try:
            stream = self._connected(proxy.host, proxy.port)
            secured = proxy.scheme == "https"
            return stream.start_tls(self._context, proxy.host) if secured else stream
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise httpcore.ProxyError("cannot be reached") from error


def _tunnelled(
    stream: httpcore.NetworkStream, proxy: Proxy, host: str, port: int
) -> httpcore.NetworkStream:
    """A connection to a server through a proxy. Raises ProxyError when the proxy gives none."""
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    origin = httpcore.Origin(proxy.scheme.encode(), proxy.host.encode("idna"), proxy.port)
    headers = [("Host", place), ("Accept", "*/*")]
    headers += [("Proxy-Authorization", proxy.authorization)] if proxy.authorization else []
    url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=place)
    request = httpcore.Request("CONNECT", url, headers=headers)
    try:
        answer = httpcore.HTTP11Connection(origin, stream).handle_request(request)
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpcore.ProxyError(f"its answer is none of HTTP ({error})", 0) from error
    if not 200 <= answer.status < 300:
        raise httpcore.ProxyError(f"answered {answer.status}", answer.status)
    opened: httpcore.NetworkStream = answer.extensions["network_stream"]
    return opened


class _Stream(httpcore.NetworkStream):
    """A connection of which no step has more time than the request of its thread."""

    def __init__(
        self, inner: httpcore.NetworkStream, deadline: Deadline, *, secured: bool = False
    ) -> None:
        self._inner, self._deadline, self._secured = inner, deadline, secured

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, self._deadline.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _PIECE):
            left = self._deadline.left(httpcore.WriteTimeout)
            self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        if self._secured:
            return _Inner(self, ssl_context, server_hostname)
        left = self._deadline.left(httpcore.ConnectTimeout)
        stream = self._inner.start_tls(ssl_context, server_hostname, left)
        return _Stream(stream, self._deadline, secured=True)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Inner(httpcore.NetworkStream):
    """TLS with a server within TLS with a proxy: that of httpcore knows no deadline."""

    def __init__(
        self, outer: _Stream, context: ssl.SSLContext, server_hostname: str | None
    ) -> None:
        self._outer = outer
        self._received, self._sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._received, self._sent, server_hostname=server_hostname)
        try:
            self._carried(self._object.do_handshake)
        except ssl.SSLError as error:
            outer.close()
            raise httpcore.ConnectError(str(error)) from error

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        try:
            return self._carried(lambda: self._object.read(max_bytes))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        while buffer:
            try:
                done = self._carried(partial(self._object.write, buffer))
            except ssl.SSLError as error:
                raise httpcore.WriteError(str(error)) from error
            buffer = buffer[done:]

    def close(self) -> None:
        self._outer.close()

    def get_extra_info(self, info: str) -> Any:
        return self._object if info == "ssl_object" else self._outer.get_extra_info(info)

    def _carried(self, act: Callable[[], _Value]) -> _Value:
        """Do something of TLS; what it wants to send and to receive goes through the outer one."""
        while True:
            try:
                value = act()
            except ssl.SSLWantReadError:
                self._outer.write(self._sent.read())
                data = self._outer.read(_PIECE)
                self._received.write(data) if data else self._received.write_eof()
            else:
                self._outer.write(self._sent.read())
                return value
