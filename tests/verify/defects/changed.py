"""Defects of records that are updated or deleted."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from tests.verify.defective import Call, Change, Reply, Upstream, requests

from ._lists import asks, body_of, created, record_defect

COMPANIES, COURSES, COURSE = "/companies", "/courses", "/courses/{}"


def unsent(path: str, **values: Any) -> Callable[[], Change]:
    """An update sets the members that it was not sent."""

    def change(body: dict[str, Any]) -> None:
        body.update({name: value for name, value in values.items() if name not in body})

    return body_of("PATCH", path, change)


Patch = Callable[[Call, Upstream], Awaitable[Reply]]


def on(method: str, path: str, does: Patch) -> Callable[[], Change]:
    """Does something else for one kind of call."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        return await (does(call, upstream) if call.is_(method, path) else upstream.call(call))

    return lambda: change


async def not_stored(call: Call, upstream: Upstream) -> Reply:
    reply = await asks(upstream, call, "GET", call.path)
    body = reply.json
    body["data"] |= call.json
    reply.say(body)
    return reply


async def ignored(call: Call, upstream: Upstream) -> Reply:
    return await asks(upstream, call, "GET", call.path)


async def answers_old(call: Call, upstream: Upstream) -> Reply:
    before = await asks(upstream, call, "GET", call.path)
    reply = await upstream.call(call)
    return before if reply.status == 200 else reply


def everywhere(path: str, body: dict[str, Any] | None) -> Callable[[], Change]:
    """An update of one record reaches all that were created, as without a WHERE."""

    def make() -> Change:
        new: list[str] = []

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            record = created(call, reply, path)
            if record:
                new.append(record["id"])
            elif call.is_("PATCH", path + "/{}") and reply.status == 200:
                for other in new:
                    await asks(upstream, call, "PATCH", f"{path}/{other}", body or call.json)
            return reply

        return change

    return make


Gone = Callable[[Call, Reply, dict[str, Any]], None]


def remembering(path: str, change: Gone) -> Callable[[], Change]:
    """`change` alters answers; it knows the records deleted at a path, by their ids."""

    def make() -> Change:
        gone: dict[str, Any] = {}

        async def changed(call: Call, upstream: Upstream) -> Reply:
            if call.is_("DELETE", path + "/{}"):
                before = await asks(upstream, call, "GET", call.path)
                reply = await upstream.call(call)
                if reply.status == 204:
                    gone[before.json["data"]["id"]] = before.json
                return reply
            reply = await upstream.call(call)
            change(call, reply, gone)
            return reply

        return changed

    return make


def alive(method: str) -> Gone:
    """Deleted records answer to a method."""

    def change(call: Call, reply: Reply, gone: dict[str, Any]) -> None:
        found = gone.get(call.path.rpartition("/")[2])
        if found and call.method == method:
            reply.status = 200
            reply.say(found)

    return change


def in_list(path: str, only: str = "") -> Gone:
    """Deleted records stand in the list, or in what one of its parameters finds."""

    def change(call: Call, reply: Reply, gone: dict[str, Any]) -> None:
        if call.is_("GET", path) and reply.status == 200 and (not only or only in call.query):
            body = reply.json
            body["data"] += [answer["data"] for answer in gone.values()]
            reply.say(body)

    return change


def counted(path: str) -> Gone:
    def change(call: Call, reply: Reply, gone: dict[str, Any]) -> None:
        if call.is_("GET", path) and reply.status == 200:
            body = reply.json
            body["meta"]["pagination"]["total"] += len(gone)
            reply.say(body)

    return change


def orphans() -> Change:
    """What lies below a deleted record can still be read by its own path."""
    seen: dict[str, Reply] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        if call.is_("DELETE", COURSE):
            below = await asks(upstream, call, "GET", call.path + "/modules")
            for record in below.json["data"] if below.status == 200 else []:
                path = f"{call.path}/modules/{record['id']}"
                seen[path] = await asks(upstream, call, "GET", path)
        reply = await upstream.call(call)
        if call.method == "GET" and reply.status == 404 and call.path in seen:
            return replace(seen[call.path], headers=dict(seen[call.path].headers))
        return reply

    return change


