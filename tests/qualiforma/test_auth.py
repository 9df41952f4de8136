"""Login, rotation of refresh tokens, reuse detection, logout, deactivation."""

from typing import Any

import jwt
import pytest

from tests.qualiforma.steps import set_clock
from tests.server.conftest import Callers
from tests.support import Answer, Api

HERE = {"X-Tenant-ID": "votre-tenant"}
ADMIN = {"email": "admin@example.com", "password": "votre-mot-de-passe"}


def login(api: Api, **changes: str) -> Answer:
    return api.post("/auth/login", ADMIN | changes, headers=HERE)


def refresh(api: Api, token: str, tenant: str = "votre-tenant") -> Answer:
    return api.post("/auth/refresh", {"refreshToken": token}, headers={"X-Tenant-ID": tenant})


def bearer(api: Api, pair: dict[str, Any]) -> Api:
    return api.with_headers(HERE | {"Authorization": f"Bearer {pair['accessToken']}"})


def test_login_gives_a_pair_of_tokens_for_an_hour(api: Api) -> None:
    answer = login(api)
    assert answer.status == 200
    assert set(answer.data) == {"accessToken", "refreshToken", "expiresIn"}
    assert answer.data["expiresIn"] == 3600
    assert answer.json["meta"]["requestId"].startswith("req_")
    assert answer.json["meta"]["timestamp"] == "2026-11-02T09:00:00.000Z"
    assert bearer(api, answer.data).get("/auth/me").data["user"]["id"] == "usr_admin"


def test_an_access_token_says_who_where_and_until_when(local: Api) -> None:
    token = login(local).data["accessToken"]
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == "usr_admin"
    assert claims["tenant"] == "votre-tenant"
    assert claims["tid"] == "tnt_00000000-0000-4000-8000-000000000001"
    assert claims["roles"] == ["ADMIN"]
    assert claims["exp"] - claims["iat"] == 3600


def test_the_case_of_an_address_does_not_matter(local: Api) -> None:
    assert login(local, email="Admin@Example.COM").status == 200


@pytest.mark.parametrize(
    ("changes", "tenant"),
    [
        ({"password": "faux-mot-de-passe"}, "votre-tenant"),
        ({"email": "personne@example.com"}, "votre-tenant"),
        ({"email": "ancien@votre-tenant.example"}, "votre-tenant"),
        ({"email": "hugo@votre-tenant.example"}, "votre-tenant"),
        ({}, "inconnu"),
    ],
    ids=["password", "account", "deactivated", "no password set", "tenant"],
)
def test_a_failed_login_never_says_what_was_wrong(
    local: Api, changes: dict[str, str], tenant: str
) -> None:
    answer = local.post("/auth/login", ADMIN | changes, headers={"X-Tenant-ID": tenant})
    expected = login(local, password="x").json
    assert answer.status == 401
    assert answer.json | {"requestId": ""} == expected | {"requestId": ""}


def test_me_shows_account_tenant_and_end_of_the_token(local: Api) -> None:
    me = local.as_("LEARNER").get("/auth/me").data
    assert me["user"]["id"] == "usr_learner"
    assert me["tenant"] == {
        "id": "tnt_00000000-0000-4000-8000-000000000001",
        "slug": "votre-tenant",
        "name": "Votre organisme",
    }
    assert me["expiresAt"] == "2026-11-02T10:00:00.000Z"


def test_refresh_gives_a_new_pair_of_the_same_session(api: Api) -> None:
    first = login(api).data
    second = refresh(api, first["refreshToken"]).data
    assert second["refreshToken"] != first["refreshToken"]
    assert bearer(api, second).get("/auth/me").status == 200
    assert refresh(api, second["refreshToken"]).status == 200


def test_a_reused_refresh_token_ends_its_session_for_good(api: Api) -> None:
    first = login(api).data
    second = refresh(api, first["refreshToken"]).data
    reused = refresh(api, first["refreshToken"])
    assert (reused.status, reused.code) == (401, "REFRESH_TOKEN_REUSED")
    for pair in (first, second):
        assert bearer(api, pair).get("/auth/me").code == "SESSION_ENDED"
        assert refresh(api, pair["refreshToken"]).code == "REFRESH_TOKEN_INVALID"
    assert login(api).status == 200


def test_reuse_spares_other_sessions_of_the_account(local: Api) -> None:
    other, first = login(local).data, login(local).data
    refresh(local, first["refreshToken"])
    refresh(local, first["refreshToken"])
    assert bearer(local, other).get("/auth/me").status == 200
    assert refresh(local, other["refreshToken"]).status == 200


def test_a_refresh_token_lives_thirty_days(local: Api) -> None:
    token = login(local).data["refreshToken"]
    set_clock(local, "2026-12-02T08:59:59Z")
    renewed = refresh(local, token)
    assert renewed.status == 200
    set_clock(local, "2027-01-01T09:00:00Z")
    assert refresh(local, renewed.data["refreshToken"]).code == "REFRESH_TOKEN_INVALID"


def test_a_refresh_token_is_worth_nothing_in_another_tenant(seeded: Api, callers: Callers) -> None:
    callers("ADMIN")
    token = login(seeded).data["refreshToken"]
    assert refresh(seeded, token, "atelier-nord").code == "REFRESH_TOKEN_INVALID"


def test_logout_ends_the_session(api: Api) -> None:
    pair = login(api).data
    body = {"refreshToken": pair["refreshToken"]}
    assert bearer(api, pair).post("/auth/logout", body).status == 204
    assert bearer(api, pair).get("/auth/me").code == "SESSION_ENDED"
    assert refresh(api, pair["refreshToken"]).code == "REFRESH_TOKEN_INVALID"


def test_logout_with_the_token_of_somebody_else_ends_nothing(local: Api) -> None:
    pair = login(local).data
    body = {"refreshToken": pair["refreshToken"]}
    assert local.as_("TRAINER").post("/auth/logout", body).status == 204
    assert local.as_("TRAINER").post("/auth/logout", {"refreshToken": "rft_x"}).status == 204
    assert refresh(local, pair["refreshToken"]).status == 200


def test_deactivation_ends_every_session_and_reactivation_revives_none(local: Api) -> None:
    pair = login(local, email="formateur@example.com").data
    admin = local.as_("ADMIN")
    assert admin.post("/users/usr_trainer/deactivate").status == 200
    for _ in range(2):
        assert bearer(local, pair).get("/auth/me").code == "SESSION_ENDED"
        assert refresh(local, pair["refreshToken"]).code == "REFRESH_TOKEN_INVALID"
        admin.post("/users/usr_trainer/reactivate")
    assert local.as_("TRAINER").get("/auth/me").status == 200


def test_a_change_of_roles_holds_at_once(local: Api) -> None:
    trainer = local.as_("TRAINER")
    assert trainer.get("/users").status == 200
    local.as_("ADMIN").put("/users/usr_trainer/roles", {"roles": ["LEARNER"]})
    assert trainer.get("/users").code == "ROLE_REQUIRED"


def test_login_is_noted_with_the_account(local: Api) -> None:
    user = local.as_("ADMIN").get("/users/usr_admin").data
    assert user["lastLoginAt"] == "2026-11-02T09:00:00.000Z"
