"""Which proxy leads to a server: the one that was given, else that of the environment.

The environment is read as `requests` does: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in
small letters too. Loopback is never asked for at a proxy of the environment.
"""

import base64
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote, urlsplit

from requests.utils import get_environ_proxies, select_proxy

from .model import Options

_FORM = "http://[USER:PASSWORD@]HOST[:PORT]"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy. `secrets` are the texts of its credentials that may be shown nowhere."""

    scheme: str
    host: str
    port: int
    authorization: str = field(default="", repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def name(self) -> str:
        """Its address without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def proxy_in(text: str) -> Proxy:
    """The proxy that a text names. Raises ValueError, which does not repeat a password."""
    whole = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(whole)
        port = parts.port
        host = parts.hostname or ""
        host.encode("idna")
    except ValueError:
        raise ValueError(f"this is no address of a proxy; write {_FORM}") from None
    if parts.scheme not in _PORTS:
        raise ValueError(f"a proxy of the kind '{parts.scheme}' cannot be used; write {_FORM}")
    if not host or port == 0 or any(c <= " " for c in whole):
        raise ValueError(f"this is no address of a proxy; write {_FORM}")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(
            f"the address of a proxy has no path; write {_FORM}, and /, ? or # of the password "
            "as %2F, %3F and %23"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    address = parts.scheme, host, port or _PORTS[parts.scheme]
    if not user and not password:
        return Proxy(*address)
    packed = base64.b64encode(f"{user}:{password}".encode()).decode()
    secrets = frozenset(text for text in (packed, password, parts.password or "") if len(text) > 3)
    return Proxy(*address, f"Basic {packed}", secrets)


def proxy_for(options: Options) -> Proxy | None:
    """The proxy that leads to the server of a run; None without one.

    Raises ValueError for one of the environment that cannot be used.
    """
    if options.proxy:
        return proxy_in(options.proxy)
    if is_local(urlsplit(options.url).hostname or ""):
        return None
    found = select_proxy(options.url, get_environ_proxies(options.url))
    if not found:
        return None
    try:
        return proxy_in(found)
    except ValueError as error:
        raise ValueError(
            f"the proxy of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY): {error}, give "
            "--proxy, or name the host in NO_PROXY"
        ) from error


def is_local(host: str) -> bool:
    """Whether a host is this machine by its name or number."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    with suppress(OSError):
        # It also knows 127.1, as the resolver does.
        name = socket.inet_ntoa(socket.inet_aton(name))
    try:
        number = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    if isinstance(number, IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    return number.is_loopback or number.is_unspecified


def secrets_of_proxy(options: Options) -> frozenset[str]:
    """What no report may show of the proxy that a run uses."""
    try:
        proxy = proxy_for(options)
    except ValueError:
        return frozenset()
    return proxy.secrets if proxy else frozenset()
