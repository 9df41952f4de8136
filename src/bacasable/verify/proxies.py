"""Which proxy leads to a server: the one that was given, else that of the environment."""

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ..environment import environment_proxy
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
    found = environment_proxy(options.url)
    if found is None:
        return None
    try:
        return proxy_in(found)
    except ValueError as error:
        raise ValueError(
            f"the proxy of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY): {error}, give "
            "--proxy, or name the host in NO_PROXY"
        ) from error


def secrets_of_proxy(options: Options) -> frozenset[str]:
    """What no report may show of the proxy that a run uses."""
    try:
        proxy = proxy_for(options)
    except ValueError:
        return frozenset()
    return proxy.secrets if proxy else frozenset()
