"""Which proxy of the environment an address is asked for at: one rule for whatever talks HTTP.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold, in small letters too. This machine is never
asked for at a proxy: no other machine could find it there.
"""

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from .errors import SandboxError


def proxy_for(url: str) -> str | None:
    """The address of the proxy for a URL; None when it is to be asked directly.

    Raises SandboxError, in one line, for a proxy that cannot be used.
    """
    address = httpx.URL(url)
    if is_here(address.host):
        return None
    known = getproxies()
    proxy = known.get(address.scheme) or known.get("all")
    if not proxy or proxy_bypass(address.netloc.decode("ascii")):
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


def is_here(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback or mapped.is_unspecified)


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
