"""Servers that mix tenants up: they know the answers of both, ours and the other's."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.verify.defective import Call, Change, Reply, Upstream

from ._callers import OURS, THEIRS, Accounts, claims, problem

Use = Callable[[Call, Reply, Reply], None]


def ours(call: Call) -> bool:
    return claims(call).get("tenant") == OURS


def compared(method: str, path: str, use: Use, *statuses: int) -> Callable[[], Change]:
    """A server that knows both answers, ours and the other tenant's, and mixes them by `use`."""

    def make() -> Change:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if ours(call) and call.is_(method, path) and reply.status in statuses:
                use(call, reply, await accounts.repeated(call, upstream, THEIRS))
            return reply

        return change

    return make


def looked_up(path: str, use: Use, *statuses: int, method: str = "") -> Callable[[], Change]:
    """A server that looks, beyond the tenant, whether the record of a path is there."""

    def make() -> Change:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if ours(call) and call.is_(method or call.method, path) and reply.status in statuses:
                look = Call("GET", call.path, {}, dict(call.headers), b"")
                use(call, reply, await accounts.repeated(look, upstream, THEIRS))
            return reply

        return change

    return make


def told_apart(call: Call, reply: Reply, theirs: Reply) -> None:
    if theirs.status == 200:
        reply.say({**(reply.json or {}), "detail": "This record is not yours."})


def forbidden(call: Call, reply: Reply, theirs: Reply) -> None:
    if theirs.status == 200:
        problem(reply, 403, "ROLE_REQUIRED")


def tagged(call: Call, reply: Reply, theirs: Reply) -> None:
    if theirs.status == 200:
        reply.headers["etag"] = theirs.headers["etag"]


def unmodified(call: Call, reply: Reply, theirs: Reply) -> None:
    if theirs.status == 304:
        reply.status, reply.content = 304, b""


def merged(call: Call, reply: Reply, theirs: Reply) -> None:
    body: Any = reply.json
    body["data"] = [*theirs.json["data"], *body["data"]][:100]
    body["meta"]["pagination"]["total"] += theirs.json["meta"]["pagination"]["total"]
    reply.say(body)


def merged_if(parameter: str) -> Use:
    def use(call: Call, reply: Reply, theirs: Reply) -> None:
        if parameter in call.query:
            merged(call, reply, theirs)

    return use


def counted(call: Call, reply: Reply, theirs: Reply) -> None:
    body: Any = reply.json
    body["meta"]["pagination"]["total"] += theirs.json["meta"]["pagination"]["total"]
    reply.say(body)


def counted_if(parameter: str) -> Use:
    def use(call: Call, reply: Reply, theirs: Reply) -> None:
        if parameter in call.query:
            counted(call, reply, theirs)

    return use


def any_parent(mine: bool) -> Callable[[], Change]:
    """A server that looks for a child by its id alone: ours, or anybody's, in any parent."""

    def make() -> Change:
        accounts, parents = Accounts(), dict[str, tuple[str, str]]()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            tenant = claims(call).get("tenant", "")
            if call.is_("POST", "/courses/{}/modules") and reply.status == 201:
                parents[reply.json["data"]["id"]] = (call.path.split("/")[2], tenant)
            if call.is_("GET", "/courses/{}/modules/{}") and reply.status == 404 and ours(call):
                parent, owner = parents.get(call.path.split("/")[4], ("", ""))
                if parent and (owner == OURS) == mine:
                    path = f"/courses/{parent}/modules/{call.path.split('/')[4]}"
                    return await accounts.repeated(replace(call, path=path), upstream, owner)
            return reply

        return change

    return make


def silently(method: str, path: str) -> Callable[[], Change]:
    """A server that does it to the foreign record, and says that there is none."""

    def make() -> Change:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if ours(call) and call.is_(method, path) and reply.status == 404:
                await accounts.repeated(call, upstream, THEIRS)
            return reply

        return change

    return make


def referring(method: str, path: str, member: str, collection: str) -> Callable[[], Change]:
    """A server that looks the id of a member up in all tenants."""

    def make() -> Change:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            body = call.json
            wanted = ours(call) and call.is_(method, path) and isinstance(body, dict)
            given = body.get(member) if wanted else None
            if not given:
                return await upstream.call(call)
            look = Call("GET", f"{collection}/{given}", {}, dict(call.headers), b"")
            if (await accounts.repeated(look, upstream, THEIRS)).status != 200:
                return await upstream.call(call)
            content = json.dumps({**body, member: None}).encode()
            headers = {**call.headers, "content-length": str(len(content))}
            reply = await upstream.call(replace(call, content=content, headers=headers))
            if reply.status < 300:
                said: Any = reply.json
                said["data"][member] = given
                reply.say(said)
            return reply

        return change

    return make


def reference_told_apart() -> Change:
    """A server that says of a foreign id that it is one."""
    accounts = Accounts()

    async def change(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        if ours(call) and call.is_("POST", "/needs-analysis") and reply.status == 409:
            path = f"/companies/{(call.json or {}).get('companyId')}"
            look = Call("GET", path, {}, dict(call.headers), b"")
            if (await accounts.repeated(look, upstream, THEIRS)).status == 200:
                problem(reply, 409, "RULE_REFUSED")
        return reply

    return change


def token_decides(call: Call) -> None:
    tenant = claims(call).get("tenant")
    if tenant and "x-tenant-id" in call.headers and call.is_("GET", "/courses"):
        call.headers["x-tenant-id"] = tenant


def header_optional(call: Call) -> None:
    tenant = claims(call).get("tenant")
    if tenant and call.is_("GET", "/improvement-plans/{}"):
        call.headers.setdefault("x-tenant-id", tenant)


def header_decides() -> Change:
    accounts = Accounts()

    async def change(call: Call, upstream: Upstream) -> Reply:
        named = call.headers.get("x-tenant-id")
        if named == THEIRS and ours(call) and call.is_("POST", "/companies"):
            return await accounts.repeated(call, upstream, THEIRS)
        return await upstream.call(call)

    return change
