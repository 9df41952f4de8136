"""Who calls, as a server sees it: tokens read, logins made, calls repeated as somebody else."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.verify.defective import Call, Reply, Upstream

OURS, THEIRS = "votre-tenant", "atelier-nord"
_ACCOUNTS = {
    OURS: ("admin@example.com", "votre-mot-de-passe"),
    THEIRS: ("admin@atelier-nord.example", "bac-a-sable-2026"),
}
_SUPER = ("superadmin@example.com", "votre-mot-de-passe")
_NAMES = {
    "usr_admin": "ADMIN",
    "usr_trainer": "TRAINER",
    "usr_learner": "LEARNER",
    "usr_auditor": "AUDITOR",
    "usr_superadmin": "SUPER_ADMIN",
}


def claims(call: Call) -> dict[str, Any]:
    """What the token of a call says, unverified; nothing without a token that can be read."""
    parts = call.headers.get("authorization", "").rpartition(" ")[2].split(".")
    if len(parts) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def algorithm(call: Call) -> str:
    """The algorithm that the token of a call names."""
    head = call.headers.get("authorization", "").rpartition(" ")[2].partition(".")[0]
    try:
        found = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except ValueError:
        return ""
    return str(found.get("alg", "")) if isinstance(found, dict) else ""


def role(call: Call) -> str:
    """The role of the account of ours that calls; empty for anybody else."""
    found = claims(call)
    return _NAMES.get(found.get("sub", ""), "") if found.get("tenant") == OURS else ""


class Accounts:
    """Logs in to the clean sandbox, once for each account."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], str] = {}

    async def repeated(
        self,
        call: Call,
        upstream: Upstream,
        tenant: str = OURS,
        account: tuple[str, str] = ("", ""),
    ) -> Reply:
        """The answer to a call that is made by the administrator of a tenant, or an account."""
        email, password = account if account[0] else _ACCOUNTS[tenant]
        if (tenant, email) not in self._tokens:
            body = json.dumps({"email": email, "password": password}).encode()
            headers = {"x-tenant-id": tenant, "content-type": "application/json"}
            login = Call("POST", "/auth/login", {}, headers, body)
            answer = await upstream.call(login)
            self._tokens[tenant, email] = answer.json["data"]["accessToken"]
        token = self._tokens[tenant, email]
        headers = {**call.headers, "x-tenant-id": tenant, "authorization": f"Bearer {token}"}
        return await upstream.call(replace(call, headers=headers))

    async def by_super(self, call: Call, upstream: Upstream) -> Reply:
        """The answer to a call that is made by the super administrator."""
        return await self.repeated(call, upstream, OURS, _SUPER)


When = Callable[[Call, Reply], bool]


def asked(method: str, path: str, *statuses: int) -> When:
    """A call of an operation that the sandbox answers with one of some statuses."""

    def fits(call: Call, reply: Reply) -> bool:
        return call.is_(method, path) and reply.status in statuses

    return fits


def as_ours(*whens: When) -> Callable[[], Any]:
    """A server that lets through what it should refuse: our administrator makes these calls."""

    def make() -> Any:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            if all(when(call, reply) for when in whens):
                return await accounts.repeated(call, upstream)
            return reply

        return change

    return make


def as_theirs(*whens: When) -> Callable[[], Any]:
    """A server that looks beyond the tenant for what it does not find in it."""

    def make() -> Any:
        accounts = Accounts()

        async def change(call: Call, upstream: Upstream) -> Reply:
            reply = await upstream.call(call)
            ours = claims(call).get("tenant") == OURS
            if ours and all(when(call, reply) for when in whens):
                found = await accounts.repeated(call, upstream, THEIRS)
                return found if found.status < 400 else reply
            return reply

        return change

    return make


def problem(reply: Reply, status: int, code: str) -> None:
    """Make an answer another problem of the catalogue."""
    reply.status = status
    reply.headers["content-type"] = "application/problem+json"
    reply.headers.pop("www-authenticate", None)
    reply.say({**(reply.json or {}), "status": status, "code": code})
