"""Defects of servers that fail, tell too much, mistake the time, or let caches keep answers."""

import re
from collections.abc import Callable

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers, requests

from ._changes import edited, problems, texts


def fails_if(when: Callable[[Call], object]) -> Callable[[], Change]:
    """The server fails, with a clean problem, on some calls."""

    def change(call: Call) -> Reply | None:
        return failure() if when(call) else None

    return requests(change)


def failure(detail: str = "Report it with the requestId. Nothing was changed.") -> Reply:
    reply = Reply(500, {"content-type": "application/problem+json", "x-request-id": "req_abc"})
    reply.say(
        {
            "type": "/problems/internal-error",
            "title": "Internal error",
            "status": 500,
            "detail": detail,
            "instance": "/api/v1",
            "code": "INTERNAL_ERROR",
            "requestId": "req_abc",
        }
    )
    return reply


def is_bad_sort(call: Call) -> bool:
    known = {"name", "createdAt", "updatedAt", "kind"}
    return "sort" in call.query and call.query["sort"].lstrip("-") not in known


FAILURES = [
    Defect(
        "fails-on-half-a-character",
        "no-server-error",
        ("createCompany", "updateCompany"),
        "A lone surrogate in a text makes the server fail.",
        fails_if(lambda call: re.search(rb"\\u[dD][89abAB]", call.content)),
        100,
    ),
    Defect(
        "fails-on-an-unknown-sort",
        "no-server-error",
        ("listCompanies",),
        "A list that is to be sorted by what it does not know fails.",
        fails_if(is_bad_sort),
        100,
    ),
    Defect(
        "fails-on-a-body-that-is-no-object",
        "no-server-error",
        ("createCompany",),
        "A body that is a list, a text or a number makes the server fail.",
        fails_if(
            lambda call: call.content and call.method == "POST" and not isinstance(call.json, dict)
        ),
        100,
    ),
    Defect(
        "fails-on-an-unknown-reference",
        "no-server-error",
        ("createEnrollment", "createNeedsAnalysis"),
        "A reference to nothing breaks a foreign key, and the server with it.",
        answers(
            lambda call, reply: (
                reply.__dict__.update(failure().__dict__)
                if b"UNKNOWN_REFERENCE" in reply.content
                else None
            )
        ),
        100,
    ),
]

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/srv/qualiforma/api/validation.py", line 88, in validate\n'
    "KeyError: 'name'"
)


def banner(call: Call, reply: Reply) -> None:
    if reply.status == 404:
        reply.content = (
            b"<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1>"
            b"</center><hr><center>nginx/1.18.0 (Ubuntu)</center></body></html>"
        )


LEAKS = [
    Defect(
        "stack-trace-in-a-refusal",
        "no-internals",
        ("createCompany", "listCompanies"),
        "The detail of a 400 is a stack trace.",
        problems(lambda problem: problem.update(detail=TRACE), 400),
        209,
    ),
    Defect(
        "version-on-an-error-page",
        "no-internals",
        ("getCompany",),
        "A 404 names the web server and its version.",
        answers(banner),
        209,
    ),
    Defect(
        "database-error-in-a-conflict",
        "no-internals",
        ("createUser", "publishCourse"),
        "A conflict repeats the error of the database.",
        problems(
            lambda problem: problem.update(
                detail='duplicate key value violates unique constraint "users_email_key"'
            ),
            409,
        ),
        209,
    ),
    Defect(
        "source-file-in-a-refusal",
        "no-internals",
        ("getCompany",),
        "A 404 names the source file that refused.",
        problems(
            lambda problem: problem.update(debug="/usr/src/app/dist/companies.service.js"), 404
        ),
        209,
    ),
]


def goes_back() -> Change:
    """Every second answer is made by a machine whose clock is an hour late."""
    count = 0

    async def change(call: Call, upstream: Upstream) -> Reply:
        nonlocal count
        reply = await upstream.call(call)
        body = reply.json
        count += 1
        if count % 2 and isinstance(body, dict) and "meta" in body:
            body["meta"]["timestamp"] = "2020-01-01T00:00:00.000Z"
            reply.say(body)
        return reply

    return change


INSTANTS = [
    Defect(
        "instant-without-zone",
        "timestamps",
        ("getCompany", "listCompanies"),
        "An instant does not say its zone.",
        edited(texts("createdAt", lambda text: text.rstrip("Z")), "/companies"),
        101,
    ),
    Defect(
        "instant-with-a-space",
        "timestamps",
        ("getCourse",),
        "An instant is written as a database writes it.",
        edited(texts("updatedAt", lambda text: text.replace("T", " ")), "/courses"),
        101,
    ),
    Defect(
        "instant-in-local-time",
        "timestamps",
        ("getCompany",),
        "An instant is written with the offset of Paris, where the contract says UTC.",
        edited(texts("updatedAt", lambda text: text.replace("Z", "+02:00")), "/companies/"),
        101,
    ),
    Defect(
        "changed-before-it-was-made",
        "timestamps",
        ("getCompany",),
        "A record was changed before it was made.",
        edited(texts("updatedAt", lambda _: "2001-01-01T00:00:00.000Z"), "/companies/"),
        102,
    ),
    Defect(
        "clock-goes-backwards",
        "timestamps",
        ("getCompany", "listCompanies"),
        "An answer is older than the one before.",
        goes_back,
        102,
    ),
]


def cached(control: str, vary: str = "") -> Callable[[], Change]:
    def change(call: Call, reply: Reply) -> None:
        if call.method == "GET" and reply.status == 200:
            reply.headers["cache-control"] = control
            if vary:
                reply.headers["vary"] = vary

    return answers(change)


CACHING = [
    Defect(
        "answers-are-public",
        "cache-private",
        ("getCompany",),
        "Any cache may keep what was answered to who was logged in.",
        cached("public, max-age=300"),
    ),
    Defect(
        "shared-caches-keep-lists",
        "cache-private",
        ("listCompanies",),
        "Shared caches may keep a list of a tenant for a minute.",
        cached("max-age=0, s-maxage=60"),
    ),
    Defect(
        "caches-mix-tenants",
        "cache-private",
        ("listCompanies",),
        "Caches tell callers apart, but not the tenants that they name.",
        cached("public, max-age=60", "Authorization"),
    ),
]

DEFECTS = [*FAILURES, *LEAKS, *INSTANTS, *CACHING]
