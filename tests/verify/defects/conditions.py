"""Defects of conditional and repeated requests: entity tags, If-Match, keys of idempotency."""

from dataclasses import replace
from itertools import count

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers, requests

from ._changes import without


def constant_tag(call: Call, reply: Reply) -> None:
    if "etag" in reply.headers and call.path.startswith("/companies"):
        reply.headers["etag"] = '"v1"'


def tag_of_the_answer() -> Change:
    numbers = count()

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if "etag" in reply.headers:
            reply.headers["etag"] = f'"answer-{next(numbers)}"'
        return reply

    return change


def not_modified_for_all(call: Call) -> Reply | None:
    if call.method != "GET" or "if-none-match" not in call.headers:
        return None
    return Reply(304, {"etag": call.headers["if-none-match"], "x-request-id": "req_abc"})


def remembered_tags() -> Change:
    """A cache in front of the server never forgets which tag a path had at first."""
    tags: dict[str, str] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        asked = call.headers.get("if-none-match")
        if call.method == "GET" and asked and tags.get(call.path) == asked:
            return Reply(304, {"etag": asked, "x-request-id": "req_abc"})
        reply = await upstream.call(call)
        if call.method == "GET" and "etag" in reply.headers:
            tags.setdefault(call.path, reply.headers["etag"])
        return reply

    return change


def untagged_304(call: Call, reply: Reply) -> None:
    if reply.status == 304:
        reply.headers.pop("etag", None)


TAGS = [
    Defect(
        "entity-tag-never-changes",
        "etag",
        ("getCompany",),
        "A record keeps its entity tag when it changes.",
        answers(constant_tag),
        102,
    ),
    Defect(
        "entity-tag-of-the-answer",
        "etag",
        ("getCompany", "getCourse"),
        "Every answer has an entity tag of its own.",
        tag_of_the_answer,
    ),
    Defect(
        "if-none-match-ignored",
        "etag",
        ("getCompany",),
        "A record that has not changed is sent again.",
        without("if-none-match"),
    ),
    Defect(
        "not-modified-for-every-tag",
        "etag",
        ("getCourse",),
        "Whoever sends If-None-Match is told that nothing has changed.",
        requests(not_modified_for_all),
        102,
    ),
    Defect(
        "not-modified-after-a-change",
        "etag",
        ("getCompany",),
        "A record that has changed is said not to have.",
        remembered_tags,
        102,
    ),
    Defect(
        "304-without-entity-tag",
        "etag",
        ("getCompany",),
        "A 304 does not say of which representation it speaks.",
        answers(untagged_304),
    ),
]


def never_matches(call: Call) -> None:
    if "if-match" in call.headers:
        call.headers["if-match"] = '"another"'


async def checked_too_late(call: Call, upstream: Upstream) -> Reply:
    """The record is written first, and compared then."""
    asked = call.headers.pop("if-match", "")
    if not asked:
        return await upstream.call(call)
    before = await upstream.call(replace(call, method="GET", content=b""))
    reply = await upstream.call(call)
    if before.headers.get("etag") == asked:
        return reply
    return await upstream.call(replace(call, headers={**call.headers, "if-match": '"stale"'}))


def conflict_for_stale(call: Call, reply: Reply) -> None:
    if reply.status == 412:
        reply.status = 409
        reply.say(reply.json | {"status": 409, "code": "DUPLICATE"})


MATCHES = [
    Defect(
        "if-match-ignored",
        "if-match",
        ("updateCompany", "deleteCompany", "publishCourse"),
        "A change is made although somebody else changed the record.",
        without("if-match"),
        102,
    ),
    Defect(
        "if-match-never-matches",
        "if-match",
        ("updateCompany",),
        "The present entity tag is refused.",
        requests(never_matches),
    ),
    Defect(
        "if-match-checked-too-late",
        "if-match",
        ("updateCompany",),
        "A change is refused, and made.",
        lambda: checked_too_late,
        102,
    ),
    Defect(
        "if-match-is-409",
        "if-match",
        ("updateCourse",),
        "A stale entity tag is refused as a duplicate.",
        answers(conflict_for_stale),
    ),
]


def replayed_for_all() -> Change:
    """The key alone finds the stored answer: nobody compares the bodies."""
    bodies: dict[str, bytes] = {}

    async def change(call: Call, upstream: Upstream) -> Reply:
        key = call.headers.get("idempotency-key")
        if key and call.method == "POST":
            call.content = bodies.setdefault(key + call.path, call.content)
        return await upstream.call(call)

    return change


def keys_are_unique() -> Change:
    """A key that was used once is refused, whatever is sent."""
    used: set[str] = set()

    async def change(call: Call, upstream: Upstream) -> Reply:
        key = call.headers.get("idempotency-key")
        if key and key in used:
            call.content = b'{"never": "sent before"}'
        reply = await upstream.call(call)
        if key and reply.status == 201:
            used.add(key)
        return reply

    return change


KEYS = [
    Defect(
        "idempotency-key-ignored",
        "idempotency-key",
        ("createCompany", "createCourse"),
        "A request that is sent again creates again.",
        without("idempotency-key"),
        102,
    ),
    Defect(
        "idempotency-key-for-another-body",
        "idempotency-key",
        ("createCompany",),
        "A key that was used for another request is answered as that was.",
        replayed_for_all,
        102,
    ),
    Defect(
        "idempotency-key-refused-again",
        "idempotency-key",
        ("createCompany",),
        "A request that is sent again is refused as a second one.",
        keys_are_unique,
    ),
]

DEFECTS = [*TAGS, *MATCHES, *KEYS]
