"""What fails half way leaves nothing, told case by case; `test_atomicity.py` tries any order."""

from collections.abc import Callable
from typing import Any

import pytest

from bacasable.contract import Refusal
from bacasable.core import Behaviour, Situation

from .test_atomicity import curse
from .toy import World, found_by, image

pytestmark = pytest.mark.usefixtures("dialect")


def full_world() -> World:
    world = World({"Shelf": Behaviour(effects={"deleteShelf": curse})})
    shelf = world.shelf("cursed")
    world.call("createBox", {"name": "x"}, id=shelf)
    world.call("createLock", {"name": "x"}, id=world.shelf())
    world.book_in("PUBLISHED")
    world.book_in("DRAFT")
    return world


@pytest.mark.parametrize(
    "fails",
    [
        lambda w: w.call("createBook", {"title": "Explosive"}, key="k"),
        lambda w: w.call("deleteShelf", id=w.data("listShelves")[0]["id"]),
    ],
)
def test_an_effect_that_fails_half_way_leaves_nothing(fails: Callable[[World], Any]) -> None:
    world = full_world()
    before = image(world.platform), found_by(world.platform)
    with pytest.raises(RuntimeError, match="half way"):
        fails(world)
    assert (image(world.platform), found_by(world.platform)) == before
    assert world.platform.space("half-done") is None


def test_an_answer_that_breaks_the_contract_leaves_nothing() -> None:
    world = full_world()
    before = image(world.platform)
    assert world.code("createBook", {"title": "Broken"}, key="k") == "CONTRACT_VIOLATION"
    assert image(world.platform) == before


def test_even_an_interruption_leaves_nothing() -> None:
    def interrupt(s: Situation) -> None:
        raise KeyboardInterrupt

    world = World({"Shelf": Behaviour(effects={"createShelf": interrupt})})
    before = image(world.platform)
    with pytest.raises(KeyboardInterrupt):
        world.shelf()
    assert image(world.platform) == before


@pytest.mark.parametrize(("lasting", "count"), [(True, 1), (False, 0)])
def test_a_lasting_refusal_keeps_what_was_done(lasting: bool, count: int) -> None:
    def refuse(s: Situation) -> None:
        raise Refusal("SESSION_ENDED", lasting=lasting)

    world = World({"Shelf": Behaviour(effects={"createShelf": refuse})})
    assert world.code("createShelf", {"name": "x"}) == "SESSION_ENDED"
    assert len(world.space.collection("Shelf")) == count
    assert len(world.events()) == count


def test_nothing_done_is_left_in_the_log() -> None:
    world = full_world()
    before = world.platform.log.mark()
    world.shelf()
    world.code("getShelf", id="unknown")
    assert world.platform.log.mark() == before
