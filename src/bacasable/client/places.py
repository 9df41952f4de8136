"""Where a `Sandbox` finds what it talks to: at an address, or in this process (inprocess.py).

All synchronous clients of a sandbox share one way there, so that a new client costs no connection.
"""

import ssl
from functools import cache
from typing import Protocol

import httpx

from .errors import SandboxError
from .proxies import proxy_for

BASE_PATH = "/api/v1"
_LIMITS = httpx.Limits(keepalive_expiry=2.0)
"""Below the 5 s after which uvicorn closes idle connections: none is closed in our hands."""


class Place(Protocol):
    """A sandbox that runs somewhere. `url` is its address without a path."""

    url: str
    base_path: str
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

    def __init__(self, url: str, base_path: str = BASE_PATH) -> None:
        try:
            address = httpx.URL(url.rstrip("/").removesuffix(base_path))
        except httpx.InvalidURL:
            address = httpx.URL("")
        if address.scheme not in {"http", "https"} or not address.host:
            raise SandboxError(f"'{url}' is no address; give one such as http://127.0.0.1:4010")
        self.url, self.base_path = str(address).rstrip("/"), base_path
        # Loading certificates takes longer than a whole test; plain HTTP needs none.
        self._verify = True if address.scheme == "https" else _no_certificates()
        self.proxy = proxy_for(self.url)
        self._pool = httpx.HTTPTransport(verify=self._verify, limits=_LIMITS, proxy=self.proxy)

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
