"""Who has no token or key learns nothing: of no tenant, account or record."""

import json
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.attack import Findings, count
from tests.hostile.box import API, Answer, Box, box
from tests.hostile.document import Document
from tests.hostile.late import Connection
from tests.hostile.wire import request

KEY = "cle-du-bac-a-sable-2026"
NOWHERE = "votre-tanent"
_VARIABLE = re.compile(rb'"(?:requestId|timestamp|instance)":"[^"]*"')
_UNEQUAL = {"date", "x-request-id"}
SLOWER = 1.5
"""By this factor two medians may differ; a hash of a password makes three."""


@pytest.fixture(scope="module")
def target() -> Iterator[Box]:
    with box("--tenants", "votre-tenant", "suspendu", "--key", KEY, key=KEY) as one:
        yield one


def comparable(answer: Answer, name: str) -> tuple[Any, ...]:
    head = sorted((k, v) for k, v in answer.headers.items() if k not in _UNEQUAL)
    body = _VARIABLE.sub(b"", answer.content).replace(name.encode(), b"(it)")
    return answer.status, body, str(head).replace(name, "(it)")


def differ(findings: Findings, kind: str, calls: list[tuple[str, Answer]]) -> None:
    """Note when answers differ that must not; each with the name that is only in its request."""
    findings.tried["comparisons"] += 1
    (first_name, first), *others = calls
    for name, answer in others:
        if comparable(answer, name) != comparable(first, first_name):
            seen = [
                (n, a.status, a.headers, a.content)
                for n, a in ((first_name, first), (name, answer))
            ]
            findings.add(kind, f"{first_name} / {name}", seen)


BODIES: tuple[Any, ...] = (
    None,
    {},
    [],
    {"email": "admin@example.com"},
    {"email": "admin@example.com", "password": "faux-mot-de-passe"},
    {"email": "admin@example.com", "password": 5},
    {"email": "admin@example.com", "password": "x", "more": 1},
    {"refreshToken": "rft_" + "0" * 64},
    {"refreshToken": ""},
)


def test_a_stranger_does_not_learn_whether_a_tenant_exists(target: Box) -> None:
    findings = Findings("existence of a tenant")
    document = Document(target.openapi)
    tokens = ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"})
    more: tuple[dict[str, str], ...] = ({}, {"Content-Type": "text/plain"}, {"Accept": "text/html"})
    for operation in document.operations:
        bodies = BODIES if not operation.roles else (None, operation.example)
        for body in bodies:
            for lines in tokens if operation.roles else more:
                calls = []
                for slug in ("votre-tenant", NOWHERE, "suspendu"):
                    sent = {"X-Tenant-ID": slug, **lines}
                    if body is not None:
                        sent.setdefault("Content-Type", "application/json")
                    text = None if body is None else json.dumps(body).encode()
                    path = API + operation.filled({"id": "cmp_abc123"})
                    calls.append((slug, target.call(operation.method, path, text, sent)))
                differ(findings, f"{operation.method} {operation.path}", calls)
    findings.judge()


def test_a_stranger_does_not_learn_whether_an_account_exists(target: Box) -> None:
    findings = Findings("existence of an account")
    for body in ({"password": "faux-mot-de-passe"}, {"password": ""}, {}, {"password": "x" * 500}):
        calls = []
        for email in ("admin@example.com", "nimda@example.com", "admin@elsewhere.com"):
            lines = {"X-Tenant-ID": "votre-tenant"}
            answer = target.call("POST", f"{API}/auth/login", {"email": email, **body}, lines)
            calls.append((email, answer))
        differ(findings, "login", calls)
    findings.judge()


def test_a_stranger_does_not_learn_whether_a_record_exists(target: Box) -> None:
    findings = Findings("existence of a record")
    document = Document(target.openapi)
    held = target.snapshot("votre-tenant")["collections"]
    for operation in document.operations:
        if not operation.roles or not operation.in_path():
            continue
        calls = []
        for unknown in (False, True):
            values = {}
            for name, prefix in operation.in_path().items():
                records = held.get(document.resource_of(prefix) or "", [])
                if records:
                    known = str(records[0]["id"])
                    values[name] = known[:4] + "z" * len(known[4:]) if unknown else known
            lines = {"X-Tenant-ID": "votre-tenant", "If-Match": "*", "If-None-Match": "*"}
            path = operation.filled(values)
            calls.append((path, target.call(operation.method, API + path, None, lines)))
        differ(findings, f"{operation.method} {operation.path}", calls)
    findings.judge()


