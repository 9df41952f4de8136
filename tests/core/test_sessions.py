"""Sessions by what a contract declares of accounts, logins and tenants, without any code."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import ContractError, RawRequest, Refusal, load_contract
from bacasable.contract.build import build_contract
from bacasable.contract.document import read_document
from bacasable.contract.wire import to_json
from bacasable.core import (
    Access,
    Actor,
    Behaviour,
    Call,
    Engine,
    FixedClock,
    Limits,
    Platform,
    Situation,
    Space,
    account_hooks,
)
from bacasable.core.access import SESSIONS
from bacasable.core.sessions import Sessions, end_session, session_by

from .signing import OpenTokens
from .toy import START
from .toy_document import toy_document

GUILD = Path(__file__).parent / "documents" / "strict" / "guild.yaml"
PIN = "a long pin"


class Hall:
    """The guilds' contract in an engine, with two guilds that were founded by calls."""

    def __init__(
        self, behaviours: dict[str, Behaviour] | None = None, document: Any = None, **limits: Any
    ) -> None:
        self.contract = (
            load_contract(GUILD) if document is None else build_contract(document, "guild.yaml")
        )
        self.clock, self.tokens = FixedClock(START), OpenTokens()
        self.platform = Platform(7, self.clock, limits=Limits(**limits))
        hooks = account_hooks(self.contract, self.tokens)
        self.engine = Engine(self.contract, self.platform, behaviours or {}, hooks)
        assert self.contract.principal is not None
        self.access = Access(
            self.platform, self.tokens, self.contract.principal, self.contract.tenancy
        )
        self.home, self.other = self.found("smiths"), self.found("bakers")

    def found(self, mark: str) -> Space:
        self("found", {"mark": mark, "founder": {"handle": "ann", "pin": PIN}}, grants="ARCHON")
        space = self.platform.space(mark)
        assert space is not None
        return space

    def __call__(
        self,
        operation: str,
        body: Any = None,
        *,
        space: Space | None = None,
        grants: str = "KEEPER",
        **path: str,
    ) -> Any:
        """The payload of a call by whoever has a grant."""
        called = self.contract.operations[operation]
        content = b"" if body is None else to_json(body)
        request = RawRequest(path, body=content, content_type="application/json" if body else "")
        home = (space or self.home) if called.needs_tenant else self.platform.root
        actor = Actor("bdg_any", frozenset({grants}), home.slug, "ses_any", 0)
        return self.engine.handle(Call(called, home, actor, request, "req_1")).json["result"]

    def knock(self, handle: Any = "ann", pin: Any = PIN, space: Space | None = None) -> Any:
        return self("knock", {"who": {"handle": handle, "pin": pin}}, space=space)

    def again(self, answer: Any) -> Any:
        return self("knockAgain", {"stub": answer["spare"]["stub"]})

    def enters(self, key: str) -> str:
        """Whom a key lets in."""
        operation = self.contract.operations["listScrolls"]
        _, actor = self.access.admit(operation, lambda *_: key, "smiths")
        return actor.id if actor else ""

    def badge(self, handle: str = "ann", space: Space | None = None) -> dict[str, Any]:
        (found,) = (space or self.home).collection("Badge").where("handle", handle)
        return found


def refused(code: str, call: Any, *given: Any, **options: Any) -> None:
    with pytest.raises(Refusal) as caught:
        call(*given, **options)
    assert caught.value.code == code


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_a_tenant_that_is_created_has_a_space_with_its_first_account(hall: Hall) -> None:
    badge = hall.badge()
    assert badge["grants"] == ["KEEPER"]
    assert badge["badgeNo"].startswith("bdg_")
    assert "pin" not in badge
    (guild,) = hall.platform.root.collection("Guild").where("mark", "smiths")
    assert hall.home.tenant_id == guild["guildNo"]


def test_a_first_account_may_have_no_secret(hall: Hall) -> None:
    hall("found", {"mark": "tanners", "founder": {"handle": "ann"}}, grants="ARCHON")
    refused("INVALID_CREDENTIALS", hall.knock, space=hall.platform.space("tanners"))


def test_a_login_answers_what_is_declared_where_it_is_declared(hall: Hall) -> None:
    answer = hall.knock()
    assert answer["until"] == "2026-11-02T11:00:00.000Z"
    assert answer["kind"] == "brass"
    assert answer.keys() == {"key", "kind", "until", "spare"}
    assert hall.enters(answer["key"]) == hall.badge()["badgeNo"]
    assert hall.badge()["lastSeen"] == "2026-11-02T09:00:00.000Z"


@pytest.mark.parametrize(
    ("handle", "pin"), [("ann", "wrong"), ("bob", PIN), ("", ""), ("ann", PIN + " ")]
)
def test_whoever_does_not_know_the_secret_is_refused(hall: Hall, handle: str, pin: str) -> None:
    refused("INVALID_CREDENTIALS", hall.knock, handle, pin)


