"""Credentials from a file of the Web Fuzzing Commons: read, refused, and used to log in."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bacasable.verify.bench import request_for
from bacasable.verify.login import LoginRefused, subject_of
from bacasable.verify.model import Options, Response
from bacasable.verify.session import Session
from bacasable.verify.transport import HttpTransport
from bacasable.verify.wfc import Entry, NoToken, accounts_in

TOKEN = {
    "extractFrom": "body",
    "extractSelector": "/data/accessToken",
    "sendIn": "header",
    "sendName": "Authorization",
    "sendTemplate": "Bearer {token}",
}
LOGIN = {
    "endpoint": "/api/v1/auth/login",
    "verb": "POST",
    "contentType": "application/json",
    "headers": [{"name": "X-Tenant-ID", "value": "votre-tenant"}],
    "token": TOKEN,
}


PASSWORD = "votre-mot-de-passe"


def user(email, password=PASSWORD, **more):
    pair = {"username": email, "password": password}
    return {
        "payloadUserPwd": {**pair, "usernameField": "email", "passwordField": "password"},
        **more,
    }


FILE = {
    "schemaVersion": "0.2.0",
    "authTemplate": {"loginEndpointAuth": LOGIN},
    "auth": [
        {"name": "admin", "loginEndpointAuth": user("admin@example.com")},
        {"name": "the learner", "loginEndpointAuth": user("apprenant@example.com")},
        {
            "name": "another tenant",
            "fixedHeaders": [{"name": "X-Tenant-ID", "value": "atelier-nord"}],
            "loginEndpointAuth": user(
                "admin@atelier-nord.example",
                "bac-a-sable-2026",
                headers=[{"name": "X-Tenant-ID", "value": "atelier-nord"}],
            ),
        },
    ],
}


@pytest.fixture
def written(tmp_path):
    def write(content, name="auth.yaml"):
        path: Path = tmp_path / name
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
        return path

    return write


@pytest.fixture
def logging_in(contract, clean):
    opened = []

    def log_in(path):
        first, *rest = accounts_in(path)
        options = Options(clean.url, account=first, roles=tuple(rest))
        session = Session(HttpTransport(options), options)
        opened.append(session)
        return subject_of(contract, options, session)

    yield log_in
    for session in opened:
        session.transport.close()


def test_the_callers_of_a_file_are_main_roles_and_others(written, logging_in):
    subject = logging_in(written(FILE))
    assert (subject.main.role, subject.main.tenant) == ("ADMIN", "votre-tenant")
    assert list(subject.by_role) == ["ADMIN", "LEARNER"]
    assert subject.by_role["LEARNER"].account["id"] == "usr_learner"
    assert [(o.role, o.tenant) for o in subject.others] == [("ADMIN", "atelier-nord")]
    assert "votre-mot-de-passe" in subject.secrets
    assert subject.main.log_in().token != subject.main.token
    assert "authorization" not in {name.lower() for name in subject.anonymous.headers}


def test_a_login_may_stand_elsewhere(written, logging_in, clean):
    entry = {"name": "x", "loginEndpointAuth": {**LOGIN, **user("admin@example.com")}}
    del entry["loginEndpointAuth"]["endpoint"]
    entry["loginEndpointAuth"]["externalEndpointURL"] = f"{clean.url}/api/v1/auth/login"
    assert logging_in(written({"auth": [entry]})).main.role == "ADMIN"


def test_a_refused_login_says_which(written, logging_in):
    entry = {"name": "x", "loginEndpointAuth": {**LOGIN, **user("admin@example.com", "wrong-one")}}
    with pytest.raises(LoginRefused) as error:
        logging_in(written({"auth": [entry]}))
    said = str(error.value)
    assert all(part in said for part in ("admin@example.com", "401", "--wfc-auth"))
    assert "wrong-one" not in said
    assert "\n" not in said
    entry["loginEndpointAuth"] |= user("admin@example.com")
    entry["loginEndpointAuth"]["token"] = {**TOKEN, "extractSelector": "/nothing/here"}
    with pytest.raises(LoginRefused, match="no token at /nothing/here"):
        logging_in(written({"auth": [entry]}))


def test_fixed_headers_are_enough(written, logging_in):
    token = logging_in(written(FILE)).main.token
    header = {"name": "Authorization", "value": f"Bearer {token}"}
    subject = logging_in(written({"auth": [{"name": "ADMIN", "fixedHeaders": [header]}]}))
    assert subject.main.role == "ADMIN"
    assert subject.main.log_in is None
    assert dict(subject.anonymous.headers) == {"X-Tenant-ID": "votre-tenant"}
    assert f"Bearer {token}" in subject.secrets


def test_the_same_in_yaml_json_and_toml(written):
    toml = """
    [[auth]]
    name = "x"
    fixedHeaders = [{name = "X-Key", value = "k"}]
    """
    entry = {"name": "x", "fixedHeaders": [{"name": "X-Key", "value": "k"}]}
    found = [
        accounts_in(written({"auth": [entry]})),
        accounts_in(written(json.dumps({"auth": [entry]}), "auth.json")),
        accounts_in(written(toml, "auth.toml")),
    ]
    assert found[0] == found[1] == found[2]
    assert found[0][0].entry == Entry("x", {"X-Key": "k"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("auth: [", "line 1"),
        ("- 1", "key 'auth'"),
        ({"auth": []}, "auth"),
        ({"auth": [{"name": "x"}]}, "auth/0"),
        ({"auth": [{"name": "x", "fixedHeaders": [{"name": "A"}]}]}, "auth/0/fixedHeaders/0"),
        ({"auth": [{"name": "x", "loginEndpointAuth": {"verb": "POST"}}]}, "auth/0"),
        (
            {
                "auth": [
                    {
                        "name": "x",
                        "loginEndpointAuth": {**LOGIN, "token": {**TOKEN, "sendIn": "s3"}},
                    }
                ]
            },
            "token/sendIn",
        ),
        ({"auth": [FILE["auth"][0]] * 2, "authTemplate": FILE["authTemplate"]}, "'admin'"),
    ],
)
def test_a_fault_is_one_line_with_its_place_and_no_secret(written, content, said):
    path = written(content)
    with pytest.raises(ValueError, match=r"auth\.yaml") as error:
        accounts_in(path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert "mot-de-passe" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        accounts_in(tmp_path / "none.yaml")


def entry_of(**login):
    return Entry("x", {}, {"endpoint": "/in?a=1", "verb": "POST", **login})


def test_requests_of_logins():
    form = entry_of(contentType="application/x-www-form-urlencoded", **user("a@b.example", "p&q"))
    assert form.request().body == b"email=a%40b.example&password=p%26q"
    assert form.request().target == "/in?a=1"
    raw = entry_of(payloadRaw="<x/>", contentType="application/xml", headers=[]).request()
    assert (raw.body, dict(raw.headers)["Content-Type"]) == (b"<x/>", "application/xml")
    headers = [{"name": "X-User", "value": "u"}]
    plain = entry_of(headers=headers).request()
    assert plain.body is None
    assert dict(plain.headers) == {"Accept": "*/*", "X-User": "u"}


def test_tokens_and_cookies_of_answers(contract):
    answer = Response(
        200,
        (("x-auth", "tok-1"), ("set-cookie", "sid=s1; Path=/; HttpOnly"), ("set-cookie", "b=2")),
        b'{"token": "tok-2", "expires_in": 60}',
    )
    header = {**TOKEN, "extractFrom": "header", "extractSelector": "X-Auth", "sendIn": "query"}
    header |= {"sendName": "key", "sendTemplate": "{token}"}
    assert entry_of(token=header).grant(answer).query == {"key": "tok-1"}
    found = entry_of(token={**TOKEN, "extractSelector": "/token"}).grant(answer)
    assert (found.headers, found.seconds) == ({"Authorization": "Bearer tok-2"}, 60)
    assert entry_of(expectCookies=True).grant(answer).headers == {"Cookie": "sid=s1; b=2"}
    with pytest.raises(NoToken):
        entry_of(expectCookies=True).grant(Response(200, (), b""))
    for selector in ("/none", "token", "/expires_in"):
        with pytest.raises(NoToken):
            entry_of(token={**TOKEN, "extractSelector": selector}).grant(answer)


def test_a_key_in_the_query_goes_with_every_call(contract, logging_in, written):
    main = replace(logging_in(written(FILE)).main, query={"key": "k 1"})
    request = request_for(contract, contract.operations["listCourses"], main, query={"page": 1})
    assert request.target == "/api/v1/courses?page=1&key=k%201"
