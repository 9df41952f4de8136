"""The security of a document of others over HTTP: every scheme, refusals, challenges, --open."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Operation
from bacasable.platforms import PlatformPackage
from bacasable.sandbox.credentials import described
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import Assembly, build_sandbox
from tests.support import Answer, Api, credentials, in_process

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"


def opened(**options: Any) -> Assembly:
    return build_sandbox(PlatformPackage.of(LOCKERS), **options)


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with in_process(opened()) as api:
        yield api


def call(api: Api, operation: Operation, headers: dict[str, str], query: dict[str, str]) -> Answer:
    path = operation.path.replace("{lockerId}", "1")
    path += "?" + "&".join(f"{n}={v}" for n, v in query.items()) if query else ""
    if operation.id == "addLocker":
        return api.post(path, {"label": "A"}, headers=headers)
    return api.request(operation.method.upper(), path, headers=headers)


def operations(api: Api) -> list[Operation]:
    found = api.sandbox.engine.contract.operations.values()
    return [one for one in found if one.id != "token"]


def test_every_operation_is_answered_with_its_credential_and_without_it_refused(api: Api) -> None:
    for operation in [*operations(api)[1:], *operations(api)]:
        if operation.id == "both":
            continue
        answer = call(api, operation, *credentials(api.sandbox, operation))
        assert answer.status == operation.success, operation.id
        bare = call(api, operation, {}, {})
        optional = () in operation.security or operation.id in {"public", "certificate"}
        assert bare.status == (operation.success if optional else 401), operation.id
        assert optional or bare.headers["www-authenticate"]


def test_what_one_alternative_names_is_needed_together(api: Api) -> None:
    both = api.sandbox.engine.contract.operations["both"]
    headers, _ = credentials(api.sandbox, both)
    assert call(api, both, headers, {}).status == 204
    for name in headers:
        assert call(api, both, {name: headers[name]}, {}).status == 401
    (_, _, third) = api.sandbox.engine.contract.operations["listLockers"].security
    sent = {c.scheme: account(api.sandbox, c.scheme).secret for c in third}
    path = f"/lockers?key={sent['query']}"
    assert api.get(path, headers={"Cookie": f"a=b; sid={sent['cookie']}"}).status == 200
    assert api.get(path).status == 401


def account(sandbox: Assembly, scheme: str) -> Any:
    assert sandbox.hub.accounts is not None
    return next(one for one in sandbox.hub.accounts.all() if one.scheme.name == scheme)


def test_refusals_have_the_shape_that_the_document_gives_them(api: Api) -> None:
    nobody = api.post("/lockers", {"label": "A"})
    assert (nobody.status, list(nobody.json)) == (401, ["wrong"])
    assert nobody.headers["www-authenticate"] == 'Bearer realm="sandbox", scope="look change"'
    wrong = api.get("/lockers", headers={"X-Key": "none of ours"})
    assert (wrong.status, list(wrong.json)) == (401, ["wrong"])
    plain = api.get("/lockers/1", headers={"X-Key": "none of ours"})
    assert (plain.status, plain.headers["content-type"]) == (401, "application/problem+json")
    assert plain.json["code"] == "TOKEN_INVALID"
    accounts = api.sandbox.hub.accounts
    assert accounts is not None
    few = {"Authorization": next(a for a in accounts.all() if a.name == "login-2").value}
    refused = api.post("/lockers", {"label": "A"}, headers=few)
    # This operation documents no 403, but a 401 that stands for it.
    assert (refused.status, list(refused.json)) == (401, ["wrong"])
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    roles = {"Authorization": next(a for a in accounts.all() if a.name == "login").value}
    assert api.get("/me", headers=roles).status == 403


def test_who_calls_is_in_the_log(api: Api) -> None:
    api.delete("!/_sandbox/log")
    key = {"X-Key": account(api.sandbox, "key").secret}
    api.get("/lockers", headers=key)
    (logged,) = api.get("!/_sandbox/log").json["items"]
    assert logged["actor"] == "key"
    assert key["X-Key"] not in json.dumps(logged)
    query, cookie = account(api.sandbox, "query").secret, account(api.sandbox, "cookie").secret
    api.get(f"/lockers?key={query}", headers={"Cookie": f"sid={cookie}"})
    told = api.get("!/_sandbox/log").content
    assert query.encode() not in told
    assert cookie.encode() not in told


def test_the_controls_tell_what_is_accepted(api: Api) -> None:
    items = api.get("!/_sandbox/credentials").json["items"]
    assert api.sandbox.hub.accounts is not None
    assert items == [described(one) for one in api.sandbox.hub.accounts.all()]
    by_name = {item["account"]: item for item in items}
    assert by_name["basic"]["curl"].startswith("-u basic:")
    assert by_name["cookie"]["curl"].startswith("-b sid=")
    assert by_name["query"]["curl"].startswith("--url-query key=")
    assert by_name["login-2"]["curl"].startswith("-H 'Authorization: Bearer ")
    assert by_name["digest"]["curl"] == "-H 'Authorization: Digest anything'"
    assert by_name["certificate"]["curl"] == ""
    assert (by_name["certificate"]["in"], by_name["certificate"]["value"]) == (None, None)
    assert by_name["basic"]["secret"].startswith("basic:")


def test_credentials_are_random_unless_they_are_to_be_predictable() -> None:
    def secrets(**options: Any) -> list[str]:
        accounts = opened(**options).hub.accounts
        assert accounts is not None
        return [one.secret for one in accounts.all()]

    one, other = secrets(), secrets()
    assert not {*filter(None, one)} & {*other}
    assert secrets(predictable_tokens=True) == secrets(predictable_tokens=True)
    assert secrets(predictable_tokens=True) != secrets(predictable_tokens=True, seed_number=1)
    assert secrets(secret="s" * 32) == secrets(secret="s" * 32)


def test_credentials_outlast_a_restart_with_a_state_and_none_without(tmp_path: Path) -> None:
    def started(state: Path | None) -> list[str]:
        sandbox = opened()
        accounts = sandbox.hub.accounts
        assert accounts is not None
        if state is None:
            return [one.secret for one in accounts.all()]
        keeper = Keeper(state, sandbox.hub.estate)
        keeper.open()
        try:
            with in_process(sandbox) as api:
                key = {"X-Key": account(sandbox, "key").secret}
                assert api.get("/lockers", headers=key).status == 200
            asyncio.run(keeper.finish())
        finally:
            keeper.close()
        return [one.secret for one in accounts.all()]

    kept = [started(tmp_path / "state.json") for _ in range(2)]
    assert kept[0] == kept[1]
    assert not {*filter(None, started(None))} & {*kept[0]}


def test_open_access_asks_nobody() -> None:
    with in_process(opened(open_access=True)) as api:
        assert api.post("/lockers", {"label": "A"}).status == 201
        assert api.get("/both").status == 204
        assert api.get("!/_sandbox/credentials").json == {"items": []}
        assert api.sandbox.hub.authorization is not None


def test_what_the_start_finds_wrong_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(LOCKERS.read_text().replace("[{basic: []}]", "[{basik: []}]"))
    with in_process(build_sandbox(PlatformPackage.of(file))) as api:
        assert api.get("/basic").status == 204
    said = [record.getMessage() for record in caplog.records]
    assert any("'basik' is no security scheme; did you mean 'basic'?" in one for one in said)
    assert any("the flow implicit of 'old' is not served" in one for one in said)


def test_the_platform_that_is_included_has_accounts_of_its_own() -> None:
    sandbox = build_sandbox(fixtures=[])
    assert sandbox.hub.accounts is None
    assert sandbox.hub.authorization is None
