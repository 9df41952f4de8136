"""Tokens that are broken, forged, old or out of place: 401, never more and never a failure."""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest

from tests.qualiforma.steps import set_clock
from tests.server.problems import assert_problem
from tests.server.restoring import contents
from tests.support import Answer, Api

HERE = {"X-Tenant-ID": "votre-tenant"}


def token_of(caller: Api) -> str:
    return caller.headers["Authorization"].removeprefix("Bearer ")


def claims_of(caller: Api) -> dict[str, Any]:
    return jwt.decode(token_of(caller), options={"verify_signature": False})


def secret_of(api: Api) -> str:
    return api.sandbox.hub.tokens.secret


def me(api: Api, authorization: str) -> Answer:
    return api.get("/auth/me", headers=HERE | {"Authorization": authorization})


def unsigned(claims: dict[str, Any], algorithm: str = "none") -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."


@pytest.mark.parametrize("header", ["x", "Bearer", "Bearer ", "Basic YTpi", "bearer\tx", "é ê"])
def test_a_header_of_another_form_is_refused(local: Api, header: str) -> None:
    answer = me(local, header)
    assert_problem(answer, "TOKEN_INVALID")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "a.b", "a.b.c", "..", "....", "é.é.é", "x" * 5000])
def test_a_token_that_is_none_is_refused(local: Api, token: str) -> None:
    assert_problem(me(local, f"Bearer {token}"), "TOKEN_INVALID")


def test_a_token_cut_or_changed_anywhere_is_refused(local: Api) -> None:
    head, body, signature = token_of(local.as_("ADMIN")).split(".")
    for token in (
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature[:-3]}",
        f"{head}.{body[:-4]}AAAA.{signature}",
        f"{head}.{body}.{signature}.{signature}",
    ):
        assert_problem(me(local, f"Bearer {token}"), "TOKEN_INVALID")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "RS256", ""])
def test_a_token_without_signature_is_refused(api: Api, algorithm: str) -> None:
    claims = claims_of(api.as_("ADMIN"))
    before = contents(api.sandbox)
    assert_problem(me(api, f"Bearer {unsigned(claims, algorithm)}"), "TOKEN_INVALID")
    assert contents(api.sandbox) == before


@pytest.mark.parametrize(
    ("secret", "algorithm"),
    [("another secret of at least thirty-two bytes", "HS256"), ("", "HS512")],
)
def test_a_token_signed_otherwise_is_refused(api: Api, secret: str, algorithm: str) -> None:
    key = secret or secret_of(api)
    token = jwt.encode(claims_of(api.as_("ADMIN")), key, algorithm=algorithm)
    assert_problem(me(api, f"Bearer {token}"), "TOKEN_INVALID")


@pytest.mark.parametrize("missing", ["sub", "tenant", "sid", "exp", "iss"])
def test_a_signed_token_without_a_claim_is_refused(local: Api, missing: str) -> None:
    claims = claims_of(local.as_("ADMIN"))
    del claims[missing]
    token = jwt.encode(claims, secret_of(local), algorithm="HS256")
    assert_problem(me(local, f"Bearer {token}"), "TOKEN_INVALID")


# Whoever was given the secret can sign such tokens: other services of the same team, say.
ODD_CLAIMS = [
    ("exp", "tomorrow"),
    ("exp", None),
    ("exp", []),
    ("sid", []),
    ("sid", {}),
    ("tenant", []),
    ("tenant", 5),
    ("sub", 5),
    ("sub", []),
]


@pytest.mark.parametrize(("claim", "value"), ODD_CLAIMS)
def test_a_signed_token_with_an_odd_claim_is_refused(local: Api, claim: str, value: Any) -> None:
    claims = claims_of(local.as_("ADMIN")) | {claim: value}
    token = jwt.encode(claims, secret_of(local), algorithm="HS256")
    answer = me(local, f"Bearer {token}")
    assert answer.code in {"TOKEN_INVALID", "SESSION_ENDED"}
    assert_problem(answer, answer.code)