def test_a_secret_opens_its_own_tenant_alone(hall: Hall) -> None:
    hall("issueBadge", {"handle": "bob", "pin": "another pin", "grants": ["GUEST"]})
    assert hall.knock("bob", "another pin")["key"]
    refused("INVALID_CREDENTIALS", hall.knock, "bob", "another pin", hall.other)


def test_a_secret_that_is_changed_takes_the_place_of_the_first(hall: Hall) -> None:
    hall("changeBadge", {"pin": "a new pin"}, badgeNo=hall.badge()["badgeNo"])
    refused("INVALID_CREDENTIALS", hall.knock)
    assert hall.knock(pin="a new pin")["key"]


def test_an_account_that_is_disabled_is_out_at_once_and_for_good(hall: Hall) -> None:
    answer, number = hall.knock(), hall.badge()["badgeNo"]
    hall("changeBadge", {"disabled": True}, badgeNo=number)
    refused("SESSION_ENDED", hall.enters, answer["key"])
    refused("REFRESH_TOKEN_INVALID", hall.again, answer)
    refused("INVALID_CREDENTIALS", hall.knock)
    hall("changeBadge", {"disabled": False}, badgeNo=number)
    refused("SESSION_ENDED", hall.enters, answer["key"])
    assert hall.enters(hall.knock()["key"]) == number


def test_an_account_that_changes_otherwise_stays_logged_in(hall: Hall) -> None:
    answer, number = hall.knock(), hall.badge()["badgeNo"]
    hall("changeBadge", {"pin": "a new pin"}, badgeNo=number)
    assert hall.enters(answer["key"]) == number


def test_a_refresh_token_is_used_up_and_used_twice_it_ends_the_session(hall: Hall) -> None:
    first = hall.knock()
    second = hall.again(first)
    assert second["until"] == "2026-11-02T10:00:00.000Z"
    assert hall.enters(second["key"]) == hall.badge()["badgeNo"]
    refused("REFRESH_TOKEN_REUSED", hall.again, first)
    refused("SESSION_ENDED", hall.enters, second["key"])
    refused("REFRESH_TOKEN_INVALID", hall.again, second)
    refused("REFRESH_TOKEN_INVALID", hall.again, {"spare": {"stub": "nobody's"}})


def test_a_refresh_token_lasts_as_long_as_is_declared(hall: Hall) -> None:
    answer = hall.knock()
    hall.home.clock = FixedClock(START + timedelta(days=1, milliseconds=-1))
    again = hall.again(answer)
    hall.home.clock = FixedClock(START + timedelta(days=1, milliseconds=-1) + timedelta(days=30))
    refused("REFRESH_TOKEN_INVALID", hall.again, again)


def test_the_account_of_a_refresh_token_must_be_there_and_active(hall: Hall) -> None:
    answer, badge = hall.knock(), hall.badge()
    badges = hall.home.collection("Badge")
    badges.put(badge | {"disabled": True})  # not by a call, which would have ended the session
    refused("REFRESH_TOKEN_INVALID", hall.again, answer)
    badges.remove(badge["badgeNo"])
    refused("REFRESH_TOKEN_INVALID", hall.again, answer)


def test_a_suspended_tenant_is_told_to_whoever_knows_a_secret_of_it_alone(hall: Hall) -> None:
    answer = hall.knock()
    hall("freeze", {"frozen": True}, grants="ARCHON", guildNo=hall.home.tenant_id)
    refused("INVALID_CREDENTIALS", hall.knock, pin="wrong")
    refused("TENANT_SUSPENDED", hall.knock)
    refused("TENANT_SUSPENDED", hall.again, answer)
    refused("TENANT_SUSPENDED", hall.enters, answer["key"])
    assert hall.knock(space=hall.other)["key"]


