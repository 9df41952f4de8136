"""Addresses that contracts name, and what pages may do with them.

Contracts may be foreign, and pages be opened from a disk, where no server says what is allowed: a
page follows none but these, and says itself from where it may load.
"""

import re
from typing import Any

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x20\x7f]+")
_WEB = frozenset({"http", "https"})

POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' data:;"
    " connect-src *; base-uri 'none'; form-action 'none'"
)
"""What a page may load, as its Content-Security-Policy: what lies beside it, and no images of
others. `file:` is the site itself where it is a folder, for browsers whose 'self' is no file."""
VIEWER_POLICY = POLICY.replace(
    "style-src 'self' file:", "style-src 'self' file: 'unsafe-inline'; font-src data:"
).replace("img-src 'self' data:", "img-src data:")
"""The same for the viewers of others, whose scripts write styles, with fonts as data. They show
images that a contract names: on a disk those of 'self' would be files of any host."""


def is_web(address: str) -> bool:
    """Whether an address is one of the web: http or https, and a host."""
    return _scheme(address) in _WEB and "//" in address


def may_be_followed(address: str) -> bool:
    """Whether a page may lead there: to the web, to who reads mail, or to a place of the site.

    Without a scheme but with a host it would be a file of that host for a page on a disk.
    """
    scheme = _scheme(address)
    if scheme:
        return scheme in _WEB or scheme == "mailto"
    return not re.match(r"[\\/]{2}", _UNSEEN.sub("", address))


def harmless(node: Any) -> Any:
    """An OpenAPI object without the addresses that must not be followed; for viewers of others.

    They make links of what documents further, tells terms, contact and licence, and call servers.
    """
    if isinstance(node, list):
        return [harmless(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    return {key: _kept(key, harmless(value)) for key, value in node.items()}


def _kept(key: str, value: Any) -> Any:
    if key == "termsOfService" and isinstance(value, str):
        return value if may_be_followed(value) else ""
    if key == "servers" and isinstance(value, list):
        return [server for server in value if _is_called(server)]
    return _without(value) if key in {"externalDocs", "contact", "license", "x-logo"} else value


def _is_called(server: Any) -> bool:
    """Whether a server object has an address that a program can call."""
    url = server.get("url") if isinstance(server, dict) else None
    return not isinstance(url, str) or _scheme(url) in {"", "ws", "wss", *_WEB}


def _without(told: Any) -> Any:
    """An object without those of its addresses that must not be followed."""
    if not isinstance(told, dict):
        return told
    return {
        key: value
        for key, value in told.items()
        if key not in {"url", "href"} or not isinstance(value, str) or may_be_followed(value)
    }


def _scheme(address: str) -> str:
    """The scheme of an address as a browser reads it, which overlooks spaces and controls."""
    found = _SCHEME.match(_UNSEEN.sub("", address))
    return found[1].lower() if found else ""
