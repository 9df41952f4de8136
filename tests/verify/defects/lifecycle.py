"""Defects of states: transitions, where a record begins, what may be changed when."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers, requests


def where(method: str, pattern: str, *statuses: int) -> Callable[[Callable[..., Any]], Any]:
    """A defect of the answers to one call, when its status is one of these."""

    def wrap(change: Callable[[Call, Reply], None]) -> Callable[[], Change]:
        def changed(call: Call, reply: Reply) -> None:
            if call.is_(method, pattern) and reply.status in statuses:
                change(call, reply)

        return answers(changed)

    return wrap


async def item(call: Call, upstream: Upstream, path: str) -> Reply:
    """The record at a path, as the sandbox has it."""
    headers = {k: v for k, v in call.headers.items() if not k.startswith(("content-", "if-"))}
    return await upstream.call(
        replace(call, method="GET", path=path, query={}, raw_query="", content=b"", headers=headers)
    )


def above(call: Call) -> str:
    """The path of the record that a transition acts upon."""
    return call.path.rpartition("/")[0]


def instead(method: str, pattern: str, status: int, change: Callable[[Any], None]) -> Any:
    """Answers a refused call as if it had succeeded, with the record as it is, or changed."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_(method, pattern) and reply.status == 409:
            path = call.path if method in ("PATCH", "DELETE") else above(call)
            found = await item(call, upstream, path)
            body = found.json
            change(body["data"])
            found.say(body)
            return replace(found, status=status, content=found.content if status != 204 else b"")
        return reply

    return lambda: changed


def nothing(_record: Any) -> None:
    """Leave it."""


def lies(call: Call, reply: Reply) -> None:
    """Call the refusal a bad request."""
    body = reply.json
    body["status"] = reply.status = 400
    reply.say(body)


def hides(_call: Call, reply: Reply) -> None:
    """Call the refusal an unknown record."""
    body = reply.json
    body["status"] = reply.status = 404
    reply.say(body)


def pretended_publication() -> Change:
    """Answers PUBLISHED and writes nothing."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        if not call.is_("POST", "/courses/{}/publish"):
            return await upstream.call(call)
        found = await item(call, upstream, above(call))
        body = found.json
        if found.status != 200 or body["data"]["status"] != "DRAFT":
            return await upstream.call(call)
        body["data"] |= {"status": "PUBLISHED", "publishedAt": body["data"]["updatedAt"]}
        found.say(body)
        return found

    return changed


def stricter(pattern: str, state: str) -> Callable[[], Change]:
    """Refuses a transition from one of the states in which it is allowed."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        if call.is_("POST", pattern):
            found = await item(call, upstream, above(call))
            if found.status == 200 and found.json["data"]["status"] == state:
                said = {"type": "about:blank", "title": "Conflict", "status": 409}
                headers = {"content-type": "application/problem+json"}
                return Reply(409, headers, json.dumps(said).encode())
        return await upstream.call(call)

    return lambda: changed


def kept_state(call: Call, reply: Reply) -> None:
    """An archived questionnaire is still shown as published."""
    body = reply.json
    if body["data"]["status"] == "ARCHIVED":
        body["data"]["status"] = "PUBLISHED"
        reply.say(body)


def without_stamp(_call: Call, reply: Reply) -> None:
    """A published course does not know since when."""
    body = reply.json
    body["data"]["publishedAt"] = None
    reply.say(body)


