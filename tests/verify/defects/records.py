"""Defects of records that are created."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.verify.defective import Call, Change, Reply, Upstream, answers

from ._lists import asks, body_of, created, listed, record_defect

COMPANIES, COURSES, COURSE = "/companies", "/courses", "/courses/{}"


def unreadable() -> Change:
    new: set[str] = set()

    def change(call: Call, reply: Reply) -> None:
        record = created(call, reply, COURSES)
        if record:
            new.add(record["id"])
        elif call.is_("GET", COURSE) and call.path.rpartition("/")[2] in new:
            reply.status = 404

    return answers(change)()


def undone(path: str) -> Callable[[], Change]:
    """Answers a creation as if it had been made."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        record = created(call, reply, path)
        if record:
            await asks(upstream, call, "DELETE", f"{path}/{record['id']}")
        return reply

    return lambda: change


def said(path: str, **members: Any) -> Callable[[], Change]:
    """Says other members of the record in the answer of its creation than it stores."""

    def change(call: Call, reply: Reply) -> None:
        if created(call, reply, path):
            body = reply.json
            body["data"] |= members
            reply.say(body)

    return answers(change)


def unlisted(path: str) -> Callable[[], Change]:
    def make() -> Change:
        new: set[str] = set()

        def change(call: Call, reply: Reply) -> None:
            record = created(call, reply, path)
            if record:
                new.add(record["id"])
            elif call.is_("GET", path) and reply.status == 200:
                body = reply.json
                body["data"] = [r for r in body["data"] if r["id"] not in new]
                reply.say(body)

        return answers(change)()

    return make


def stale() -> Change:
    """Lists are answered as they were when they were first asked for."""
    kept: dict[str, Reply] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        if not call.is_("GET", "/questionnaires"):
            return await upstream.call(call)
        if call.raw_query not in kept:
            kept[call.raw_query] = await upstream.call(call)
        return replace(kept[call.raw_query], headers=dict(kept[call.raw_query].headers))

    return change


def stale_total(path: str) -> Callable[[], Change]:
    def make() -> Change:
        first: list[int] = []

        def change(_call: Call, _items: list[Any], pages: dict[str, Any]) -> None:
            first.append(pages["total"])
            pages["total"] = first[0]

        return listed(path, change)()

    return make


def inserted_first(
    path: str, fill: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[[], Change]:
    """Stores before it refuses: what is missing is filled in."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("POST", path) and reply.status in (400, 409) and isinstance(call.json, dict):
            await asks(upstream, call, "POST", path, fill(dict(call.json)))
        return reply

    return lambda: change


def plain(**others: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Fills in what is missing, and what is an object where none should be."""
    return lambda body: {**others, **{k: v for k, v in body.items() if not isinstance(v, dict)}}


def taken() -> Change:
    """Remembers e-mails of refused creations as taken."""
    used: set[str] = set()

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if not call.is_("POST", "/users") or not isinstance(call.json, dict):
            return reply
        email = str(call.json.get("email"))
        if reply.status == 400:
            used.add(email)
        return replace(reply, status=409) if email in used else reply

    return change


DEFECTS = [
    record_defect(
        "created-readable", "createCourse", "unreadable", "A new course cannot be read.", unreadable
    ),
    record_defect(
        "created-readable",
        "createCompany",
        "create-undone",
        "A creation is answered, and not made.",
        undone(COMPANIES),
    ),
    record_defect(
        "created-readable",
        "createCourse",
        "answer-differs",
        "A creation answers another level than it stores.",
        said(COURSES, level="EXPERT", durationHours=999),
    ),
    record_defect(
        "created-readable",
        "createCourse",
        "member-dropped",
        "A creation does not store an optional member.",
        body_of("POST", COURSES, lambda b: b.pop("description", None)),
    ),
    record_defect(
        "created-listed",
        "createUser",
        "unlisted",
        "New accounts are missing in the list.",
        unlisted("/users"),
    ),
    record_defect(
        "created-listed",
        "createQuestionnaire",
        "list-stale",
        "The list is a copy that gets stale.",
        stale,
    ),
    record_defect(
        "created-listed",
        "createCompany",
        "list-other-value",
        "The list shows no phone numbers.",
        listed(
            COMPANIES, lambda c, items, p: [r | {"phone": None, "kind": "FUNDER"} for r in items]
        ),
    ),
    record_defect(
        "created-counted",
        "createCourse",
        "count-stale",
        "The total does not grow.",
        stale_total(COURSES),
    ),
    record_defect(
        "created-counted",
        "createUser",
        "count-stale-too",
        "New accounts are not counted.",
        stale_total("/users"),
    ),
    record_defect(
        "failed-create-leaves-nothing",
        "createCompany",
        "insert-first",
        "A company is stored before it is validated.",
        inserted_first(COMPANIES, plain(name="?")),
        104,
    ),
    record_defect(
        "failed-create-leaves-nothing",
        "createQuestionnaire",
        "insert-before-references",
        "A questionnaire is stored before its references are looked up.",
        inserted_first(
            "/questionnaires", lambda b: {k: v for k, v in b.items() if k != "courseId"}
        ),
        104,
    ),
    record_defect(
        "failed-create-leaves-nothing",
        "createUser",
        "unique-taken",
        "A refused account keeps its e-mail taken.",
        taken,
        104,
    ),
]
