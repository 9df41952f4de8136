"""No secret leaves the request log: planted anywhere, it is looked for in all ways out."""

import asyncio
import string
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract, load_contract
from bacasable.contract.wire import to_json
from bacasable.resources import CONTRACT
from bacasable.sandbox.exchanges import Exchange, Exchanges
from bacasable.sandbox.following import events
from bacasable.sandbox.har import archive
from bacasable.sandbox.masking import MASK, Cover, Names
from bacasable.sandbox.telling import Teller
from tests.sandbox.exchange_samples import exchange, form, kept, platform

CORE = "Zq9Xw7Kp"
"""Stands in every planted secret, and nowhere else."""
CONTRACT_READ = load_contract(CONTRACT)
TELLER = Teller(CONTRACT_READ)
NAMES = (
    "password",
    "Password",
    "newPassword",
    "accessToken",
    "refresh_token",
    "token",
    "client-secret",
    "apiKey",
    "motDePasse",
    "pwd",
)
HEADERS = ("authorization", "cookie", "x-sandbox-key", "proxy-authorization", "x-api-key")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJ" + CORE + ".c2lnbmF0dXJl"

around = st.text(string.ascii_letters + string.digits + "é\"\\/+%&=;'<>-_. ", max_size=4)
secrets = st.builds(lambda a, b: (a + CORE + b).strip(), around, around)
names = st.sampled_from(NAMES)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(string.ascii_letters, max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=6,
)


@st.composite
def planted(draw: st.DrawFn, secret: str) -> Any:
    """JSON with the secret under a telling name, at any depth, in any shape."""
    shape = draw(st.sampled_from(["text", "list", "member", "name", "assigned", "token"]))
    name = draw(names)
    value: Any = {
        "text": {name: secret},
        "list": {name: [1, [secret]]},
        "member": {name: {"x": secret}},
        "name": {name: {secret: 1}},
        "assigned": {"note": orjson.dumps({name: secret}).decode()},
        "token": [f"voici : {JWT}"],
    }[shape]
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.booleans()):
            value = [draw(plain), value]
        else:
            value = {"e": value, draw(st.sampled_from("fg")): draw(plain)}
    return value


@st.composite
def no_json(draw: st.DrawFn, secret: str) -> bytes:
    """A body that is no JSON and holds the secret under a telling name."""
    name = draw(names)
    whole = orjson.dumps({"email": "a@b.example", name: secret, "x": 1})
    return draw(
        st.sampled_from(
            [
                form([("a", "1"), (name, secret)]),
                whole[: whole.index(CORE.encode()) + len(CORE)],
                whole[:-1],
                whole.replace(name.encode(), b"\\u%04x" % ord(name[0]) + name[1:].encode())[:-1],
                f"<{name}>{secret}</{name}>".encode(),
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{secret}'.encode(),
                b"\xff" + whole,
                f"Bearer {JWT}".encode(),
            ]
        )
    )


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """An exchange with a secret in one or more places, echoed where it can be learnt."""
    secret = draw(secrets)
    members: dict[str, Any] = {"headers": [("accept", "*/*")]}
    places = ["header", "query", "request", "answer", "other request", "other answer"]
    chosen = draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    if "header" in chosen:
        scheme = draw(st.sampled_from(["", "Bearer ", "Basic "]))
        members["headers"] += [(draw(st.sampled_from(HEADERS)), scheme + secret)]
    if "query" in chosen:
        members["query"] = form([("page", "1"), (draw(names), secret)])
    for place, member in (("request", "body"), ("answer", "answer")):
        if place in chosen:
            members[member] = draw(planted(secret))
        elif f"other {place}" in chosen:
            members[member] = draw(no_json(secret))
    if {"header", "query"} & set(chosen) and draw(st.booleans()):
        members["path"] = f"/api/v1/companies/{secret}"
        members["violations"] = [("/" + secret, f"'{secret}' is too short")]
        members["reply_headers"] = {"Location": "/x?y=" + form([("a", secret)]).decode()}
        members["tenant"] = secret
        members.setdefault("answer", {"a": [secret], secret: f"it was {secret}!"})
    members["status"] = draw(st.sampled_from([200, 201, 400, 422]))
    members["operation"] = draw(st.sampled_from([None, "login", "createCompany", "createUser"]))
    return exchange(**members)


def ways_out(made: Exchange) -> list[bytes]:
    """What the list, the archive and the stream tell of an exchange."""
    log = Exchanges(platform())

    async def streamed() -> bytes:
        stream = events(log, TELLER, lambda _: True)
        await anext(stream)
        log.keep(made)
        found = await anext(stream)
        await stream.aclose()
        return found

    event = asyncio.run(streamed())
    told = TELLER.tell(made)
    return [to_json(told), to_json(archive([told], "http://127.0.0.1:1")), event]