def archived_meanwhile() -> Change:
    """A refused publication leaves the questionnaire archived: written first, checked later."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("POST", "/questionnaires/{}/publish") and reply.status == 409:
            await upstream.call(replace(call, path=above(call) + "/archive"))
        return reply

    return changed


def reason_kept() -> Change:
    """A refused suspension leaves its reason in the enrollment."""
    reasons: dict[str, str] = {}

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("POST", "/enrollments/{}/suspend") and reply.status == 409:
            reasons[above(call)] = f"Refused {len(reasons)} {len(reply.content)} {id(reply)}"
        if call.method == "GET" and call.path in reasons and reply.status == 200:
            body = reply.json
            body["data"]["statusReason"] = reasons[call.path]
            reply.say(body)
        return reply

    return changed


def gone_all_the_same(pattern: str, status: int) -> Callable[[], Change]:
    """A refused delete removes the record, and says so by `status`, or refuses it all the same."""

    def make() -> Change:
        gone: set[str] = set()

        async def changed(call: Call, upstream: Upstream) -> Reply:
            if call.path in gone:
                call.path = call.path.rpartition("/")[0] + "/xxx_unknown"
            reply = await upstream.call(call)
            if call.is_("DELETE", pattern) and reply.status == 409:
                gone.add(call.path)
                reply.status = status
                reply.content = b"" if status == 204 else reply.content
            return reply

        return changed

    return make


def never_deleted(_call: Call, reply: Reply) -> None:
    """Refuse what was deleted."""
    said = {"type": "about:blank", "title": "Conflict", "status": 409}
    reply.status, reply.headers["content-type"] = 409, "application/problem+json"
    reply.say(said)


def begun(_call: Call, reply: Reply) -> None:
    """A new course is published."""
    body = reply.json
    body["data"]["status"] = "PUBLISHED"
    reply.say(body)


def forgetting(method: str, path: str, name: str) -> Callable[[], Change]:
    """Reads a body without one of its members."""

    def change(call: Call) -> None:
        body = call.json
        if call.is_(method, path) and isinstance(body, dict) and name in body:
            call.content = json.dumps({k: v for k, v in body.items() if k != name}).encode()
            call.headers["content-length"] = str(len(call.content))

    return requests(change)


COURSE, PLAN = "/courses/{}", "/improvement-plans/{}"
QUESTIONNAIRE = "/questionnaires/{}"

DEFECTS = [
    Defect(
        "publication-writes-nothing",
        "transition-allowed",
        ("publishCourse",),
        "Publishing a course answers PUBLISHED, and the course stays a draft.",
        pretended_publication,
    ),
    Defect(
        "transition-without-stamp",
        "transition-allowed",
        ("publishCourse",),
        "A published course has no publishedAt.",
        where("GET", COURSE, 200)(without_stamp),
    ),
    Defect(
        "archive-refuses-drafts",
        "transition-allowed",
        ("archiveCourse",),
        "Only published courses can be archived, drafts are refused.",
        stricter("/courses/{}/archive", "DRAFT"),
    ),
    Defect(
        "finish-only-after-start",
        "transition-allowed",
        ("finishImprovementAction",),
        "An action that was not started cannot be finished.",
        stricter("/improvement-plans/{}/actions/{}/finish", "TODO"),
    ),
    Defect(
        "archived-stays-published",
        "transition-allowed",
        ("archiveQuestionnaire",),
        "An archived questionnaire is still published when it is read.",
        where("GET", QUESTIONNAIRE, 200)(kept_state),
    ),
    Defect(
        "publish-from-archived",
        "transition-refused",
        ("publishCourse",),
        "An archived course can be published.",
        instead("POST", "/courses/{}/publish", 200, lambda r: r.update(status="PUBLISHED")),
        wfc=102,
    ),
    Defect(
        "second-deactivation-succeeds",
        "transition-refused",
        ("deactivateUser",),
        "Deactivating an account twice succeeds twice.",
        instead("POST", "/users/{}/deactivate", 200, nothing),
        wfc=102,
    ),
    Defect(
        "wrong-state-is-400",
        "transition-refused",
        ("validateNeedsAnalysis", "submitNeedsAnalysis"),
        "A transition from a wrong state is called a bad request.",
        where("POST", "/needs-analysis/{}/validate", 409)(lies),
    ),
    Defect(
        "wrong-state-is-404",
        "transition-refused",
        ("resumeEnrollment",),
        "An enrollment that is not suspended is not found when it is resumed.",
        where("POST", "/enrollments/{}/resume", 409)(hides),
    ),
    Defect(
        "refused-and-archived",
        "transition-refused",
        ("publishQuestionnaire",),
        "A refused publication leaves the questionnaire archived.",
        archived_meanwhile,
        wfc=102,
    ),
    Defect(
        "refused-but-reason-kept",
        "transition-refused",
        ("suspendEnrollment",),
        "A refused suspension leaves its reason in the enrollment.",
        reason_kept,
        wfc=102,
    ),
    Defect(
        "update-of-archived",
        "change-only-where-allowed",
        ("updateCourse",),
        "An archived course can still be changed.",
        instead("PATCH", COURSE, 200, nothing),
        wfc=102,
    ),
    Defect(
        "update-of-published-questionnaire",
        "change-only-where-allowed",
        ("updateQuestionnaire",),
        "The questions of a published questionnaire can be changed.",
        instead("PATCH", QUESTIONNAIRE, 200, nothing),
        wfc=102,
    ),
    Defect(
        "delete-in-any-state",
        "change-only-where-allowed",
        ("deleteCourse",),
        "A published course can be deleted.",
        gone_all_the_same(COURSE, 204),
        wfc=102,
    ),
    Defect(
        "delete-refused-and-done",
        "change-only-where-allowed",
        ("deleteImprovementPlan",),
        "A refused delete removes the plan all the same.",
        gone_all_the_same(PLAN, 409),
        wfc=102,
    ),
    Defect(
        "draft-cannot-be-deleted",
        "change-only-where-allowed",
        ("deleteNeedsAnalysis",),
        "A draft is refused when it is deleted.",
        where("DELETE", "/needs-analysis/{}", 204)(never_deleted),
    ),
    Defect(
        "course-begins-published",
        "initial-state",
        ("createCourse",),
        "A new course is published at once.",
        where("POST", "/courses", 201)(begun),
    ),
    Defect(
        "schedule-is-ignored",
        "initial-state",
        ("createQuestionnaireResponse",),
        "A questionnaire with scheduledFor is sent at once.",
        forgetting("POST", "/questionnaire-responses", "scheduledFor"),
    ),
    Defect(
        "draft-is-ignored",
        "initial-state",
        ("createNeedsAnalysis",),
        "A needs analysis asked for as a draft is analysed at once.",
        forgetting("POST", "/needs-analysis", "draft"),
    ),
]