def _control_paths(document: dict[str, Any], slug: str, part: str) -> Iterator[tuple[str, str]]:
    values = {"tenant": slug, "name": part, "fault": part, "message": part, "link": part}
    for path, item in document["paths"].items():
        for method in item:
            if method in {"get", "post", "put", "delete"}:
                yield method.upper(), re.sub(r"\{(\w+)\}", lambda m: values[m[1]], path)


def test_without_the_key_the_controls_tell_nothing(target: Box) -> None:
    findings = Findings("controls without their key")
    target.control("PUT", "/tenants/votre-tenant/snapshots/garde")
    there = _control_paths(target.controls, "votre-tenant", "garde")
    not_there = _control_paths(target.controls, NOWHERE, "edrag")
    for (method, path), (_, other) in zip(there, not_there, strict=True):
        for lines in (
            {},
            {"X-Sandbox-Key": "x"},
            {"X-Sandbox-Key": KEY[:-1]},
            {"Accept": "text/html"},
        ):
            calls = [
                (name, target.call(method, "/_sandbox" + name, None, dict(lines)))
                for name in (path, other)
            ]
            differ(findings, f"{method} {path}", calls)
            if calls[0][1].status < 400:
                findings.add(f"{method} {path} is answered", lines, calls[0][1].content)
    findings.judge()


def medians(target: Box, ways: dict[str, bytes], number: int) -> dict[str, float]:
    """Median milliseconds of each call, the ways in turn, so that a busy moment meets all."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    with Connection(target) as line:
        for _ in range(number):
            for name, text in ways.items():
                began = time.perf_counter()
                line.send(text)
                assert line.answer()
                took[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) * 1000 for name, times in took.items()}


def compared(
    findings: Findings, target: Box, kind: str, ways: dict[str, bytes], number: int
) -> None:
    """Times of calls that must not be told apart; a difference has to show twice."""
    for attempt in (0, 1):
        seen = medians(target, ways, number)
        findings.tried[f"{kind} {' '.join(f'{n} {t:.2f} ms' for n, t in seen.items())}"] += 1
        if max(seen.values()) < min(seen.values()) * SLOWER:
            return
        if attempt:
            findings.add(kind, list(ways), seen)


def _post(path: str, slug: str, body: Any) -> bytes:
    lines = {"X-Tenant-ID": slug, "Content-Type": "application/json"}
    return request("POST", API + path, lines, json.dumps(body).encode())


def timed(target: Box, number: int) -> Findings:
    findings = Findings("times of refusals")
    wrong = {"email": "admin@example.com", "password": "faux-mot-de-passe"}
    none = {"email": "nimda@example.com", "password": "faux-mot-de-passe"}
    slugs = ("votre-tenant", NOWHERE, "suspendu")
    token = {"refreshToken": "rft_" + "0" * 64}
    own = {"X-Tenant-ID": slugs[0]}
    records = ("cmp_abc123", "cmp_zzz123")
    for name, ways in {
        "login, tenant": {s: _post("/auth/login", s, wrong) for s in slugs},
        "login, account": {
            "known": _post("/auth/login", slugs[0], wrong),
            "unknown": _post("/auth/login", slugs[0], none),
        },
        "refresh, tenant": {s: _post("/auth/refresh", s, token) for s in slugs},
        "record": {one: request("GET", f"{API}/companies/{one}", own) for one in records},
        "controls, tenant": {s: request("GET", f"/_sandbox/tenants/{s}") for s in slugs},
    }.items():
        compared(findings, target, name, ways, number)
    return findings


def test_no_time_tells_what_exists(target: Box) -> None:
    timed(target, count(200)).judge()
