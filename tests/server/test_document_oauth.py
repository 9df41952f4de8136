"""The server of authorization over HTTP: whole flows as a client goes through them, and attacks."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from bacasable.core import FixedClock, Limits
from bacasable.core.clock import parse_instant
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import Assembly, build_sandbox
from tests.support import NOW, over_socket

LOCKERS = Path(__file__).parents[1] / "core" / "documents" / "lockers.yaml"
BACK = "http://127.0.0.1:8123/callback"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PUBLIC = "sandbox-public"
AUTHORIZE, TOKEN, CONSENT = "/v2/oauth/authorize", "/v2/oauth/token", "/_sandbox/oauth/consent"


def opened(path: Path = LOCKERS, **options: Any) -> Assembly:
    clock = FixedClock(parse_instant(NOW))
    return build_sandbox(PlatformPackage.of(path), clock=clock, **options)


class Client:
    """A client of the sandbox, as a program would be one."""

    def __init__(self, sandbox: Assembly, url: str) -> None:
        self.sandbox, self.url = sandbox, url
        assert sandbox.hub.authorization is not None
        self.server = sandbox.hub.authorization
        self.http = httpx.Client(base_url=url, timeout=10)

    @property
    def secret(self) -> tuple[str, str]:
        return "sandbox", self.server.client_secret

    def ask(self, **more: Any) -> httpx.Response:
        asked = {
            "response_type": "code",
            "client_id": "sandbox-public",
            "redirect_uri": BACK,
            "scope": "look",
            "state": "s&1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | more
        given = {name: value for name, value in asked.items() if value is not None}
        return self.http.get(AUTHORIZE, params=given)

    def answer(
        self, page: httpx.Response, decision: str = "allow", account: str = "login", **headers: str
    ) -> httpx.Response:
        found = re.search(r'name="consent" value="(\w+)"', page.text)
        assert found, page.text
        action = re.search(r'action="([^"]+)"', page.text)
        assert action
        form = {"consent": found[1], "account": account, "decision": decision}
        return self.http.post(unescape(action[1]), data=form, headers=headers)

    def code(self, account: str = "login", **more: Any) -> str:
        back = self.answer(self.ask(**more), account=account)
        assert back.status_code == 303, back.text
        return query(back)["code"]

    def exchange(self, code: str, auth: Any = None, **more: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "client_id": "sandbox-public",
            "code_verifier": VERIFIER,
        } | more
        given = {name: value for name, value in form.items() if value is not None}
        return self.http.post(TOKEN, data=given, auth=auth)

    def get(self, path: str, token: str) -> httpx.Response:
        return self.http.get("/v2" + path, headers={"Authorization": f"Bearer {token}"})

    def add(self, token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.post("/v2/lockers", json={"label": "A"}, headers=headers).status_code


def query(answer: httpx.Response) -> dict[str, str]:
    return {n: v[0] for n, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


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
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "sandbox"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": PUBLIC}, 401, "invalid_client"),
        ({"grant_type": "authorization_code"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
        ({"grant_type": ["a", "b"]}, 400, "invalid_request"),
        ({str(n): "x" for n in range(65)}, 400, "invalid_request"),
        ({"x": "y" * 70_000}, 413, "invalid_request"),
    ],
)
def test_token_requests_are_refused_as_the_standard_has_it(
    client: Client, form: Any, status: int, error: str
) -> None:
    answer = client.http.post(TOKEN, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.headers["cache-control"] == "no-store"


def test_clients_prove_themselves_once_and_rightly(client: Client) -> None:
    form = {"grant_type": "client_credentials"}
    for header in ("Basic", "Basic %%%", "Basic eA==", "Bearer x", "Basic " + "eDp5"):
        answer = client.http.post(TOKEN, data=form, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    twice = client.http.post(TOKEN, data=form | {"client_secret": "x"}, auth=client.secret)
    assert twice.json()["error"] == "invalid_request"
    wrong = client.http.post(TOKEN, data=form | {"scope": "look fly"}, auth=client.secret)
    assert wrong.json()["error"] == "invalid_scope"
    for body in (b"{", b"[]", b"[" * 100_000):
        sent = {"content": body, "headers": {"Content-Type": "application/json"}}
        answer = client.http.post(TOKEN, **sent)
        assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "",
        "https://evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://localhost\\@evil.example/",
        "http://evil.example\\@localhost/",
        "http://localhost:0/",
        "http://localhost:x/",
        "http://localhost/#a",
        "http://[::1/",
        "//localhost/",
        "javascript:alert(1)",
        "ftp://localhost/",
        "http://localhost/\r\nX: y",
        'http://localhost/"><script>',
        "app.example:/back2",
        "https://app.example/back",
    ],
)
def test_nobody_is_sent_elsewhere(client: Client, uri: str | None) -> None:
    for more in ({}, {"scope": "none"}, {"client_id": "other"}):
        answer = client.ask(redirect_uri=uri, **more)
        assert (answer.status_code, answer.headers.get("location")) == (400, None)
        assert "<script" not in answer.text


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


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "fly"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
    ],
)
def test_what_a_client_asks_wrongly_it_is_told(client: Client, more: Any, error: str) -> None:
    back = client.ask(**more)
    assert back.status_code == 302
    assert (query(back)["error"], query(back)["state"]) == (error, "s&1")


def test_denied_is_denied(client: Client) -> None:
    for answer in (("deny", "login"), ("", "login"), ("allow", "nobody"), ("allow", "key")):
        back = client.answer(client.ask(), *answer)
        assert (query(back)["error"], "code" in query(back)) == ("access_denied", False)
    assert "state" not in query(client.answer(client.ask(state=None), "deny"))


def test_an_answer_comes_from_the_page_and_once(client: Client) -> None:
    page = client.ask()
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        refused = client.answer(page, **headers)
        assert (refused.status_code, "location" in refused.headers) == (403, False)
    assert client.answer(page).status_code == 303
    assert client.answer(page).status_code == 400
    form = {"consent": "0" * 48, "account": "login", "decision": "allow"}
    assert client.http.post(CONSENT, data=form).status_code == 400
    assert client.http.post(CONSENT, content="a=1&a=2").status_code == 400


def test_a_code_is_its_clients_and_its_verifiers(client: Client) -> None:
    for more in ({"client_id": ""}, {"code_verifier": "w" * 43}, {"code_verifier": None},
                 {"code_verifier": "short"}, {"redirect_uri": BACK + "2"}):  # fmt: skip
        code = client.code()
        assert client.exchange(code, **more).json()["error"] == "invalid_grant"
        # Whatever was wrong, it is used up.
        assert client.exchange(code).json()["error"] == "invalid_grant"


def test_texts_of_others_are_texts_on_the_page(client: Client) -> None:
    page = client.ask(redirect_uri="http://localhost/?a=1&b='x'")
    assert "http://localhost/?a=1&amp;b=&#x27;x&#x27;" in page.text
    wrong = client.http.get(AUTHORIZE, params=[("state", "<b>"), ("state", "<b>")])
    assert (wrong.status_code, "<b>" in wrong.text) == (400, False)


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