@settings(max_examples=300)
@given(exchanges())
def test_no_secret_comes_out(made: Exchange) -> None:
    for text in ways_out(made):
        assert CORE.lower() not in text.decode().lower()


texts = st.text(st.sampled_from("aeg pinorstdwk:=\"\\'_-\u00a0é"), max_size=12) | st.sampled_from(
    [
        "mot de\u00a0passe\u00a0: x",
        "PIN : 12",
        "opinion",
        "pass_word=x",
        JWT,
        "rft_x",
        "p-w-d",
        "pin",
    ]
)
values = st.recursive(texts, lambda v: st.lists(v) | st.dictionaries(texts, v), max_leaves=8)


class Slow(Names):
    """Looks at each text."""

    def harmless(self, raw: bytes) -> bool:
        return False


SLOW = Teller(CONTRACT_READ)
SLOW._names = Slow(CONTRACT_READ)


@settings(max_examples=300)
@given(values, st.sampled_from([b"", b"token=pino", b"token=nord"]))
def test_the_quick_look_at_a_whole_body_finds_what_the_slow_one_does(
    value: Any, query: bytes
) -> None:
    made = kept(answer={"data": value}, query=query)
    assert TELLER.tell(made) == SLOW.tell(made)


@settings(max_examples=200)
@given(secrets.flatmap(no_json), st.sampled_from(["body", "answer"]))
def test_no_secret_comes_out_of_a_body_that_is_no_json(body: bytes, place: str) -> None:
    told = TELLER.tell(kept(**{place: body}))
    assert CORE not in to_json(told).decode()
    part = told["request" if place == "body" else "response"]
    assert (part["bytes"], part["omitted"]) == (len(body), "UNSAFE")


@pytest.mark.parametrize("name", [*HEADERS, "Authorization", "X-Access-Token"])
def test_a_secret_header_is_masked_however_short_it_is(name: str) -> None:
    told = TELLER.tell(kept(headers=[(name, "ab")], reply_headers={"Set-Cookie": "a"}))
    assert told["request"]["headers"] == {name.lower(): MASK}
    assert told["response"]["headers"]["set-cookie"] == MASK


@given(secrets.filter(lambda text: text != CORE))
def test_what_is_planted_would_be_found(secret: str) -> None:
    told = to_json(TELLER.tell(kept(body={"note": CORE}, path=f"/{CORE}")))
    assert CORE in told.decode()


@given(plain)
def test_what_is_no_secret_is_told_as_it_came(value: Any) -> None:
    made = kept(body={"a": value}, answer={"b": value}, query=b"page=1&sort=-name&q=a%20b+c")
    told = TELLER.tell(made)
    assert told["request"]["body"] == {"a": value}
    assert told["response"]["body"] == {"b": value}
    assert told["query"] == "page=1&sort=-name&q=a%20b+c"


@pytest.mark.parametrize("body", [{"pasword": CORE}, [CORE], CORE, {"email": {"x": CORE}}])
def test_a_misspelt_password_is_one(body: Any) -> None:
    told = TELLER.tell(kept(body=body, operation="login"))
    assert CORE not in to_json(told).decode()


@pytest.mark.parametrize("secret", [48213907, 48213907.5, [48213907], {"x": [48213907]}, True])
def test_a_secret_that_is_no_text_is_masked_too(secret: Any) -> None:
    told = TELLER.tell(kept(body={"pin": secret}, answer={"data": [{"accessToken": secret}]}))
    assert told["request"]["body"] == {"pin": MASK}
    assert told["response"]["body"] == {"data": [{"accessToken": MASK}]}
    login = TELLER.tell(kept(body={"pasword": secret}, operation="login"))
    assert login["request"]["body"] == {"pasword": MASK}


def test_members_of_a_login_that_are_no_secret_are_told() -> None:
    told = TELLER.tell(kept(body={"email": "a@b.example", "password": CORE}, operation="login"))
    assert told["request"]["body"] == {"email": "a@b.example", "password": MASK}


def test_no_text_that_the_sandbox_itself_says_is_masked(contract: Contract) -> None:
    cover = Cover(Names(contract))
    for kind in contract.problems.values():
        for text in (kind.title, kind.remedy):
            assert cover.text(text) == text


def test_no_member_of_the_contract_is_masked_but_passwords_and_tokens(contract: Contract) -> None:
    known = {name for r in contract.resources.values() for name in r.properties}
    assert not [name for name in known if Names(contract).secret(name)]
    assert "password" in Names(contract).taken["createUser"]


def test_what_the_contract_marks_write_only_is_secret(contract: Contract) -> None:
    document = {"a": {"properties": {"badgeNumber": {"writeOnly": True}, "shoe": {}}}}
    names = Names(replace(contract, document=document, operations={}))
    assert names.secret("badge_number")
    assert names.mentioned("his badgeNumber is 12")
    assert not names.secret("shoe")
