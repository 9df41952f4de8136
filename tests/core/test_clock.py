"""Clocks, and that nothing else decides the answers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bacasable.core import FixedClock, RunningClock, SystemClock
from bacasable.core.clock import format_instant, parse_instant

from .toy import START, World, image


def test_the_system_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().tzinfo is UTC


def test_a_running_clock_starts_where_told_and_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([100.0, 100.0, 101.5])
    monkeypatch.setattr("bacasable.core.clock.monotonic", lambda: next(ticks))
    clock = RunningClock(START.astimezone(timezone(timedelta(hours=2))))
    assert clock.now() == START
    assert clock.now() == START + timedelta(seconds=1.5)
    assert format_instant(START) == "2026-11-02T09:00:00.000Z"


def test_a_fixed_clock_stands_until_it_is_set() -> None:
    clock = FixedClock(START)
    assert clock.now() is clock.now()
    clock.instant += timedelta(1)
    assert clock.now() == START + timedelta(1)


@pytest.mark.parametrize(
    "text", ["2026-11-02T09:00:00", "2026-11-02T09:00:00Z", "2026-11-02T11:00:00+02:00"]
)
def test_an_instant_without_a_zone_is_utc(text: str) -> None:
    assert parse_instant(text) == START
    assert parse_instant(text).tzinfo is UTC


def test_what_is_no_instant_is_an_error() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        parse_instant("yesterday")


def story(world: World) -> list[bytes]:
    """The answers to a day's calls."""
    shelf, author = world.shelf(code="A"), world.author()
    replies = [world.call("createBox", {"name": "x"}, id=shelf, key="k")]
    book = world.book(chapters=[{"authorId": author}], shelfId=shelf)
    world.tick()
    replies += [
        world.call("publishBook", id=book),
        world.call("listBooks", query="sort=-createdAt"),
        world.call("createTicket", {"name": "x"}),
        world.call("getAuthor", id=author, roles="AUDITOR"),
        world.call("createBox", {"name": "x"}, id=shelf, key="k"),
    ]
    replies.append(world.call("listBoxes", id=shelf))
    return [reply.content + repr(reply.headers).encode() for reply in replies]


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    one, two = World(), World()
    assert story(one) == story(two)
    assert image(one.platform) == image(two.platform)


def test_another_seed_gives_other_ids() -> None:
    one, two = World(seed=1), World(seed=2)
    assert not set(story(one)) & set(story(two))


def test_two_engines_share_nothing() -> None:
    one, two = World(), World()
    story(one)
    untouched = image(World().platform)
    assert image(two.platform) == untouched
    assert story(two) == story(World())
