"""Defects of input: invalid bodies taken, members set that are the server's, violations unsaid."""

from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers

from ._mending import (
    above,
    below,
    if_,
    is_number,
    lenient,
    no_day,
    not_in,
    query,
    rewritten,
    unlike,
)

LEVELS = ("BEGINNER", "INTERMEDIATE", "ADVANCED", "EXPERT")
COMPANY = ("name", "kind", "siret", "vatNumber", "email", "phone", "address")


def upper(body: dict[str, Any]) -> None:
    if isinstance(body.get("level"), str):
        body["level"] = body["level"].upper()


def number_from_text(body: dict[str, Any]) -> None:
    try:
        body["durationHours"] = float(body["durationHours"])
    except (KeyError, TypeError, ValueError):
        return


def with_zone(body: dict[str, Any]) -> None:
    value = body.get("expiresAt")
    if isinstance(value, str) and len(value) == 19:
        body["expiresAt"] = value + "Z"


def with_city(body: dict[str, Any]) -> None:
    if isinstance(body.get("address"), dict):
        body["address"].setdefault("city", "Lyon")


def of_quarters(body: dict[str, Any]) -> None:
    if is_number(body.get("durationHours")) and 1 < body["durationHours"] <= 2000:
        body["durationHours"] = round(body["durationHours"])


def without_repetitions(body: dict[str, Any]) -> None:
    if isinstance(body.get("roles"), list) and all(isinstance(r, str) for r in body["roles"]):
        body["roles"] = list(dict.fromkeys(body["roles"]))


def known_only(body: dict[str, Any]) -> None:
    for name in [name for name in body if name not in COMPANY]:
        del body[name]


def known_address(body: dict[str, Any]) -> None:
    if isinstance(body.get("address"), dict):
        kept = ("street", "postcode", "city", "country")
        body["address"] = {k: v for k, v in body["address"].items() if k in kept}


def one_of_two_spellings(body: dict[str, Any]) -> None:
    for name in [name for name in body if name[:1].isupper()]:
        body.pop(name)


def nothing_to_change() -> Change:
    async def changed(call: Call, upstream: Upstream) -> Reply:
        if call.is_("PATCH", "/companies/{}") and call.json == {}:
            call.method, call.content = "GET", b""
        return await upstream.call(call)

    return changed


def assigned(method: str, path: str, *names: str) -> Callable[[], Change]:
    """Members of the body go into the record as they are, and come back with it."""

    def make() -> Change:
        kept: dict[str, dict[str, Any]] = {}

        async def changed(call: Call, upstream: Upstream) -> Reply:
            taken, body = {}, call.json
            if call.is_(method, path) and isinstance(body, dict):
                taken = {name: body.pop(name) for name in names if name in body}
                rewritten(call, body)
            reply = await upstream.call(call)
            record = (reply.json or {}).get("data") if reply.status < 300 else None
            if isinstance(record, dict) and "id" in record:
                kept.setdefault(record["id"], {}).update(taken)
                record.update(kept[record["id"]])
                reply.say({**reply.json, "data": record})
            return reply

        return changed

    return make


def errors_of(path: str, keep: Callable[[list[Any]], list[Any]]) -> Callable[[], Change]:
    """Only some of the violations are reported."""

    def change(call: Call, reply: Reply) -> None:
        problem = reply.json
        if reply.status == 400 and call.is_("POST", path) and isinstance(problem, dict):
            if problem.get("errors"):
                problem["errors"] = keep(problem["errors"])
            reply.say(problem)

    return answers(change)


def missing_first(errors: list[Any]) -> list[Any]:
    missing = [error for error in errors if error["detail"] == "is required"]
    return missing or errors


