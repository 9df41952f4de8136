"""What no report may show: tokens, passwords and keys, wherever they turn up in texts and bodies.

A secret is masked as it stands and as JSON, a form, a path or a shell would write it; of a signed
token (RFC 7519) its signature is a secret of its own. A header that carries credentials is masked
where its value is the caller's own; a value that a check made up (a malformed token) is no secret.
"""

import json
import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote

from ..contract.model import Json
from .model import Exchange

MASK = "***"
"""Stands where a secret stood."""
_SHORTEST = 4
"""A shorter text is no secret: masking it would blot out everything."""
_ALONE = 8
"""A shorter secret is masked only where no letter or digit touches it: it may be a common word."""
_SIGNATURE = 16
_FIXED = frozenset(
    {"severity", "verdict", "kind", "method", "check", "id", "encoding", "intent", "status", "in"}
)
"""Members of a report whose values are the kit's own words."""
_SIGNED = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}")
_SIGNED_BYTES = re.compile(_SIGNED.pattern.encode())
_CREDENTIALS = re.compile(
    r"^(proxy-)?authorization$|^(set-)?cookie2?$|api-?key|token|secret|password|session",
    re.IGNORECASE,
)
_ISSUED = re.compile(r"token|secret|password|api_?key|jwt$", re.IGNORECASE)


class Masker:
    """Masks the secrets of a run. Longer secrets go first, for one may hold another."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = sorted({f for s in secrets for f in _forms(s)}, key=lambda f: (-len(f), f))
        self._found = "|".join(map(_pattern, forms))

    # Tokens make long patterns, and few maskers need both.
    @cached_property
    def _text(self) -> re.Pattern[str] | None:
        return re.compile(self._found) if self._found else None

    @cached_property
    def _bytes(self) -> re.Pattern[bytes] | None:
        return re.compile(self._found.encode("utf-8", "surrogatepass")) if self._found else None

    def text(self, text: str) -> str:
        """A text without secrets."""
        return self._text.sub(MASK, text) if self._text else text

    def body(self, body: bytes, *, answer: bool = False) -> bytes:
        """A body without secrets; one that the server sent without signed tokens either."""
        if self._bytes:
            body = self._bytes.sub(MASK.encode(), body)
        return _SIGNED_BYTES.sub(MASK.encode(), body) if answer else body

    def holds(self, body: bytes) -> bool:
        """Whether a body holds a secret."""
        return bool(self._bytes and self._bytes.search(body))

    def value(self, value: Json) -> Json:
        """Plain JSON whose texts have no secrets in them; members of fixed values stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {n: v if n in _FIXED else self.value(v) for n, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return value

    def headers(self, exchange: Exchange) -> list[tuple[str, str]]:
        """The headers of a request, masked."""
        own = {value for _, value in _credentials(exchange.identity.headers.items())}
        return [
            (self.text(name), _hidden(value) if value in own else self.text(value))
            for name, value in exchange.request.headers
        ]

    def answered(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The headers of an answer, masked; of a cookie its name and attributes are left."""
        return [
            (name, _cookie(value) if is_credential(name) else _SIGNED.sub(MASK, self.text(value)))
            for name, value in headers
        ]


def secrets_in(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """The secrets that exchanges show: the callers' own, and those that the server issued."""
    found: set[str] = set()
    for exchange in exchanges:
        who = exchange.identity
        found |= {who.token, who.account.get("password", "")}
        found |= {_bare(value) for _, value in _credentials(who.headers.items())}
        found |= set(_issued(exchange.json))
    return frozenset(text for text in found if len(text) >= _SHORTEST)


def is_credential(name: str) -> bool:
    """Whether a header of that name carries credentials."""
    return bool(_CREDENTIALS.search(name))


def signed_parts(token: str) -> tuple[str, str, str] | None:
    """Header, payload and signature of a signed token; None for any other."""
    parts = token.split(".")
    if len(parts) != 3 or not parts[0].startswith("eyJ") or min(map(len, parts)) < _SIGNATURE:
        return None
    return parts[0], parts[1], parts[2]


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is written in texts, in JSON, in a path, in a form and in a shell."""
    if len(secret) < _SHORTEST:
        return
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="", errors="surrogatepass")
    yield quote(secret, errors="surrogatepass")
    yield shlex.quote(secret)[1:-1] if "'" in secret else secret
    if parts := signed_parts(secret):
        yield parts[2]


def _pattern(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= _ALONE else rf"(?<![A-Za-z0-9]){escaped}(?![A-Za-z0-9])"


def _credentials(headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers if is_credential(name) and value)


def _hidden(value: str) -> str:
    """A header's value of which no more is left than its scheme."""
    scheme, blank, rest = value.partition(" ")
    return f"{scheme} {MASK}" if blank and rest and scheme.isalpha() else MASK


def _bare(value: str) -> str:
    """The secret in a header's value: without its scheme."""
    scheme, blank, rest = value.partition(" ")
    return rest if blank and scheme.isalpha() else value


def _cookie(value: str) -> str:
    pair, semicolon, rest = value.partition(";")
    name, equals, _ = pair.partition("=")
    return (f"{name}={MASK}" if equals else MASK) + semicolon + rest


def _issued(value: Any) -> Iterator[str]:
    """Values of members that are called a token or the like, at any depth of an answer."""
    rest = [value]
    while rest:
        node = rest.pop()
        if isinstance(node, list):
            rest += node
        elif isinstance(node, dict):
            for name, inner in node.items():
                if isinstance(inner, str) and len(inner) >= _SIGNATURE and _ISSUED.search(name):
                    yield inner
                rest.append(inner)
