"""The checks of answers: silent on everything that the contract documents, exact on what breaks it.

Exchanges are made here; what servers answer is the catalogue's matter.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.document import at_pointer
from bacasable.verify.bench import Subject
from bacasable.verify.checks import all_checks
from bacasable.verify.checks._answers import Answers, counted
from bacasable.verify.checks.timestamps import read_instant
from bacasable.verify.model import ANONYMOUS, Exchange, Fault, Options, Request, Response

JSON, PROBLEM = "application/json", "application/problem+json"
HEADERS = {
    "X-Request-Id": "req_abc",
    "ETag": '"abc"',
    "Location": "/api/v1/companies/cmp_1",
    "Link": '</api/v1/companies?page=1>; rel="first"',
    "WWW-Authenticate": "Bearer",
    "Retry-After": "1",
}
CHECKS = [check for check in all_checks().values() if check.judge]


@pytest.fixture(scope="module")
def subject(contract):
    return Subject(contract, Options("http://server.example"), ANONYMOUS)


def exchange_of(
    subject: Subject,
    operation_id: str,
    status: int,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
    target: str = "",
    purpose: str = "fuzz",
    content: bytes | None = None,
    request_body: bytes | None = None,
) -> Exchange:
    """An exchange with the headers that the answer documents; `body` is JSON, `content` bytes."""
    operation = subject.contract.operations[operation_id]
    documented = Answers(subject).documented(operation, status)
    made = {h.name: HEADERS.get(h.name, "x") for h in documented.headers} if documented else {}
    if body is not None:
        made["Content-Type"] = JSON if status < 400 else PROBLEM
        content = json.dumps(body).encode()
    made |= headers or {}
    path = target or subject.contract.base_path + operation.example_path
    request = Request(operation.method.upper(), path, tuple((sent or {}).items()), request_body)
    given = tuple((name.lower(), value) for name, value in made.items() if value)
    response = Response(status, given, content or b"")
    return Exchange(1, request, response, "", operation, ANONYMOUS, purpose)


def faults(subject: Subject, exchange: Exchange, check: str = "") -> list[Fault]:
    """What the checks of answers, or one of them, say of an exchange."""
    chosen = [c for c in CHECKS if not check or c.id == check]
    return [replace(f, check=c.id) for c in chosen if c.judge for f in c.judge(subject, exchange)]


def examples(subject: Subject) -> list[tuple[str, int, Any]]:
    """Every documented answer of every operation with each of its examples."""
    found: list[tuple[str, int, Any]] = []
    document = subject.contract.document
    for operation in subject.contract.operations.values():
        for status, answer in operation.answers.items():
            if answer.schema is None:
                found.append((operation.id, status, None))
                continue
            media = at_pointer(document, "#" + answer.schema.removesuffix("/schema"))
            named = media.get("examples", {"": {"value": media.get("example")}})
            found += [(operation.id, status, example["value"]) for example in named.values()]
    return found


def test_no_check_objects_to_what_the_contract_shows(subject):
    shown = examples(subject)
    assert len(shown) > 1000
    for operation, status, body in shown:
        if status != 500:
            exchange = exchange_of(subject, operation, status, body)
            assert faults(subject, exchange) == [], (operation, status)


def test_every_member_that_is_left_out_is_one_fault_at_a_place_of_the_document(subject):
    for operation, status, body in examples(subject):
        if status >= 300 or not isinstance((body or {}).get("data"), dict):
            continue
        for name in body["data"]:
            less = {n: v for n, v in body["data"].items() if n != name}
            found = faults(subject, exchange_of(subject, operation, status, body | {"data": less}))
            optional = at_pointer(subject.contract.document, "#" + found[0].place) if found else {}
            assert [f.check for f in found] in (["answer-schema"], []), (operation, name)
            if found:
                assert name in optional.get("required", ()), (operation, name)
                assert name in found[0].expected


@pytest.mark.parametrize(
    ("change", "wanted", "found"),
    [
        ({"level": "beginner"}, "/data/level: one of BEGINNER, INTERMEDIATE", "'beginner'"),
        ({"price": "70000"}, "/data/price: integer minimum 0", "'70000'"),
        ({"title": None}, "/data/title: string", "null"),
        ({"passwordHash": "x"}, "/data/passwordHash: no member", "is there"),
        ({"objectives": [1]}, "/data/objectives/*: string", "/data/objectives/*: 1"),
    ],
)
def test_a_fault_says_what_was_asked_for_and_what_came(subject, change, wanted, found):
    body = next(b for o, s, b in examples(subject) if (o, s) == ("getCourse", 200))
    exchange = exchange_of(subject, "getCourse", 200, body | {"data": body["data"] | change})
    (fault,) = faults(subject, exchange)
    assert fault.check == "answer-schema"
    assert fault.expected.startswith(wanted)
    assert found in fault.received
    assert fault.place.startswith("/components/schemas/")


def test_faults_of_a_shared_schema_have_one_cause(subject):
    causes = set()
    for operation in ("getUser", "listUsers"):
        body = next(b for o, s, b in examples(subject) if (o, s) == (operation, 200))
        for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
            record["phone"] = 1
        try:
            (fault,) = faults(subject, exchange_of(subject, operation, 200, body))
        finally:
            for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
                record["phone"] = None
        causes.add(fault.cause)
    assert len(causes) == 1


def test_values_of_secret_members_are_not_told(subject):
    body = next(b for o, s, b in examples(subject) if (o, s) == ("login", 200))
    pair = body["data"] | {"accessToken": ["very", "secret"], "refreshToken": 424242}
    said = faults(subject, exchange_of(subject, "login", 200, body | {"data": pair}))
    assert len(said) == 2
    assert not [f for f in said if "424242" in f.received or "secret" in f.received]


@pytest.mark.parametrize(
    ("target", "counts"),
    [
        ("/improvement-plans/imp_1", True),
        ("/improvement-plans/imp_1?x=/", True),
        ("/improvement-plans/a%20b", True),
        ("/improvement-plans/statistics", False),
        ("/improvement-plans/", False),
        ("/improvement-plans/..", False),
        ("/improvement-plans/%2e%2E", False),
        ("/improvement-plans/...", True),
        ("/improvement-plans/a%2Fb", False),
        ("/improvement-plans/a%00b", False),
        ("/improvement-plans/%ff", False),
        ("/improvement-plans/" + "a" * 9000, False),
        ("/improvement-plans/a/b", False),
    ],
)
def test_an_answer_counts_only_for_the_operation_that_every_server_sees(subject, target, counts):
    path = subject.contract.base_path + target
    exchange = exchange_of(subject, "getImprovementPlan", 418, target=path)
    assert (counted(subject, exchange) is not None) == counts


def test_statuses_are_judged_with_what_was_sent_in_mind(subject):
    def cause(status: int, **sent: str) -> list[str]:
        exchange = exchange_of(subject, "listCompanies", status, sent=sent)
        return [f.cause for f in faults(subject, exchange, "status-documented")]

    assert cause(418) == ["undocumented 418"]
    assert cause(202) == ["undocumented listCompanies 202"]
    assert cause(304) != []
    assert cause(304, **{"If-None-Match": "*"}) == []
    assert cause(412, **{"If-Match": "*"}) == []
    for gateway in (408, 429, 431, 502):
        assert cause(gateway) == []


@given(st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=5, minutes=30)))))
def test_instants_with_a_zone_are_read_as_they_are(instant):
    assert read_instant(instant.isoformat()).instant == instant


@given(st.datetimes())
def test_instants_without_a_zone_are_none(instant):
    assert read_instant(instant.isoformat()).fault == "has no zone"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "1767225600",
        "2026-01-01",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
    ],
)
def test_what_is_no_instant_is_told(text):
    assert read_instant(text).fault == "is no instant"


def test_a_leap_second_is_an_instant():
    assert read_instant("2016-12-31T23:59:60Z").instant == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


def with_instants(subject: Subject, meta: str = "", **sent: str) -> list[Fault]:
    body = next(b for o, s, b in examples(subject) if (o, s) == ("getCompany", 200))
    body = body | {"meta": body["meta"] | ({"timestamp": meta} if meta else {})}
    return faults(subject, exchange_of(subject, "getCompany", 200, body, sent=sent), "timestamps")


def test_answers_go_forwards_for_each_tenant_by_itself(contract):
    subject = Subject(contract, Options("http://server.example"), ANONYMOUS)
    one, other = {"X-Tenant-ID": "one"}, {"X-Tenant-ID": "other"}
    assert with_instants(subject, "2026-06-01T12:00:00.000Z", **one) == []
    assert with_instants(subject, "2026-05-01T12:00:00.000Z", **other) == []
    assert with_instants(subject, "2026-06-01T11:59:58.000Z", **one) == []
    replayed = {"Idempotency-Key": "abc", **one}
    assert with_instants(subject, "2026-05-01T12:00:00.000Z", **replayed) == []
    (fault,) = with_instants(subject, "2026-06-01T11:00:00.000Z", **one)
    assert fault.cause == "/components/schemas/Meta/properties/timestamp goes backwards"
    assert len(fault.exchanges) == 2


def leaks(subject: Subject, detail: str, request_body: bytes | None = None) -> list[str]:
    problem = {"detail": detail}
    exchange = exchange_of(
        subject, "createCompany", 400, problem, request_body=request_body, sent={"X-Tenant-ID": "a"}
    )
    return [f.cause for f in faults(subject, exchange, "no-internals")]


@pytest.mark.parametrize(
    "detail",
    [
        'Traceback (most recent call last):\n  File "/x/y.py", line 3',
        "at com.example.Api.handle(Api.java:42)",
        "   at Example.Api.Handle() in C:\\src\\Api.cs:line 12",
        "at Object.<anonymous> (/usr/src/app/index.js:10:5)",
        "#0 /var/www/html/index.php(12): handle()",
        "app.rb:12:in `call'",
        "goroutine 12 [running]:",
        "SQLSTATE[23000]: Integrity constraint violation",
        "ORA-00942: table or view does not exist",
        "UNIQUE constraint failed: users.email",
        'violates foreign key constraint "fk"',
        "psycopg2.errors.UniqueViolation",
        "java.lang.NullPointerException",
        "see /var/www/app/service.php",
        "<center>nginx/1.18.0 (Ubuntu)</center>",
        "Whitelabel Error Page",
    ],
)
def test_internals_are_found_unless_they_were_sent(contract, detail):
    subject = Subject(contract, Options("http://server.example"), ANONYMOUS)
    assert leaks(subject, detail)
    sent = json.dumps({"name": detail}).encode()
    assert leaks(subject, detail, sent) == []
    # What was sent once may come back in a later answer: from a list, say.
    assert leaks(subject, detail) == []


@pytest.mark.parametrize(
    "detail",
    [
        "Send the header X-Tenant-ID with the slug of your tenant.",
        "See https://docs.example/src/errors.html at line 3.",
        "An error at character 12: select a course from the list.",
        "publishCourse needs DRAFT; the record is PUBLISHED.",
        "Le fichier /documents/attestation.pdf est trop grand (1.18).",
    ],
)
def test_ordinary_refusals_show_nothing(subject, detail):
    assert leaks(subject, detail) == []


def test_what_records_say_is_no_leak(subject):
    body = next(b for o, s, b in examples(subject) if (o, s) == ("getCompany", 200))
    body = body | {"data": body["data"] | {"name": "Traceback (most recent call last)"}}
    assert faults(subject, exchange_of(subject, "getCompany", 200, body)) == []


@pytest.mark.parametrize(
    ("control", "vary", "shared"),
    [
        ("", "", False),
        ("private, max-age=60", "", False),
        ("no-store", "", False),
        ("no-cache, must-revalidate", "", False),
        ("max-age=0, must-revalidate", "", False),
        ("max-age=60", "", False),
        ("public", "", True),
        ("public, max-age=0", "", False),
        ("max-age=60, must-revalidate", "", True),
        ("max-age=0, s-maxage=60", "", True),
        ("public", "Authorization", True),
        ("public", "Accept, X-Tenant-Id, Authorization", False),
        ("public", "*", False),
    ],
)
def test_caches_may_keep_nothing_of_a_caller(subject, control, vary, shared):
    sent = {"Authorization": "Bearer x", "X-Tenant-ID": "one", "Accept": "*/*"}
    headers = {"Cache-Control": control, "Vary": vary}
    exchange = exchange_of(subject, "listCompanies", 200, headers=headers, sent=sent)
    assert bool(faults(subject, exchange, "cache-private")) == shared


def test_a_server_that_breaks_off_is_told_once_for_each_operation(subject):
    exchange = exchange_of(subject, "listCompanies", 200)
    for failure, told in (("the connection broke: 12 bytes", 1), ("no connection: refused", 0)):
        lost = replace(exchange, response=None, failure=failure)
        assert len(faults(subject, lost)) == told


@pytest.mark.parametrize(
    ("status", "headers", "found"),
    [
        (500, {}, True),
        (502, {}, True),
        (503, {"Retry-After": "1"}, False),
        (503, {"Retry-After": ""}, True),
        (499, {}, False),
    ],
)
def test_only_a_503_that_says_when_is_an_answer(subject, status, headers, found):
    exchange = exchange_of(subject, "listCompanies", status, headers=headers)
    assert bool(faults(subject, exchange, "no-server-error")) == found


@pytest.mark.parametrize(
    ("code", "changed", "found"),
    [
        ("INVALID_REQUEST", {}, []),
        ("INVALID_REQUEST", {"errors": ...}, ["INVALID_REQUEST without errors"]),
        ("INVALID_REQUEST", {"errors": []}, ["INVALID_REQUEST without errors"]),
        ("RULE_REFUSED", {"rules": ...}, ["RULE_REFUSED without rules"]),
        # A final state allows nothing.
        ("ILLEGAL_TRANSITION", {"allowedTransitions": []}, []),
        (
            "ILLEGAL_TRANSITION",
            {"allowedTransitions": ...},
            ["ILLEGAL_TRANSITION without allowedTransitions"],
        ),
        ("NOT_FOUND", {"status": 410}, ["the member status"]),
        ("NOT_FOUND", {"code": "TOKEN_MISSING"}, ["TOKEN_MISSING with 404"]),
    ],
)
def test_a_problem_has_what_its_remedy_speaks_of(subject, code, changed, found):
    shown = [e for e in examples(subject) if (e[2] or {}).get("code") == code]
    operation, status, body = shown[0]
    body = {n: v for n, v in (body | changed).items() if v is not ...}
    exchange = exchange_of(subject, operation, status, body)
    assert [f.cause for f in faults(subject, exchange)] == found
