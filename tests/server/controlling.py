"""Calls of the controls: each answer is held against their own document before a test sees it."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from bacasable.contract import Operation, SchemaSet
from bacasable.contract.schemas import Check
from bacasable.sandbox.controls import controls_contract
from tests.support import Answer, Api

SMALL = "/tenants/votre-tenant"


@dataclass
class Box:
    """The controls of a sandbox; paths are relative to /_sandbox."""

    api: Api

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        answer = self.api.request(method, "!/_sandbox" + path, body, **options)
        assert_documented(method, path.partition("?")[0], answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)

    def fork(self, slug: str, origin: str = "votre-tenant") -> str:
        """A fork of that name; its path."""
        made = self.post(f"/tenants/{origin}/forks", {"slug": slug})
        assert made.status == 201, made.json
        return f"/tenants/{slug}"

    def as_(self, role: str, tenant: str = "votre-tenant") -> Api:
        """A caller with an account of a role, logged in by the controls."""
        return self.bearer(self.post(f"/tenants/{tenant}/tokens", {"role": role}), tenant)

    def bearer(self, tokens: Answer, tenant: str) -> Api:
        assert tokens.status == 201, tokens.json
        sent = {"X-Tenant-ID": tenant, "Authorization": f"Bearer {tokens.json['accessToken']}"}
        return self.api.with_headers(sent)

    def slugs(self) -> list[str]:
        return [tenant["slug"] for tenant in self.get("/tenants").json["items"]]


@cache
def check_of(schema: str) -> Check:
    return SchemaSet(controls_contract().document).answer_check(schema)


@cache
def patterns() -> list[tuple[str, re.Pattern[str], Operation]]:
    return [
        (o.method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", o.path.replace(".", r"\."))), o)
        for o in controls_contract().operations.values()
    ]


def operation_of(method: str, path: str) -> Operation:
    found = [o for m, p, o in patterns() if m == method and p.fullmatch(path)]
    # /tenants/x/clock is no name of a tenant: the path with fewer parameters is meant.
    return min(found, key=lambda operation: operation.path.count("{"))


def assert_documented(method: str, path: str, answer: Answer) -> None:
    """The status, the headers and the body are those that controls.yaml tells of."""
    operation = operation_of(method, path)
    documented = operation.answers.get(answer.status)
    assert documented is not None, (operation.id, answer.status, answer.content[:500])
    for name in documented.headers:
        assert name.lower() in answer.headers, (operation.id, name)
    if documented.schema is None:
        assert answer.content == b""
        return
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind == ("application/json" if answer.status < 400 else "application/problem+json")
    assert check_of(documented.schema)(answer.json) == []
    if answer.status >= 400:
        assert answer.json["status"] == answer.status
        assert answer.json["requestId"] == answer.headers["x-request-id"]


def places(answer: Answer) -> list[str]:
    """Where the violations of a refusal lie."""
    return [error["pointer"] for error in answer.json.get("errors", ())]
