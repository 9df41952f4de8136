"""Defects of HTTP itself: methods, unknown paths, media types."""

import re

from tests.verify.defective import Call, Defect, Reply, answers, requests

from ._changes import without

COMPANY = "/companies/{}"
PAGE = b"<!doctype html><title>QualiForma</title><div id=app></div>"


def head_not_found(call: Call) -> Reply | None:
    return Reply(404, {}) if call.method == "HEAD" else None


def head_for_all(call: Call) -> Reply | None:
    open_ = call.method == "HEAD" and "authorization" not in call.headers
    return Reply(200, {"content-type": "application/json"}) if open_ else None


def options_fail(call: Call) -> Reply | None:
    return (
        Reply(500, {"content-type": "text/plain"}, b"error") if call.method == "OPTIONS" else None
    )


def options_know_get_only(call: Call, reply: Reply) -> None:
    if call.method == "OPTIONS":
        reply.headers["allow"] = "GET, HEAD, OPTIONS"


def page_for_all(call: Call, reply: Reply) -> None:
    if b"UNKNOWN_PATH" in reply.content:
        reply.status, reply.content = 200, PAGE
        reply.headers["content-type"] = "text/html"


def html_for_unknown(call: Call, reply: Reply) -> None:
    if b"UNKNOWN_PATH" in reply.content:
        reply.content = b"<h1>Not Found</h1>"
        reply.headers["content-type"] = "text/html"


def bad_request_for_unknown(call: Call, reply: Reply) -> None:
    if b"UNKNOWN_PATH" in reply.content:
        reply.status = 400


def without_allow(call: Call, reply: Reply) -> None:
    if reply.status == 405:
        reply.headers.pop("allow", None)


def allow_get_only(call: Call, reply: Reply) -> None:
    if reply.status == 405:
        reply.headers["allow"] = "GET"


def not_found_for_method(call: Call, reply: Reply) -> None:
    if reply.status == 405:
        body = reply.json
        reply.status = 404
        reply.headers.pop("allow", None)
        reply.say(body | {"status": 404, "code": "UNKNOWN_PATH"} if body else None)


def hidden_put(call: Call) -> Reply | None:
    return Reply(204, {}) if call.is_("PUT", COMPANY) else None


METHODS = [
    Defect(
        "head-not-found",
        "head-and-options",
        ("getCompany", "listCompanies"),
        "HEAD is a path of its own, which is not there.",
        requests(head_not_found),
    ),
    Defect(
        "head-open-to-anybody",
        "head-and-options",
        ("getCompany",),
        "HEAD is answered before anybody asks who calls.",
        requests(head_for_all),
        207,
    ),
    Defect(
        "options-fail",
        "head-and-options",
        ("getCompany",),
        "OPTIONS makes the server fail.",
        requests(options_fail),
        100,
    ),
    Defect(
        "options-list-get-only",
        "head-and-options",
        ("listCompanies",),
        "OPTIONS does not list every method.",
        answers(options_know_get_only),
    ),
    Defect(
        "page-for-every-path",
        "unknown-path",
        ("listCompanies",),
        "An unknown path shows the page of the application, with 200.",
        answers(page_for_all),
        210,
    ),
    Defect(
        "unknown-path-in-html",
        "unknown-path",
        ("listCompanies",),
        "The 404 of an unknown path is a page.",
        answers(html_for_unknown),
    ),
    Defect(
        "unknown-path-is-400",
        "unknown-path",
        ("listCompanies",),
        "An unknown path is answered with 400.",
        answers(bad_request_for_unknown),
    ),
    Defect(
        "405-without-allow",
        "wrong-method",
        ("listCompanies", "getCompany"),
        "A 405 does not say which methods there are.",
        answers(without_allow),
    ),
    Defect(
        "405-allows-get-only",
        "wrong-method",
        ("listCompanies",),
        "Allow always lists GET alone.",
        answers(allow_get_only),
    ),
    Defect(
        "wrong-method-is-404",
        "wrong-method",
        ("listCompanies", "publishCourse"),
        "A method that a path does not have is answered with 404.",
        answers(not_found_for_method),
    ),
    Defect(
        "hidden-put",
        "wrong-method",
        ("getCompany",),
        "A record can be replaced, of which the contract knows nothing.",
        requests(hidden_put),
        210,
    ),
]


def any_type_is_json(call: Call) -> None:
    if call.headers.get("content-type"):
        call.headers["content-type"] = "application/json"


def exactly_json(call: Call) -> None:
    if re.fullmatch(r"application/json; *charset=.*", call.headers.get("content-type", "")):
        call.headers["content-type"] = "text/plain"


def one_type_only(call: Call) -> None:
    if "," in call.headers.get("accept", ""):
        call.headers["accept"] = "text/html"


NEGOTIATION = [
    Defect(
        "accept-ignored",
        "negotiation",
        ("getCompany", "listCourses"),
        "JSON is sent to who does not accept it.",
        without("accept"),
    ),
    Defect(
        "content-type-ignored",
        "negotiation",
        ("createCompany", "updateCompany"),
        "Whatever is said to be plain text is read as JSON.",
        requests(any_type_is_json),
        102,
    ),
    Defect(
        "charset-refused",
        "negotiation",
        ("createCompany",),
        "JSON whose encoding is named is refused.",
        requests(exactly_json),
    ),
    Defect(
        "accept-list-refused",
        "negotiation",
        ("getCompany",),
        "Who accepts several types is refused.",
        requests(one_type_only),
    ),
]

DEFECTS = [*METHODS, *NEGOTIATION]
