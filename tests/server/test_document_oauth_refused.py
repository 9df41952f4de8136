"""What the server of authorization refuses: attacks, and what clients and people do wrongly."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.authorizing import AUTHORIZE, BACK, CONSENT, PUBLIC, TOKEN, Client, opened, query
from tests.support import over_socket


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    sandbox = opened(redirect_uris=["app.example:/back", "https://app.example/back?x=1"])
    with over_socket(sandbox) as api:
        client = Client(sandbox, api.url)
        yield client
        client.http.close()


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


def test_names_that_were_made_to_lead_here_are_not_asked(client: Client) -> None:
    page = client.ask()
    host = {"Host": "evil.test:" + client.url.rpartition(":")[2]}
    origin = {"Origin": f"http://{host['Host']}"}
    refused = client.http.get(AUTHORIZE, params={"client_id": PUBLIC}, headers=host)
    assert (refused.status_code, "this machine" in refused.text) == (403, True)
    assert client.answer(page, **host, **origin).status_code == 403
    assert client.answer(page).status_code == 303


def test_with_a_key_people_are_asked_anywhere() -> None:
    sandbox = opened(key="k" * 16)
    with over_socket(sandbox) as api:
        client = Client(sandbox, api.url)
        asked = {"client_id": PUBLIC, "redirect_uri": BACK}
        answer = client.http.get(AUTHORIZE, params=asked, headers={"Host": "box.example"})
        assert answer.status_code == 302
        assert query(answer)["iss"] == "http://box.example"
        client.http.close()
