"""Defects of answers: bodies, statuses, media types, problems, headers."""

from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Defect, Reply, answers

from ._changes import edited, problems, texts


def lower(name: str) -> Callable[[Any], None]:
    def change(record: Any) -> None:
        if isinstance(record.get(name), str):
            record[name] = record[name].lower()

    return change


def without_nulls(record: Any) -> None:
    for name in [name for name, value in record.items() if value is None]:
        del record[name]


def total_as_text(call: Call, reply: Reply) -> None:
    body = reply.json
    if reply.status == 200 and isinstance(body, dict) and "pagination" in body.get("meta", {}):
        body["meta"]["pagination"]["total"] = str(body["meta"]["pagination"]["total"])
        reply.say(body)


def bare_record(call: Call, reply: Reply) -> None:
    if reply.status == 200 and call.is_("PATCH", "/companies/{}"):
        reply.say(reply.json["data"])


SCHEMAS = [
    Defect(
        "nullable-member-missing",
        "answer-schema",
        ("getUser", "listUsers"),
        "Members that are null are left out of the answer.",
        edited(without_nulls, "/users"),
        101,
    ),
    Defect(
        "enum-in-lower-case",
        "answer-schema",
        ("getCourse", "listCourses"),
        "A value of an enum is written in lower case.",
        edited(lower("level"), "/courses"),
        101,
    ),
    Defect(
        "password-hash-shown",
        "answer-schema",
        ("getUser", "listUsers"),
        "A member that the contract does not name leaves the server.",
        edited(lambda record: record.update(passwordHash="$2b$12$abcdefghijk"), "/users"),
        101,
    ),
    Defect(
        "integer-as-text",
        "answer-schema",
        ("getCourse",),
        "A number is sent as text.",
        edited(texts("price", str), "/courses/"),
        101,
    ),
    Defect(
        "total-as-text",
        "answer-schema",
        ("listCompanies",),
        "The total of a list is sent as text.",
        answers(total_as_text),
        101,
    ),
    Defect(
        "null-for-an-empty-list",
        "answer-schema",
        ("getCourse", "createCourse"),
        "A list is null in place of empty.",
        edited(lambda record: record.update(objectives=None), "/courses"),
        101,
    ),
    Defect(
        "update-without-envelope",
        "answer-schema",
        ("updateCompany",),
        "An update answers with the bare record, without data and meta.",
        answers(bare_record),
        101,
    ),
]


def with_status(method: str, path: str, old: int, new: int) -> Callable[[], Change]:
    def change(call: Call, reply: Reply) -> None:
        if call.is_(method, path) and reply.status == old:
            reply.status = new

    return answers(change)


def refusals_are_422(call: Call, reply: Reply) -> None:
    body = reply.json
    if reply.status == 400 and isinstance(body, dict):
        reply.status = body["status"] = 422
        reply.say(body)


STATUSES = [
    Defect(
        "accepted-in-place-of-done",
        "status-documented",
        ("updateCompany",),
        "An update is answered with 202.",
        with_status("PATCH", "/companies/{}", 200, 202),
        101,
    ),
    Defect(
        "created-is-200",
        "status-documented",
        ("createCompany",),
        "A creation is answered with 200 in place of 201.",
        with_status("POST", "/companies", 201, 200),
        101,
    ),
    Defect(
        "teapot",
        "status-documented",
        ("getCompany",),
        "A record that is not there is answered with 418.",
        with_status("GET", "/companies/{}", 404, 418),
        101,
    ),
    Defect(
        "invalid-is-422",
        "status-documented",
        ("createCompany", "listCompanies"),
        "Invalid input is refused with 422, which is not documented.",
        answers(refusals_are_422),
        101,
    ),
]


def html_not_found(call: Call, reply: Reply) -> None:
    if reply.status == 404:
        reply.headers["content-type"] = "text/html"
        reply.content = b"<h1>Not Found</h1>"


def untyped_lists(call: Call, reply: Reply) -> None:
    if call.is_("GET", "/companies"):
        reply.headers.pop("content-type", None)


def plain_problems(call: Call, reply: Reply) -> None:
    if reply.status >= 400:
        reply.headers["content-type"] = "application/json"


def text_for_json(call: Call, reply: Reply) -> None:
    if reply.status == 200 and call.is_("GET", "/events"):
        reply.headers["content-type"] = "text/plain; charset=utf-8"


