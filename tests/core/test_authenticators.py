"""Who is let in by the schemes of a document: alternatives, scopes, and what was issued here."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Refusal, load_contract
from bacasable.contract.principals import Credential
from bacasable.core import Account, Accounts, FixedClock, OpenAccess, Platform, SchemeAccess
from bacasable.core.accounts import FOREVER
from bacasable.core.authenticators import Shared, challenges, meets

from .signing import OpenTokens
from .toy import START

LOCKERS = load_contract(Path(__file__).parent / "documents" / "lockers.yaml")
Brought = Mapping[tuple[str, str], str]


class Door:
    """An access to the lockers. `brings` are accounts, or texts by location and name."""

    def __init__(self, most: int = 12) -> None:
        self.platform = Platform(42, FixedClock(START))
        self.space = self.platform.open("only", "tnt_only")
        self.tokens = OpenTokens()
        self.accounts = Accounts(LOCKERS, self.tokens, "only", most)
        self.access = SchemeAccess(self.platform, "only", self.accounts)

    def account(self, scheme: str, *scopes: str) -> Account:
        return next(
            one for one in self.accounts.all() if one.scheme.name == scheme and one.scopes == scopes
        )

    def admit(self, security: Any, *accounts: Account, **texts: Any) -> str | None:
        """The account that a call was admitted as; None for nobody in particular."""
        sent = {(at.location, at.name): one.value for one in accounts for at in [place(one)]}
        return self.judge(security, sent | texts.get("sent", {}))

    def judge(self, security: Any, sent: Brought) -> str | None:
        operation = replace(LOCKERS.operations["public"], security=security)
        _, actor = self.access.admit(operation, lambda at, n: sent.get((at, n), ""), None)
        return actor.id if actor else None

    def refused(self, security: Any, *accounts: Account, **texts: Any) -> Refusal:
        with pytest.raises(Refusal) as caught:
            self.admit(security, *accounts, **texts)
        return caught.value

    def asked(self, operation: str) -> Any:
        return LOCKERS.operations[operation].security


def place(account: Account) -> Credential:
    return account.scheme.credential


@pytest.fixture
def door() -> Door:
    return Door()


def headers(**given: str) -> dict[str, Any]:
    return {"sent": {("header", name): value for name, value in given.items()}}


def test_there_is_one_account_for_each_scheme_and_set_of_scopes(door: Door) -> None:
    made = [(one.name, one.scopes) for one in door.accounts.all()]
    assert made == [
        ("key", ()),
        ("query", ()),
        ("cookie", ()),
        ("word", ()),
        ("basic", ()),
        ("opaque", ()),
        ("signed", ("chief", "clerk", "night")),
        ("signed-2", ("clerk", "night")),
        ("signed-3", ("chief",)),
        ("digest", ()),
        ("certificate", ()),
        ("identity", ("email", "openid")),
        ("login", ("change", "look")),
        ("login-2", ("look",)),
        ("old", ("look",)),
    ]
    assert {one.name for one in door.accounts.all() if not one.secret} == {"digest", "certificate"}
    assert len({one.secret for one in door.accounts.all()}) == len(made) - 1
    assert door.accounts.omitted == 0
    assert {"look", "change", "openid"} <= set(door.accounts.scopes)


def test_accounts_are_bounded() -> None:
    door = Door(most=1)
    assert [one.name for one in door.accounts.all() if one.name.startswith("s")] == ["signed"]
    assert door.accounts.omitted == 3


def test_a_secret_lasts_as_long_as_what_it_is_made_of(door: Door) -> None:
    before, key = door.accounts.all(), door.account("key")
    assert door.accounts.all() is before
    door.tokens.adopt("two")
    assert door.account("key").secret != key.secret
    assert door.refused(door.asked("getLocker"), key).code == "TOKEN_INVALID"
    door.tokens.adopt("one")
    assert door.accounts.all() == before


@pytest.mark.parametrize("name", ["getLocker", "basic", "opaque", "word", "me"])
def test_what_was_issued_is_accepted_and_nothing_else(door: Door, name: str) -> None:
    asked = door.asked(name)
    ((credential,),) = asked
    account = door.account(credential.scheme, *sorted(credential.scopes))
    assert door.admit(asked, account) == account.name
    other = replace(account, secret=account.secret[:-1] + "!")
    assert door.refused(asked, other).code == "TOKEN_INVALID"
    assert door.refused(asked).code == "TOKEN_MISSING"
    if credential.prefix:
        at = credential.location, credential.name
        texts = [credential.prefix, f"{credential.prefix} ", f"Other {account.secret}"]
        for text in texts:
            assert door.refused(asked, sent={at: text}).code == "TOKEN_MISSING"
        shouted = account.value.replace(credential.prefix.title(), credential.prefix.upper())
        assert door.judge(asked, {at: shouted}) == account.name


def test_a_name_needs_its_own_password(door: Door) -> None:
    asked, basic = door.asked("basic"), door.account("basic")
    for pair in (f"other:{basic.secret}", "basic:", "basic", basic.secret):
        text = b64encode(pair.encode()).decode()
        assert door.refused(asked, **headers(Authorization=f"Basic {text}")).code == "TOKEN_INVALID"
    for text in ("%%%", "é", b64encode(b"\xff:\xff").decode()):
        assert door.refused(asked, **headers(Authorization=f"Basic {text}")).code == "TOKEN_INVALID"


def test_a_key_in_the_header_authorization_may_have_a_word_before_it(door: Door) -> None:
    word = door.account("word")
    for text in (word.secret, f"Key {word.secret}"):
        assert door.judge(door.asked("word"), {("header", "Authorization"): text}) == "word"


def test_what_cannot_be_judged_is_taken_by_its_form(door: Door) -> None:
    assert door.admit(door.asked("certificate")) is None
    assert door.admit(door.asked("digest"), **headers(Authorization="Digest x")) is None
    assert door.refused(door.asked("digest")).code == "TOKEN_MISSING"


def test_a_token_is_of_its_scheme(door: Door) -> None:
    """Those of a server of authorization are of all the schemes that it stands behind."""
    signed, login = door.account("signed", "chief"), door.account("login", "look")
    assert door.admit(door.asked("signed"), signed) == "signed-3"
    assert door.refused(door.asked("me"), signed).code == "TOKEN_INVALID"
    assert door.refused(door.asked("signed"), login).code == "TOKEN_INVALID"
    assert door.admit(door.asked("old"), login) == "login-2"
    for use, tenant in (("refresh", "only"), ("access", "other")):
        door.accounts.slug = tenant
        token = door.accounts.sign("a", "", ["look"], FOREVER, use)
        door.accounts.slug = "only"
        refused = door.refused(door.asked("old"), **headers(Authorization=f"Bearer {token}"))
        assert refused.code == "TOKEN_INVALID"


def test_tokens_end_by_the_clock_of_the_tenant(door: Door) -> None:
    until = int((START + timedelta(hours=1)).timestamp())
    token = door.accounts.sign("a", "", ["look"], until, "access")
    sent = {("header", "Authorization"): f"Bearer {token}"}
    assert door.judge(door.asked("old"), sent) == "a"
    door.space.clock = FixedClock(START + timedelta(hours=1))
    refused = door.refused(door.asked("old"), sent=sent)
    assert refused.code == "TOKEN_EXPIRED"
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_remembered_tokens_are_bounded(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bacasable.core.authenticators._REMEMBERED", 2)
    asked = door.asked("old")
    tokens = [door.accounts.sign(f"{n}", "", ["look"], FOREVER, "access") for n in range(5)]
    sent = [{("header", "Authorization"): f"Bearer {token}"} for token in tokens * 2]
    assert [door.judge(asked, one) for one in sent] == [*"0123401234"]
    assert len(door.access._known) <= 2
    assert len(door.access._actors) <= 2
    # The same key with token after token is remembered by both.
    key = {("header", "X-Key"): door.account("key").value}
    together = ((*asked[0], *door.asked("getLocker")[0]),)
    monkeypatch.setattr(door.access, "_forget", lambda: None)
    assert [door.judge(together, one | key) for one in sent] == [*"0123401234"]
    assert len(door.access._actors) <= 2


def test_scopes_must_be_held(door: Door) -> None:
    asked = door.asked("addLocker")
    assert door.admit(asked, door.account("login", "change", "look")) == "login"
    refused = door.refused(asked, door.account("login", "look"))
    assert (refused.code, refused.detail) == (
        "ROLE_REQUIRED",
        "It needs look, change; yours: look.",
    )
    assert refused.headers == {
        "WWW-Authenticate": 'Bearer realm="sandbox", error="insufficient_scope",'
        ' scope="look change"'
    }
    assert (
        "yours: none"
        in door.refused(
            [[replace(asked[0][0], scopes=("x",))]],
            **headers(Authorization="Bearer " + door.accounts.sign("a", "", [], FOREVER, "access")),
        ).detail
    )
    roled = Credential("key", "header", "X-Key", "", "apiKey", ("boss",))
    refused = door.refused([[roled]], door.account("key"))
    assert (refused.code, refused.headers) == ("ROLE_REQUIRED", {})


def test_what_is_missing_is_named_with_its_challenges(door: Door) -> None:
    refused = door.refused(door.asked("listLockers"))
    assert refused.detail == (
        "It needs the header Authorization (bearer); or the header X-Key;"
        " or the query key and the cookie sid."
    )
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer realm="sandbox", scope="look", ApiKey realm="sandbox", in="header", name="X-Key",'
        ' ApiKey realm="sandbox", in="query", name="key",'
        ' ApiKey realm="sandbox", in="cookie", name="sid"'
    )
    asked = [*door.asked("basic"), *door.asked("digest"), *door.asked("certificate")]
    assert challenges(tuple(asked)) == {
        "WWW-Authenticate": 'Basic realm="sandbox", charset="UTF-8",'
        ' Digest realm="sandbox", nonce="sandbox", qop="auth"'
    }
    odd = Credential("a", "header", "Authorization", "hoba"), Credential("b", "header", 'X"\r\né')
    assert challenges(((odd[0],), (odd[1],)))["WWW-Authenticate"] == (
        'Hoba realm="sandbox", ApiKey realm="sandbox", in="header", name="X"'
    )
    wrong = Credential("a", "header", "Authorization", "no token")
    assert challenges(((wrong,), (Credential("tls", "", ""),))) == {}
    both = (
        (Credential("certificate", "", ""), Credential("key", "header", "X-Key", "", "apiKey")),
    )
    assert door.refused(both).detail == "It needs a certificate and the header X-Key."


def test_a_tenant_that_does_not_exist_is_not_found_by_whoever_may_call(door: Door) -> None:
    key = door.account("key")
    operation = LOCKERS.operations["getLocker"]
    for access in (door.access, OpenAccess(door.platform, "only")):
        with pytest.raises(Refusal) as refused:
            access.admit(operation, lambda *_: key.value, "none")
        assert refused.value.code == "NOT_FOUND"
    with pytest.raises(Refusal) as refused:
        door.access.admit(operation, lambda *_: "", "none")
    assert refused.value.code == "TOKEN_MISSING"
    forked = door.platform.open("mine", "tnt_mine")
    assert door.access.admit(operation, lambda *_: key.value, "mine")[0] is forked
    assert OpenAccess(door.platform, "only").admit(operation, lambda *_: "", None) == (
        door.space,
        None,
    )


HELD = {
    "key": [(), ("boss",)],
    "login": [("look",), ("look", "change"), ()],
    "query": [()],
    "digest": [None],
    "certificate": [None],
}
STATES = st.sampled_from(["absent", "wrong", "expired", "right"])
WANTED = st.sampled_from([(), ("look",), ("look", "change"), ("boss",)])


@given(
    st.lists(st.dictionaries(st.sampled_from([*HELD]), WANTED), max_size=4),
    st.fixed_dictionaries({name: st.tuples(STATES, st.sampled_from(HELD[name])) for name in HELD}),
)
def test_alternatives_are_as_a_model_has_them(
    asked: list[dict[str, tuple[str, ...]]], brought: dict[str, Any]
) -> None:
    """In by any alternative; of each all that it names, with all scopes; nothing asked, all in."""
    brought["digest"] = ("absent", None)  # it stands where the token stands
    door = Door()
    schemes = door.accounts.schemes
    security = tuple(
        tuple(replace(schemes[name].credential, scopes=scopes) for name, scopes in one.items())
        for one in asked
    )
    sent: dict[tuple[str, str], str] = {}
    for name, (state, scopes) in brought.items():
        at = schemes[name].credential
        if state == "absent" or scopes is None:
            continue
        # A key has the scopes of its account, of which there is one without any.
        value = door.account(name).value if name != "login" else ""
        if name == "login":
            until = FOREVER if state != "expired" else int(START.timestamp())
            value = "Bearer " + door.accounts.sign("a", "", scopes, until, "access")
        sent[at.location, at.name] = value + ("!" if state == "wrong" else "")

    def fits(name: str, wanted: tuple[str, ...]) -> bool:
        state, scopes = brought[name]
        if name == "certificate":
            return True
        if name == "login":
            return state == "right" and set(wanted) <= set(scopes)
        return state in {"right", "expired"} and not wanted and name != "digest"

    admitted = not asked or any(all(fits(n, w) for n, w in one.items()) for one in asked)
    if admitted:
        door.judge(security, sent)
        return
    refused = door.refused(security, sent=sent)
    assert refused.code.startswith("TOKEN") or refused.code == "ROLE_REQUIRED"


keys = st.text(st.characters(max_codepoint=255), min_size=1, max_size=12)


@given(keys, keys)
def test_a_shared_key_is_the_only_one_that_opens(key: str, sent: str) -> None:
    as_sent = key.encode().decode("latin-1")
    assert Shared(key).grant(as_sent)
    assert bool(Shared(key).grant(sent)) == (sent == as_sent)
    assert Shared(key).grant("") is None


def test_one_alternative_must_be_met_whole() -> None:
    one, other = (Credential(name, "header", name) for name in ("one", "other"))
    doors = {"one": Shared("1"), "other": Shared("2")}

    def opened(asked: Any, **sent: str) -> bool:
        return meets(asked, doors, lambda _, name: sent.get(name, ""))

    assert opened(())
    assert opened(((),))
    assert opened(((one, other),), one="1", other="2")
    assert not opened(((one, other),), one="1", other="1")
    assert opened(((one,), (other,)), other="2")
    assert not opened(((one,), (other,)))
