"""Requests of right grammar and wrong contents: each a valid one of the contract, spoilt."""

import copy
import json
import random
from typing import Any
from urllib.parse import quote, urlencode

from tests.hostile.box import API
from tests.hostile.document import Document, Operation
from tests.hostile.values import TEXTS, Raw, Valid, odd, to_json
from tests.hostile.wire import request

_SEGMENTS = (
    "%00",
    "%2F",
    "%2e%2e",
    "..",
    ".",
    "%",
    "%zz",
    "%c0%af",
    "%ff",
    "%F0%9F%98%80",
    "*",
    ";",
)
_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Accept", ("text/html", "*/*;q=0", "application/json;q=2", ",,,", "a" * 900, "*/*," * 90)),
    ("Accept-Language", ("xx", "fr;q=9", "*" * 300, "fr-" * 90)),
    ("Accept-Encoding", ("gzip;q=0, *;q=0", "br", "\t")),
    ("Authorization", ("Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer " + "eyJ" * 90)),
    ("Authorization", ("Bearer eyJhbGciOiJub25lIn0.e30.", "bearer null", "Bearer \xe9", "é")),
    ("Content-Type", ("text/plain", "application/json; charset=utf-16", "a/b;" * 20, "")),
    ("Content-Encoding", ("gzip", "deflate", "br", "gzip, gzip, gzip, gzip", "identity")),
    ("Cookie", ("a=b", "=" * 300, "access_token=x")),
    ("Expect", ("100-continue",)),
    ("Forwarded", ("for=1.2.3.4;host=evil;proto=javascript", "for=" * 50, '"')),
    ("Host", ("", "evil.example", "[::1", "a" * 300, "127.0.0.1:99999", "\xff")),
    ("Idempotency-Key", ("", "k", "k" * 256, "\xe9", "k" * 900, "a b", '"x"')),
    ("If-Match", ("*", '"x"', 'W/"x"', "x", '"' * 300, '"a",' * 200, "")),
    ("If-None-Match", ("*", '"x"', 'W/"x"', "x", '"' * 300, '"a",' * 200, "")),
    ("Origin", ("null", "https://evil.example", "\xff", "file://")),
    ("Prefer", ("code=404", "code=999", "code=", "delay=x", "delay=-1", "example=NOPE", ";" * 200)),
    ("Prefer", ("code=404, code=200", "code=٤", "delay=1e9999", "delay=nan", "wait=" + "9" * 400)),
    ("Range", ("bytes=0-0", "bytes=-1", "lines=1")),
    ("X-Forwarded-For", ("1.2.3.4", "," * 200)),
    ("X-Forwarded-Host", ("evil.example", "/", "a b")),
    ("X-Forwarded-Prefix", ("/x", "//evil", "/../..", "x" * 300)),
    ("X-Forwarded-Proto", ("https", "javascript", "")),
    ("X-HTTP-Method-Override", ("DELETE",)),
    ("X-Tenant-ID", ("", "nowhere", "VOTRE-TENANT", "votre-tenant ", "\xe9", "a" * 500, "*")),
    ("X-Sandbox-Key", ("x",)),
)  # fmt: skip
_METHODS = (
    "HEAD",
    "OPTIONS",
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "PROPFIND",
    "QUERY",
)
_WAYS = ("body", "query", "header", "path", "method", "role", "text")
_WEIGHTS = (8, 4, 4, 4, 1, 3, 5)


