"""Secrets come from the system's randomness: nobody computes one, and none comes again."""

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import CONTRACT, fixture_path
from bacasable.sandbox.keeping import Keeper
from bacasable.server.launch import build_sandbox

from ..support import NOW, PASSWORDS, Api, in_process

TENANT = {"X-Tenant-ID": "votre-tenant"}


Start = Callable[..., Api]


@pytest.fixture
def started() -> Iterator[Start]:
    """Starts sandboxes of one seed, one after another."""
    with ExitStack() as running:

        def start(*, predictable: bool = False) -> Api:
            sandbox = build_sandbox(
                contract=CONTRACT,
                fixtures=[fixture_path("votre-tenant")],
                clock=FixedClock(parse_instant(NOW)),
                predictable_tokens=predictable,
            )
            return running.enter_context(in_process(sandbox))

        yield start


def logged_in(api: Api, who: str = "apprenant") -> dict[str, str]:
    body = {"email": f"{who}@example.com", "password": PASSWORDS["votre-tenant"]}
    return api.post("/auth/login", body, headers=TENANT).data


def test_two_sandboxes_of_one_seed_give_other_tokens_and_the_same_ids(started: Start) -> None:
    one, two = started(), started()
    first, second = logged_in(one), logged_in(two)
    assert first["accessToken"] != second["accessToken"]
    assert first["refreshToken"] != second["refreshToken"]
    ids = [
        api.as_("ADMIN").post("/companies", {"name": "Atelier"}).data["id"] for api in (one, two)
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("logins", [1, 3])
def test_what_another_sandbox_issued_is_unknown(started: Start, logins: int) -> None:
    before, after = started(), started()
    pairs = [logged_in(before) for _ in range(logins)]
    for _ in range(logins):
        logged_in(after, "superadmin")
    for pair in pairs:
        refused = after.post(
            "/auth/refresh", {"refreshToken": pair["refreshToken"]}, headers=TENANT
        )
        assert refused.code == "REFRESH_TOKEN_INVALID"
        bearer = {"Authorization": f"Bearer {pair['accessToken']}"} | TENANT
        assert after.get("/auth/me", headers=bearer).status == 401


def test_who_asks_for_predictable_tokens_gets_the_same_again(started: Start) -> None:
    pairs = [logged_in(started(predictable=True)) for _ in range(2)]
    assert pairs[0] == pairs[1]


def test_a_state_that_is_read_back_knows_its_tokens(started: Start, tmp_path: Path) -> None:
    before = started()
    pair = logged_in(before)
    after = started()
    for api in (before, after):
        keeper = Keeper(tmp_path / "state", api.sandbox.hub.estate)
        keeper.open()
        keeper.close()
    bearer = {"Authorization": f"Bearer {pair['accessToken']}"} | TENANT
    assert after.get("/auth/me", headers=bearer).status == 200
    renewed = after.post("/auth/refresh", {"refreshToken": pair["refreshToken"]}, headers=TENANT)
    assert renewed.status == 200


def test_a_deleted_fork_is_forgotten_with_its_callers(started: Start) -> None:
    api = started()
    assert api.post("!/_sandbox/tenants/votre-tenant/forks", {"slug": "twin"}).status == 201
    made = api.post("!/_sandbox/tenants/twin/tokens", {"role": "ADMIN"}).json
    headers = {"X-Tenant-ID": "twin", "Authorization": f"Bearer {made['accessToken']}"}
    assert api.get("/companies", headers=headers).status == 200
    space = api.sandbox.engine.platform.space("twin")
    assert space is not None
    gone = weakref.ref(space)
    del space
    assert api.delete("!/_sandbox/tenants/twin").status == 204
    assert api.get("/companies", headers=headers).status == 401
    assert gone() is None
