"""The request log over HTTP: what is in it, filters, clearing; by both transports."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.contract.schemas import SchemaSet
from bacasable.sandbox.controls import controls_contract
from tests.support import ALL, Api, in_process, make_sandbox

LOG = "!/_sandbox/log"
TENANT = "votre-tenant"


@pytest.fixture(autouse=True)
def _empty(request: pytest.FixtureRequest) -> None:
    for name in {"api", "local"} & set(request.fixturenames):
        request.getfixturevalue(name).sandbox.hub.exchanges.forget_all()


def read(api: Api, query: str = "") -> list[Any]:
    answer = api.get(LOG + ("?" + query if query else ""))
    assert answer.status == 200, answer.json
    check = SchemaSet(controls_contract().document).answer_check("/components/schemas/Exchange")
    for item in answer.json["items"]:
        assert not check(item)
    return answer.json["items"]


def paths(api: Api, query: str = "") -> list[str]:
    return [item["path"].removeprefix("/api/v1") for item in read(api, query)]


def test_an_exchange_is_told_whole(api: Api) -> None:
    admin = api.as_("ADMIN")
    created = admin.post("/companies?x=1", {"name": "", "extra": 1})
    read(api)
    told = read(api)[-1]
    assert told["id"] == created.json["requestId"]
    assert (told["tenant"], told["operation"]) == (TENANT, "createCompany")
    assert (told["method"], told["path"]) == ("POST", "/api/v1/companies")
    assert (told["query"], told["status"], told["code"]) == ("x=1", 400, "INVALID_REQUEST")
    assert told["actor"] == "usr_admin"
    assert told["violations"] == created.json["errors"]
    assert told["request"]["body"] == {"name": "", "extra": 1}
    assert told["request"]["headers"]["x-tenant-id"] == TENANT
    assert told["response"]["body"] == created.json
    assert told["response"]["bytes"] == len(created.content)
    shown = told["response"]["headers"]
    assert shown.items() <= created.headers.items()
    assert {"content-type", "content-length", "x-request-id"} <= shown.keys()


def test_controls_and_pages_are_not_in_it(api: Api) -> None:
    for path in ("/openapi.json", "/_sandbox/health", "/_sandbox/tenants", "/swagger", "/"):
        api.get("!" + path)
    api.get("!/_sandbox/nowhere")
    api.get(LOG + "?limit=0")
    api.get("!/_sandbox/log.har")
    assert read(api) == []


def test_calls_that_name_no_tenant_stand_under_none(api: Api) -> None:
    api.get("/companies")
    api.get("/nowhere", headers={"X-Tenant-ID": TENANT})
    api.get("/companies", headers={"X-Tenant-ID": "unknown"})
    told = read(api)
    assert [(e["status"], e["operation"]) for e in told] == [
        (401, "listCompanies"),
        (404, None),
        (401, "listCompanies"),
    ]
    assert [e["actor"] for e in told] == [None] * 3
    assert read(api, f"tenant={TENANT}") == []


def test_a_call_without_a_token_stands_under_the_tenant_it_names(api: Api) -> None:
    api.get("/companies", headers={"X-Tenant-ID": TENANT})
    assert [e["status"] for e in read(api, f"tenant={TENANT}")] == [401]


def test_passwords_and_tokens_do_not_come_out(api: Api) -> None:
    admin = api.as_("ADMIN")
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    admin.get(f"/companies?access_token={token}")
    admin.get(f"/companies/{token}")
    admin.post("/auth/login", {"email": "a@b.example", "password": "mon-mot-secret"})
    admin.post("/auth/login", content=b'{"password": "mon-mot-secret"', headers={"x": "y"})
    for path in (LOG, "!/_sandbox/log.har"):
        text = api.get(path).content.decode()
        assert "companies" in text
        for secret in (token, "mon-mot-secret", "votre-mot-de-passe", "rft_"):
            assert secret not in text


def test_filters(api: Api) -> None:
    admin, trainer = api.as_("ADMIN"), api.as_("TRAINER")
    api.sandbox.hub.exchanges.forget_all()
    admin.get("/companies")
    trainer.get("/courses")
    admin.get("/companies/cmp_unknown")
    admin.request("HEAD", "/courses")
    trainer.post("/companies", {"name": "X"})
    assert paths(api, "operation=listCourses") == ["/courses", "/courses"]
    assert paths(api, "method=HEAD") == ["/courses"]
    assert paths(api, "status=404") == ["/companies/cmp_unknown"]
    assert paths(api, "status=4xx") == ["/companies/cmp_unknown", "/companies"]
    assert paths(api, "status=0") == []
    assert paths(api, "actor=usr_admin&status=2xx") == ["/companies", "/courses"]
    assert paths(api, "limit=2") == ["/courses", "/companies"]
    assert paths(api, "operation=listCourses&limit=1&method=GET") == ["/courses"]


def test_since_takes_the_exchange_of_that_instant(api: Api) -> None:
    api.as_("ADMIN").get("/companies")
    told = read(api)
    for exchange in told:
        expected = [e["id"] for e in told if e["at"] >= exchange["at"]]
        assert [e["id"] for e in read(api, f"since={exchange['at']}")] == expected
    assert read(api, "since=2999-01-01T00:00:00Z") == []


@pytest.mark.parametrize("path", [LOG, "!/_sandbox/log.har"])
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("operation=listCompanie", "query/operation"),
        ("status=44", "query/status"),
        ("status=6xx", "query/status"),
        ("limit=0", "query/limit"),
        ("since=yesterday", "query/since"),
        ("method=get", "query/method"),
        ("page=1", "query/page"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_place(
    local: Api, path: str, query: str, place: str
) -> None:
    answer = local.get(f"{path}?{query}")
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert [error["pointer"] for error in answer.json["errors"]] == [place]


def test_a_misspelt_operation_is_told_the_closest(local: Api) -> None:
    answer = local.get(LOG + "?operation=listCompanie&follow=true")
    assert "'listCompanies'" in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("tenant", ["unknown", ""])
def test_an_unknown_tenant_is_not_found(api: Api, method: str, tenant: str) -> None:
    answer = api.request(method, f"{LOG}?tenant={tenant}")
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_tenants_do_not_see_each_other_and_are_cleared_by_themselves(contract: Contract) -> None:
    with in_process(make_sandbox(contract, ALL[:3])) as api:
        for slug in ALL[:3]:
            api.as_("ADMIN", slug).get("/companies")
        api.get("/nowhere")
        for slug in ALL[:3]:
            assert {e["tenant"] for e in read(api, f"tenant={slug}")} == {slug}
        assert len(read(api)) == 7
        assert api.delete(f"{LOG}?tenant={ALL[0]}").status == 204
        assert api.delete(f"{LOG}?tenant={ALL[0]}").status == 204
        assert {e["tenant"] for e in read(api)} == {*ALL[1:3], None}
        assert api.delete(LOG).status == 204
        assert read(api) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(1, 20), st.integers(1, 25))
def test_a_limit_takes_the_latest_oldest_first(local: Api, calls: int, limit: int) -> None:
    local.sandbox.hub.exchanges.forget_all()
    for number in range(calls):
        local.get(f"/companies?page={number}")
    expected = [f"page={number}" for number in range(calls)][-limit:]
    assert [e["query"] for e in read(local, f"limit={limit}")] == expected
