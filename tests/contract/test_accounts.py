"""Accounts, tenants and logins: what is read of a document, what is believed, what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract, load_contract
from bacasable.contract.accounts import account_findings, login_of, place_of_token, secret_names
from bacasable.contract.build import build_contract
from bacasable.contract.check import contract_findings
from bacasable.contract.document import read_document
from bacasable.contract.principals import Login, Principal, Tenancy
from tests.contract.toy import ABSENT, built, put

GUILD = Path(__file__).parents[1] / "core" / "documents" / "strict" / "guild.yaml"
BADGE = "/components/schemas/Badge/x-principal"
TENANT = "/components/schemas/Guild/x-tenant"
KNOCK = "/paths/~1door~1knock/post/x-login"


def guild(changes: dict[str, Any] | None = None) -> Contract:
    document = read_document(GUILD)
    for place, value in (changes or {}).items():
        put(document, place, value)
    return build_contract(document, "guild.yaml")


def findings(changes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.pointer, one.detail) for one in account_findings(guild(changes))]


def test_what_is_declared_is_read() -> None:
    contract = load_contract(GUILD)
    assert contract.principal == Principal(
        resource="Badge",
        id="badgeNo",
        login="handle",
        secret="pin",
        grants="grants",
        several=True,
        known=("KEEPER", "GUEST", "ARCHON"),
        across=("ARCHON",),
        usual="KEEPER",
        active=(("disabled", (False,)),),
        stamps="lastSeen",
        creates="issueBadge",
    )
    assert contract.tenancy == Tenancy(
        resource="Guild",
        id="guildNo",
        slug="mark",
        name="title",
        sender=("title",),
        suspended=(("frozen", (True,)),),
        first="founder",
        opens="found",
    )
    assert contract.logins["knockAgain"] == Login(
        "knockAgain",
        renews=("stub",),
        credential=("result", "key"),
        refresh=("result", "spare", "stub"),
        expires=("result", "until"),
    )
    assert (contract.logins["knock"].lasts, contract.logins["knock"].refresh_lasts) == (
        "PT2H",
        "P1D",
    )
    assert login_of(contract) is contract.logins["knock"]
    assert list(contract_findings(contract)) == []


def test_what_is_left_out_has_a_meaning() -> None:
    contract = guild(
        {
            TENANT: {"slug": "mark", "first": "founder", "sender": "/title"},
            f"{BADGE}/active": ABSENT,
            f"{BADGE}/usual": "GUEST",
            "/components/schemas/Badge/properties/grants": {"type": "string"},
        }
    )
    principal, tenancy = contract.principal, contract.tenancy
    assert principal is not None
    assert (tenancy.name, tenancy.sender) == ("mark", ("title",))
    assert not tenancy.is_suspended({"frozen": True})
    assert tenancy.state_of({"frozen": True}) == "ACTIVE"
    assert principal.is_active({"disabled": True})
    # Without a list of them, grants are those that operations name.
    assert (principal.known, principal.usual) == (("KEEPER", "ARCHON"), "GUEST")
    assert (principal.grants_of({"grants": "GUEST"}), principal.grants_of({})) == (("GUEST",), ())
    assert principal.granting("GUEST") == {"grants": "GUEST"}


def test_states_are_one_of_several_values_of_each_member() -> None:
    principal = Principal("User", "id", "login", "secret", active=(("a", (1, 2)), ("b", (3,))))
    assert principal.is_active({"a": 2, "b": 3})
    assert not principal.is_active({"a": 3, "b": 3})
    assert not principal.is_active({"a": 1})
    tenancy = Tenancy(suspended=(("state", ("shut", "gone")),))
    assert tenancy.is_suspended({"state": "gone"})
    assert not tenancy.is_suspended({"state": "open"})
    assert tenancy.state_of({"state": "open"}) == "open"


def test_people_are_called_by_their_names_or_their_login() -> None:
    principal = Principal("User", "id", "login", "secret", names=("first", "last"))
    assert principal.name_of({"first": "Ada", "last": None, "login": "ada"}) == "Ada"
    assert Principal("User", "id", "login", "secret").name_of({"login": "ada"}) == "ada"
    assert principal.granting("ADMIN") == {}


def test_a_document_that_is_not_strict_declares_no_accounts() -> None:
    contract = guild({"/x-serving": ABSENT})
    assert contract.principal is None
    assert contract.tenancy == Tenancy()
    assert contract.logins.keys() == {"knock", "knockAgain"}
    assert secret_names(contract) == {"pin", "stub", "key"}


def test_what_breaks_an_extension_is_passed_over_here() -> None:
    contract = guild({BADGE: {"login": 1}, TENANT: True, KNOCK: {"credential": "x"}})
    assert contract.principal is None
    assert contract.tenancy == Tenancy()
    assert contract.logins.keys() == {"knockAgain"}


def test_the_names_of_secrets_are_those_that_are_declared() -> None:
    assert secret_names(guild()) == {"pin", "key", "stub"}
    assert secret_names(built()) == {"password"}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({f"{BADGE}/login": "handel"}, BADGE, "'handel' is no property; did you mean 'handle'?"),
    ({f"{BADGE}/active": {"disable": 1}}, BADGE, "'disable' is no property"),
    ({f"{BADGE}/names": ["given"]}, BADGE, "'given' is no property"),
    ({f"{BADGE}/across": ["ARCHN"]}, BADGE, "'ARCHN' is no value of grants; did you mean 'ARCHON'"),
    ({f"{BADGE}/usual": "KEEPR"}, BADGE, "'KEEPR' is no value of grants"),
    ({f"{BADGE}/secret": "pni"}, f"{BADGE}/secret", "'pni' is no member of the body of issueBadge"),
    (
        {"/components/schemas/Badge/x-resource/scope": "platform"},
        BADGE,
        "needs accounts that belong to a tenant",
    ),
    ({f"{TENANT}/slug": "sign"}, TENANT, "'sign' is no property"),
    ({f"{TENANT}/suspended": {"shut": True}}, TENANT, "'shut' is no property"),
    ({f"{TENANT}/first": "head"}, f"{TENANT}/first", "'head' is no member of the body of found"),
    (
        {"/paths/~1guilds/post/requestBody": ABSENT},
        f"{TENANT}/first",
        "'founder' is no member of the body of found",
    ),
    ({f"{KNOCK}/secret": "/who/pni"}, f"{KNOCK}/secret", "/who/pni is no place in the request"),
    ({f"{KNOCK}/expires": "/until"}, f"{KNOCK}/expires", "/until is no place in the answer"),
    (
        {"/paths/~1door~1knock/post/requestBody": ABSENT},
        f"{KNOCK}/login",
        "/who/handle is no place in the request",
    ),
    (
        {"/components/schemas/Scroll/x-principal": {"login": "id", "secret": "pin"}},
        "/components/schemas/Scroll/x-principal",
        "stands on Badge too; leave one",
    ),
    (
        {"/components/schemas/Lost": {"x-tenant": {"slug": "a", "first": "b"}}},
        "/components/schemas/Lost/x-tenant",
        "stands on a schema without x-resource",
    ),
]


@pytest.mark.parametrize(("changes", "place", "said"), WRONG)
def test_a_name_that_names_nothing_is_found(changes: Any, place: str, said: str) -> None:
    found = findings(changes)
    assert any(at == place and said in detail for at, detail in found), found


def test_a_login_without_accounts_is_found() -> None:
    found = findings({BADGE: ABSENT})
    assert (KNOCK, "logs in to no account: declare them by x-principal") in found


def test_what_nobody_creates_need_not_be_sent() -> None:
    changes = {"/paths/~1badges/post": ABSENT, "/paths/~1guilds": ABSENT}
    assert findings({**changes, f"{BADGE}/secret": "any", f"{TENANT}/first": "any"}) == []


# --- what is believed to be a login


def others(path: str, operation: dict[str, Any], method: str = "post") -> Contract:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Others", "version": "1"},
        "paths": {path: {method: {"responses": {"200": {"description": "In."}}} | operation}},
    }
    return build_contract(document, "others.yaml")


def taking(*members: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in members}}
    return {"content": {"application/json": {"schema": schema}}}


def answering(example: Any) -> dict[str, Any]:
    media = {"schema": {}, "example": example}
    return {"200": {"description": "In.", "content": {"application/json": media}}}


def test_what_takes_a_name_and_a_password_is_a_login() -> None:
    operation = {"operationId": "in", "requestBody": taking("User_Name", "pass-word", "x")}
    found = login_of(others("/sign-in", operation))
    assert found == Login("in", ("User_Name",), ("pass-word",))
    told = answering({"a": [], "b": {"n": 1, "access_token": "t"}})
    found = login_of(others("/sign-in", operation | {"responses": told}))
    assert found == Login("in", ("User_Name",), ("pass-word",), credential=("b", "access_token"))
    assert login_of(others("/people", operation)) is None
    assert login_of(others("/sessions/forgot", operation)) is None
    assert login_of(others("/sign-in", operation, method="put")) is None
    secured = {"security": [{"b": []}]}
    assert login_of(others("/sign-in", operation | secured)) is None


@pytest.mark.parametrize(
    "body",
    [taking("email"), taking("password"), {"content": {"application/json": {"schema": True}}}],
)
def test_what_takes_less_is_none_unless_it_is_called_so(body: dict[str, Any]) -> None:
    assert login_of(others("/login", {"operationId": "enter", "requestBody": body})) is None
    called = others("/login", {"operationId": "login", "requestBody": body})
    assert login_of(called) == Login("login")
    assert login_of(others("/login", {"operationId": "login"})) is None


def test_a_stated_login_of_an_operation_that_is_left_out_is_none() -> None:
    contract = guild()
    kept = {n: one for n, one in contract.operations.items() if n != "knock"}
    object.__setattr__(contract, "operations", kept)
    assert login_of(contract) is None


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"token": "x"}, ("token",)),
        ({"token": 1, "jwt": "x"}, None),
        ({"data": {"id_token": "x"}}, ("data", "id_token")),
        ({"data": [{"token": "x"}]}, None),
        ("token", None),
    ],
)
def test_a_token_is_what_is_called_so(answer: Any, place: Any) -> None:
    assert place_of_token(answer) == place
