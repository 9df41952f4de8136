"""What nobody holds any more is let go in portions, and only that."""

import weakref
from collections.abc import Iterator

import pytest

from bacasable.core import waste
from bacasable.core.portions import at_once
from bacasable.core.sharing import Series, Table
from bacasable.core.waste import Waste

MANY = 5000


class Thing:
    """Something that can be seen to be gone."""


@pytest.fixture(autouse=True)
def taken() -> Iterator[Waste]:
    with waste.WASTE.taken_away():
        yield waste.WASTE


def table(things: list[Thing]) -> Table[Thing]:
    made: Table[Thing] = Table()
    for number, thing in enumerate(things):
        made.put(f"thing {number}", thing)
    return made


def seen(things: list[Thing]) -> "weakref.WeakSet[Thing]":
    return weakref.WeakSet(things)


def assert_goes_slowly(taken: Waste, left: "weakref.WeakSet[Thing]") -> None:
    before = len(left)
    for _ in taken.portions():
        assert before - len(left) <= 512
        before = len(left)
    assert not left


def test_a_large_table_goes_in_small_portions(taken: Waste) -> None:
    things = [Thing() for _ in range(MANY)]
    made, left = table(things), seen(things)
    del things
    del made
    assert len(left) == MANY
    assert_goes_slowly(taken, left)


def test_a_copy_keeps_what_it_has(taken: Waste) -> None:
    things = [Thing() for _ in range(MANY)]
    made, left = table(things), seen(things)
    del things
    twin = made.copy()
    twin.put("thing 7", Thing())
    del made
    at_once(taken.portions())
    assert len(left) == MANY - 1
    assert [name for name, _ in twin.items()].count("thing 8") == 1
    del twin
    assert left
    at_once(taken.portions())
    assert not left


def test_a_large_series_goes_in_small_portions(taken: Waste) -> None:
    things = [Thing() for _ in range(MANY)]
    left, made = seen(things), Series((number, thing) for number, thing in enumerate(things))
    del things
    del made
    assert_goes_slowly(taken, left)


def test_what_is_small_goes_at_once(taken: Waste) -> None:
    things = [Thing() for _ in range(100)]
    made, left = table(things), seen(things)
    del things
    del made
    assert not left


def test_nothing_stays_where_nobody_takes_it_away() -> None:
    lonely = Waste()
    things = [Thing() for _ in range(MANY)]
    left = seen(things)
    lonely.leave([things], MANY)
    del things
    assert not left
    with lonely.taken_away():
        with lonely.taken_away():
            things = [Thing() for _ in range(MANY)]
            left = seen(things)
            lonely.leave([things], MANY)
            del things
        assert len(left) == MANY
    assert not left
