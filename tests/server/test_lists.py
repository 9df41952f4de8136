"""Lists hold the records of one tenant and of no other."""

import asyncio
from typing import Any

import pytest

from bacasable.core import engine as engines
from bacasable.server import driving
from tests.server.conftest import Callers
from tests.server.table import contract, filled, ids_in_path, operations, resource_of
from tests.support import Api

TENANT_SCOPED = {r.name for r in contract().resources.values() if r.scope == "tenant"}
LISTS = [o.id for o in operations() if o.action.kind == "list" and o.needs_tenant]


def ids_of(api: Api, tenant: str) -> set[str]:
    space = api.sandbox.engine.platform.space(tenant)
    # Events are numbered from 1 in every tenant, so their ids tell nothing.
    scoped = TENANT_SCOPED - {"Event"}
    return {record["id"] for name in scoped for record in space.collection(name)} | {
        space.tenant_id
    }


def ids_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(ids_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(ids_in(item) for item in value))
    return {value} if isinstance(value, str) and resource_of(value) else set()


def strangers_to(api: Api, tenant: str) -> set[str]:
    others = [s.slug for s in api.sandbox.engine.platform.spaces() if s.slug != tenant]
    return set[str]().union(*(ids_of(api, slug) for slug in others)) - ids_of(api, tenant)


def path_of(api: Api, operation_id: str, tenant: str) -> str:
    """The list itself, or the list below the tenant's first record."""
    operation = contract().operations[operation_id]
    space = api.sandbox.engine.platform.space(tenant)
    parents = ids_in_path(operation).items()
    return filled(operation, **{n: next(iter(space.collection(r)))["id"] for n, r in parents})


@pytest.mark.parametrize("operation_id", LISTS)
@pytest.mark.parametrize("tenant", ["votre-tenant", "atelier-nord"])
def test_no_page_of_a_list_holds_an_id_of_another_tenant(
    seeded: Api, callers: Callers, operation_id: str, tenant: str
) -> None:
    path, strangers = path_of(seeded, operation_id, tenant), strangers_to(seeded, tenant)
    page, total = 0, 1
    while page < total:
        page += 1
        answer = callers("ADMIN", tenant).get(f"{path}?perPage=100&page={page}")
        assert answer.status == 200
        assert not ids_in(answer.data) & strangers
        total = answer.json["meta"]["pagination"]["totalPages"]


def test_a_learner_lists_only_what_is_theirs(seeded: Api, callers: Callers) -> None:
    for path, field in (("/enrollments", "userId"), ("/questionnaire-responses", "respondentId")):
        answer = callers("LEARNER").get(path)
        assert {record[field] for record in answer.data} == {"usr_learner"}


def test_many_long_lists_at_once_are_all_put_in_order(
    local: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a collection keeps orders: none may push another out for ever."""
    monkeypatch.setattr(engines, "_MANY", 20)
    monkeypatch.setattr(engines, "PORTION", 5)
    records = [{"name": f"Atelier {number:03d}"} for number in range(200)]
    path = "!/_sandbox/tenants/votre-tenant/records"
    assert local.post(path, {"resource": "Company", "records": records}).status == 201
    admin = local.as_("ADMIN")
    sent = {name.lower(): value for name, value in admin.headers.items()}

    async def ask() -> list[Any]:
        paths = [f"/api/v1/companies?q=atelier+{n:03d}&sort=-name" for n in range(120)]
        asked = [admin._in_process("GET", path, b"", sent) for path in paths]
        return await asyncio.wait_for(asyncio.gather(*asked), 60)

    answers = local.loop.run_until_complete(ask())
    names = [[company["name"] for company in answer.data] for answer in answers]
    assert names == [[f"Atelier {number:03d}"] for number in range(120)]


def test_a_list_that_is_in_order_waits_for_none_that_is_not(
    local: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_MANY", 20)
    monkeypatch.setattr(engines, "PORTION", 1)
    monkeypatch.setattr(driving, "SLICE", 0)
    records = [{"name": f"Atelier {number:03d}"} for number in range(200)]
    path = "!/_sandbox/tenants/votre-tenant/records"
    assert local.post(path, {"resource": "Company", "records": records}).status == 201
    admin = local.as_("ADMIN")
    sent = {name.lower(): value for name, value in admin.headers.items()}
    assert admin.get("/companies?sort=name").status == 200
    ended: list[str] = []

    async def one(query: str) -> None:
        await admin._in_process("GET", f"/api/v1/companies?{query}", b"", sent)
        ended.append(query)

    async def ask() -> None:
        asked = [asyncio.ensure_future(one(f"q=atelier+{n:03d}")) for n in range(20)]
        await asyncio.sleep(0)
        await asyncio.gather(one("sort=name"), *asked)

    local.loop.run_until_complete(ask())
    assert ended[0] == "sort=name"
