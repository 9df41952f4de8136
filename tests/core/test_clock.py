"""Clocks, and that nothing else decides the answers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.core import FixedClock, RunningClock, SystemClock, TenantClock
from bacasable.core import clock as clocks
from bacasable.core.clock import format_instant, later, parse_instant

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


NAIVE = START.replace(tzinfo=None)
INSTANTS = st.datetimes(NAIVE.replace(year=1970), NAIVE.replace(year=2300), timezones=st.just(UTC))
SMALL = st.integers(0, 400)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-11-30", "P15M", "2028-02-29"),
        # Years and months first, then the rest: 28 February and a day.
        ("2026-01-31", "P1M1D", "2026-03-01"),
        ("2026-11-02", "P90D", "2027-01-31"),
        ("2026-11-02", "P1Y2M3W4DT5H6M7S", "2028-01-27T05:06:07"),
        ("2026-11-02", "PT36H", "2026-11-03T12:00:00"),
        ("2026-11-02", "P0D", "2026-11-02"),
        ("9998-12-31", "P1Y", "9999-12-31"),
    ],
)
def test_a_duration_later(start: str, duration: str, end: str) -> None:
    assert later(parse_instant(start), duration) == parse_instant(end)


UNITS = ("weeks", "days", "hours", "minutes", "seconds")


@settings(derandomize=True, deadline=None)
@given(INSTANTS, st.tuples(*[SMALL] * len(UNITS)))
def test_fixed_parts_add_up(instant: datetime, parts: tuple[int, ...]) -> None:
    weeks, days, hours, minutes, seconds = parts
    date, time = f"P{weeks}W{days}D", f"T{hours}H{minutes}M{seconds}S"
    whole = later(instant, date + time)
    assert whole == instant + timedelta(**dict(zip(UNITS, parts, strict=True)))
    assert later(later(instant, date), "P" + time) == whole


@settings(derandomize=True, deadline=None)
@given(INSTANTS, SMALL, SMALL)
def test_months_are_those_of_the_calendar(instant: datetime, years: int, months: int) -> None:
    moved = later(instant, f"P{years}Y{months}M")
    passed = (moved.year - instant.year) * 12 + moved.month - instant.month
    assert passed == 12 * years + months
    assert moved.timetz() == instant.timetz()
    last_day = (moved + timedelta(days=1)).month != moved.month
    assert moved.day == instant.day or (moved.day < instant.day and last_day)


@settings(derandomize=True, deadline=None)
@given(INSTANTS, INSTANTS, SMALL, SMALL)
def test_who_begins_later_ends_no_earlier(
    one: datetime, other: datetime, months: int, seconds: int
) -> None:
    text = f"P{months}MT{seconds}S"
    first, second = sorted([one, other])
    assert first <= later(first, text) <= later(second, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1",
        "1D",
        "P1DT",
        "-P1D",
        "P-1D",
        "P1.5D",
        "PT1D",
        "P1H",
        "P1D2W",
        "p1d",
        "P1D ",
        " P1D",
        "P1D\n",
        "P1M1Y",
        "PT1S1M",
        "P1DP1D",
        "P1Y2",
        "tomorrow",
    ],
)
def test_what_is_no_duration_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; P90D and PT1H are"):
        later(START, text)


@pytest.mark.parametrize(
    "text",
    ["P7974Y", "P95688M", "P3000000D", "PT99999999999999H", "P9999999999Y", "P99999999999999999D"],
)
def test_there_is_nothing_beyond_the_year_9999(text: str) -> None:
    with pytest.raises(OverflowError):
        later(START, text)
    assert later(START, "P7973Y").year == 9999


def test_the_clock_of_a_tenant_goes_by_another_until_it_is_set() -> None:
    source = FixedClock(START)
    clock = TenantClock(source)
    assert (clock.now(), clock.frozen, clock.ahead) == (START, False, timedelta(0))
    clock.set(START + timedelta(days=3), frozen=False)
    source.instant += timedelta(hours=1)
    assert clock.now() == START + timedelta(days=3, hours=1)
    assert (clock.frozen, clock.ahead) == (False, timedelta(days=3))


def test_a_frozen_clock_stands_until_it_runs_again() -> None:
    source = FixedClock(START)
    clock = TenantClock(source)
    clock.set(START - timedelta(days=1), frozen=True)
    source.instant += timedelta(hours=5)
    assert (clock.now(), clock.frozen) == (START - timedelta(days=1), True)
    clock.set(clock.now(), frozen=False)
    source.instant += timedelta(hours=1)
    assert clock.now() == START - timedelta(hours=23)


def test_a_copy_of_a_clock_shows_the_same_and_is_set_by_itself() -> None:
    source = FixedClock(START)
    clock = TenantClock(source)
    clock.set(START + timedelta(days=3), frozen=True)
    twin = clock.copy()
    clock.set(START, frozen=False)
    assert (twin.now(), twin.frozen) == (START + timedelta(days=3), True)
    twin.set(twin.now(), frozen=False)
    source.instant += timedelta(hours=1)
    assert twin.now() == START + timedelta(days=3, hours=1)
    assert clock.now() == START + timedelta(hours=1)


def test_the_system_s_clock_runs_on_when_the_machine_s_is_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine, run = [START], [100.0]

    class Machine(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            assert tz is UTC
            return machine[0]

    monkeypatch.setattr(clocks, "datetime", Machine)
    monkeypatch.setattr(clocks, "monotonic", lambda: run[0])
    clock = SystemClock()
    seen = []
    for step, passed in ((0, 0), (5, 5), (-3600, 5), (3602, 5), (0, 1), (7200, 1), (-7200, 1)):
        machine[0] += timedelta(seconds=step)
        run[0] += passed
        seen.append((clock.now() - START).total_seconds())
    assert seen == [0, 5, 10, 15, 16, 7207, 7208]