BODIES = [
    Defect(
        "enum-not-checked",
        "invalid-body-refused",
        ("createCompany",),
        "Any text is taken for a listed value.",
        lenient("POST", "/companies", if_("kind", not_in("CUSTOMER", "FUNDER"), "CUSTOMER")),
        102,
    ),
    Defect(
        "enum-in-any-case",
        "invalid-body-refused",
        ("createCourse",),
        "A listed value is taken in any case.",
        lenient("POST", "/courses", upper),
        102,
    ),
    Defect(
        "maximum-not-checked",
        "invalid-body-refused",
        ("recordProgress",),
        "More than a hundred percent is taken for a hundred.",
        lenient("PUT", "/enrollments/{}/progress", if_("percent", above(100), 100)),
        102,
    ),
    Defect(
        "minimum-not-checked",
        "invalid-body-refused",
        ("createCourse",),
        "A negative price is taken.",
        lenient("POST", "/courses", if_("price", below(0), 0)),
        102,
    ),
    Defect(
        "required-not-checked",
        "invalid-body-refused",
        ("createEnrollment",),
        "A required member may be left out.",
        lenient("POST", "/enrollments", lambda body: body.setdefault("paymentMethod", "FREE")),
        102,
    ),
    Defect(
        "empty-text-taken",
        "invalid-body-refused",
        ("createCompany",),
        "A text that must not be empty is taken.",
        lenient("POST", "/companies", if_("name", lambda value: value == "", "x")),
        102,
    ),
    Defect(
        "one-pattern-not-checked",
        "invalid-body-refused",
        ("createCompany",),
        "One member of many is not held to its pattern.",
        lenient("POST", "/companies", if_("vatNumber", unlike(r"FR[0-9A-Z]{2}\d{9}"), None)),
        102,
    ),
    Defect(
        "date-not-checked",
        "invalid-body-refused",
        ("createImprovementAction",),
        "Any text is taken for a day.",
        lenient("POST", "/improvement-plans/{}/actions", if_("dueDate", no_day, None)),
        102,
    ),
    Defect(
        "sent-instant-without-zone",
        "invalid-body-refused",
        ("createEnrollment",),
        "An instant without zone is taken for one in UTC.",
        lenient("POST", "/enrollments", with_zone),
        102,
    ),
    Defect(
        "number-as-text",
        "invalid-body-refused",
        ("createCourse",),
        "A number is taken from a text.",
        lenient("POST", "/courses", number_from_text),
        102,
    ),
    Defect(
        "nested-required-not-checked",
        "invalid-body-refused",
        ("createCompany",),
        "A required member of an object within the body may be left out.",
        lenient("POST", "/companies", with_city),
        102,
    ),
    Defect(
        "multiple-not-checked",
        "invalid-body-refused",
        ("createCourse",),
        "A number that is no multiple is rounded.",
        lenient("POST", "/courses", of_quarters),
        102,
    ),
    Defect(
        "repeated-items-taken",
        "invalid-body-refused",
        ("setUserRoles",),
        "A list that must not repeat an item may do so.",
        lenient("PUT", "/users/{}/roles", without_repetitions),
        102,
    ),
    Defect(
        "empty-change-taken",
        "invalid-body-refused",
        ("updateCompany",),
        "A change of nothing is taken.",
        nothing_to_change,
        102,
    ),
    Defect(
        "unknown-member-dropped",
        "unknown-member-refused",
        ("createCompany",),
        "Members that are not known are dropped without a word.",
        lenient("POST", "/companies", known_only),
        102,
    ),
    Defect(
        "unknown-nested-member-dropped",
        "unknown-member-refused",
        ("createCompany",),
        "Members that are not known are dropped in objects within the body.",
        lenient("POST", "/companies", known_address),
        102,
    ),
    Defect(
        "member-in-another-case",
        "unknown-member-refused",
        ("updateCourse",),
        "A member in another case is taken, and lost.",
        lenient("PATCH", "/courses/{}", one_of_two_spellings),
        102,
    ),
]

OWNED = [
    Defect(
        "status-by-create",
        "server-owned-members",
        ("createCourse",),
        "The caller chooses the state in which a record begins.",
        assigned("POST", "/courses", "status"),
        203,
    ),
    Defect(
        "status-by-update",
        "server-owned-members",
        ("updateCourse",),
        "A change sets the state, past every rule of the lifecycle.",
        assigned("PATCH", "/courses/{}", "status"),
        203,
    ),
    Defect(
        "created-at-by-create",
        "server-owned-members",
        ("createCompany",),
        "The caller says when a record was created.",
        assigned("POST", "/companies", "createdAt"),
        203,
    ),
    Defect(
        "plan-by-branding",
        "server-owned-members",
        ("updateCurrentTenant",),
        "Whoever may change the branding may change what is paid for.",
        assigned("PATCH", "/tenants/current", "plan"),
        203,
    ),
    Defect(
        "course-by-update",
        "server-owned-members",
        ("updateEnrollment",),
        "A change moves a record to another one that it belongs to.",
        assigned("PATCH", "/enrollments/{}", "courseId", "paymentId"),
        203,
    ),
]

REPORTED = [
    Defect(
        "first-violation-only",
        "all-violations-reported",
        ("createCompany",),
        "Only the first violation is reported.",
        errors_of("/companies", lambda errors: errors[:1]),
    ),
    Defect(
        "missing-members-first",
        "all-violations-reported",
        ("createCourse",),
        "As long as members are missing, nothing else is reported.",
        errors_of("/courses", missing_first),
    ),
    Defect(
        "one-violation-unsaid",
        "all-violations-reported",
        ("createCompany",),
        "The violations of one member are reported only if there are no others.",
        errors_of(
            "/companies",
            lambda errors: [e for e in errors if e["pointer"] != "/phone"] or errors,
        ),
    ),
]

PARAMETERS = [
    Defect(
        "page-size-clamped",
        "invalid-parameter-refused",
        ("listCourses",),
        "More records than a page may have are taken for the most.",
        query("/courses", lambda q: q.update(perPage="100") if q.get("perPage") == "101" else None),
        102,
    ),
    Defect(
        "page-as-text",
        "invalid-parameter-refused",
        ("listCompanies",),
        "A page that is no number is taken for the first.",
        query("/companies", if_("page", unlike(r"-?\d+"), "1")),
        102,
    ),
    Defect(
        "unknown-state-filter",
        "invalid-parameter-refused",
        ("listEnrollments",),
        "A filter by a state that there is not is left out of account.",
        query(
            "/enrollments",
            lambda q: q.pop("status") if "_X" in q.get("status", "") else None,
        ),
        102,
    ),
    Defect(
        "no-instant-filter",
        "invalid-parameter-refused",
        ("listEvents",),
        "A filter by what is no instant is left out of account.",
        query(
            "/events",
            lambda q: (
                q.pop("occurredFrom", "")
                if unlike(r".+T.+(Z|[+-]\d\d:\d\d)")(q.get("occurredFrom", "T"))
                else None
            ),
        ),
        102,
    ),
]

DEFECTS = [*BODIES, *OWNED, *REPORTED, *PARAMETERS]
