"""Identities: by the contract's examples, by options, renewed in time, refused in one line."""

import base64
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bacasable.contract import load_contract
from bacasable.verify import credentials
from bacasable.verify.bench import request_for
from bacasable.verify.credentials import Grant, Live, Ticket, granted, life_of, parts_of
from bacasable.verify.login import LoginRefused, platform_roles, roles_of, subject_of
from bacasable.verify.model import Account, Options, Response
from bacasable.verify.session import Failed, Session, Unreachable
from bacasable.verify.sessions import (
    body_of,
    ends_session,
    from_answer,
    login_of,
    renews_session,
    roles_in,
    session_call,
    tenant_header,
    token_in,
    whoami_of,
)
from bacasable.verify.transport import HttpTransport
from tests.verify.conftest import OTHER

ADMIN = Account("", "admin@example.com", "votre-mot-de-passe")


@pytest.fixture
def logging_in(contract, clean):
    opened = []

    def log_in(described=contract, **given):
        options = Options(clean.url, **given)
        session = Session(HttpTransport(options), options)
        opened.append(session)
        return subject_of(described, options, session)

    yield log_in
    for session in opened:
        session.transport.close()


def test_without_credentials_the_examples_of_the_login_are_tried(logging_in):
    subject = logging_in()
    assert subject.main.role == "ADMIN"  # no role that works across tenants
    assert set(subject.by_role) == set(roles_of(subject.contract))
    assert subject.by_role["ADMIN"] is subject.main
    assert subject.main.account["id"] == "usr_admin"
    assert dict(subject.anonymous.headers) == {"X-Tenant-ID": "votre-tenant"}


def test_the_role_of_an_account_is_asked_of_the_server(logging_in):
    subject = logging_in(account=ADMIN, others=(replace(OTHER, role=""),))
    assert subject.main.role == "ADMIN"
    assert list(subject.by_role) == ["ADMIN"]
    assert [(other.role, other.tenant) for other in subject.others] == [("ADMIN", "atelier-nord")]


def test_a_token_and_a_header_are_as_good_as_an_account(logging_in):
    token = logging_in().main.token
    for given in (
        {"account": Account(token=token)},
        {"headers": (("Authorization", f"Bearer {token}"), ("X-Trace", "1"))},
    ):
        subject = logging_in(**given)
        assert subject.main.role == "ADMIN"
        assert subject.main.log_in is None
        request = request_for(subject.contract, whoami_of(subject.contract), subject.main)
        assert dict(request.headers)["Authorization"] == f"Bearer {token}"
        assert "Authorization" not in subject.anonymous.headers
    assert subject.anonymous.headers["X-Trace"] == "1"


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (
            {"account": replace(ADMIN, password="wrong-password")},
            ["admin@example.com", "votre-tenant", "401, INVALID_CREDENTIALS", "--email"],
        ),
        (
            {"account": ADMIN, "tenant": "nowhere"},
            ["admin@example.com", "nowhere", "401", "--tenant"],
        ),
        (
            {"others": (replace(OTHER, password="wrong-password"),)},
            ["admin@atelier-nord.example", "atelier-nord", "--other-tenant"],
        ),
        (
            {"account": ADMIN, "roles": (Account("TRAINER", "nobody@example.com", "x"),)},
            ["nobody@example.com", "--as"],
        ),
        ({"account": Account(token="eyJ.x.y")}, ["--token", "401, TOKEN_INVALID"]),
        ({"headers": (("authorization", "Bearer x"),)}, ["--header", "401"]),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_give(logging_in, given, parts):
    with pytest.raises(LoginRefused) as error:
        logging_in(**given)
    said = str(error.value)
    assert "\n" not in said
    assert all(part in said for part in parts), said
    assert "wrong-password" not in said
    assert "eyJ.x.y" not in said


def test_a_contract_without_examples_wants_credentials(contract, logging_in):
    document = json.loads(json.dumps(contract.document))
    body = document["paths"]["/auth/login"]["post"]["requestBody"]
    del body["content"]["application/json"]["examples"]
    bare = replace(contract, document=document)
    with pytest.raises(LoginRefused, match="--email and --password, --token"):
        logging_in(bare)


def test_a_contract_without_tenant_example_wants_a_tenant(contract, logging_in):
    document = json.loads(json.dumps(contract.document))
    del document["components"]["parameters"]["TenantHeader"]["example"]
    with pytest.raises(LoginRefused, match="give --tenant SLUG"):
        logging_in(replace(contract, document=document))


def test_secrets_are_gathered(logging_in):
    subject = logging_in()
    before = set(subject.secrets)
    assert subject.main.token in before
    assert "votre-mot-de-passe" in before
    another = subject.main.log_in()
    assert another.token != subject.main.token
    assert another.token in subject.secrets
    assert another.said["data"]["refreshToken"] in subject.secrets
    assert "eyJ" not in repr(subject.main)


