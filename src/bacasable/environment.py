"""Which proxy of the environment an address is asked for at: one rule for whatever talks HTTP.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY hold, in small letters too, as `requests` reads
them. This machine is never asked for at a proxy: no other machine could find it there.
"""

import os
import socket
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")


def environment_proxy(url: str) -> str | None:
    """The address of the proxy for a URL as the environment has it; None where it names none."""
    named = any(os.environ.get(name) or os.environ.get(name.upper()) for name in _VARIABLES)
    if not named or is_here(urlsplit(url).hostname or ""):
        return None
    from requests.utils import get_environ_proxies, select_proxy

    found: str | None = select_proxy(url, get_environ_proxies(url))
    return found or None


def is_here(host: str) -> bool:
    """Whether a host is this machine by its name or number."""
    name = host.strip("[]").rstrip(".").lower()
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