def test_what_has_expired_is_forgotten_when_there_is_much_of_it(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bacasable.core.sessions._MANY", 3)
    ended, gone, first = hall.knock(), hall.knock(), hall.knock()
    of_ended = session_by(hall.home, ended["spare"]["stub"])
    assert of_ended is not None
    end_session(hall.home, of_ended["id"])
    kept = hall.again(first)  # for 30 days
    assert len(hall.home.passing(SESSIONS)) == 2
    hall.home.clock = FixedClock(START + timedelta(days=2))
    hall.knock()
    assert session_by(hall.home, gone["spare"]["stub"]) is None
    assert session_by(hall.home, first["spare"]["stub"]) is None
    assert session_by(hall.home, kept["spare"]["stub"]) is not None
    assert len(hall.home.passing(SESSIONS)) == 2


def test_no_more_sessions_are_kept_than_there_may_be() -> None:
    hall = Hall(max_sessions=2)
    keys = [hall.knock()["key"] for _ in range(3)]
    refused("SESSION_ENDED", hall.enters, keys[0])
    assert hall.enters(keys[1]) == hall.enters(keys[2])


def test_a_session_that_no_login_opened_lasts_as_the_usual_ones(hall: Hall) -> None:
    assert hall.contract.principal is not None
    sessions = Sessions(hall.contract, hall.contract.principal, hall.tokens)
    pair = sessions.open(hall.home, hall.badge(), START)
    assert pair.seconds == 7200
    assert hall.enters(pair.access) == hall.badge()["badgeNo"]
    silent = replace(hall.contract, logins={})
    sessions = Sessions(silent, hall.contract.principal, hall.tokens)
    assert sessions.open(hall.home, hall.badge(), START).seconds == 3600


# --- what code of a platform says of the same operations


def test_code_answers_in_the_place_of_the_declaration() -> None:
    def own(s: Situation) -> Any:
        return {"key": s.body["who"]["handle"], "until": s.now, "kind": "brass"}

    hall = Hall({"Door": Behaviour(operations={"knock": own})})
    assert hall.knock()["key"] == "ann"


def test_code_takes_effect_after_the_declaration() -> None:
    seen: list[str] = []

    def own(s: Situation) -> None:
        seen.append(s.draft["mark"])
        assert s.platform.space(s.draft["mark"])

    hall = Hall({"Guild": Behaviour(effects={"found": own})})
    assert seen == ["smiths", "bakers"]
    assert hall.knock()["key"]


def test_an_operation_that_code_answers_has_no_effect_of_the_declaration() -> None:
    hall = Hall({"Badge": Behaviour(operations={"changeBadge": lambda s: s.record})})
    hall("changeBadge", {"pin": "a new pin"}, badgeNo=hall.badge()["badgeNo"])
    assert hall.knock()["key"]


# --- other declarations


def guild() -> Any:
    """A fresh document: tests may change theirs."""
    return read_document(GUILD)


def login_of(document: Any) -> Any:
    return document["paths"]["/door/knock"]["post"]["x-login"]


def test_a_number_tells_seconds_and_what_is_not_declared_is_not_told() -> None:
    document = guild()
    del login_of(document)["refresh"]
    answer = document["components"]["responses"]["Key"]["content"]["application/json"]["schema"]
    answer["properties"]["result"]["properties"]["until"] = {"type": "integer"}
    hall = Hall(document=document)
    answer = hall.knock()
    assert answer == {"key": answer["key"], "kind": "brass", "until": 7200}


def test_without_a_stamp_a_login_writes_nothing_into_the_account() -> None:
    document = guild()
    del document["components"]["schemas"]["Badge"]["x-principal"]["stamps"]
    hall = Hall(document=document)
    before = hall.badge()
    assert hall.knock()["key"]
    assert hall.badge() is before


def test_a_grant_may_be_a_text_and_there_may_be_none() -> None:
    document = guild()
    badge = document["components"]["schemas"]["Badge"]
    badge["properties"]["grants"] = {"enum": ["ARCHON", "KEEPER", "GUEST"]}
    hall = Hall(document=document)
    assert hall.badge()["grants"] == "KEEPER"
    assert hall.enters(hall.knock()["key"])
    bodies = document["components"]["requestBodies"]
    del bodies["Badge"]["content"]["application/json"]["schema"]["properties"]["grants"]
    del badge["properties"]["grants"], badge["x-principal"]["grants"]
    del badge["x-principal"]["across"]
    hall = Hall(document=document)
    assert "grants" not in hall.badge()
    assert hall.enters(hall.knock()["key"])


@pytest.mark.parametrize("place", ["/result", "/elsewhere/key"])
def test_a_login_that_does_not_answer_its_credential_does_not_start(place: str) -> None:
    document = guild()
    login_of(document)["credential"] = place
    if place == "/result":
        document["paths"]["/door/knock"]["post"]["responses"] = {"204": {"description": "In."}}
    with pytest.raises(ContractError, match="knock"):
        Hall(document=document)


def test_a_contract_without_accounts_has_no_hooks_for_them() -> None:
    document = toy_document()
    del document["components"]["schemas"]["User"]["x-principal"]
    assert account_hooks(build_contract(document, "toy"), OpenTokens()) == Behaviour()


def test_a_contract_whose_tenants_nobody_opens_has_hooks_for_its_accounts_alone() -> None:
    document = guild()
    del document["paths"]["/guilds"], document["paths"]["/badges/{badgeNo}"]
    hooks = account_hooks(build_contract(document, "guild"), OpenTokens())
    assert hooks.effects.keys() == {"issueBadge"}
