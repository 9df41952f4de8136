"""Idempotency keys: the same request is answered once more, and not done once more."""

from ast import literal_eval

import pytest

from bacasable.core import Situation

from .toy import World, book_with

pytestmark = pytest.mark.usefixtures("dialect")

NOVELS = {"name": "Novels"}


@pytest.fixture
def world() -> World:
    return World()


def test_a_replay_is_the_same_answer_to_the_byte(world: World) -> None:
    first = world.call("createShelf", NOVELS, key="k")
    world.tick(hours=23, minutes=59, seconds=59)
    again = world.call("createShelf", NOVELS, key="k")
    assert (again.status, again.content, again.headers) == (
        first.status,
        first.content,
        first.headers,
    )
    assert len(world.space.collection("Shelf")) == 1
    assert len(world.events()) == 1


def test_a_body_is_the_same_whatever_its_blanks_and_the_order_of_its_members(world: World) -> None:
    first = world.call("createShelf", content=b'{"name": "x", "rank": 1}', key="k")
    again = world.call("createShelf", content=b'{"rank":1,"name":"x"}', key="k")
    assert again.content == first.content


def test_a_large_body_is_the_same_as_itself(world: World) -> None:
    large = b'{"name": "x", "note": "%b"}' % (b"y" * 70_000)
    refused = [world.code("createShelf", content=large, key="k") for _ in range(2)]
    assert refused == ["INVALID_REQUEST"] * 2
    padded = b" " * 70_000 + b'{"name": "x"}'
    first = world.call("createShelf", content=padded, key="k")
    assert world.call("createShelf", content=padded, key="k").content == first.content
    assert world.code("createShelf", content=padded + b" ", key="k") == "IDEMPOTENCY_KEY_REUSED"


def test_another_body_is_refused(world: World) -> None:
    world.call("createShelf", NOVELS, key="k")
    assert world.code("createShelf", {"name": "Poems"}, key="k") == "IDEMPOTENCY_KEY_REUSED"
    assert len(world.space.collection("Shelf")) == 1


def test_a_key_is_forgotten_after_24_hours_by_the_clock(world: World) -> None:
    first = world.call("createShelf", NOVELS, key="k")
    world.tick(hours=24)
    second = world.call("createShelf", {"name": "Poems"}, key="k")
    assert second.json["data"]["id"] != first.json["data"]["id"]


def test_expired_answers_are_dropped_when_another_is_stored(world: World) -> None:
    for number in range(3):
        world.call("createShelf", NOVELS, key=f"k{number}")
    world.tick(hours=12)
    world.call("createShelf", NOVELS, key="later")
    world.tick(hours=12)
    world.call("createShelf", NOVELS, key="last")
    kept = [literal_eval(entry["id"])[-1] for entry in world.space.private("idempotency")]
    assert kept == ["later", "last"]


def test_a_key_belongs_to_its_caller_operation_path_and_tenant(world: World) -> None:
    other = world.platform.open("other", "tnt_other")
    one, two = world.shelf(), world.shelf()
    world.call("createShelf", NOVELS, key="k")
    world.call("createShelf", NOVELS, key="k", me="usr_else")
    world.call("createShelf", NOVELS, key="k", space=other)
    world.call("createBox", NOVELS, key="k", id=one)
    world.call("createBox", NOVELS, key="k", id=two)
    assert len(world.space.collection("Shelf")) == 4
    assert len(other.collection("Shelf")) == 1
    assert len(world.space.collection("Box")) == 2


def test_accounts_of_two_tenants_have_keys_of_their_own_though_their_ids_are_the_same(
    world: World,
) -> None:
    for home in ("toys", "origin", "fork"):
        world.call("createShelf", NOVELS, key="k", of=home)
        world.call("createShelf", NOVELS, key="k", of=home)
    assert len(world.space.collection("Shelf")) == 3


def test_a_refusal_is_not_stored(world: World) -> None:
    assert world.code("createBook", {"title": "x", "shelfId": "no"}, key="k")
    assert world.call("createBook", {"title": "x"}, key="k").status == world.dialect.created


def test_without_a_key_the_same_request_is_done_twice(world: World) -> None:
    for key in (None, None, "", ""):
        world.call("createShelf", NOVELS, key=key)
    assert len(world.space.collection("Shelf")) == 4
    assert len(world.space.private("idempotency")) == 0


def test_a_transition_is_replayed_although_its_state_has_passed(world: World) -> None:
    book = world.book_in("DRAFT")
    first = world.call("publishBook", id=book, key="k")
    assert world.call("publishBook", id=book, key="k").content == first.content
    assert world.code("publishBook", id=book, key="other") == "ILLEGAL_TRANSITION"


def test_a_replay_is_answered_although_the_etag_has_changed(world: World) -> None:
    reply = world.call("createShelf", NOVELS)
    shelf, etag = reply.json["data"]["id"], reply.headers["ETag"]
    first = world.call("updateShelf", {"rank": 1}, id=shelf, if_match=etag, key="k")
    again = world.call("updateShelf", {"rank": 1}, id=shelf, if_match=etag, key="k")
    assert again.content == first.content


def test_callers_without_a_token_have_keys_too(world: World) -> None:
    first = world.call("createShelf", NOVELS, key="k", roles="")
    assert world.call("createShelf", NOVELS, key="k", roles="").content == first.content


def test_a_replay_is_answered_although_the_record_is_gone(world: World) -> None:
    shelf = world.shelf()
    first = world.call("updateShelf", {"rank": 1}, id=shelf, key="k")
    world.call("deleteShelf", id=shelf)
    assert world.call("updateShelf", {"rank": 1}, id=shelf, key="k").content == first.content


def test_a_hook_that_completes_the_draft_does_not_spoil_the_replay() -> None:
    def shout(s: Situation) -> None:
        for chapter in s.draft["chapters"]:
            for name in chapter:
                chapter[name] = chapter[name].upper()

    world = World(book_with(prepare={"createBook": shout}))
    body = {"title": "x", "chapters": [{"authorId": world.author()}]}
    first = world.call("createBook", body, key="k")
    assert world.call("createBook", body, key="k").content == first.content


def test_a_body_that_is_no_json_is_compared_as_it_came(world: World) -> None:
    world.call("createShelf", NOVELS, key="k")
    assert world.code("createShelf", content=b"{no json", key="k") == "IDEMPOTENCY_KEY_REUSED"
    assert world.code("createShelf", content=b"{no json", key="new") == "MALFORMED_BODY"


def test_a_stored_answer_holds_no_body(world: World) -> None:
    world.call("createShelf", {"name": "Secretive"}, key="k")
    (entry,) = world.space.private("idempotency")
    assert "Secretive" not in str({k: v for k, v in entry.items() if k != "content"})


def test_a_key_may_be_used_again_and_is_kept_behind_younger_ones(world: World) -> None:
    for key in ("a", "b"):
        world.call("createShelf", NOVELS, key=key)
        world.tick(hours=12)
    world.call("createShelf", NOVELS, key="a")
    world.tick(hours=12)
    world.call("createShelf", NOVELS, key="c")
    kept = [literal_eval(entry["id"])[-1] for entry in world.space.private("idempotency")]
    assert kept == ["a", "c"]