TYPES = [
    Defect(
        "html-not-found",
        "content-type",
        ("getCompany",),
        "A 404 is the page of a web server.",
        answers(html_not_found),
        101,
    ),
    Defect(
        "list-without-content-type",
        "content-type",
        ("listCompanies",),
        "A list has no Content-Type.",
        answers(untyped_lists),
        101,
    ),
    Defect(
        "problem-as-plain-json",
        "content-type",
        ("getCompany", "createCompany"),
        "Problems are sent as application/json.",
        answers(plain_problems),
        101,
    ),
    Defect(
        "json-as-text",
        "content-type",
        ("listEvents",),
        "JSON is sent as text/plain.",
        answers(text_for_json),
        101,
    ),
]


def home_made(call: Call, reply: Reply) -> None:
    if reply.status == 409:
        reply.say({"error": "conflict", "message": "This cannot be done."})


def code_of_another(problem: Any) -> None:
    problem["code"] = "INVALID_REQUEST"
    problem["errors"] = [{"pointer": "", "detail": "is wrong"}]


PROBLEMS = [
    Defect(
        "problem-without-request-id",
        "problem-shape",
        ("getCompany", "createCompany"),
        "A problem does not name its exchange.",
        problems(lambda problem: problem.pop("requestId", None), 400, 404),
        101,
    ),
    Defect(
        "wrong-code-for-status",
        "problem-shape",
        ("getCompany",),
        "A 404 has the code of a 400.",
        problems(code_of_another, 404),
        101,
    ),
    Defect(
        "violations-not-named",
        "problem-shape",
        ("createCompany", "listCompanies"),
        "Invalid input is refused without saying where.",
        problems(lambda problem: problem.pop("errors", None), 400),
        101,
    ),
    Defect(
        "home-made-conflict",
        "problem-shape",
        ("publishCourse", "archiveCourse"),
        "Conflicts have a shape of their own.",
        answers(home_made),
        101,
    ),
    Defect(
        "status-in-problem-differs",
        "problem-shape",
        ("getCompany",),
        "The status in a problem is always 400.",
        problems(lambda problem: problem.update(status=400), 401, 403, 404, 406),
        101,
    ),
    Defect(
        "transition-refused-without-alternatives",
        "problem-shape",
        ("publishCourse",),
        "A refused transition does not say what the state allows.",
        problems(lambda problem: problem.pop("allowedTransitions", None), 409),
        101,
    ),
]


def header_lost(name: str, *statuses: int) -> Callable[[], Change]:
    def change(call: Call, reply: Reply) -> None:
        if reply.status in statuses:
            reply.headers.pop(name, None)

    return answers(change)


def header_set(name: str, value: str) -> Callable[[], Change]:
    def change(call: Call, reply: Reply) -> None:
        if name in reply.headers:
            reply.headers[name] = value

    return answers(change)


def unquoted_tag(call: Call, reply: Reply) -> None:
    if "etag" in reply.headers:
        reply.headers["etag"] = reply.headers["etag"].strip('"')


HEADERS = [
    Defect(
        "refusals-without-request-id",
        "headers-documented",
        ("getCompany", "createCompany"),
        "Refusals have no X-Request-Id.",
        header_lost("x-request-id", 400, 401, 404),
    ),
    Defect(
        "request-id-of-another-form",
        "headers-documented",
        ("listCompanies",),
        "X-Request-Id is no identifier as documented.",
        header_set("x-request-id", "0000-0000"),
        101,
    ),
    Defect(
        "created-without-location",
        "headers-documented",
        ("createCompany", "createCourse"),
        "A creation does not say where its record is.",
        header_lost("location", 201),
    ),
    Defect(
        "entity-tag-without-quotes",
        "headers-documented",
        ("getCompany",),
        "An entity tag stands without its quotation marks.",
        answers(unquoted_tag),
    ),
    Defect(
        "list-without-links",
        "headers-documented",
        ("listCompanies",),
        "A list has no Link.",
        header_lost("link", 200),
    ),
    Defect(
        "unauthorized-without-scheme",
        "headers-documented",
        ("getCompany",),
        "A 401 does not say how to authenticate.",
        header_lost("www-authenticate", 401),
    ),
]


DEFECTS = [*SCHEMAS, *STATUSES, *TYPES, *PROBLEMS, *HEADERS]