@pytest.mark.parametrize(
    ("claim", "value"),
    [("sub", "usr_superadmin"), ("sid", "ses_unknown"), ("tenant", "atelier-nord")],
)
def test_a_token_whose_claims_do_not_belong_together_is_refused(
    local: Api, claim: str, value: str
) -> None:
    claims = claims_of(local.as_("ADMIN")) | {claim: value}
    token = jwt.encode(claims, secret_of(local), algorithm="HS256")
    assert_problem(me(local, f"Bearer {token}"), "SESSION_ENDED")


def test_roles_are_those_of_the_account_whatever_the_token_says(local: Api) -> None:
    claims = claims_of(local.as_("LEARNER")) | {"roles": ["SUPER_ADMIN"]}
    token = jwt.encode(claims, secret_of(local), algorithm="HS256")
    headers = HERE | {"Authorization": f"Bearer {token}"}
    assert_problem(local.get("/admin/tenants", headers=headers), "ROLE_REQUIRED")


def test_the_scheme_is_read_in_any_case(local: Api) -> None:
    token = token_of(local.as_("ADMIN"))
    assert me(local, f"bearer {token}").status == 200
    assert me(local, f"BEARER  {token}").status == 200


def test_an_access_token_expires_after_an_hour(api: Api) -> None:
    caller = api.as_("ADMIN")
    set_clock(api, "2026-11-02T09:59:59Z")
    assert caller.get("/auth/me").status == 200
    set_clock(api, "2026-11-02T10:00:00Z")
    answer = caller.get("/auth/me")
    assert_problem(answer, "TOKEN_EXPIRED")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_of_another_tenant_is_refused(seeded: Api) -> None:
    caller = seeded.as_("ADMIN", "vide")
    for slug in ("votre-tenant", "unknown", "VIDE", "vide "):
        answer = caller.get("/courses", headers={"X-Tenant-ID": slug})
        assert_problem(answer, "TENANT_MISMATCH")
        assert answer.json["detail"].count(slug) <= 1


ABSURD = {
    "exp": [10**30, 10**400, -1, -(10**30), 1.5, 1e308, True, False, None, "soon", [], {}],
    "sub": ["x" * 1000, "x" * 40_000, "\0", "", 1, True, None, ["usr_admin"], {"$ne": ""}],
    "tenant": ["x" * 1000, "", 1, None, [], "../votre-tenant"],
    "sid": ["x" * 1000, "", 1, None, [], {}],
    "iss": ["", None, 1, [], ["bacasable"]],
}


@pytest.mark.parametrize("name", ABSURD)
def test_a_signed_token_with_absurd_claims_is_refused(local: Api, name: str) -> None:
    claims = claims_of(local.as_("ADMIN"))
    for value in ABSURD[name]:
        token = sign(secret_of(local), json.dumps(claims | {name: value}))
        answer = me(local, f"Bearer {token}")
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), value


def sign(secret: str, payload: str, header: str = '{"alg": "HS256", "typ": "JWT"}') -> str:
    """A token with a payload that no library would sign."""
    parts = [base64.urlsafe_b64encode(text.encode()).rstrip(b"=") for text in (header, payload)]
    signature = hmac.new(secret.encode(), b".".join(parts), "sha256").digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


DEEP = ["[" * 20_000, '{"a":' * 9_000, "9" * 9_000, "NaN", "1e999", "null", '"', ""]


@pytest.mark.parametrize("text", DEEP, ids=lambda text: text[:6])
def test_json_that_is_absurd_is_refused_signed_or_not(local: Api, text: str) -> None:
    whole = '{"alg": "HS256", "crit": ' + text
    key = secret_of(local)
    signed = [sign(key, text), sign(key, "{}", text), sign(key, "{}", whole)]
    for token in (*signed, sign(key, '{"exp": ' + text + "}")):
        assert_problem(me(local, f"Bearer {token}"), "TOKEN_INVALID")
