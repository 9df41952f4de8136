"""Defects of what the methods of HTTP promise: PUT, DELETE, Location, links to follow."""

import json
import re
from collections import Counter
from typing import Any

from ..defective import BASE, Call, Change, Defect, Reply, Upstream, answers, requests

ROLES, ANSWERS = "/users/{}/roles", "/questionnaire-responses/{}/answers"
PROGRESS = "/enrollments/{}/progress"


def said(call: Call, body: Any) -> None:
    """Replace the body of a call."""
    call.content = json.dumps(body).encode()
    call.headers["content-length"] = str(len(call.content))


def looked_at(call: Call, path: str) -> Call:
    """The GET of a path, by the caller of another call."""
    left_out = ("content-length", "content-type", "if-match")
    headers = {k: v for k, v in call.headers.items() if k not in left_out}
    return Call("GET", path, {}, headers, b"")


def _put_roles_not_stored() -> Change:
    async def change(call: Call, upstream: Upstream) -> Reply:
        if not call.is_("PUT", ROLES) or not isinstance(call.json, dict):
            return await upstream.call(call)
        reply = await upstream.call(looked_at(call, call.path.removesuffix("/roles")))
        if reply.status == 200:
            value = reply.json
            value["data"]["roles"] = call.json.get("roles")
            reply.say(value)
        return reply

    return change


def _put_roles_added() -> Change:
    async def change(call: Call, upstream: Upstream) -> Reply:
        if call.is_("PUT", ROLES) and isinstance(call.json, dict):
            before = await upstream.call(looked_at(call, call.path.removesuffix("/roles")))
            if before.status == 200 and isinstance(call.json.get("roles"), list):
                both = [*before.json["data"]["roles"], *call.json["roles"]]
                said(call, {"roles": list(dict.fromkeys(both))})
        return await upstream.call(call)

    return change


def _answers_kept() -> Change:
    kept: dict[str, dict[str, Any]] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        body = call.json
        if call.is_("PUT", ANSWERS) and isinstance(body, dict):
            given = {
                a["key"]: a for a in body.get("answers", ()) if isinstance(a, dict) and "key" in a
            }
            merged = given | kept.get(call.path, {})
            said(call, {**body, "answers": list(merged.values())})
            reply = await upstream.call(call)
            if reply.status == 200:
                kept[call.path] = merged
            return reply
        return await upstream.call(call)

    return change


def _minutes_added() -> Change:
    minutes: Counter[tuple[str, str]] = Counter()

    async def change(call: Call, upstream: Upstream) -> Reply:
        body = call.json
        if call.is_("PUT", PROGRESS) and isinstance(body, dict) and "moduleId" in body:
            minutes[call.path, body["moduleId"]] += (body.get("minutes") or 0) + 1
            said(call, {**body, "minutes": minutes[call.path, body["moduleId"]]})
        return await upstream.call(call)

    return change


def _answers_repeated() -> Change:
    times: Counter[str] = Counter()

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("PUT", ANSWERS) and reply.status == 200:
            times[call.path] += 1
        if call.is_("GET", "/questionnaire-responses/{}") and reply.status == 200:
            value = reply.json
            value["data"]["answers"] *= max(1, times[call.path + "/answers"])
            reply.say(value)
        return reply

    return change


def _roles_toggled() -> Change:
    times: Counter[tuple[str, bytes]] = Counter()

    async def change(call: Call, upstream: Upstream) -> Reply:
        if call.is_("PUT", ROLES) and isinstance(call.json, dict):
            times[call.path, call.content] += 1
            if times[call.path, call.content] == 2 and "roles" in call.json:
                said(
                    call, {"roles": ["LEARNER" if call.json["roles"] != ["LEARNER"] else "AUDITOR"]}
                )
        return await upstream.call(call)

    return change


def _location(path: str, change: str, to: str) -> Any:
    """A defect of the Location of what is created at a path."""

    def changed(call: Call, reply: Reply) -> None:
        if call.is_("POST", path) and "location" in reply.headers:
            reply.headers["location"] = re.sub(change, to, reply.headers["location"])

    return answers(changed)


def _created(path: str, member: str, change: Any) -> Any:
    """A defect of a member in the answer to what is created at a path."""

    def changed(call: Call, reply: Reply) -> None:
        if call.is_("POST", path) and reply.status == 201:
            value = reply.json
            value["data"][member] = change(value["data"][member])
            reply.say(value)

    return answers(changed)


def _link(path: str, change: str, to: str) -> Any:
    """A defect of the header Link of a list."""

    def changed(call: Call, reply: Reply) -> None:
        if call.is_("GET", path) and "link" in reply.headers:
            reply.headers["link"] = re.sub(change, to, reply.headers["link"])

    return answers(changed)


def _not_deleted(pattern: str) -> Any:
    """A delete that says so and does nothing."""

    def change(call: Call) -> Reply | None:
        return Reply(204, {}) if call.is_("DELETE", pattern) else None

    return requests(change)


