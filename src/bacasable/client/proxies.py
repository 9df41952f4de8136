"""The proxy of the environment, as the clients of a sandbox use it and speak of it."""

from urllib.parse import urlsplit

import httpx

from ..environment import environment_proxy
from .errors import SandboxError


def proxy_for(url: str) -> str | None:
    """The address of the proxy for a URL; None when it is to be asked directly.

    Raises SandboxError, in one line, for a proxy that cannot be used.
    """
    proxy = environment_proxy(url)
    if proxy is None:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        fits = httpx.URL(proxy).scheme in {"http", "https"} and bool(httpx.URL(proxy).host)
    except httpx.InvalidURL:
        fits = False
    if not fits:
        said = "cannot be used; give one such as http://proxy.example:3128"
        raise SandboxError(f"the proxy {shown(proxy)} of the environment {said}, or set NO_PROXY")
    return proxy


def shown(proxy: str) -> str:
    """The address of a proxy without its account, which is secret."""
    try:
        parts = urlsplit(proxy)
    except ValueError:
        return "(no address)"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def through(proxy: str | None) -> str:
    """How an error tells that a proxy was asked; empty when none was."""
    return f" (asked through the proxy {shown(proxy)} of the environment)" if proxy else ""
