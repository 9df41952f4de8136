"""Messages: who gets one, what may stand in it, and that followers hear of it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bacasable.core import FixedClock, Platform, Record, Situation, Space
from bacasable.core.calls import Reply
from bacasable.core.messages import Letter, Link, post

from .toy import BOOK, START, World
from .toy_document import toy_document

AT = "2026-11-02T09:00:00.000Z"
USER = {
    "id": "usr_ada",
    "firstName": "Ada",
    "lastName": "King\u202e",
    "email": "ada@example.com",
    "phone": None,
    "status": "ACTIVE",
    "roles": ["LEARNER"],
}
LETTER = Letter("usr_ada", "Hello\nthere", ("One.", "Two\x1b[0m."), sms="Hello.")
Operations: Any = {
    "openToAll": SimpleNamespace(roles=None),
    "forLearners": SimpleNamespace(roles=("LEARNER",)),
    "forAdmins": SimpleNamespace(roles=("ADMIN",)),
}


@pytest.fixture
def space() -> Space:
    opened = Platform(7, FixedClock(START)).open("one", "tnt_one")
    opened.collection("User").put(USER)
    return opened


def posted(space: Space, letter: Letter = LETTER) -> list[Any]:
    principal = World().contract.principal
    assert principal is not None
    return post(space, letter, principal, fact="book.published", at=AT, operations=Operations)


def test_an_account_gets_mail_and_with_a_number_a_short_message_too(space: Space) -> None:
    (mail,) = posted(space)
    assert (mail["channel"], mail["address"]) == ("EMAIL", "ada@example.com")
    space.collection("User").put(USER | {"phone": "+33100000000"})
    mail, short = posted(space)
    assert (short["channel"], short["address"]) == ("SMS", "+33100000000")
    assert (short["subject"], short["paragraphs"]) == (None, ["Hello."])
    assert [m["id"][-1] for m in space.private("message")] == ["1", "2", "3"]


@pytest.mark.parametrize("change", [{"status": "INACTIVE"}, {"id": "usr_other"}])
def test_an_account_that_is_gone_or_inactive_gets_none(space: Space, change: Any) -> None:
    space.collection("User").remove("usr_ada")
    space.collection("User").put(USER | change)
    assert posted(space) == []
    assert list(space.private("message")) == []


def test_nothing_in_a_message_breaks_its_line_or_steers_a_terminal(space: Space) -> None:
    (mail,) = posted(space)
    assert mail["name"] == "Ada King "
    assert (mail["subject"], mail["paragraphs"]) == ("Hello there", ["One.", "Two [0m."])


def test_links_are_those_that_the_account_may_follow(space: Space) -> None:
    links = tuple(Link(name, name, {"id": "1"}, ("OPEN",)) for name in Operations)
    (mail,) = posted(space, Letter("usr_ada", "Hello", (), links))
    assert [link["operation"] for link in mail["links"]] == ["openToAll", "forLearners"]
    assert mail["links"][0] == {
        "label": "openToAll",
        "operation": "openToAll",
        "path": {"id": "1"},
        "states": ["OPEN"],
    }


def test_followers_hear_of_a_message_when_its_call_is_done() -> None:
    heard: list[Any] = []
    seen: list[int] = []

    def tell(situation: Situation, _record: Record) -> list[Letter]:
        seen.append(len(heard))
        return [LETTER]

    world = World({"Book": replace(BOOK, letters={"book.created": tell})})
    world.platform.followers.append(lambda space, message: heard.append((space, message)))
    world.space.collection("User").put(USER)
    world.book()
    assert seen == [0]
    assert [(where, message["channel"]) for where, message in heard] == [(world.space, "EMAIL")]
    world.book()
    with pytest.raises(RuntimeError):
        world.book(title="Explosive")
    assert len(heard) == 2


def test_where_there_are_no_accounts_nobody_is_told() -> None:
    document = toy_document()
    del document["components"]["schemas"]["User"]["x-principal"]
    hooks = {"Book": replace(BOOK, letters={"book.created": lambda *_: [LETTER]})}
    world = World(hooks, document=document)
    world.space.collection("User").put(USER)
    world.book()
    assert list(world.space.private("message")) == []


def test_a_reply_is_whole_when_only_its_pieces_are_left() -> None:
    assert Reply(200, b"{}").whole == b"{}"
    assert Reply(200, pieces=(b'{"a":', b"1}")).whole == b'{"a":1}'
