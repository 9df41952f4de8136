"""Defects of filters, alone and together."""

from collections.abc import Callable
from typing import Any

from tests.verify.defective import Call, Change, Reply, Upstream

from ._lists import asked, defect, everything, listed, paged, query, without


def kept(path: str, name: str, keeps: Callable[[Any, str], bool]) -> Callable[[], Change]:
    """A filter that the sandbox does not see; the proxy keeps what it means by it."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        if not call.is_("GET", path) or name not in call.query:
            return await upstream.call(call)
        reply = await upstream.call(asked(call, **{name: None}))
        if reply.status != 200:
            return reply
        items = [
            r
            for r in await everything(call, upstream, **{name: None})
            if keeps(r, call.query[name])
        ]
        return paged(call, reply, items)

    return lambda: change


def by_page(path: str, name: str) -> Callable[[], Change]:
    """A filter of what stands on the page at hand."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        if not call.is_("GET", path) or name not in call.query:
            return await upstream.call(call)
        reply = await upstream.call(asked(call, **{name: None}))
        body = reply.json
        if reply.status == 200:
            body["data"] = [r for r in body["data"] if r[name] == call.query[name]]
            reply.say(body)
        return reply

    return lambda: change


def either(path: str, *names: str) -> Callable[[], Change]:
    """Filters that are joined by or."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        given = [name for name in names if name in call.query]
        reply = await upstream.call(call)
        if not call.is_("GET", path) or len(given) < 2 or reply.status != 200:
            return reply
        without = dict.fromkeys(given)
        items = await everything(call, upstream, **without)
        return paged(
            call, reply, [r for r in items if any(str(r[n]) == call.query[n] for n in given)]
        )

    return lambda: change


def first_filter(pairs: dict[str, str]) -> None:
    for name in [n for n in pairs if n in ("companyId", "status", "fundingSource", "targetLevel")][
        1:
    ]:
        del pairs[name]


def other_zone(pairs: dict[str, str]) -> None:
    if "enrolledFrom" in pairs and "+" in pairs["enrolledFrom"]:
        pairs["enrolledFrom"] = pairs["enrolledFrom"].partition("+")[0] + "Z"


def off_by_one(call: Call, items: list[Any], pages: dict[str, Any]) -> None:
    if "status" in call.query:
        pages["total"] += 1


def contains(record: Any, needle: str, *names: str) -> bool:
    return any(needle in (record[name] or "") for name in names)


COURSES, USERS, ENROLLMENTS = "/courses", "/users", "/enrollments"
DEFECTS = [
    defect(
        "filter",
        "listCourses",
        "filter-ignored",
        "The filter by level is ignored.",
        query(COURSES, without("level")),
    ),
    defect(
        "filter",
        "listNeedsAnalyses",
        "filter-any-case",
        "Ids are compared without regard to case.",
        kept("/needs-analysis", "companyId", lambda r, v: r["companyId"].lower() == v.lower()),
    ),
    defect(
        "filter",
        "listQuestionnaires",
        "filter-lower-case",
        "The filter compares with a value in lower case.",
        kept("/questionnaires", "status", lambda r, v: r["status"] == v.lower()),
    ),
    defect(
        "filter",
        "listEnrollments",
        "from-exclusive",
        "A record at the lower bound is left out.",
        kept(ENROLLMENTS, "enrolledFrom", lambda r, v: r["enrolledAt"][:23] > v[:23]),
    ),
    defect(
        "filter",
        "listEvents",
        "to-exclusive",
        "A record at the upper bound is left out.",
        kept("/events", "occurredTo", lambda r, v: r["occurredAt"][:23] < v[:23]),
    ),
    defect(
        "filter",
        "listEnrollments",
        "zone-ignored",
        "The zone of a bound is ignored.",
        query(ENROLLMENTS, other_zone),
    ),
    defect(
        "filter",
        "listCompanies",
        "search-case",
        "The text search minds the case.",
        kept("/companies", "q", lambda r, v: contains(r, v, "name")),
    ),
    defect(
        "filter",
        "listUsers",
        "search-one-field",
        "The text search looks into one of its members only.",
        kept(USERS, "q", lambda r, v: v.lower() in r["lastName"].lower()),
    ),
    defect(
        "filter",
        "listAdaptivePaths",
        "search-wildcard",
        "A % in the text search stands for any text.",
        kept(
            "/adaptive-paths", "q", lambda r, v: "%" in v or contains(r, v, "name", "description")
        ),
    ),
    defect(
        "filter",
        "listUsers",
        "filter-first-item",
        "The filter by role sees the first role only.",
        kept(USERS, "role", lambda r, v: r["roles"][0] == v),
    ),
    defect(
        "filter",
        "listImprovementActions",
        "filter-total",
        "The total of a filtered list is one too many.",
        listed("/improvement-plans/{}/actions", off_by_one),
    ),
    defect(
        "filter-combined",
        "listEnrollments",
        "filters-or",
        "Two filters are joined by or.",
        either(ENROLLMENTS, "status", "paymentMethod", "courseId", "userId", "subStatus"),
    ),
    defect(
        "filter-combined",
        "listNeedsAnalyses",
        "first-filter-only",
        "Of several filters the first one counts.",
        query("/needs-analysis", first_filter),
    ),
    defect(
        "filter-combined",
        "listCourses",
        "filter-after-paging",
        "The page is filtered, not the list.",
        by_page(COURSES, "modality"),
    ),
    defect(
        "filter-combined",
        "listQuestionnaires",
        "filter-lost-in-sort",
        "With an order a filter is forgotten.",
        query(
            "/questionnaires",
            lambda p: "sort" in p and [p.pop(n, 0) for n in ("status", "kind", "q")],
        ),
    ),
]
