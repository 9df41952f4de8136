"""The server of authorization over HTTP: whole flows as a client goes through them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from bacasable.core import FixedClock, Limits
from tests.server.authorizing import (
    AUTHORIZE,
    BACK,
    CHALLENGE,
    TOKEN,
    VERIFIER,
    Client,
    opened,
    query,
)
from tests.support import over_socket


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    sandbox = opened(redirect_uris=["app.example:/back", "https://app.example/back?x=1"])
    with over_socket(sandbox) as api:
        client = Client(sandbox, api.url)
        yield client
        client.http.close()


def test_client_credentials(client: Client) -> None:
    form = {"grant_type": "client_credentials", "scope": "look"}
    given = client.http.post(TOKEN, data=form, auth=client.secret)
    assert given.status_code == 200, given.text
    assert given.headers["cache-control"] == "no-store"
    answer = given.json()
    assert (answer["token_type"], answer["scope"], answer["expires_in"]) == ("Bearer", "look", 3600)
    assert "refresh_token" not in answer
    assert client.get("/lockers", answer["access_token"]).status_code == 200
    assert client.add(answer["access_token"]) == 401
    posted = dict(zip(("client_id", "client_secret"), client.secret, strict=True))
    for asked in ({"data": {"grant_type": "client_credentials"} | posted},
                  {"json": {"grant_type": "client_credentials", "more": 1} | posted}):  # fmt: skip
        whole = client.http.post("/_sandbox/oauth/token", **asked).json()
        assert {"look", "change"} <= {*whole["scope"].split()}
        assert client.add(whole["access_token"]) == 201


def test_authorization_code_with_pkce(client: Client) -> None:
    page = client.ask(scope="look change")
    assert page.status_code == 200
    for said in ("sandbox-public", "<code>look</code>", "<code>change</code>", BACK, "login-2"):
        assert said in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "access-control-allow-origin" not in page.headers
    back = client.answer(page, Origin=client.url)
    assert back.status_code == 303
    assert back.headers["location"].startswith(BACK + "?")
    told = query(back)
    assert (told["state"], told["iss"]) == ("s&1", client.url)
    answer = client.exchange(told["code"]).json()
    assert answer["scope"] == "look change"
    assert client.add(answer["access_token"]) == 201
    # It is good once.
    again = client.exchange(told["code"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    more = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    fresh = client.http.post(TOKEN, data=more | {"client_id": "sandbox-public", "scope": "look"})
    assert fresh.json()["scope"] == "look"
    assert client.get("/lockers", fresh.json()["access_token"]).status_code == 200
    assert client.get("/lockers", answer["refresh_token"]).status_code == 401
    other = client.http.post(TOKEN, data=more, auth=client.secret)
    assert other.json()["error"] == "invalid_grant"


def test_an_account_gives_what_it_holds(client: Client) -> None:
    answer = client.exchange(client.code("login-2", scope="look change")).json()
    assert answer["scope"] == "look"
    assert client.add(answer["access_token"]) == 401


def test_a_client_with_a_secret_needs_no_pkce(client: Client) -> None:
    plain = {"client_id": "sandbox", "code_challenge": None, "code_challenge_method": None}
    code = client.code(**plain)
    given = client.exchange(code, client.secret, client_id=None, code_verifier=None)
    assert given.status_code == 200, given.text
    # One who has seen a code alone has nothing.
    code = client.code(**plain)
    assert client.exchange(code, client_id="sandbox", code_verifier=None).status_code == 401
    code = client.code(**plain)
    assert client.exchange(code, code_verifier=None).json()["error"] == "invalid_grant"


def test_openid(client: Client) -> None:
    found = client.http.get("/.well-known/openid-configuration")
    assert found.headers["access-control-allow-origin"] == "*"
    told = found.json()
    assert told["issuer"] == client.url
    assert told["token_endpoint"] == client.url + TOKEN
    assert told == client.http.get("/.well-known/oauth-authorization-server").json()
    assert client.http.get(told["jwks_uri"]).json() == {"keys": []}
    code = client.code("identity", client_id="sandbox", scope="openid email profile", nonce="n1")
    answer = client.exchange(code, client.secret, client_id=None).json()
    claims = jwt.decode(
        answer["id_token"],
        client.server.client_secret,
        ["HS256"],
        audience="sandbox",
        issuer=client.url,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (claims["sub"], claims["nonce"], claims["name"]) == ("identity", "n1", "identity")
    assert client.get("/me", answer["access_token"]).status_code == 204
    token = {"Authorization": f"Bearer {answer['access_token']}"}
    user = client.http.get(told["userinfo_endpoint"], headers=token).json()
    assert (user["sub"], user["email"]) == ("identity", "identity@example.com")
    assert client.http.get(told["userinfo_endpoint"]).status_code == 401
    code = client.code("login")
    token = {"Authorization": "bearer " + client.exchange(code).json()["access_token"]}
    refused = client.http.get(told["userinfo_endpoint"], headers=token)
    assert (refused.status_code, refused.json()) == (403, {"error": "insufficient_scope"})
    public = client.exchange(client.code("identity", scope="openid")).json()
    assert jwt.get_unverified_header(public["id_token"])["alg"] == "HS256"


def test_name_and_password(client: Client) -> None:
    old = next(one for one in client.server.people() if one.name == "old")
    form = {"grant_type": "password", "username": "old", "password": client.server.password(old)}
    # So the forms of many tools send a client that is none.
    given = client.http.post(TOKEN, data=form | {"client_id": "", "client_secret": ""}).json()
    assert given["scope"] == "look"
    assert client.get("/old", given["access_token"]).status_code == 204
    for wrong in ({"password": "x"}, {"username": "nobody"}, {"username": "key"}):
        assert client.http.post(TOKEN, data=form | wrong).json()["error"] == "invalid_grant"
    assert client.http.post(TOKEN, data=form | {"scope": "none"}).json()["error"] == "invalid_scope"
    assert client.http.post(TOKEN, data=form | {"scope": "change look"}).json()["scope"] == "look"


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost/",
        "http://127.0.0.1:1/a?b=c",
        "https://[::1]:9/cb",
        "app.example:/back",
        "https://app.example/back?x=1",
    ],
)
def test_this_machine_and_what_is_allowed_may_be_led_to(client: Client, uri: str) -> None:
    back = client.answer(client.ask(redirect_uri=uri))
    assert back.headers["location"].startswith(uri + ("&" if "?" in uri else "?"))
    assert client.exchange(query(back)["code"], redirect_uri=uri).status_code == 200
    code = query(client.answer(client.ask(redirect_uri=uri)))["code"]
    assert client.exchange(code).json()["error"] == "invalid_grant"


def test_programs_of_other_origins_may_ask_for_tokens_but_not_see_the_page(client: Client) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    before = client.http.options(TOKEN, headers=asked)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, "*")
    assert client.http.head("/.well-known/openid-configuration").status_code == 200
    assert (
        "access-control-allow-origin"
        not in client.http.get(AUTHORIZE, headers=asked, params={"client_id": "sandbox"}).headers
    )


def test_tokens_requests_are_in_no_log(client: Client) -> None:
    client.http.delete("/_sandbox/log")
    client.exchange(client.code())
    assert client.http.get("/_sandbox/log").json()["items"] == []


def test_the_served_document_leads_here(client: Client) -> None:
    schemes = client.http.get("/openapi.json").json()["components"]["securitySchemes"]
    flows = schemes["login"]["flows"]
    client_url = client.sandbox.hub.base_url
    assert flows["authorizationCode"]["tokenUrl"] == client_url + TOKEN
    assert flows["clientCredentials"]["tokenUrl"] == client_url + "/_sandbox/oauth/token"
    assert schemes["identity"]["openIdConnectUrl"].startswith(client_url + "/.well-known/")
    assert f"{client_url}{AUTHORIZE}" in client.http.get("/openapi.yaml").text


@pytest.fixture
def fresh() -> Iterator[Client]:
    sandbox = opened(limits=Limits(max_authorizations=2))
    with over_socket(sandbox) as api:
        client = Client(sandbox, api.url)
        yield client
        client.http.close()


def advance(client: Client, seconds: int) -> None:
    space = client.sandbox.engine.platform.space("sandbox")
    assert space is not None
    space.clock = FixedClock(space.clock.now() + timedelta(seconds=seconds))


def test_what_waits_is_bounded_and_ends(fresh: Client) -> None:
    pages = [fresh.ask() for _ in range(3)]
    assert fresh.answer(pages[0]).status_code == 400
    codes = [fresh.code() for _ in range(3)]
    assert [fresh.exchange(code).status_code for code in codes] == [400, 200, 200]
    late, page = fresh.code(), fresh.ask()
    advance(fresh, 60)
    assert fresh.exchange(late).json()["error"] == "invalid_grant"
    advance(fresh, 540)
    assert fresh.answer(page).status_code == 400


def test_tokens_end(fresh: Client) -> None:
    answer = fresh.exchange(fresh.code(scope="look")).json()
    refresh = {"grant_type": "refresh_token", "client_id": "sandbox-public"}
    refresh |= {"refresh_token": answer["refresh_token"]}
    advance(fresh, 3600)
    ended = fresh.get("/lockers", answer["access_token"])
    assert ended.status_code == 401
    assert 'error="invalid_token"' in ended.headers["www-authenticate"]
    renewed = fresh.http.post(TOKEN, data=refresh).json()
    assert fresh.get("/lockers", renewed["access_token"]).status_code == 200
    advance(fresh, 31 * 24 * 3600)
    assert fresh.http.post(TOKEN, data=refresh).json()["error"] == "invalid_grant"


def test_a_document_without_scopes_and_servers(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.3\n"
        "info: {title: A, version: '1'}\n"
        "paths: {/a: {get: {security: [{o: []}], responses: {'204': {description: x}}}}}\n"
        "components: {securitySchemes: {o: {type: oauth2, flows: {authorizationCode:"
        " {authorizationUrl: /in, tokenUrl: /token, scopes: {}}}}}}\n"
    )
    sandbox = opened(file)
    with over_socket(sandbox) as api:
        client = Client(sandbox, api.url)
        asked = {"client_id": "sandbox-public", "redirect_uri": BACK, "response_type": "code"}
        asked |= {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        page = client.http.get("/in", params=asked)
        assert "no scopes" in page.text
        code = query(client.answer(page, account="o"))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        form |= {"client_id": "sandbox-public", "code_verifier": VERIFIER}
        token = client.http.post("/token", data=form).json()["access_token"]
        assert client.http.get("/a", headers={"Authorization": f"Bearer {token}"}).is_success
        assert client.http.get("/a").status_code == 401
        password = {"grant_type": "password", "username": "o", "password": "x"}
        assert client.http.post("/token", data=password).json()["error"] == (
            "unsupported_grant_type"
        )
        client.http.close()
