"""Defects that no arranged call meets: a certain value, a combination, a boundary."""

import json
from collections.abc import Callable
from typing import Any

from bacasable.verify.model import PROFILES
from tests.verify.defective import Call, Change, Defect, Reply, answers, requests

WHOLE: dict[str, Any] = {"profile": PROFILES["standard"]}
"""What a quick run generates does not reach every boundary."""
FAILED = {
    "type": "about:blank",
    "title": "Internal Server Error",
    "status": 500,
    "code": "INTERNAL_ERROR",
}


def crash_when(fits: Callable[[Call], bool]) -> Callable[[], Change]:
    """The server fails on some requests."""

    def change(call: Call) -> Reply | None:
        if not fits(call):
            return None
        body = json.dumps(FAILED).encode()
        return Reply(500, {"content-type": "application/problem+json"}, body)

    return requests(change)


def posted(call: Call, path: str) -> dict[str, Any]:
    """The members that a call sends to create a record; nothing in any other call."""
    body = call.json if call.is_("POST", path) else None
    return body if isinstance(body, dict) else {}


def gratis_and_remote(call: Call) -> bool:
    body = posted(call, "/courses")
    return body.get("modality") == "REMOTE" and body.get("certification", 0) is None


def many_objectives(call: Call) -> bool:
    found = posted(call, "/courses").get("objectives")
    return isinstance(found, list) and len(found) > 18


def long_search(call: Call) -> bool:
    return call.method == "GET" and len(call.query.get("q", "")) > 60


def far_page(call: Call) -> bool:
    page = call.query.get("page", "")
    return call.method == "GET" and page.isascii() and page.isdigit() and int(page) > 2**31


def price_as_text(call: Call, reply: Reply) -> None:
    """An answer breaks its schema for a record that has a certain optional member."""
    body = reply.json
    if reply.status == 201 and call.is_("POST", "/courses") and body["data"]["nsfCode"]:
        body["data"]["price"] = str(body["data"]["price"])
        reply.say(body)


def no_address(call: Call, reply: Reply) -> None:
    body = reply.json
    if reply.status == 201 and call.is_("POST", "/companies"):
        phone = body["data"].get("phone")
        if phone is None and body["data"].get("email"):
            del body["data"]["phone"]
            reply.say(body)


def half_a_day_in_minutes(call: Call) -> Reply | None:
    """The server reads a number that is valid as one that is not."""
    hours = posted(call, "/courses").get("durationHours")
    if not isinstance(hours, int | float) or hours <= 1000:
        return None
    problem = {**FAILED, "title": "Bad Request", "status": 400, "code": "VALIDATION_FAILED"}
    body = json.dumps(problem).encode()
    return Reply(400, {"content-type": "application/problem+json"}, body)


DEFECTS = [
    Defect(
        "fuzz-500-on-two-members",
        "no-server-error",
        ("createCourse",),
        "A course that is remote and explicitly without certification makes the server fail.",
        crash_when(gratis_and_remote),
        100,
        WHOLE,
    ),
    Defect(
        "fuzz-500-on-the-longest-list",
        "no-server-error",
        ("createCourse",),
        "As many objectives as the contract allows make the server fail.",
        crash_when(many_objectives),
        100,
        WHOLE,
    ),
    Defect(
        "fuzz-500-on-long-search",
        "no-server-error",
        ("listCourses", "listCompanies"),
        "A search text that is long, but not too long, makes the server fail.",
        crash_when(long_search),
        100,
        WHOLE,
    ),
    Defect(
        "fuzz-500-beyond-32-bits",
        "no-server-error",
        ("listCourses", "listUsers"),
        "A page number that does not fit into 32 bits makes the server fail.",
        crash_when(far_page),
        100,
        WHOLE,
    ),
    Defect(
        "fuzz-schema-of-an-odd-record",
        "answer-schema",
        ("createCourse",),
        "The price of a course is a text as soon as the course has an NSF code.",
        answers(price_as_text),
        101,
        WHOLE,
    ),
    Defect(
        "fuzz-member-missing-beside-another",
        "answer-schema",
        ("createCompany",),
        "A company with an e-mail address and without telephone has no member `phone`.",
        answers(no_address),
        101,
        WHOLE,
    ),
    Defect(
        "fuzz-valid-number-refused",
        "valid-accepted",
        ("createCourse",),
        "A course of more than a thousand hours is refused as invalid.",
        requests(half_a_day_in_minutes),
        None,
        WHOLE,
    ),
]