def unchecked() -> Change:
    """A reference to a deleted record is accepted, and dropped."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("POST", "/questionnaires") and reply.status == 409:
            body = {k: v for k, v in call.json.items() if k != "courseId"}
            return await asks(upstream, call, "POST", call.path, body)
        return reply

    return change


def all_gone(call: Call) -> Reply | None:
    if call.is_("DELETE", "/needs-analysis/{}"):
        return Reply(204, {"x-request-id": "req_00000000000000000000000000"})
    return None


DEFECTS = [
    record_defect(
        "update-changes-only",
        "updateCompany",
        "update-nulls",
        "An update empties the members that it was not sent.",
        unsent(COMPANIES + "/{}", phone=None, email=None, vatNumber=None),
    ),
    record_defect(
        "update-changes-only",
        "updateCourse",
        "update-defaults",
        "An update sets what was left out to its default.",
        unsent(COURSE, modality="IN_PERSON", price=0),
    ),
    record_defect(
        "update-changes-only",
        "updateCourse",
        "update-drops-neighbour-member",
        "An update of the title empties the description.",
        body_of("PATCH", COURSE, lambda b: "title" in b and b.setdefault("description", None)),
    ),
    record_defect(
        "update-changes-only",
        "updateCompany",
        "update-not-stored",
        "An update is answered, and not stored.",
        on("PATCH", COMPANIES + "/{}", not_stored),
    ),
    record_defect(
        "update-changes-only",
        "updateUser",
        "update-ignored",
        "An update is accepted and ignored.",
        on("PATCH", "/users/{}", ignored),
    ),
    record_defect(
        "update-changes-only",
        "updateQuestionnaire",
        "update-answers-old",
        "An update answers the record as it was before.",
        on("PATCH", "/questionnaires/{}", answers_old),
    ),
    record_defect(
        "update-changes-only",
        "updateCompany",
        "update-everywhere",
        "An update reaches other records too.",
        everywhere(COMPANIES, None),
        206,
    ),
    record_defect(
        "update-changes-only",
        "updateCourse",
        "update-touches",
        "An update touches updatedAt of another record.",
        everywhere(COURSES, {"description": "x"}),
        206,
    ),
    record_defect(
        "deleted-gone",
        "deleteNeedsAnalysis",
        "delete-undone",
        "A deletion is answered, and not made.",
        requests(all_gone),
        103,
    ),
    record_defect(
        "deleted-gone",
        "deleteCourse",
        "deleted-readable",
        "A deleted course can be read.",
        remembering(COURSES, alive("GET")),
        103,
    ),
    record_defect(
        "deleted-gone",
        "deleteCompany",
        "deleted-updatable",
        "A deleted company can be updated.",
        remembering(COMPANIES, alive("PATCH")),
        103,
    ),
    record_defect(
        "deleted-gone",
        "deleteQuestionnaire",
        "deleted-listed",
        "A deleted questionnaire stands in the list.",
        remembering("/questionnaires", in_list("/questionnaires")),
    ),
    record_defect(
        "deleted-gone",
        "deleteCourse",
        "deleted-counted",
        "A deleted course is counted.",
        remembering(COURSES, counted(COURSES)),
    ),
    record_defect(
        "deleted-gone",
        "deleteCompany",
        "deleted-found",
        "A deleted company is found by text.",
        remembering(COMPANIES, in_list(COMPANIES, "q")),
    ),
    record_defect(
        "deleted-gone",
        "deleteCourse",
        "deleted-orphans",
        "Modules of a deleted course can be read.",
        orphans,
        103,
    ),
    record_defect(
        "deleted-gone",
        "deleteCourse",
        "deleted-referred-to",
        "A reference to a deleted course is accepted.",
        unchecked,
    ),
]
