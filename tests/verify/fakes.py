"""Exchanges, faults and reports made by hand, for tests of what is made of them."""

from typing import Any

from bacasable.contract import Contract
from bacasable.verify.checks import Check
from bacasable.verify.findings import findings_of
from bacasable.verify.model import (
    Exchange,
    Fault,
    Identity,
    Options,
    Outcome,
    Report,
    Request,
    Response,
)

URL = "http://127.0.0.1:4010/api/v1"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfYWRtaW4ifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
PASSWORD = "very-secret-passphrase"
ADMIN = Identity(
    "ADMIN",
    "ADMIN",
    "votre-tenant",
    {"X-Tenant-ID": "votre-tenant", "Authorization": f"Bearer {TOKEN}"},
    TOKEN,
    {"email": "admin@example.com", "password": PASSWORD},
)
LEARNER = Identity(
    "LEARNER",
    "LEARNER",
    "votre-tenant",
    {"X-Tenant-ID": "votre-tenant", "Authorization": "Bearer learner-token-0123456789"},
    "learner-token-0123456789",
)
HOSTILE = (
    "\x1b[31mred\x1b[0m \u202egnp.exe\x00 <script>alert(1)</script> <img src=x onerror=alert(1)> "
    "](javascript:alert(1)) @everyone #1 | `code` http://evil.example/ www.evil.example "
    "]]> &amp; {{7*7}} \n# head"
)


def exchange(
    contract: Contract,
    operation: str = "",
    status: int = 200,
    *,
    number: int = 1,
    identity: Identity = ADMIN,
    method: str = "",
    target: str = "",
    headers: Any = None,
    body: bytes | None = None,
    answer: bytes = b"{}",
    answered: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    purpose: str = "status-documented",
    intent: Any = "any",
) -> Exchange:
    """An exchange; without more it is a call of an operation as its example has it."""
    called = contract.operations[operation] if operation else None
    path = contract.base_path + called.example_path if called else "/nowhere"
    sent = tuple((headers if headers is not None else dict(identity.headers)).items())
    request = Request(
        method or (called.method.upper() if called else "GET"), target or path, sent, body
    )
    response = Response(status, answered, answer, 0.01) if status else None
    failure = "" if status else "no complete answer within 10 s"
    return Exchange(number, request, response, failure, called, identity, purpose, intent)


def check(name: str, **given: Any) -> Check:
    """A check that does nothing."""
    texts = {"enforces": "It holds.", "stands": "The contract.", "repair": "Mend it."}
    return Check(name, **(texts | {"severity": "error", "kind": "answer"} | given))


def fault(operation: str = "listCourses", **given: Any) -> Fault:
    """A fault of the check status-documented."""
    texts = {"cause": "status 418", "title": "Status 418", "expected": "200", "received": "418"}
    return Fault(**(texts | {"check": "status-documented", "operation": operation} | given))


def report_of(contract: Contract, faults: Any = (), **given: Any) -> Report:
    """A report with the findings of these faults."""
    from bacasable.verify.checks import all_checks

    findings = findings_of(contract, faults, all_checks(), [PASSWORD], url=URL)
    values = {
        "url": URL,
        "contract": contract,
        "started": "2026-11-02T09:00:00+00:00",
        "seconds": 1.5,
        "requests": 12,
        "options": Options(URL),
        "outcomes": [
            Outcome("status-documented", "listCourses", "failed" if faults else "passed"),
            Outcome("answer-schema", "listCourses", "passed"),
            Outcome("etag", "listCourses", "not-applicable", "it has no ETag"),
            Outcome("timestamps", "listCourses", "not-judged", "the time budget is used up"),
        ],
        "findings": findings,
        "unproved": [],
        "coverage": {},
        "residue": [],
        "secrets": frozenset({PASSWORD, TOKEN}),
    }
    return Report(**(values | given))