class Mutations:
    """Draws spoilt requests. `lines` gives header lines of an account by role."""

    def __init__(
        self,
        document: Document,
        ids: dict[str, list[str]],
        lines: dict[str, dict[str, str]],
        dice: random.Random,
    ) -> None:
        self.document, self.ids, self.lines, self.dice = document, ids, lines, dice
        self.valid = Valid(document, ids, dice)
        self._left: list[tuple[Operation, bytes | None]] = []

    def draw(self) -> tuple[str, bytes]:
        """A method, for it decides how the answer is read, and the request.

        A body serves some requests, each spoilt in a way of its own: to draw one takes longest.
        """
        if not self._left:
            operation = self.dice.choice(self.document.operations)
            body = to_json(self._body(operation)) if operation.body is not None else None
            self._left = [(operation, body)] * 5
        return self._spoil(*self._left.pop())

    def _spoil(self, operation: Operation, content: bytes | None) -> tuple[str, bytes]:
        dice = self.dice
        method, path = operation.method, self._path(operation)
        lines = dict(self.lines[dice.choice(operation.roles or ("ADMIN",))])
        query = ""
        spoil = dice.choices(_WAYS, _WEIGHTS, k=dice.choice((1, 1, 2)))
        if "body" in spoil and content is None:
            content = to_json(odd(dice))
        if "query" in spoil:
            query = "?" + urlencode(self._query(operation), errors="surrogatepass")
        if "path" in spoil:
            path = self._spoilt(path)
        if "method" in spoil:
            method = dice.choice(_METHODS)
        if "role" in spoil:
            lines = dict(dice.choice(list(self.lines.values())))
        if "text" in spoil and content:
            content = self._bytes(content)
        if content is not None:
            lines["Content-Type"] = "application/json"
        if "header" in spoil:
            for name, values in dice.sample(_LINES, dice.choice((1, 1, 2, 5))):
                lines[name] = dice.choice(values)
        return method, request(method, API + path + query, lines, content)

    def _path(self, operation: Operation) -> str:
        values: dict[str, Any] = {}
        for name, prefix in operation.in_path().items():
            known = self.ids.get(self.document.resource_of(prefix) or "") or ["1"]
            values[name] = self.dice.choice(known)
            if self.dice.random() < 0.1:
                values[name] = quote(self.dice.choice(TEXTS)[:300], safe="") or "x"
        return operation.filled(values)

    def _spoilt(self, path: str) -> str:
        steps = path.split("/")
        at = self.dice.randrange(1, len(steps))
        piece = self.dice.choice((*_SEGMENTS, "a" * 300, quote(self.dice.choice(TEXTS), safe="")))
        draw = self.dice.randrange(4)
        if draw == 0:
            steps[at] = piece
        elif draw == 1:
            steps[at] += piece
        elif draw == 2:
            steps.insert(at, piece)
        else:
            steps[at] = "".join(f"%{ord(c):02x}" for c in steps[at])
        return "/".join(steps)

    def _query(self, operation: Operation) -> list[tuple[str, str]]:
        dice = self.dice
        named = operation.query()
        pairs = []
        for _ in range(dice.choice((1, 1, 2, 3, 9))):
            name = (
                dice.choice(named)["name"] if named and dice.random() < 0.8 else dice.choice(TEXTS)
            )
            value = odd(dice)
            text = str(value) if isinstance(value, str) else json.dumps(value)
            if named and dice.random() < 0.3:
                text = str(self.valid.of(dice.choice(named)["schema"]))
            pairs.append((name, text[:3000]))
        return pairs

    def _body(self, operation: Operation) -> Any:
        dice = self.dice
        body = copy.deepcopy(operation.example) if dice.random() < 0.5 else None
        if body is None:
            body = self.valid.of(operation.body)
        for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
            body = self._altered(body)
        return body

    def _altered(self, body: Any) -> Any:
        """A body with one of its values, somewhere, made odd, left out or doubled."""
        dice = self.dice
        if isinstance(body, dict) and body and dice.random() < 0.85:
            name = dice.choice(list(body))
            draw = dice.randrange(7)
            if draw < 3:
                body[name] = self._altered(body[name])
            elif draw == 3:
                del body[name]
            elif draw == 4:
                body[dice.choice((name + "s", "id", "tenantId", "status", "__proto__"))] = odd(dice)
            elif draw == 5:
                pair = f"{json.dumps(name)}:{to_json(body[name]).decode()}"
                return Raw("{" + ",".join([pair] * dice.choice((2, 2, 30))) + "}")
            else:
                body[name] = odd(dice)
            return body
        if isinstance(body, list) and body and dice.random() < 0.7:
            at = dice.randrange(len(body))
            body[at] = self._altered(body[at])
            return body * dice.choice((1, 1, 1, 2, 9))
        return odd(dice)

    def _bytes(self, content: bytes) -> bytes:
        dice = self.dice
        held = bytearray(content)
        for _ in range(dice.choice((1, 1, 5))):
            at = dice.randrange(len(held) + 1)
            held[at : at + dice.choice((0, 1))] = dice.choice(
                (
                    b"\x00",
                    b"\xff",
                    b"\xed\xa0\x80",
                    b'"',
                    b"{",
                    b"]",
                    b",",
                    b"\\",
                    b"\\ud800",
                    b"\xef\xbb\xbf",
                )
            )
        return bytes(held)
