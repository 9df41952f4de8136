"""Where a client sees the sandbox: below a path of its own, or behind a proxy that says so.

A proxy may tell scheme, host and path in Forwarded (RFC 7239) or X-Forwarded-Proto, -Host and
-Prefix. It is believed only when its address is trusted, and only what can be part of an address.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any
from urllib.request import parse_http_list

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

LOOPBACK = ("127.0.0.0/8", "::1", "::ffff:127.0.0.0/104")
"""The peers that are trusted unless others are named."""
_NAMES = frozenset({b"forwarded", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-prefix"})
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_SEGMENT = r"(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+"
_PREFIX = re.compile(rf"(?:/{_SEGMENT}){{1,16}}")
_PAIR = re.compile(r"(?<![A-Za-z])([A-Za-z]+)=(\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*)")
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Front:
    """How a client reaches the sandbox. `address` is empty when it is not known to differ.

    `prefix` is the path in front of all others, without a slash at its end.
    """

    prefix: str = ""
    address: str = ""


NO_FRONT = Front()


class Fronts:
    """Finds the front of each request: below `root_path`, and behind the `trusted` proxies.

    Raises ValueError for a path that can be no prefix, and a peer that is no address or network.
    """

    def __init__(self, root_path: str = "", trusted: tuple[str, ...] = LOOPBACK) -> None:
        self._root = prefix_of(root_path)
        if root_path.strip("/") and not self._root:
            raise ValueError(root_path)
        for peer in trusted:
            if peer != "*":
                ip_network(peer)
        peers = "*" if "*" in trusted else list(trusted)
        self._trusted = ProxyHeadersMiddleware(_nothing, peers).trusted_hosts

    def of(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Front:
        """The front of a request. `headers` hold each name once."""
        root = prefix_of(scope.get("root_path") or "") or self._root
        told = not _NAMES.isdisjoint(headers)
        if not root and not told:
            return NO_FRONT
        client = scope.get("client")
        if not client or client[0] not in self._trusted:
            return Front(root)
        said = _said(headers)
        prefix = root + said["prefix"]
        if not prefix and not said["proto"] and not said["host"]:
            return NO_FRONT
        host = said["host"] or host_of(headers)
        scheme = said["proto"] or scope["scheme"]
        return Front(prefix, f"{scheme}://{host}{prefix}" if host else "")


def prefix_of(path: str) -> str:
    """A path as a prefix, without a slash at its end; empty for what can be none."""
    path = path.strip().rstrip("/")
    return path if len(path) <= _LONGEST and _PREFIX.fullmatch(path) else ""


def host_of(headers: Mapping[bytes, bytes]) -> str:
    """The host that a client called, with its port; empty for what is no host."""
    return _host(headers.get(b"host", b"").decode("latin-1"))


def _said(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """What the peer says of scheme, host and prefix; empty where it says nothing of use.

    Of several values the last is the peer's own, those before it were handed to it. Prefixes are
    the exception: each proxy cuts its own off, so that they follow one another.
    """
    elements = parse_http_list(_text(headers, b"forwarded"))
    pairs = {n.lower(): _unquoted(v) for n, v in _PAIR.findall(elements[-1] if elements else "")}
    proto = pairs.get("proto") or _last(headers, b"x-forwarded-proto")
    host = pairs.get("host") or _last(headers, b"x-forwarded-host")
    parts = [prefix_of(part) for part in _text(headers, b"x-forwarded-prefix").split(",")]
    return {
        "proto": proto.lower() if proto.lower() in {"http", "https"} else "",
        "host": _host(host),
        "prefix": prefix_of("".join(parts)),
    }


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")[: 8 * _LONGEST]


def _last(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return _text(headers, name).rpartition(",")[2].strip()


def _host(text: str) -> str:
    return text if _HOST.fullmatch(text) else ""


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


async def _nothing(_scope: Any, _receive: Any, _send: Any) -> None:
    """No application: of uvicorn's middleware only its reading of addresses is used."""
