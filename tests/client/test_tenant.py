"""Tenants in Python: clients by account, forks, what a jump in time does to logins."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bacasable.client import ControlRefused

ROLES = ["ADMIN", "TRAINER", "LEARNER", "AUDITOR", "SUPER_ADMIN"]


@pytest.mark.parametrize("role", ROLES)
def test_a_client_is_somebody_with_the_role(tenant, role):
    with tenant.client(role=role) as client:
        me = client.get("/auth/me").json()["data"]["user"]
    assert role in me["roles"]


def test_a_client_is_the_administrator_by_default(tenant):
    assert "ADMIN" in tenant.client().get("/auth/me").json()["data"]["user"]["roles"]


def test_a_client_is_an_account_by_address_or_id(tenant):
    by_address = tenant.client(email="formateur@example.com").get("/auth/me").json()["data"]["user"]
    by_id = tenant.client(user_id=by_address["id"]).get("/auth/me").json()["data"]["user"]
    assert by_address == by_id
    assert by_address["email"] == "formateur@example.com"


def test_an_anonymous_client_names_the_tenant_and_nobody(tenant):
    client = tenant.client(anonymous=True)
    assert client.get("/auth/me").status_code == 401
    account = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    assert client.post("/auth/login", json=account).status_code == 200


def test_options_of_a_client_go_to_httpx(tenant):
    client = tenant.client(timeout=7, headers={"Accept-Language": "fr"}, follow_redirects=True)
    assert client.timeout == httpx.Timeout(7)
    assert client.follow_redirects
    assert client.headers["Accept-Language"] == "fr"
    assert client.headers["X-Tenant-ID"] == tenant.slug
    assert client.get("/courses").status_code == 200


def test_a_request_may_bring_a_token_of_its_own(tenant):
    headers = {"Authorization": f"Bearer {tenant.token('LEARNER')}"}
    me = tenant.client(role="ADMIN").get("/auth/me", headers=headers).json()["data"]["user"]
    assert me["roles"] == ["LEARNER"]


def test_an_account_that_is_not_there_is_refused_at_once(tenant):
    for account in ({"email": "nobody@example.com"}, {"user_id": "usr_nobody"}):
        with pytest.raises(ControlRefused) as caught:
            tenant.client(**account)
        assert caught.value.code == "NOT_FOUND"
    with pytest.raises(ControlRefused, match="INVALID_REQUEST"):
        tenant.client(role="KING")
    with pytest.raises(TypeError, match="one of role"):
        tenant.client(role="ADMIN", email="admin@example.com")


def test_a_fork_lives_in_its_block(sandbox):
    origin = sandbox.tenant("votre-tenant")
    with origin.fork() as fork:
        client = fork.client()
        made = client.post("/companies", json={"name": "Société"}).json()["data"]["id"]
        assert client.get(f"/companies/{made}").status_code == 200
        assert origin.client().get(f"/companies/{made}").status_code == 404
        assert fork in sandbox.tenants()
        assert fork.info()["origin"] == "votre-tenant"
    assert client.is_closed
    assert fork not in sandbox.tenants()
    with pytest.raises(ControlRefused):
        fork.info()


def test_a_fork_may_be_given_its_slug(sandbox):
    with sandbox.tenant("vide").fork("essai") as fork:
        assert fork is sandbox.tenant("essai")
        with pytest.raises(ControlRefused) as caught:
            sandbox.tenant("vide").fork("essai")
        assert (caught.value.code, caught.value.status) == ("TENANT_EXISTS", 409)


def test_a_fork_may_be_deleted_within_its_block(sandbox):
    with sandbox.tenant("vide").fork() as fork:
        fork.delete()


def test_a_seeded_tenant_survives_its_block(sandbox):
    with sandbox.tenant("vide") as seeded:
        seeded.info()
    assert seeded in sandbox.tenants()


def test_reset_takes_a_tenant_back(tenant):
    before = tenant.info()["records"]
    client = tenant.client()
    assert client.post("/companies", json={"name": "Société"}).status_code == 201
    tenant.reset()
    assert tenant.info()["records"] == before
    assert client.get("/auth/me").status_code == 200


def test_clients_of_a_tenant_stay_logged_in_over_a_jump_but_tokens_do_not(tenant):
    client, token = tenant.client(role="LEARNER"), tenant.token("LEARNER")
    tenant.clock.advance("PT2H")
    assert client.get("/auth/me").status_code == 200
    headers = {"Authorization": f"Bearer {token}"}
    answer = tenant.client(anonymous=True).get("/auth/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")


def test_clients_stay_logged_in_over_a_restore_that_leads_on_in_time(tenant):
    tenant.clock.advance("P1Y")
    tenant.snapshots.save("a-year-on")
    tenant.reset()
    client = tenant.client()
    tenant.snapshots.restore("a-year-on")
    assert client.get("/auth/me").status_code == 200


def test_the_platform_says_that_an_account_is_gone_and_not_the_client(tenant):
    learner = tenant.client(role="LEARNER")
    user = learner.get("/auth/me").json()["data"]["user"]["id"]
    admin = tenant.client()
    assert admin.post(f"/users/{user}/deactivate").status_code == 200
    tenant.clock.advance("PT1M")
    assert learner.get("/auth/me").status_code == 401


def test_many_threads_work_in_forks_that_never_meet(sandbox):
    def work(number):
        with sandbox.tenant("votre-tenant").fork() as fork, fork.client() as client:
            before = client.get("/companies").json()["meta"]["pagination"]["total"]
            for _ in range(number % 4 + 1):
                client.post("/companies", json={"name": f"Société {number}"}).raise_for_status()
            listed = client.get("/companies?perPage=100").json()
            names = {c["name"] for c in listed["data"]}
            return listed["meta"]["pagination"]["total"] - before, names, fork.slug

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(work, range(24)))
    assert [grown for grown, _, _ in done] == [number % 4 + 1 for number in range(24)]
    assert len({slug for _, _, slug in done}) == 24
    for number, (_, names, _) in enumerate(done):
        assert {n for n in names if re.fullmatch(r"Société \d+", n)} == {f"Société {number}"}
