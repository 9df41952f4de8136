"""What the defects of lists and records do to calls and answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.verify.defective import Call, Change, Defect, Reply, Upstream, answers, requests


def asked(call: Call, **changes: Any) -> Call:
    """The call with other parameters of its query; None leaves one out."""
    query = {k: v for k, v in {**call.query, **changes}.items() if v is not None}
    return replace(call, query=query, raw_query=urlencode(query))


def query(path: str, change: Callable[[dict[str, str]], object]) -> Callable[[], Change]:
    """A defect in how the query of a list is read: `change` alters it in its place."""

    def read(call: Call) -> Reply | None:
        if call.is_("GET", path):
            pairs = dict(parse_qsl(call.raw_query, keep_blank_values=True))
            change(pairs)
            call.raw_query = urlencode(pairs)
        return None

    return requests(read)


def listed(
    path: str, change: Callable[[Call, list[Any], dict[str, Any]], Any]
) -> Callable[[], Change]:
    """A defect in the answer of a list: `change` gets its items, and the member of its pages.

    It alters both in their place, or gives other items.
    """

    def alter(call: Call, reply: Reply) -> None:
        if call.is_("GET", path) and reply.status == 200:
            body = reply.json
            other = change(call, body["data"], body["meta"]["pagination"])
            if other is not None:
                body["data"] = list(other)
            reply.say(body)

    return answers(alter)


async def everything(call: Call, upstream: Upstream, **given: Any) -> list[Any]:
    """All records of the list that a call asks for, whatever page it asks for."""
    reply = await upstream.call(asked(call, page="1", perPage="100", **given))
    return reply.json["data"] if reply.status == 200 else []


def paged(call: Call, reply: Reply, items: list[Any]) -> Reply:
    """The page of some items that a call asks for, in place of a reply's."""
    page, size = int(call.query.get("page", 1)), int(call.query.get("perPage", 20))
    body = reply.json
    body["data"] = items[(page - 1) * size : page * size]
    body["meta"]["pagination"] |= {"total": len(items), "totalPages": -(-len(items) // size)}
    reply.say(body)
    return reply


async def asks(upstream: Upstream, call: Call, method: str, path: str, body: Any = None) -> Reply:
    """What the sandbox answers to another call of the same caller."""
    other = replace(call, method=method, path=path, query={}, raw_query="", content=b"")
    other.headers = {k: v for k, v in call.headers.items() if k != "content-length"}
    if body is not None:
        sent = Reply(0, {})
        sent.say(body)
        other.content, other.headers["content-type"] = sent.content, "application/json"
    return await upstream.call(other)


def without(*names: str) -> Callable[[dict[str, str]], None]:
    """Leaves parameters out."""
    return lambda pairs: [pairs.pop(name, None) for name in names] and None


def defect(check: str, operation: str, name: str, says: str, make: Callable[[], Change]) -> Defect:
    """A planted defect of a list."""
    return Defect(f"list-{name}", f"list-{check}", (operation,), says, make, wfc=102)


def created(call: Call, reply: Reply, path: str) -> Any:
    """The record that a call created; None when it created none."""
    return reply.json["data"] if call.is_("POST", path) and reply.status == 201 else None


def body_of(
    method: str, path: str, change: Callable[[dict[str, Any]], object]
) -> Callable[[], Change]:
    """A defect in how a body is read: `change` alters it in its place."""

    def read(call: Call) -> Reply | None:
        if call.is_(method, path) and isinstance(call.json, dict):
            sent = Reply(0, {})
            body = call.json
            change(body)
            sent.say(body)
            call.content = sent.content
            call.headers.pop("content-length", None)
        return None

    return requests(read)


def record_defect(  # noqa: PLR0917 - a table of defects reads better without names
    check: str,
    operation: str,
    name: str,
    says: str,
    make: Callable[[], Change],
    wfc: int = 102,
) -> Defect:
    """A planted defect of single records."""
    return Defect(f"record-{name}", check, (operation,), says, make, wfc=wfc)
