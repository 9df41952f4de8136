"""Single calls that might keep a server busy: long, deep, many, repeated, packed."""

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import count, repeat
from typing import Any

from tests.hostile.box import API
from tests.hostile.document import Operation
from tests.hostile.wire import request

MOST = 1_000_000
"""Bytes of a body that a sandbox takes by default, near enough."""

_TEXTS = {
    "letters": "a",
    "tokens": "eyJ",
    "dotted tokens": "eyJa.eyJa.a ",
    "accents": "é",
    "combining": "e\u0301\u0302",
    "emoji": "😀",
    "spaces": " ",
    "at": "a@a.",
    "bearers": "Bearer a ",
    "escapes": '"\\\n',
    "password": "password=a&",
    "percents": "%2e",
    "slashes": "/a/../",
    "markup": "<a href='x'>&",
    "digits": "1",
}


def _shapes(size: int) -> Iterator[tuple[str, bytes]]:
    """Bodies of about so many bytes."""
    yield "members", json.dumps({f"m{at}": at for at in range(size // 14)}).encode()
    yield "twins", ("{" + ",".join(['"name":1'] * (size // 9)) + "}").encode()
    yield "secrets", json.dumps({f"password{at}": f"v{at}" for at in range(size // 28)}).encode()
    pairs = [{"password": f"s{at:07d}", "text": f"s{at:07d}"} for at in range(size // 48)]
    yield "secrets and texts", json.dumps(pairs).encode()
    yield "items", ("[" + ",".join(["{}"] * (size // 3)) + "]").encode()
    yield "numbers", ("[" + "9" * (size // 2) + "]").encode()
    yield "small numbers", ("[" + ",".join(["1e5"] * (size // 4)) + "]").encode()
    yield "depth", ("[" * 60 + "]" * 60).encode() * 1
    yield "deep", ("[" * (size // 2) + "]" * (size // 2)).encode()
    yield "open", b'{"a":' * (size // 5)
    yield "spaces", b" " * size + b"{}"
    yield "escapes", b'"' + b"\\u00e9" * (size // 6) + b'"'
    yield "noise", bytes(range(128, 256)) * (size // 128)
    for name, one in _TEXTS.items():
        yield f"text of {name}", json.dumps({"name": (one * size)[: size // 4]}).encode()


def _example(operation: Operation, size: int) -> Iterator[tuple[str, bytes]]:
    """The example with one member made long; and with its lists made long."""
    example = operation.example
    if not isinstance(example, dict):
        return
    for name, value in example.items():
        if isinstance(value, str):
            for kind in ("letters", "tokens", "combining"):
                long: Any = (_TEXTS[kind] * size)[: size // 8]
                yield f"{name} of {kind}", json.dumps({**example, name: long}).encode()
        if isinstance(value, list) and value:
            many = value * (size // max(len(json.dumps(value)), 1))
            yield f"{name} many", json.dumps({**example, name: many}).encode()


def bodies(
    operations: list[Operation], home: dict[str, str], lines: dict[str, str], size: int = MOST
) -> Iterator[tuple[str, bytes]]:
    """Requests by name, for operations that take a body."""
    for operation in operations:
        sent = {**lines, "Content-Type": "application/json"}
        path = API + operation.filled(
            {n: home.get(p or "", "1") for n, p in operation.in_path().items()}
        )
        for name, body in [*_shapes(size), *_example(operation, size)]:
            yield f"{operation.id}: {name}", request(operation.method, path, sent, body)


def packed(lines: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    path, sent = f"{API}/companies", {**lines, "Content-Type": "application/json"}
    for name, body in (("zeros", b"\0" * 40_000_000), ("spaces", b" " * 40_000_000)):
        for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
            more = {**sent, "Content-Encoding": coding}
            yield f"{coding} of {name}", request("POST", path, more, pack(body))
    twice = gzip.compress(gzip.compress(b" " * 40_000_000))
    more = {**sent, "Content-Encoding": "gzip, gzip"}
    yield "gzip twice", request("POST", path, more, twice)


def heads(lines: dict[str, str], size: int = 60_000) -> Iterator[tuple[str, bytes]]:
    """Long queries, paths and header lines."""
    for kind, one in _TEXTS.items():
        text = "".join(c if c.isalnum() else f"%{b:02X}" for c in one for b in c.encode()[:1])
        long = (text * size)[: size - size % 3]
        yield f"query of {kind}", request("GET", f"{API}/courses?q={long}", lines)
        yield f"name of {kind}", request("GET", f"{API}/courses?{long}=1", lines)
        yield f"path of {kind}", request("GET", f"{API}/companies/{long}", lines)
        yield f"page path of {kind}", request("GET", f"/{long}", lines)
    many = "&".join(f"m{at}=1" for at in range(size // 8))
    yield "many parameters", request("GET", f"{API}/courses?{many}", lines)
    yield "one parameter often", request("GET", f"{API}/courses?" + "page=1&" * (size // 7), lines)
    yield "sort", request("GET", f"{API}/courses?sort=" + "title," * (size // 6), lines)
    names = (
        "Accept",
        "Accept-Language",
        "Accept-Encoding",
        "If-None-Match",
        "If-Match",
        "Prefer",
        "Cookie",
    )
    more = (
        "Authorization",
        "X-Tenant-ID",
        "X-Forwarded-For",
        "Forwarded",
        "Idempotency-Key",
        "X-Anything",
    )
    values = {
        "commas": "a," * (size // 2),
        "quotes": '"a",' * (size // 4),
        "weights": "a/b;q=0.1," * (size // 10),
        "semicolons": ";a=b" * (size // 4),
        "backslashes": '"' + "\\a" * (size // 2),
        "spaces": "a" + " " * size + "b",
        "tokens": "eyJ" * (size // 3),
        "bearer tokens": "Bearer " + "eyJa." * (size // 5),
    }
    for name in (*names, *more):
        for kind, value in values.items():
            head = {**lines, name: value}
            yield f"{name} of {kind}", request("GET", f"{API}/companies/cmp_abc123", head)
            if name in {"Accept", "Accept-Encoding", "If-None-Match"}:
                yield f"page {name} of {kind}", request("GET", "/", head)
    head = {**lines, **{f"X-{at}": "b" for at in range(size // 12)}}
    yield "many lines", request("GET", f"{API}/companies/cmp_abc123", head)


Control = tuple[str, str, Any]
"""Method, path and body of a control."""


def much(slug: str, records: int, steps: int) -> Iterator[tuple[str, int, Iterator[Control]]]:
    """Controls that have much to do: name, status, and as many requests as are wanted of each."""
    home = f"/tenants/{slug}"
    some = [{"name": f"Atelier {at}"} for at in range(records)]
    body = {"resource": "Company", "records": some}
    wrong = {"resource": "Company", "records": [*some, {"name": 1}]}
    accounts = (
        {"resource": "User", "records": [_account(turn, at) for at in range(records)]}
        for turn in count()
    )
    yield "companies", 201, repeat(("POST", f"{home}/records", body))
    yield "a wrong company", 400, repeat(("POST", f"{home}/records", wrong))
    yield "accounts", 201, (("POST", f"{home}/records", one) for one in accounts)
    yield "a snapshot", 200, repeat(("PUT", f"{home}/snapshots/tout", None))
    yield "a file", 200, repeat(("GET", f"{home}/snapshots/tout/file", None))
    yield "restoring", 200, repeat(("POST", f"{home}/snapshots/tout/restore", None))
    yield "a fork", 201, (("POST", f"{home}/forks", {"slug": f"copie-{at}"}) for at in count())
    fixtures = (fixture_of(turn, steps) for turn in count())
    yield "a fixture", 201, (("POST", "/tenants", fixture) for fixture in fixtures)


def _account(turn: int, number: int) -> dict[str, Any]:
    """An address is there only once."""
    address = f"personne{number}@exemple{turn}.example"
    return {"email": address, "firstName": "Camille", "lastName": "Test", "roles": ["LEARNER"]}


def fixture_of(turn: int, steps: int) -> dict[str, Any]:
    """The fixture of a tenant with so many steps."""
    at, slug = "2026-01-05T08:00:00Z", f"grand-{turn}"
    return {
        "id": f"tnt_00000000-0000-4000-8000-{turn:012d}",
        "opened": at,
        "tenant": {"slug": slug, "name": "Grand", "siret": "00000005900014", "nda": "11000000400"},
        "password": "bac-a-sable-2026",
        "admin": {
            "id": "usr_grand",
            "account": {"email": "a@grand.example", "firstName": "Alix", "lastName": "Exemple"},
        },
        "steps": [
            {"at": at, "do": "createCompany", "body": {"name": f"Atelier {number}"}}
            for number in range(steps)
        ],
    }


CONTROLS = (
    "/log",
    "/log?limit=10000",
    "/log.har",
    "/tenants",
    "/tenants/{0}",
    "/tenants/{0}/inbox",
    "/openapi.json",
)


def readings(slug: str) -> Iterator[tuple[str, bytes]]:
    """What the controls tell of all that was sent."""
    for path in CONTROLS:
        yield f"read {path}", request("GET", "/_sandbox" + path.format(slug))
    for path in ("/", "/en/", "/openapi.yaml", "/openapi.json", "/reference", "/swagger"):
        yield f"page {path}", request("GET", path)
