"""Defects of lists: pages, totals, orders, limits."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from tests.verify.defective import Call, Change, Reply, Upstream

from ._lists import asked, defect, everything, listed, paged, query, without


def last_page(call: Call, items: list[Any], pages: dict[str, Any]) -> None:
    if pages["page"] == pages["totalPages"] > 1:
        pages["total"] -= 1


def repeated(path: str) -> Callable[[], Change]:
    """Pages that begin one record too early."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        page, size = int(call.query.get("page", 1)), int(call.query.get("perPage", 20))
        if call.is_("GET", path) and reply.status == 200 and page > 1 and reply.json["data"]:
            body = reply.json
            items = await everything(call, upstream)
            start = (page - 1) * size - 1
            body["data"] = items[start : start + size]
            reply.say(body)
        return reply

    return lambda: change


def repeats_last(path: str) -> Callable[[], Change]:
    """A page past the end that is the last one again."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("GET", path) and reply.status == 200:
            last = reply.json["meta"]["pagination"]["totalPages"]
            if int(call.query.get("page", 1)) > last > 0:
                return await upstream.call(asked(call, page=str(last)))
        return reply

    return lambda: change


def past_end(status: int) -> Callable[[], Change]:
    """A page past the end that is refused."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if call.is_("GET", "/users") and reply.status == 200 and not reply.json["data"]:
            missing = await upstream.call(replace(call, path="/users/usr_none", raw_query=""))
            return replace(missing, status=status)
        return reply

    return lambda: change


def one_more(call: Call, items: list[Any], pages: dict[str, Any]) -> list[Any]:
    return items[: max(1, pages["perPage"] - 1)] if pages["perPage"] > 1 else items


def shuffled() -> Change:
    random = Random(7)

    def mixed(_call: Call, items: list[Any], _pages: dict[str, Any]) -> list[Any]:
        return random.sample(items, len(items))

    return listed("/companies", mixed)()


def ties_lost() -> Change:
    turn = itertools.count()

    def turned(call: Call, items: list[Any], _pages: dict[str, Any]) -> list[Any] | None:
        key = call.query.get("sort", "").lstrip("-")
        if not key or next(turn) % 2:
            return None
        groups = itertools.groupby(items, key=lambda r: r.get(key))
        return [r for _, group in groups for r in reversed(list(group))]

    return listed("/enrollments", turned)()


def within_page(path: str) -> Callable[[], Change]:
    """Sorts what stands on the page at hand."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        key = call.query.get("sort", "")
        if not call.is_("GET", path) or not key or "," in key:
            return await upstream.call(call)
        reply = await upstream.call(asked(call, sort=None))
        if reply.status == 200:
            body = reply.json
            body["data"].sort(key=lambda r: r[key.lstrip("-")], reverse=key[0] == "-")
            reply.say(body)
        return reply

    return lambda: change


def as_texts(path: str, member: str) -> Callable[[], Change]:
    """Sorts numbers as texts."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        key = call.query.get("sort", "")
        if not call.is_("GET", path) or key.lstrip("-") != member or reply.status != 200:
            return reply
        items = await everything(call, upstream)
        return paged(
            call, reply, sorted(items, key=lambda r: str(r[member]), reverse=key[0] == "-")
        )

    return lambda: change


def nulls_between(path: str, member: str) -> Callable[[], Change]:
    """Sorts null like a day of the past that others lie before."""

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        key = call.query.get("sort", "")
        if not call.is_("GET", path) or key.lstrip("-") != member or reply.status != 200:
            return reply
        items = await everything(call, upstream)
        middle = min(r[member] for r in items if r[member])
        items.sort(key=lambda r: r[member] or middle + "0", reverse=key[0] == "-")
        return paged(call, reply, items)

    return lambda: change


def other_order(pairs: dict[str, str]) -> None:
    if int(pairs.get("page", 1)) > 1 and "sort" not in pairs:
        pairs["sort"] = "-createdAt"


def clamped(name: str, least: int, most: int) -> Callable[[dict[str, str]], None]:
    """Brings a number within bounds, where it should be refused."""

    def change(pairs: dict[str, str]) -> None:
        if pairs.get(name, "").lstrip("-").isdecimal():
            pairs[name] = str(max(least, min(most, int(pairs[name]))))

    return change


