"""More defects of input: text changed, references, bodies that break, valid input refused."""

import html
import json
import unicodedata
from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Defect, Reply, answers, requests

from ._changes import edited, texts
from ._mending import if_, lenient, query, refusal, rewritten, strict

MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u2066\u2067\u2068\u2069"))


def stored(method: str, path: str, name: str, change: Callable[[str], str]) -> Callable[[], Change]:
    """A text is kept in another form than it was sent in."""

    def mend(body: dict[str, Any]) -> None:
        if isinstance(body.get(name), str) and body[name].strip():
            body[name] = change(body[name]) or "x"

    return lenient(method, path, mend)


def in_ascii(text: str) -> str:
    return "".join(c if ord(c) < 0x10000 else "?" for c in text)


def unknown_taken(
    path: str, known: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[[], Change]:
    """A refusal of an unknown reference becomes a success with a record."""

    def change(call: Call, reply: Reply) -> None:
        problem = reply.json
        unknown = isinstance(problem, dict) and problem.get("code") == "UNKNOWN_REFERENCE"
        if call.is_("POST", path) and unknown:
            reply.status = 201
            reply.headers["content-type"] = "application/json"
            reply.say({"data": known(call.json)})

    return answers(change)


def first_courses_alone(body: dict[str, Any]) -> None:
    modules = body.get("modules")
    if isinstance(modules, list) and all(isinstance(m, dict) for m in modules):
        for module in modules[1:]:
            if str(module.get("courseId", "")).startswith("crs_") and "courseId" in modules[0]:
                module["courseId"] = modules[0]["courseId"]


def owner_breaks(call: Call, reply: Reply) -> None:
    if reply.status == 409 and b"UNKNOWN_REFERENCE" in reply.content and "/actions" in call.path:
        broken = refusal(500)
        reply.status, reply.content = broken.status, broken.content


def breaks(path: str, how: Callable[[bytes], object]) -> Callable[[], Change]:
    """A body makes the server fail."""

    def change(call: Call) -> Reply | None:
        return refusal(500) if call.is_("POST", path) and how(call.content) else None

    return requests(change)


def unparsable(content: bytes) -> bool:
    try:
        json.loads(content)
    except UnicodeDecodeError:
        return False
    except ValueError:
        return content.startswith(b"{")
    except RecursionError:
        return False
    return False


def not_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


def as_latin(call: Call) -> None:
    if call.is_("POST", "/courses") and not_utf8(call.content):
        call.content = call.content.decode("latin-1").encode()
        call.headers["content-length"] = str(len(call.content))


def any_media(call: Call) -> None:
    if call.is_("POST", "/companies"):
        call.headers["content-type"] = "application/json"


def nothing_is_something(call: Call) -> None:
    if call.is_("POST", "/companies") and not call.content:
        rewritten(call, {"name": "x"})
        call.headers["content-type"] = "application/json"


def long_name(body: dict[str, Any]) -> bool:
    return isinstance(body.get("title"), str) and len(body["title"].encode("utf-16-le")) > 400


def gives_way(call: Call) -> Reply | None:
    known = call.path.rpartition("/")[2].startswith("cmp_")
    return None if known or not call.is_("GET", "/companies/{}") else refusal(500)


def any_key(call: Call) -> None:
    if call.is_("POST", "/companies") and "~!" in call.headers.get("idempotency-key", ""):
        del call.headers["idempotency-key"]


def offset_refused(body: dict[str, Any]) -> bool:
    value = body.get("expiresAt")
    return isinstance(value, str) and value.endswith("+02:00")


TEXTS = [
    ("cut-at-255", "updateCourse", ("PATCH", "/courses/{}", "description"), lambda t: t[:255]),
    ("emoji-lost", "createCompany", ("POST", "/companies", "name"), in_ascii),
    (
        "accents-composed",
        "createCourse",
        ("POST", "/courses", "title"),
        lambda t: unicodedata.normalize("NFC", t),
    ),
    (
        "direction-marks-lost",
        "createQuestionnaire",
        ("POST", "/questionnaires", "title"),
        lambda t: t.translate(MARKS),
    ),
    ("spaces-cut", "createCompany", ("POST", "/companies", "name"), str.strip),
    (
        "line-breaks-changed",
        "createNeedsAnalysis",
        ("POST", "/needs-analysis", "context"),
        lambda t: t.replace("\r\n", "\n"),
    ),
]
SAYS = {
    "cut-at-255": "Text is cut after 255 characters.",
    "emoji-lost": "Characters beyond the first plane become question marks.",
    "accents-composed": "Text is normalized to composed characters.",
    "direction-marks-lost": "Marks of direction are stripped from text.",
    "spaces-cut": "Spaces at both ends of a text are cut.",
    "line-breaks-changed": "Line breaks are changed.",
}

DEFECTS = [
    *(
        Defect(id_, "text-round-trip", (operation,), SAYS[id_], stored(*where, change), 101)
        for id_, operation, where, change in TEXTS
    ),
    Defect(
        "escaped-for-html",
        "text-round-trip",
        ("updateCompany",),
        "Text comes back escaped for HTML.",
        edited(texts("name", html.escape), "/companies"),
        101,
    ),
    Defect(
        "length-in-utf-16",
        "text-round-trip",
        ("createCourse",),
        "Emoji count twice, so that valid text is too long.",
        strict("POST", "/courses", long_name),
        101,
    ),
    Defect(
        "unknown-company-taken",
        "unknown-reference-refused",
        ("createUser",),
        "A reference to what does not exist is taken for none.",
        unknown_taken("/users", lambda body: {**body, "id": "usr_unknown"}),
        102,
    ),
    Defect(
        "unknown-in-list-taken",
        "unknown-reference-refused",
        ("createAdaptivePath",),
        "Of the references in a list only the first is looked up.",
        lenient("POST", "/adaptive-paths", first_courses_alone),
        102,
    ),
    Defect(
        "unknown-owner-breaks",
        "unknown-reference-refused",
        ("createImprovementAction",),
        "A reference to what does not exist is a server error.",
        answers(owner_breaks),
        100,
    ),
    Defect(
        "broken-json-breaks",
        "malformed-body",
        ("createCompany",),
        "What is no JSON is a server error.",
        breaks("/companies", unparsable),
        100,
    ),
    Defect(
        "bad-utf-8-breaks",
        "malformed-body",
        ("createCourse",),
        "What is not UTF-8 is a server error.",
        breaks("/courses", not_utf8),
        100,
    ),
    Defect(
        "latin-1-taken",
        "malformed-body",
        ("createCourse",),
        "What is not UTF-8 is taken for Latin-1.",
        requests(as_latin),
        102,
    ),
    Defect(
        "half-a-pair-breaks",
        "malformed-body",
        ("createCompany",),
        "Half a surrogate pair is a server error.",
        breaks("/companies", lambda content: rb"\ud800" in content),
        100,
    ),
    Defect(
        "deep-nesting-breaks",
        "malformed-body",
        ("createCompany",),
        "Deep nesting exhausts the stack.",
        breaks("/companies", lambda content: content.count(b"[") > 10_000),
        100,
    ),
    Defect(
        "huge-number-breaks",
        "malformed-body",
        ("createCourse",),
        "A number beyond all bounds is a server error.",
        breaks("/courses", lambda content: b"1e400" in content),
        100,
    ),
    Defect(
        "any-media-type",
        "malformed-body",
        ("createCompany",),
        "A body is read as JSON whatever it says to be, so that any web page can send it.",
        requests(any_media),
        102,
    ),
    Defect(
        "missing-body-taken",
        "malformed-body",
        ("createCompany",),
        "A required body may be missing.",
        requests(nothing_is_something),
        102,
    ),
    Defect(
        "listed-value-refused",
        "valid-accepted",
        ("createCourse",),
        "One of the listed values is refused.",
        strict("POST", "/courses", lambda body: body.get("category") == "SECURITE"),
    ),
    Defect(
        "greatest-number-refused",
        "valid-accepted",
        ("createCourse",),
        "The greatest number allowed is refused.",
        strict("POST", "/courses", lambda body: body.get("durationHours") == 2000),
    ),
    Defect(
        "optional-member-demanded",
        "valid-accepted",
        ("createCompany",),
        "An optional member must be given.",
        strict("POST", "/companies", lambda body: "kind" not in body),
    ),
    Defect(
        "null-refused",
        "valid-accepted",
        ("updateCompany",),
        "Null is refused where it is allowed.",
        strict("PATCH", "/companies/{}", lambda body: body.get("phone", "") is None),
    ),
    Defect(
        "other-zone-refused",
        "valid-accepted",
        ("updateEnrollment",),
        "An instant with another zone than UTC is refused.",
        strict("PATCH", "/enrollments/{}", offset_refused),
    ),
    Defect(
        "longest-text-breaks",
        "valid-accepted",
        ("createCompany",),
        "The longest text allowed is a server error.",
        strict("POST", "/companies", lambda body: len(body.get("name") or "") == 200, 500),
        100,
    ),
    Defect(
        "largest-page-refused",
        "valid-accepted",
        ("listCourses",),
        "The largest page allowed is refused.",
        requests(
            lambda call: (
                refusal(400)
                if call.is_("GET", "/courses") and call.query.get("perPage") == "100"
                else None
            )
        ),
    ),
    Defect(
        "odd-id-breaks",
        "invalid-parameter-refused",
        ("getCompany",),
        "An id of another form is a server error.",
        requests(gives_way),
        100,
    ),
    Defect(
        "any-idempotency-key",
        "invalid-parameter-refused",
        ("createCompany",),
        "A header of another form is left out of account.",
        requests(any_key),
        102,
    ),
    Defect(
        "unknown-sort-ignored",
        "invalid-parameter-refused",
        ("listUsers",),
        "What a list cannot be sorted by is left out of account.",
        query("/users", if_("sort", lambda value: "_X" in value or "7" in value, "email")),
        102,
    ),
]
