"""Where a `Sandbox` finds what it talks to: at an address, or in this process (inprocess.py).

All synchronous clients of a sandbox share one way there, so that a new client costs no connection.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Protocol

import httpx

from .controls import Controls
from .errors import SandboxError
from .proxies import proxy_for

_LIMITS = httpx.Limits(keepalive_expiry=2.0)
"""Below the 5 s after which uvicorn closes idle connections: none is closed in our hands."""


class Place(Protocol):
    """A sandbox that runs somewhere. `url` is its address without a path."""

    url: str
    proxy: str | None

    def transport(self) -> httpx.BaseTransport:
        """The way there, for one synchronous client."""
        ...

    def async_transport(self) -> httpx.AsyncBaseTransport:
        """The way there, for one asynchronous client."""
        ...

    def stop(self) -> None:
        """Leave nothing behind."""
        ...


class Remote:
    """A sandbox at an address; with or without the path of the API in it.

    `proxy` is that of the environment by which it is reached; None when it is asked directly.
    """

    def __init__(self, url: str) -> None:
        try:
            address = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL:
            address = httpx.URL("")
        if address.scheme not in {"http", "https"} or not address.host:
            raise SandboxError(f"'{url}' is no address; give one such as http://127.0.0.1:4010")
        # Loading certificates takes longer than a whole test; plain HTTP needs none.
        self._verify = True if address.scheme == "https" else _no_certificates()
        self.proxy = proxy_for(str(address))
        self._pool = httpx.HTTPTransport(verify=self._verify, limits=_LIMITS, proxy=self.proxy)
        self.url = self._root(str(address).rstrip("/"))

    def _root(self, address: str) -> str:
        """The address without the path of the API, which a path of a proxy may stand before.

        Health, which is open to everybody, tells where a sandbox begins.
        """
        steps = list(filter(None, httpx.URL(address).path.split("/")))
        with httpx.Client(transport=self.transport(), timeout=10) as http:
            for _ in steps:
                try:
                    if http.get(f"{address}/_sandbox/health").is_success:
                        break
                except httpx.TransportError:
                    break  # whoever calls it will say so
                address = address.rpartition("/")[0]
        return address

    def transport(self) -> httpx.BaseTransport:
        """The pool of connections that all clients share."""
        return _Shared(self._pool)

    def async_transport(self) -> httpx.AsyncBaseTransport:
        """A pool of its own: connections belong to the event loop that opened them."""
        return httpx.AsyncHTTPTransport(verify=self._verify, limits=_LIMITS, proxy=self.proxy)

    def stop(self) -> None:
        """Close the connections; the sandbox goes on."""
        self._pool.close()


class _Shared(httpx.BaseTransport):
    """A transport that stays open when one of its clients is closed."""

    def __init__(self, pool: httpx.BaseTransport) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on."""
        return self._pool.handle_request(request)


@cache
def _no_certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=False)


def key_header(key: str | None) -> dict[str, str]:
    """The header that opens the controls of a sandbox with a key."""
    return {} if key is None else {"X-Sandbox-Key": key}


@contextmanager
def controls_at(url: str, key: str | None) -> Iterator[Controls]:
    """The controls of a sandbox at an address. Raises SandboxError for what is no address."""
    place = Remote(url)
    way = place.transport()
    try:
        with httpx.Client(base_url=place.url, transport=way, headers=key_header(key)) as http:
            yield Controls(http, place.proxy)
    finally:
        place.stop()
