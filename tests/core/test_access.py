"""Admission: who may call what, in which order calls are refused, and how soon a change holds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bacasable.contract import Operation, Refusal
from bacasable.core import Access, Actor, FixedClock, Space
from bacasable.core.access import ACCOUNTS, SESSIONS, TENANTS

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


class Door:
    """An access with two tenants and an account in each; `try_` says how a call is met."""

    def __init__(self) -> None:
        self.world = World()
        self.platform = self.world.platform
        self.home, self.other = self.world.space, self.platform.open("other", "tnt_other")
        self.tokens = PlainTokens()
        self.access = Access(self.platform, self.tokens)
        for space in (self.home, self.other):
            self.tenant(space, "ACTIVE")
            self.account(space, "ADMIN")
        operation = self.world.contract.operations["listShelves"]
        self.operation = replace(operation, roles=("ADMIN", "EDITOR"))

    def tenant(self, space: Space, status: str) -> None:
        self.platform.root.collection(TENANTS).put({"id": space.tenant_id, "status": status})

    def account(self, space: Space, *roles: str, status: str = "ACTIVE") -> None:
        user = {"id": "usr_1", "roles": list(roles), "status": status}
        space.collection(ACCOUNTS).put(user)
        space.passing(SESSIONS).put({"id": "ses_1", "userId": "usr_1"})

    def bearer(self, tenant: str = "toys", *, expires: int = LATER, user: str = "usr_1") -> str:
        claims = {"sub": user, "sid": "ses_1", "tenant": tenant, "exp": expires}
        return "Bearer " + self.tokens.sign(claims)

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


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_valid_token_admits_its_account(door: Door) -> None:
    space, actor = door.admit()
    assert space is door.home
    assert actor == Actor("usr_1", frozenset({"ADMIN"}), "toys", "ses_1", LATER)


def test_the_scheme_has_no_case_and_the_token_no_blanks(door: Door) -> None:
    token = door.bearer().removeprefix("Bearer ")
    assert door.admit(f"bEARER   {token} ")[0] is door.home


@pytest.mark.parametrize("header", [None, ""])
def test_no_token(door: Door, header: str | None) -> None:
    assert door.code(header) == "TOKEN_MISSING"


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "abc", "Bearer abc"])
def test_a_token_that_is_none(door: Door, header: str) -> None:
    assert door.code(header) == "TOKEN_INVALID"


def test_refusals_come_in_the_decided_order(door: Door) -> None:
    """Everything is wrong at first; each fault mended uncovers the next."""
    door.tenant(door.home, "SUSPENDED")
    door.account(door.home, "READER")
    assert door.code(None, None) == "TOKEN_MISSING"
    assert door.code("Bearer x", None) == "TOKEN_INVALID"
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
    assert caught.value.detail == "It needs one of ADMIN, EDITOR; yours: AUDITOR, READER."


def test_a_change_of_roles_holds_at_once(door: Door) -> None:
    door.admit()
    door.account(door.home, "READER")
    assert door.code() == "ROLE_REQUIRED"
    door.account(door.home, "EDITOR")
    assert door.admit()[1] == Actor("usr_1", frozenset({"EDITOR"}), "toys", "ses_1", LATER)


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
    door.home.collection(ACCOUNTS).remove("usr_1")
    assert door.code() == "SESSION_ENDED"


def test_a_tenant_that_was_opened_anew_knows_no_old_session(door: Door) -> None:
    door.admit()
    door.platform.open("toys", "tnt_toys")
    assert door.code() == "SESSION_ENDED"


def test_a_token_of_an_unknown_tenant_or_of_another_account(door: Door) -> None:
    assert door.code(door.bearer("unknown")) == "SESSION_ENDED"
    door.home.collection(ACCOUNTS).put({"id": "usr_2", "roles": ["ADMIN"], "status": "ACTIVE"})
    assert door.code(door.bearer(user="usr_2")) == "SESSION_ENDED"


def test_a_token_expires_by_the_clock_of_its_tenant(door: Door) -> None:
    own = door.home.clock = FixedClock(START)
    door.world.tick(hours=1)
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
    tickets = door.world.contract.operations["listTickets"]
    space, actor = door.admit(slug=None, operation=tickets)
    assert space is door.platform.root
    assert actor is not None


def test_a_public_operation_needs_no_token(door: Door) -> None:
    ping = door.world.contract.operations["ping"]
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
    door.platform.root.collection(TENANTS).remove("tnt_toys")
    assert door.admit()[0] is door.home
