"""The journal: every change leaves a fact, in sequence, without personal data."""

import json
from typing import Any

import pytest

from bacasable.core import Behaviour, ContractBroken, Situation

from .toy import World, book_with, ours

pytestmark = pytest.mark.usefixtures("dialect")

PRIVATE = {
    "email": "secret@toys.example",
    "phone": "+33639980199",
    "age": 4711,
    "aliases": ["Shadow"],
}


@pytest.fixture
def world() -> World:
    return World()


@ours
def test_a_fact_says_what_happened_when_to_what_and_by_whom(world: World) -> None:
    shelf = world.shelf(rank=3)
    (event,) = world.events()
    assert event == {
        "id": "evt_00000000000000000001",
        "sequence": 1,
        "type": "shelf.created",
        "occurredAt": "2026-11-02T09:00:00.000Z",
        "actorId": "usr_me",
        "resource": "Shelf",
        "resourceId": shelf,
        "data": world.data("getShelf", id=shelf),
    }


def test_a_fact_names_its_record_by_its_id(world: World) -> None:
    world.book()
    world.call("createBox", {"name": "x"}, id=world.shelf())
    named = [row["id"] for name in ("Book", "Shelf", "Box") for row in world.rows(name)]
    assert [event["resourceId"] for event in world.events()] == named


def test_a_fact_of_nobody_has_no_actor(world: World) -> None:
    world.call("createShelf", {"name": "x"}, roles="")
    assert world.events()[0]["actorId"] is None


def test_a_fact_does_not_name_a_caller_of_another_tenant(world: World) -> None:
    other = world.platform.open("other", "tnt_other")
    world.call("createShelf", {"name": "x"}, space=other)
    assert world.events(other)[0]["actorId"] is None


def test_personal_data_never_reach_the_journal(world: World) -> None:
    author = world.data("createAuthor", {"name": "Ada", **PRIVATE})["id"]
    world.call("updateAuthor", {"name": "Ada L."} | PRIVATE, id=author)
    world.call("deleteAuthor", id=author)
    written = json.dumps(world.events())
    assert [event["type"] for event in world.events()] == [
        "author.created",
        "author.updated",
        "author.deleted",
    ]
    for value in ("secret", "33639980199", "4711", "Shadow"):
        assert value not in written
    assert all(set(PRIVATE).isdisjoint(event["data"]) for event in world.events())


def test_the_sequence_has_no_gaps_whatever_fails_between(world: World) -> None:
    world.shelf(code="A")
    world.code("createShelf", {"name": "x", "code": "A"})
    with pytest.raises(RuntimeError):
        world.call("createBook", {"title": "Explosive"})
    world.code("createBook", {"title": "Broken"})
    world.shelf()
    world.book()
    assert [event["sequence"] for event in world.events()] == [1, 2, 3]
    assert [event["id"][-2:] for event in world.events()] == ["01", "02", "03"]


def test_each_tenant_has_a_sequence_of_its_own(world: World) -> None:
    other = world.platform.open("other", "tnt_other")
    world.shelf()
    world.call("createShelf", {"name": "x"}, space=other)
    assert [event["sequence"] for event in world.events(other)] == [1]


def test_reading_leaves_no_fact(world: World) -> None:
    shelf = world.shelf()
    world.call("getShelf", id=shelf)
    world.call("listShelves")
    assert len(world.events()) == 1


def test_a_fact_is_not_changed_by_what_happens_later(world: World) -> None:
    shelf = world.shelf("Novels")
    world.call("updateShelf", {"name": "Poems"}, id=shelf)
    assert [event["data"]["name"] for event in world.events()] == ["Novels", "Poems"]


def test_the_fact_of_a_deletion_holds_the_record_as_it_was(world: World) -> None:
    shelf = world.shelf("Novels")
    world.call("deleteShelf", id=shelf)
    assert world.events()[-1]["resourceId"] == shelf
    assert world.events()[-1]["data"]["name"] == "Novels"


@pytest.mark.parametrize(("note", "count"), [("n", 2), (None, 1)])
def test_a_behaviour_chooses_the_facts(world: World, note: Any, count: int) -> None:
    book = world.book()
    world.call("annotateBook", {"note": note}, id=book)
    assert len(world.events()) == count


@ours
def test_an_effect_may_record_a_declared_fact_of_another_resource() -> None:
    def tell(s: Situation) -> None:
        s.emit("shelf.created", "Ticket", {"id": "tck_1"})

    world = World({"Shelf": Behaviour(effects={"createShelf": tell})})
    world.shelf()
    assert [e["resource"] for e in world.events()] == ["Shelf"]
    assert [e["resource"] for e in world.events(world.platform.root)] == ["Ticket"]


def test_an_undeclared_fact_is_a_defect_and_changes_nothing() -> None:
    def tell(s: Situation) -> None:
        s.emit("book.retired", "Book", s.draft)

    world = World(book_with(effects={"createBook": tell}))
    with pytest.raises(ContractBroken, match=r"createBook records book.retired"):
        world.book()
    assert world.events() == []
    assert world.data("listBooks") == []
