"""Accounts: roles, passwords, what each role sees of others."""

import pytest

from tests.support import Api

NOA = {"email": "noa@votre-tenant.example", "firstName": "Noa", "lastName": "Exemple"}
PASSWORD = "un-mot-de-passe-long"


def test_an_account_with_a_password_can_log_in(local: Api) -> None:
    body = NOA | {"roles": ["TRAINER"], "password": PASSWORD}
    made = local.as_("ADMIN").post("/users", body)
    assert made.status == 201
    assert PASSWORD.encode() not in made.content
    caller = local.login(NOA["email"], PASSWORD, "votre-tenant")
    assert caller.get("/auth/me").data["user"]["id"] == made.data["id"]


def test_an_address_is_taken_once_whatever_its_case(local: Api) -> None:
    body = NOA | {"email": "ADMIN@example.com", "roles": ["LEARNER"]}
    answer = local.as_("ADMIN").post("/users", body)
    assert answer.code == "DUPLICATE"
    assert answer.json["errors"][0]["pointer"] == "/email"


@pytest.mark.parametrize("member", ["id", "status", "createdAt", "lastLoginAt", "tenantId"])
def test_members_that_the_server_owns_cannot_be_set(local: Api, member: str) -> None:
    answer = local.as_("ADMIN").patch("/users/usr_hugo", {member: "x"})
    assert answer.code == "INVALID_REQUEST"
    assert answer.json["errors"][0]["pointer"] == f"/{member}"


def test_the_role_of_a_super_administrator_cannot_be_granted(local: Api) -> None:
    caller = local.as_("SUPER_ADMIN")
    for answer in (
        caller.post("/users", NOA | {"roles": ["SUPER_ADMIN"]}),
        caller.put("/users/usr_hugo/roles", {"roles": ["SUPER_ADMIN"]}),
    ):
        assert answer.code == "INVALID_REQUEST"


def test_a_learner_sees_no_account_but_their_own(local: Api) -> None:
    learner = local.as_("LEARNER")
    assert learner.get("/users/usr_learner").status == 200
    assert learner.get("/users/usr_hugo").code == "NOT_FOUND"
    assert learner.get("/users").code == "ROLE_REQUIRED"


def test_an_auditor_sees_personal_data_masked(local: Api) -> None:
    user = local.as_("AUDITOR").get("/users/usr_learner").data
    assert user["email"] == "masked@masked.invalid"
    assert user["firstName"] == "C***"
    assert user["phone"] is None
    assert b"apprenant@example.com" not in local.as_("AUDITOR").get("/users?perPage=100").content


def test_an_auditor_cannot_find_by_what_is_masked(local: Api) -> None:
    assert local.as_("ADMIN").get("/users?q=apprenant@example").data
    assert local.as_("AUDITOR").get("/users?q=apprenant@example").data == []


def test_accounts_are_found_by_role_status_and_company(local: Api) -> None:
    admin = local.as_("ADMIN")
    assert {u["id"] for u in admin.get("/users?role=TRAINER").data} >= {"usr_trainer"}
    assert [u["id"] for u in admin.get("/users?status=DEACTIVATED").data] == ["usr_inactif"]
    assert all("LEARNER" in u["roles"] for u in admin.get("/users?role=LEARNER").data)


def test_the_record_of_an_account_holds_no_password(local: Api) -> None:
    local.as_("ADMIN").post("/users", NOA | {"roles": ["TRAINER"], "password": PASSWORD})
    space = local.sandbox.engine.platform.space("votre-tenant")
    held = [repr(r) for c in space.collections().values() for r in c]
    assert not any(PASSWORD in text or "votre-mot-de-passe" in text for text in held)


def test_a_remembered_request_holds_no_password(local: Api) -> None:
    body = NOA | {"roles": ["TRAINER"], "password": PASSWORD}
    local.as_("ADMIN").post("/users", body, headers={"Idempotency-Key": "k1"})
    space = local.sandbox.engine.platform.space("votre-tenant")
    assert not any(PASSWORD in repr(r) for c in space.collections().values() for r in c)