COURSES, USERS, ENROLLMENTS = "/courses", "/users", "/enrollments"
DEFECTS = [
    defect(
        "partition",
        "listUsers",
        "page-overlap",
        "A page begins with the last record of the page before.",
        repeated(USERS),
    ),
    defect(
        "partition",
        "listCourses",
        "page-gap",
        "The first record of every later page is skipped.",
        listed(COURSES, lambda _, items, p: items[1:] if p["page"] > 1 else None),
    ),
    defect(
        "partition",
        "listEnrollments",
        "page-order",
        "Later pages are cut from another order.",
        query(ENROLLMENTS, other_order),
    ),
    defect(
        "partition",
        "listEvents",
        "last-page-lost",
        "The last page is empty if it is not full.",
        listed(
            "/events",
            lambda _, items, p: [] if p["page"] > 1 and len(items) < p["perPage"] else None,
        ),
    ),
    defect(
        "total",
        "listUsers",
        "total-last-page",
        "The total is one too few on the last page.",
        listed(USERS, last_page),
    ),
    defect(
        "total",
        "listCourses",
        "total-of-page",
        "The total counts the page.",
        listed(COURSES, lambda _, items, p: p.update(total=len(items))),
    ),
    defect(
        "total",
        "listEvents",
        "total-off",
        "The total counts one record that nobody sees.",
        listed("/events", lambda _, items, p: p.update(total=p["total"] + 1)),
    ),
    defect(
        "total",
        "listCourseModules",
        "total-zero-past-end",
        "Past the end the total is zero.",
        listed("/courses/{}/modules", lambda _, items, p: items or p.update(total=0)),
    ),
    defect("order-stable", "listCompanies", "shuffled", "The list has no order.", shuffled),
    defect(
        "order-stable",
        "listEnrollments",
        "ties-lost",
        "Ties change places from call to call.",
        ties_lost,
    ),
    defect(
        "sort",
        "listCourses",
        "sort-ignored",
        "The order is ignored.",
        query(COURSES, without("sort")),
    ),
    defect(
        "sort",
        "listUsers",
        "descending-ignored",
        "A minus does not reverse the order.",
        query(USERS, lambda p: "sort" in p and p.update(sort=p["sort"].replace("-", ""))),
    ),
    defect(
        "sort",
        "listCourses",
        "numbers-as-texts",
        "Numbers are sorted as texts.",
        as_texts(COURSES, "durationHours"),
    ),
    defect(
        "sort",
        "listUsers",
        "sort-in-page",
        "Each page is sorted for itself.",
        within_page(USERS),
    ),
    defect(
        "sort",
        "listCourses",
        "second-key-ignored",
        "Of two keys the second one is ignored.",
        query(COURSES, lambda p: "sort" in p and p.update(sort=p["sort"].partition(",")[0])),
    ),
    defect(
        "sort",
        "listEnrollments",
        "nulls-between",
        "Records without a value stand between others.",
        nulls_between(ENROLLMENTS, "expiresAt"),
    ),
    defect(
        "limits",
        "listCompanies",
        "size-ignored",
        "The size of a page is ignored.",
        query("/companies", without("perPage")),
    ),
    defect(
        "limits",
        "listUsers",
        "size-clamped",
        "A size above the maximum is accepted.",
        query(USERS, clamped("perPage", 1, 100)),
    ),
    defect(
        "limits",
        "listCourses",
        "page-zero",
        "Page 0 is accepted.",
        query(COURSES, clamped("page", 1, 10**6)),
    ),
    defect(
        "limits",
        "listEvents",
        "size-default",
        "The size is 10 where none is given.",
        query("/events", lambda p: p.setdefault("perPage", "10")),
    ),
    defect(
        "limits",
        "listEnrollments",
        "size-less-one",
        "A page holds one record fewer than asked for.",
        listed(ENROLLMENTS, one_more),
    ),
    defect(
        "past-end", "listUsers", "past-end-404", "A page past the end is not found.", past_end(404)
    ),
    defect(
        "past-end",
        "listCourses",
        "past-end-repeats",
        "A page past the end is the last one again.",
        repeats_last(COURSES),
    ),
]