def _still_read(pattern: str) -> Any:
    """A delete after which the record can still be read by its id."""

    def make() -> Change:
        gone: dict[str, Reply] = {}

        async def change(call: Call, upstream: Upstream) -> Reply:
            if call.is_("GET", pattern) and call.path in gone:
                kept = gone[call.path]
                return Reply(kept.status, dict(kept.headers), kept.content)
            if call.is_("DELETE", pattern):
                before = await upstream.call(looked_at(call, call.path))
                reply = await upstream.call(call)
                if reply.status == 204:
                    gone[call.path] = before
                return reply
            return await upstream.call(call)

        return change

    return make


def _deleted_twice(pattern: str) -> Any:
    """A delete that answers 204 for what is deleted already."""

    def make() -> Change:
        gone: set[str] = set()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if call.is_("DELETE", pattern):
                if reply.status == 404 and call.path in gone:
                    return Reply(204, {})
                gone.add(call.path)
            return reply

        return change

    return make


DEFECTS = [
    Defect(
        "put-roles-not-stored",
        "put-replaces",
        ("setUserRoles",),
        "PUT of roles answers with the new ones and keeps the old ones.",
        _put_roles_not_stored,
        102,
    ),
    Defect(
        "put-roles-added",
        "put-replaces",
        ("setUserRoles",),
        "PUT of roles adds them to those the account has.",
        _put_roles_added,
        102,
    ),
    Defect(
        "put-answers-kept",
        "put-replaces",
        ("answerQuestionnaireResponse",),
        "PUT of answers keeps the first one given to each question.",
        _answers_kept,
        102,
    ),
    Defect(
        "put-minutes-added",
        "put-idempotent",
        ("recordProgress",),
        "The same progress sent twice counts its minutes twice.",
        _minutes_added,
    ),
    Defect(
        "put-answers-repeated",
        "put-idempotent",
        ("answerQuestionnaireResponse",),
        "The same answers sent twice are there twice.",
        _answers_repeated,
    ),
    Defect(
        "put-roles-toggled",
        "put-idempotent",
        ("setUserRoles",),
        "The same roles sent a second time are replaced by another.",
        _roles_toggled,
    ),
    Defect(
        "location-without-base",
        "location-usable",
        ("createCompany", "createNeedsAnalysis"),
        "Location has no base path.",
        answers(
            lambda _, reply: (
                reply.headers.update(location=reply.headers["location"].removeprefix(BASE))
                if "location" in reply.headers
                else None
            )
        ),
    ),
    Defect(
        "location-of-list",
        "location-usable",
        ("createCourse",),
        "Location names the list.",
        _location("/courses", r"/[^/]*$", ""),
    ),
    Defect(
        "location-of-inner-host",
        "location-usable",
        ("createQuestionnaire",),
        "Location names the host behind the proxy.",
        _location("/questionnaires", "^", "http://app-7.internal.example:8080"),
    ),
    Defect(
        "location-without-parent",
        "location-usable",
        ("createCourseModule",),
        "Location of a nested record leaves out its parent.",
        _location("/courses/{}/modules", r"courses/[^/]*/", ""),
    ),
    Defect(
        "location-of-another",
        "location-usable",
        ("createCompany",),
        "Location always names the same record.",
        _location("/companies", r"[^/]*$", "cmp_abc123"),
    ),
    Defect(
        "link-id-cut",
        "links-usable",
        ("createQuestionnaire",),
        "The answer to a creation cuts the id.",
        _created("/questionnaires", "id", lambda found: found[:-1]),
    ),
    Defect(
        "link-parent-wrong",
        "links-usable",
        ("createCourseModule",),
        "The answer to a creation names another parent.",
        _created("/courses/{}/modules", "courseId", lambda _: "crs_excel_init"),
    ),
    Defect(
        "link-header-without-base",
        "links-usable",
        ("listCompanies",),
        "The pages in the header Link have no base path.",
        _link("/companies", BASE, ""),
    ),
    Defect(
        "link-header-unknown-parameter",
        "links-usable",
        ("listCourses", "listEnrollments"),
        "The pages in the header Link use a parameter that the list does not know.",
        answers(
            lambda _, reply: (
                reply.headers.update(
                    link=re.sub(r"([?&])page=", r"\1pageNumber=", reply.headers["link"])
                )
                if "link" in reply.headers
                else None
            )
        ),
    ),
    Defect(
        "delete-does-nothing",
        "delete-deletes",
        ("deleteCompany",),
        "DELETE answers 204 and does nothing.",
        _not_deleted("/companies/{}"),
        103,
    ),
    Defect(
        "delete-nested-does-nothing",
        "delete-deletes",
        ("deleteCourseModule",),
        "DELETE of a nested record answers 204 and does nothing.",
        _not_deleted("/courses/{}/modules/{}"),
        103,
    ),
    Defect(
        "delete-still-read",
        "delete-deletes",
        ("deleteQuestionnaire",),
        "A deleted record is gone from its list, and still read by its id.",
        _still_read("/questionnaires/{}"),
        103,
    ),
    Defect(
        "delete-twice",
        "delete-deletes",
        ("deleteImprovementPlan",),
        "A record that is gone is deleted again with 204.",
        _deleted_twice("/improvement-plans/{}"),
    ),
]
