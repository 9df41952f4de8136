"""Admission: who may call what, in which order calls are refused, and how soon a change holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract, Operation, Refusal, load_contract
from bacasable.contract.principals import Principal
from bacasable.core import Access, Actor, FixedClock, Platform, Space
from bacasable.core.access import SESSIONS

from .toy import START, World

LATER = int((START + timedelta(minutes=15)).timestamp())


class PlainTokens:
    """Tokens that are their claims, written out: sub/sid/tenant/exp."""

    def sign(self, claims: dict[str, Any]) -> str:
        return "/".join(str(claims[name]) for name in ("sub", "sid", "tenant", "exp"))

    def read(self, token: str) -> dict[str, Any]:
        parts = token.split("/")
        if len(parts) != 4:
            raise Refusal("TOKEN_INVALID")
        return {"sub": parts[0], "sid": parts[1], "tenant": parts[2], "exp": int(parts[3])}


@dataclass(frozen=True)
class Kind:
    """A contract, and what its declarations are called there."""

    load: Callable[[], Contract]
    listing: str
    """An operation that a tenant and a grant are needed for."""
    wide: str
    """One that needs no tenant."""
    names: dict[str, str]
    """What this contract calls what the tests call otherwise: members and grants."""
    values: dict[str, Any]
    """Its values of the states that they name."""
    prefix: str = "Bearer "


TOY = Kind(lambda: World().contract, "listShelves", "listTickets", {}, {})
GUILD = Kind(
    lambda: load_contract(Path(__file__).parent / "documents" / "strict" / "guild.yaml"),
    "listBadges",
    "found",
    {
        "id": "badgeNo",
        "roles": "grants",
        "status": "disabled",
        "tenant id": "guildNo",
        "tenant status": "frozen",
        "ADMIN": "KEEPER",
        "EDITOR": "SCRIBE",
        "READER": "GUEST",
        "AUDITOR": "BEADLE",
        "SUPER_ADMIN": "ARCHON",
    },
    {"ACTIVE": False, "INACTIVE": True, "SUSPENDED": True},
    "",
)


class Door:
    """An access with two tenants and an account in each; `try_` says how a call is met."""

    def __init__(self, kind: Kind) -> None:
        self.kind, self.contract = kind, kind.load()
        self.clock = FixedClock(START)
        self.platform = Platform(7, self.clock)
        resources = self.contract.resources
        self.platform.keys.update({n: k.key_member for n, k in resources.items()})
        self.home = self.platform.open("toys", "tnt_toys")
        self.other = self.platform.open("other", "tnt_other")
        self.tokens = PlainTokens()
        assert self.contract.principal is not None
        self.principal: Principal = self.contract.principal
        self.tenancy = self.contract.tenancy
        self.access = Access(self.platform, self.tokens, self.principal, self.tenancy)
        for space in (self.home, self.other):
            self.tenant(space, "ACTIVE")
            self.account(space, "ADMIN")
        operation = self.contract.operations[kind.listing]
        self.operation = replace(operation, roles=self.grants("ADMIN", "EDITOR"))

    def named(self, name: str) -> str:
        return self.kind.names.get(name, name.removeprefix("tenant "))

    def grants(self, *roles: str) -> tuple[str, ...]:
        return tuple(map(self.named, roles))

    def tenant(self, space: Space, status: str) -> None:
        value = self.kind.values.get(status, status)
        record = {self.named("tenant id"): space.tenant_id, self.named("tenant status"): value}
        self.platform.root.collection(self.tenancy.resource).put(record)

    def account(
        self, space: Space, *roles: str, status: str = "ACTIVE", user: str = "usr_1"
    ) -> None:
        value = self.kind.values.get(status, status)
        granted = list(self.grants(*roles))
        record = {self.named("id"): user, self.named("roles"): granted, self.named("status"): value}
        space.collection(self.principal.resource).put(record)
        space.passing(SESSIONS).put({"id": "ses_1", "userId": "usr_1"})

    def actor(self, *roles: str, expires: int = LATER) -> Actor:
        return Actor("usr_1", frozenset(self.grants(*roles)), "toys", "ses_1", expires)

    def bearer(self, tenant: str = "toys", *, expires: int = LATER, user: str = "usr_1") -> str:
        claims = {"sub": user, "sid": "ses_1", "tenant": tenant, "exp": expires}
        return self.kind.prefix + self.tokens.sign(claims)

    def admit(
        self,
        authorization: str | None = "ours",
        slug: str | None = "toys",
        operation: Operation | None = None,
    ) -> tuple[Space, Actor | None]:
        sent = self.bearer() if authorization == "ours" else authorization
        return self.access.admit(operation or self.operation, lambda *_: sent or "", slug)

    def code(self, *options: Any, **named: Any) -> str:
        with pytest.raises(Refusal) as caught:
            self.admit(*options, **named)
        return caught.value.code


@pytest.fixture(params=[TOY, GUILD], ids=["toy", "guild"])
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


@pytest.fixture
def toy_door() -> Door:
    return Door(TOY)


def test_a_valid_token_admits_its_account(door: Door) -> None:
    space, actor = door.admit()
    assert space is door.home
    assert actor == door.actor("ADMIN")


def test_the_scheme_has_no_case_and_the_token_no_blanks(toy_door: Door) -> None:
    door = toy_door
    token = door.bearer().removeprefix("Bearer ")
    assert door.admit(f"bEARER   {token} ")[0] is door.home


@pytest.mark.parametrize("header", [None, ""])
def test_no_token(door: Door, header: str | None) -> None:
    assert door.code(header) == "TOKEN_MISSING"


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "abc", "Bearer abc"])
def test_a_token_that_is_none(toy_door: Door, header: str) -> None:
    assert toy_door.code(header) == "TOKEN_INVALID"


def test_a_credential_is_looked_for_where_the_contract_has_it() -> None:
    door, asked = Door(GUILD), list[tuple[str, str]]()

    def sent(location: str, name: str) -> str:
        asked.append((location, name))
        return door.bearer()

    assert door.access.admit(door.operation, sent, "toys")[0] is door.home
    assert asked == [("header", "X-Key")]
    unsaid = replace(door.operation, security=())
    with pytest.raises(Refusal):
        door.access.admit(unsaid, lambda *place: asked.append(place) or "", "toys")  # type: ignore[func-returns-value]
    assert asked[-1] == ("header", "Authorization")


def test_an_operation_that_names_no_grant_is_open_to_every_account(door: Door) -> None:
    operation = replace(door.operation, roles=())
    door.account(door.home)
    assert door.admit(operation=operation)[0] is door.home
    assert door.code("", operation=operation) == "TOKEN_MISSING"


def test_refusals_come_in_the_decided_order(door: Door) -> None:
    """Everything is wrong at first; each fault mended uncovers the next."""
    door.tenant(door.home, "SUSPENDED")
    door.account(door.home, "READER")
    assert door.code(None, None) == "TOKEN_MISSING"
    assert door.code(f"{door.kind.prefix}x", None) == "TOKEN_INVALID"
    assert door.code(door.bearer(expires=1), None) == "TOKEN_EXPIRED"
    assert door.code(slug=None) == "TENANT_HEADER_MISSING"
    assert door.code(slug="") == "TENANT_HEADER_MISSING"
    assert door.code(slug="other") == "TENANT_MISMATCH"
    assert door.code(slug="unknown") == "TENANT_MISMATCH"
    assert door.code() == "TENANT_SUSPENDED"
    door.tenant(door.home, "ACTIVE")
    assert door.code() == "ROLE_REQUIRED"
    door.account(door.home, "EDITOR")
    assert door.admit()[0] is door.home


def test_a_refusal_for_the_role_names_what_is_needed_and_what_is_there(door: Door) -> None:
    door.account(door.home, "READER", "AUDITOR")
    with pytest.raises(Refusal) as caught:
        door.admit()
    needed, own = door.grants("ADMIN", "EDITOR"), sorted(door.grants("AUDITOR", "READER"))
    said = f"It needs one of {', '.join(needed)}; yours: {', '.join(own)}."
    assert caught.value.detail == said


def test_a_change_of_roles_holds_at_once(door: Door) -> None:
    door.admit()
    door.account(door.home, "READER")
    assert door.code() == "ROLE_REQUIRED"
    door.account(door.home, "EDITOR")
    assert door.admit()[1] == door.actor("EDITOR")


def test_a_deactivation_holds_at_once(door: Door) -> None:
    door.admit()
    door.account(door.home, "ADMIN", status="INACTIVE")
    assert door.code() == "SESSION_ENDED"
    door.account(door.home, "ADMIN")
    assert door.admit()[0] is door.home


def test_a_suspension_holds_at_once(door: Door) -> None:
    door.admit()
    door.tenant(door.home, "SUSPENDED")
    assert door.code() == "TENANT_SUSPENDED"


def test_a_change_that_is_taken_back_holds_no_longer(door: Door) -> None:
    log = door.platform.log
    mark = log.mark()
    door.account(door.home, "READER")
    assert door.code() == "ROLE_REQUIRED"
    log.rollback(mark)
    assert door.admit()[0] is door.home


def test_the_end_of_a_session_or_an_account_holds_at_once(door: Door) -> None:
    door.admit()
    door.home.passing(SESSIONS).remove("ses_1")
    assert door.code() == "SESSION_ENDED"
    door.account(door.home, "ADMIN")
    door.admit()
    door.home.collection(door.principal.resource).remove("usr_1")
    assert door.code() == "SESSION_ENDED"


def test_a_tenant_that_was_opened_anew_knows_no_old_session(door: Door) -> None:
    door.admit()
    door.platform.open("toys", "tnt_toys")
    assert door.code() == "SESSION_ENDED"


def test_a_token_of_an_unknown_tenant_or_of_another_account(door: Door) -> None:
    assert door.code(door.bearer("unknown")) == "SESSION_ENDED"
    door.account(door.home, "ADMIN", user="usr_2")
    assert door.code(door.bearer(user="usr_2")) == "SESSION_ENDED"


def test_a_token_expires_by_the_clock_of_its_tenant(door: Door) -> None:
    own = door.home.clock = FixedClock(START)
    door.clock.instant += timedelta(hours=1)
    door.admit()
    own.instant = START + timedelta(minutes=15, milliseconds=-1)
    door.admit()
    own.instant = START + timedelta(minutes=15)
    assert door.code() == "TOKEN_EXPIRED"
    assert door.code(door.bearer("other"), "other") == "TOKEN_EXPIRED"
    own.instant = START
    assert door.admit()[0] is door.home


def test_no_more_than_some_actors_are_remembered(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bacasable.core.access._REMEMBERED", 3)
    for number in range(10):
        assert door.admit(door.bearer(expires=LATER + number))[0] is door.home
        assert len(door.access._known) <= 3


# --- the super administrator


def test_a_super_administrator_enters_every_tenant_suspended_ones_too(door: Door) -> None:
    door.account(door.home, "SUPER_ADMIN", "ADMIN")
    door.tenant(door.other, "SUSPENDED")
    assert door.admit(slug="other")[0] is door.other
    door.tenant(door.home, "SUSPENDED")
    assert door.admit()[0] is door.home
    assert door.code(slug="unknown") == "TENANT_MISMATCH"


def test_a_super_administrator_needs_the_role_of_the_operation(door: Door) -> None:
    door.account(door.home, "SUPER_ADMIN")
    assert door.code() == "ROLE_REQUIRED"


# --- operations without a tenant, and without a token


def test_an_operation_of_the_platform_needs_no_tenant(door: Door) -> None:
    door.account(door.home, "SUPER_ADMIN", "ADMIN")
    tickets = door.contract.operations[door.kind.wide]
    space, actor = door.admit(slug=None, operation=tickets)
    assert space is door.platform.root
    assert actor is not None


def test_a_public_operation_needs_no_token(toy_door: Door) -> None:
    door = toy_door
    ping = door.contract.operations["ping"]
    assert door.admit(None, None, ping) == (door.platform.root, None)
    assert door.admit("Bearer nonsense", None, ping) == (door.platform.root, None)


def test_a_public_operation_of_a_tenant_does_not_tell_who_exists(door: Door) -> None:
    public = replace(door.operation, roles=None)
    assert door.admit(None, "toys", public) == (door.home, None)
    assert door.code(None, None, public) == "TENANT_HEADER_MISSING"
    nowhere, _ = door.admit(None, "unknown", public)
    assert nowhere.is_nowhere
    assert not nowhere.collections()
    door.tenant(door.home, "SUSPENDED")
    assert door.admit(None, "toys", public) == (door.home, None)


def test_a_space_without_a_tenant_record_is_not_suspended(door: Door) -> None:
    door.platform.root.collection(door.tenancy.resource).remove("tnt_toys")
    assert door.admit()[0] is door.home
