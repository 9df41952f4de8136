"""HTTP to the server under test, on the assumption that it may do anything.

It may hang, drip, reset, send garbage or without end: a request ends at its deadline, an answer at
the size that the options allow. Redirects are not followed, cookies not kept, bodies not unpacked:
what was received is what is judged.
"""

import ssl
import time

import httpcore
import httpx

from .certificates import context_of
from .failures import failed, in_words, refused_by
from .model import Options, Request, Response
from .network import Deadline, Network
from .proxies import proxy_for
from .session import Failed

_CONNECTIONS = 64


class HttpTransport:
    """Carries requests over sockets, on connections that are kept open.

    Raises ValueError for certificates or a proxy that cannot be used.
    """

    def __init__(self, options: Options) -> None:
        self._timeout = options.timeout
        self._most = options.max_bytes
        self._proxy = proxy_for(options)
        self._origin = origin(options.url)
        # Without TLS the whole address is asked for at the proxy; with it the proxy sees nothing.
        self._forwarded = self._proxy is not None and self._origin.startswith("http:")
        self._deadline = Deadline()
        context = self._context(options)
        limits = httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS)
        network = Network(self._deadline, self._proxy, context, tunnel=not self._forwarded)
        self._client = httpx.Client(
            base_url=self._origin,
            timeout=httpx.Timeout(options.timeout),
            follow_redirects=False,
            limits=limits,
            transport=_Bounded(limits, context, network),
            default_encoding="latin-1",
        )
        # What httpx would add by itself is no request of ours.
        self._client.headers.clear()

    def _context(self, options: Options) -> ssl.SSLContext:
        """What TLS is spoken by. Without TLS nobody needs those of the system, which take long."""
        tls = self._origin.startswith("https:") or (self._proxy and self._proxy.scheme == "https")
        if tls or options.ca:
            return context_of(options.ca, insecure=options.insecure)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def exchange(self, request: Request, within: float | None = None) -> Response:
        """The answer to a request, its time in seconds. Raises Failed without one.

        `within` is how many seconds it has, where that is less than the timeout of the options.
        """
        began = time.monotonic()
        seconds = min(within or self._timeout, self._timeout)
        self._deadline.until = began + seconds
        try:
            answer = self._exchanged(request, began, seconds)
        except (httpx.HTTPError, ValueError) as error:
            raise failed(error, seconds, self._proxy) from error
        if self._forwarded and self._proxy and answer.status == 407:
            raise refused_by(self._proxy, answer.status)
        return answer

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchanged(self, request: Request, began: float, seconds: float) -> Response:
        sent = self._client.build_request(
            request.method,
            "/",
            headers=self._headers(request),
            content=request.body,
            timeout=seconds,
            extensions={"target": self._target(request).encode("latin-1", "replace")},
        )
        answer = self._client.send(sent, stream=True)
        try:
            body = self._read(answer, seconds)
        finally:
            answer.close()
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in answer.headers.raw
        )
        return Response(answer.status_code, headers, body, time.monotonic() - began)

    def _read(self, answer: httpx.Response, seconds: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            parts.append(part)
            if size > self._most:
                raise Failed(f"an answer of more than {self._most:,} bytes")
            if time.monotonic() > self._deadline.until:
                raise Failed(f"no complete answer within {in_words(seconds)}")
        return b"".join(parts)

    def _target(self, request: Request) -> str:
        whole = self._forwarded and request.target.startswith("/")
        return f"{self._origin}{request.target}" if whole else request.target

    def _headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        given = [(n.encode("latin-1", "replace"), v.encode("utf-8")) for n, v in request.headers]
        if not any(name.lower() == b"host" for name, _ in given):
            given.insert(0, (b"Host", self._client.base_url.netloc))
        if self._forwarded and self._proxy and self._proxy.authorization:
            given.append((b"Proxy-Authorization", self._proxy.authorization.encode()))
        return given


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = httpx.URL(url)
    port = f":{parts.port}" if parts.port else ""
    host = f"[{parts.host}]" if ":" in parts.host else parts.host
    return f"{parts.scheme}://{host}{port}"


class _Bounded(httpx.HTTPTransport):
    """A transport on connections of ours."""

    def __init__(
        self, limits: httpx.Limits, context: ssl.SSLContext, network: httpcore.NetworkBackend
    ) -> None:
        super().__init__(verify=context, limits=limits, retries=0)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            network_backend=network,
        )
