"""What takes long is done in portions, and finds what it finds at once."""

import pytest

from bacasable.contract import Refusal
from bacasable.contract.request import RawRequest
from bacasable.core import Actor, Call, Limits
from bacasable.core import engine as engines

from .toy import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(engines, "_MANY", 20)
    monkeypatch.setattr(engines, "PORTION", 5)
    made = World()
    for number in range(40):
        made.shelf(f"s{number:02d}", rank=number)
    return made


def call_of(world: World, query: str) -> Call:
    operation = world.contract.operations["listShelves"]
    actor = Actor("usr_me", frozenset({"ADMIN"}), "toys", "ses_1", 0)
    return Call(operation, world.space, actor, RawRequest({}, query), "req_1")


@pytest.mark.parametrize(
    "query", ["sort=-name", "q=3", "sort=rank&q=s", "since=2026-11-02T09:00:00Z"]
)
def test_a_long_list_is_put_in_order_a_portion_at_a_time(world: World, query: str) -> None:
    call = call_of(world, query)
    assert world.engine.takes_long(call)
    portions = 0
    for _ in world.engine.portions(call):
        portions += 1
        world.shelf(f"t{portions:02d}", rank=portions)
    assert portions >= 5
    seen = world.engine.handle(call).json["data"]
    fresh = World()
    for number in range(40):
        fresh.shelf(f"s{number:02d}", rank=number)
    for number in range(1, portions + 1):
        fresh.shelf(f"t{number:02d}", rank=number)
    names = [row["name"] for row in fresh.data("listShelves", query=query)]
    assert [row["name"] for row in seen] == names


def test_once_it_is_in_order_there_is_nothing_left_to_do(world: World) -> None:
    for _ in world.engine.portions(call_of(world, "sort=-name")):
        pass
    world.shelf("later")
    assert list(world.engine.portions(call_of(world, "sort=-name&page=2"))) == []


def test_what_is_refused_is_refused_by_the_call_itself(world: World) -> None:
    assert list(world.engine.portions(call_of(world, "sort=colour"))) == []
    assert world.code("listShelves", query="sort=colour") == "INVALID_REQUEST"


def test_few_records_and_other_operations_take_no_time() -> None:
    world = World()
    assert not world.engine.takes_long(call_of(world, "sort=-name"))
    shelf = world.shelf()
    single = Call(
        world.contract.operations["getShelf"], world.space, None, RawRequest({"id": shelf}), "req"
    )
    assert not world.engine.takes_long(single)
    assert list(world.engine.portions(single)) == []


def test_what_was_read_before_acts_as_if_it_were_read_now() -> None:
    plain, ahead = World(), World()
    bodies = [b'{"name": "Novels"}', b'{"nmae": "x"}', b"{", b'{"name": "Poems", "rank": 2.0}']
    told: list[list[object]] = [[], []]
    for body in bodies:
        for answers, world in zip(told, (plain, ahead), strict=True):
            operation = world.contract.operations["createShelf"]
            actor = Actor("usr_me", frozenset({"ADMIN"}), "toys", "ses_1", 0)
            request = RawRequest({}, body=body, content_type="application/json")
            call = Call(operation, world.space, actor, request, "req_1")
            if world is ahead:
                world.engine.read(call)
            try:
                answers.append(world.engine.handle(call).json)
            except Refusal as refusal:
                answers.append((refusal.code, refusal.violations))
    assert told[0] == told[1]


def test_what_is_full_is_refused_and_the_oldest_facts_make_room() -> None:
    world = World(limits=Limits(max_records=3, max_events=2))
    for name in "abc":
        world.shelf(name)
    refusal = world.refusal("createShelf", {"name": "d"})
    assert (refusal.code, "--max-records" in refusal.detail) == ("SANDBOX_FULL", True)
    assert [event["sequence"] for event in world.events()] == [2, 3]