def test_a_token_is_renewed_before_its_end(logging_in, monkeypatch):
    subject = logging_in()
    first = subject.main.headers["Authorization"]
    assert subject.main.headers["Authorization"] == first
    began = time.monotonic()
    monkeypatch.setattr(credentials.time, "monotonic", lambda: began + 3600 * 0.9)
    second = subject.main.headers["Authorization"]
    assert second != first
    assert second.removeprefix("Bearer ") in subject.secrets
    assert subject.main.headers["Authorization"] == second


def test_what_cannot_be_renewed_ends_the_run(logging_in, monkeypatch):
    subject = logging_in()

    def refuse(*_):
        return Response(401, (), b'{"code": "INVALID_CREDENTIALS"}')

    monkeypatch.setattr(HttpTransport, "exchange", refuse)
    with pytest.raises(Unreachable, match=r"admin@example\.com.*401"):
        subject.main.log_in()


def test_calls_about_sessions_use_one_of_their_own(contract, logging_in):
    subject = logging_in()
    operations = contract.operations
    assert session_call(contract, operations["listCourses"], subject.main) is None
    assert session_call(contract, operations["createCompany"], subject.main) is None
    who, body = session_call(contract, operations["login"], subject.main)
    assert body == {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    assert "Authorization" not in who.headers
    for name in ("refresh", "logout"):
        who, body = session_call(contract, operations[name], subject.main)
        assert who.token != subject.main.token
        assert body == {"refreshToken": who.said["data"]["refreshToken"]}
    assert [o.id for o in operations.values() if ends_session(o)] == ["logout"]


def test_a_server_that_is_not_there(contract):
    class Nobody:
        def exchange(self, request, within=None):
            raise Failed("no connection", connected=False)

        def close(self):
            pass

    options = Options("http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="no connection"):
        subject_of(contract, options, Session(Nobody(), options))


SCHEMES = {
    "bearer": ({"type": "http", "scheme": "bearer"}, {"Authorization": "Bearer t:1"}, {}),
    "oauth2": ({"type": "oauth2", "flows": {}}, {"Authorization": "Bearer t:1"}, {}),
    "header": ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"X-Key": "t:1"}, {}),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "sid"}, {"Cookie": "sid=t:1"}, {}),
    "query": ({"type": "apiKey", "in": "query", "name": "key"}, {}, {"key": "t:1"}),
    "basic": ({"type": "http", "scheme": "basic"}, {"Authorization": "Basic dDox"}, {}),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_a_token_goes_where_the_contract_wants_it(contract, name):
    scheme, headers, query = SCHEMES[name]
    document = {"components": {"securitySchemes": {name: scheme}}, "paths": {}}
    document["security"] = [{name: []}]
    grant = granted(replace(contract, document=document), "t:1")
    assert (grant.headers, grant.query) == (headers, query)


def test_how_long_a_token_is_good():
    def token(claims):
        parts = [{"alg": "HS256"}, claims]
        packed = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts]
        return ".".join([*(p.rstrip("=") for p in packed), "sig"])

    assert life_of({"data": {"expiresIn": 60}}, "") == 60
    assert life_of({"expires_in": 5}, token({"iat": 10, "exp": 90})) == 5
    assert life_of(None, token({"iat": 10, "exp": 90})) == 80
    assert life_of(None, "opaque") == 0
    assert parts_of("a.b.c") is None
    assert parts_of(token({"sub": "x"})) == ({"alg": "HS256"}, {"sub": "x"})


def test_a_ticket_without_end_is_not_renewed():
    ticket = Ticket(Grant({"A": "1"}), lambda: Grant({"A": "2"}))
    live = Live(lambda: ticket.now().headers)
    assert dict(live) == {"A": "1"}
    assert len(live) == 1


def test_a_registration_is_no_login(contract):
    login = login_of(contract)
    register = replace(login, id="register", path="/auth/register")
    described = replace(contract, operations={"register": register, "login": login})
    assert login_of(described) is login


def test_what_is_declared_of_logins_is_followed_whatever_it_is_called():
    guild = load_contract(
        Path(__file__).parents[1] / "core" / "documents" / "strict" / "guild.yaml"
    )
    login, again = login_of(guild), guild.operations["knockAgain"]
    assert login.id == "knock"
    body = body_of(guild, login, Account("", "ann", "a pin"), "north")
    assert body == {"who": {"handle": "ann", "pin": "a pin"}}
    answer = {"result": {"key": "k", "token": "another", "spare": {"stub": "s"}}, "token": "no"}
    assert token_in(guild, answer) == "k"
    assert token_in(guild, {"result": {"token": "undeclared"}}) == "undeclared"
    assert token_in(guild, {}) is None
    assert renews_session(guild, again)
    assert not renews_session(guild, login)
    assert from_answer(guild, again, answer) == {"stub": "s"}
    assert from_answer(guild, again, {}) is None
    assert tenant_header(guild) == "X-Guild"
    assert roles_of(guild) == ["ARCHON", "KEEPER", "GUEST"]
    assert platform_roles(guild) == {"ARCHON"}
    assert list(roles_in({"result": [{"grants": ["KEEPER"]}]}, "grants")) == ["KEEPER"]
