"""Spaces: images, forks, what they share and what they do not, and the held log."""

from collections.abc import Callable

import pytest

from bacasable.contract import Refusal
from bacasable.core import FixedClock, Limits, Platform, Space, TenantClock
from bacasable.core.space import Image

from .loans import Library, after
from .toy import START, World

Change = Callable[[Platform, Space], object]


@pytest.fixture
def platform() -> Platform:
    platform = Platform(7, FixedClock(START))
    space = platform.open("origin", "tnt_origin")
    space.collection("Book").put({"id": "one", "v": 1})
    space.private("credentials").put({"id": "usr", "hash": "x"})
    space.passing("sessions").put({"id": "ses"})
    space.next_number("id")
    space.next_number("<session>")
    platform.log.commit(0)
    return platform


@pytest.fixture
def origin(platform: Platform) -> Space:
    found = platform.space("origin")
    assert found is not None
    return found


def fork(platform: Platform, origin: Space, slug: str = "twin") -> Space:
    twin = platform.open(slug, f"tnt_{slug}")
    twin.load(origin.image())
    platform.log.commit(0)
    return twin


def shown(space: Space) -> dict[str, list[object]]:
    return {name: list(found) for name, found in space.collections().items() if len(found)}


def told(platform: Platform) -> object:
    """Everything of all spaces that a call can change."""
    return [
        (
            slug,
            shown(space),
            dict(space._counters),
            dict(space.pinned),
            space.lineage,
            space.schedule.next,
            space.clock.now(),
        )
        for slug, space in [("", platform.root), *((s.slug, s) for s in platform.spaces())]
    ]


def test_an_image_holds_data_and_no_connections(origin: Space) -> None:
    image, connections = origin.image(), origin.connections()
    assert set(image.collections) == {"Book", "(credentials)"}
    assert dict(image.counters) == {"id": 1}
    assert set(connections.collections) == {"<sessions>"}
    assert dict(connections.counters) == {"<session>": 1}


def test_a_fork_has_the_data_and_knows_no_session(platform: Platform, origin: Space) -> None:
    twin = fork(platform, origin)
    assert shown(twin) == {n: r for n, r in shown(origin).items() if n != "<sessions>"}
    assert (twin.slug, twin.tenant_id, twin.lineage) == ("twin", "tnt_twin", "origin")


def test_forks_give_the_same_ids(origin: Space, platform: Platform) -> None:
    world = World()
    kinds = list(world.contract.resources.values())
    spaces = [fork(platform, origin, f"f{n}") for n in range(3)]
    spaces += [fork(platform, spaces[0], "f3"), origin]
    ids = [[space.new_id(kind) for kind in kinds for _ in range(3)] for space in spaces]
    assert all(given == ids[0] for given in ids)
    assert len(set(ids[0])) == len(ids[0])


def test_a_load_keeps_connections_and_takes_everything_else(origin: Space) -> None:
    image = origin.image()
    origin.collection("Book").remove("one")
    origin.collection("Shelf").put({"id": "new"})
    origin.passing("sessions").put({"id": "later"})
    origin.next_number("id")
    origin.load(image)
    assert shown(origin) == {
        "Book": [{"id": "one", "v": 1}],
        "(credentials)": [{"id": "usr", "hash": "x"}],
        "<sessions>": [{"id": "ses"}, {"id": "later"}],
    }
    assert (origin.last_number("id"), origin.last_number("other")) == (1, 0)


def test_an_image_can_be_loaded_again_and_again(origin: Space) -> None:
    image = origin.image()
    for number in range(3):
        origin.load(image)
        assert [r["v"] for r in origin.collection("Book")] == [1]
        origin.collection("Book").put({"id": "one", "v": number + 2})


def test_a_clock_goes_with_its_image_and_is_shared_with_nobody(
    platform: Platform, origin: Space
) -> None:
    clock = origin.clock
    assert isinstance(clock, TenantClock)
    clock.set(START.replace(year=2030), frozen=True)
    image, twin = origin.image(), fork(platform, origin)
    clock.set(START.replace(year=2040), frozen=False)
    assert twin.clock.now() == START.replace(year=2030)
    origin.load(image)
    assert origin.clock.now() == START.replace(year=2030)
    assert isinstance(twin.clock, TenantClock)
    twin.clock.set(START, frozen=True)
    origin.load(image)
    assert origin.clock.now() == START.replace(year=2030)


def test_an_image_of_a_space_with_another_clock_keeps_that(platform: Platform) -> None:
    image = platform.root.image()
    assert image.clock is platform.clock
    platform.root.load(image)
    assert platform.root.clock is platform.clock


def test_a_shadow_shows_an_image_and_what_is_written_there_stays_there(
    platform: Platform, origin: Space
) -> None:
    image = origin.image()
    origin.collection("Book").put({"id": "two", "v": 2})
    shadow = origin.shadow(platform, image)
    assert (shadow.slug, shadow.clock, shadow.lineage) == ("origin", origin.clock, "origin")
    assert [r["id"] for r in shadow.collection("Book")] == ["one"]
    shadow.collection("Book").put({"id": "three", "v": 3})
    shadow.next_number("id")
    assert [r["id"] for r in origin.collection("Book")] == ["one", "two"]
    assert (origin.last_number("id"), dict(image.counters)) == (1, {"id": 1})
    assert [r["id"] for r in image.collections["Book"]] == ["one"]


def close_and_write(platform: Platform, space: Space) -> None:
    platform.close("origin")
    platform.open("origin", "tnt_other").collection("Book").put({"id": "one", "v": 9})


def load_and_write(platform: Platform, space: Space) -> None:
    image = space.image()
    space.collection("Book").put({"id": "one", "v": 2})
    space.load(image)
    space.collection("Shelf").put({"id": "shelf"})
    space.collection("Book").remove("one")
    space.next_number("id")


def empty_and_write(platform: Platform, space: Space) -> None:
    space.empty("Book")
    assert list(space.collection("Book")) == []
    space.collection("Book").put({"id": "two", "v": 2})


def replace_and_write(platform: Platform, space: Space) -> None:
    beside = space.collection("Book").beside()
    beside.put({"id": "two", "v": 2})
    space.replace("Book", beside.done())
    assert [book["id"] for book in space.collection("Book")] == ["one", "two"]
    space.collection("Book").remove("one")


def take_pin(platform: Platform, space: Space) -> None:
    kind = World().contract.resources["Book"]
    assert [space.new_id(kind), space.new_id(kind)][0] == "bok_pinned"


def write_twin(platform: Platform, space: Space) -> None:
    twin = platform.open("twin", "tnt_twin")
    twin.load(space.image())
    twin.collection("Book").put({"id": "one", "v": 2})
    space.collection("Book").put({"id": "one", "v": 3})


CHANGES: list[Change] = [
    lambda platform, space: space.collection("Book").put({"id": "two", "v": 2}),
    lambda platform, space: space.collection("Book").remove("one"),
    replace_and_write,
    lambda platform, space: space.passing("sessions").put({"id": "more"}),
    lambda platform, space: space.next_number("<session>"),
    lambda platform, space: platform.open("new", "tnt_new").collection("Book").put({"id": "x"}),
    lambda platform, space: platform.close("origin"),
    close_and_write,
    load_and_write,
    empty_and_write,
    take_pin,
    write_twin,
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_exception_takes_back_what_was_committed_while_held(
    platform: Platform, origin: Space, change: Change
) -> None:
    origin.pinned["Book"] = "bok_pinned"
    before, changes = told(platform), platform.log.changes
    with pytest.raises(ZeroDivisionError), platform.log.held():  # noqa: PT012
        for _ in range(2):
            mark = platform.log.mark()
            change(platform, origin)
            platform.log.commit(mark)
            with platform.log.held():
                origin.collection("Book").put({"id": "inner", "v": 5})
            if change is take_pin:
                break
            origin.collection("Book").remove("inner")
            if platform.space("new") or platform.space("twin"):
                break
            if platform.space("origin") is not origin or not origin.collection("Book").get("one"):
                break
        raise ZeroDivisionError
    assert told(platform) == before
    assert platform.log.mark() == 0
    assert platform.log.changes >= changes


def test_what_is_done_afterwards_waits_for_the_end_of_the_hold(platform: Platform) -> None:
    done: list[str] = []
    log = platform.log
    with log.held():
        mark = log.mark()
        log.afterwards(lambda: done.append("kept"))
        log.commit(mark)
        assert done == []
    with pytest.raises(ZeroDivisionError), log.held():  # noqa: PT012
        log.afterwards(lambda: done.append("taken back"))
        log.commit(0)
        raise ZeroDivisionError
    log.commit(0)
    assert done == ["kept"]


def test_a_hold_without_a_write_is_no_change(platform: Platform) -> None:
    changes = platform.log.changes
    with platform.log.held():
        pass
    assert platform.log.changes == changes
    with platform.log.held():
        platform.root.next_number("x")
    assert platform.log.changes == changes + 1


def test_what_was_removed_comes_back_though_it_is_shared_by_now(origin: Space) -> None:
    books, log = origin.collection("Book"), origin.log
    books.put({"id": "two", "v": 2})
    mark = log.mark()
    books.remove("one")
    image = origin.image()
    log.rollback(mark)
    assert [r["id"] for r in books] == ["one", "two"]
    assert [r["id"] for r in image.collections["Book"]] == ["two"]


def test_numbers_go_on_from_where_they_are_told(platform: Platform) -> None:
    platform.root.count({"a": 5})
    assert platform.root.next_number("a") == 6


def test_who_closes_what_is_not_open_is_told(platform: Platform) -> None:
    with pytest.raises(KeyError):
        platform.close("nobody")


def test_a_fork_waits_for_the_same_and_by_itself() -> None:
    library = Library()
    loan = library.lend(dueAt=after(1))
    image: Image = library.space.image()
    twin = library.platform.open("twin", "tnt_twin")
    twin.load(image)
    library.platform.log.commit(0)
    library.tick(hours=2)
    assert [d.record_id for d in library.engine.settle(twin)] == [loan]
    assert library.space.schedule.next == after(1)
    assert [d.record_id for d in library.engine.settle(library.space)] == [loan]
    third = library.platform.open("third", "tnt_third")
    third.load(image)
    assert third.schedule.next == after(1)


def test_skipped_numbers_are_given_to_nobody(platform: Platform, origin: Space) -> None:
    image = origin.image()
    origin.skip(100)
    assert origin.next_number("id") == 101
    assert origin.next_number("never counted before") == 101
    assert origin.next_number("<passing>") == 101
    assert origin.counters["id"] == 101
    origin.load(image)
    assert origin.next_number("<passing>") == 102
    assert origin.next_number("<never counted before>") == 101
    origin.skip(100)
    assert origin.next_number("<passing>") == 201


def test_no_call_succeeds_where_no_tenant_is() -> None:
    world = World()
    nowhere = world.platform.nowhere("unknown")
    assert world.code("createShelf", {"name": "x"}, space=nowhere) == "INVALID_CREDENTIALS"
    assert world.code("createShelf", {"nmae": "x"}, space=nowhere) == "INVALID_REQUEST"
    assert not nowhere.collection("Shelf")


def test_a_space_adopts_what_was_kept(platform: Platform, origin: Space) -> None:
    other = platform.open("other", "tnt_other")
    other.adopt(dict(origin.collections()), {"id": 7}, "origin")
    assert (other.lineage, other.next_number("id")) == ("origin", 8)
    assert shown(other) == shown(origin)


def test_there_are_no_more_tenants_than_may_be() -> None:
    platform = Platform(1, FixedClock(START), limits=Limits(max_tenants=2))
    for slug in ("one", "two"):
        platform.open(slug, f"tnt_{slug}")
    with pytest.raises(Refusal, match="SANDBOX_FULL"):
        platform.open("three", "tnt_three")


def test_spaces_are_arranged_as_asked(platform: Platform) -> None:
    platform.open("other", "tnt_other")
    platform.arrange(["other", "origin"])
    assert [space.slug for space in platform.spaces()] == ["other", "origin"]


def test_what_is_done_beside_is_seen_by_nobody() -> None:
    world = World()
    root = world.platform.root
    root.collection("Tenant").put({"id": "tnt_toys", "slug": "toys"})
    before = root.image()
    aside = world.platform.beside()
    engine = world.engine.beside(aside)
    assert (engine.platform, world.engine.platform) == (aside, world.platform)
    assert list(aside.root.collection("Tenant")) == list(root.collection("Tenant"))
    aside.root.collection("Tenant").put({"id": "tnt_new", "slug": "new"})
    aside.root.next_number("id")
    aside.open("new", "tnt_new")
    assert [space.slug for space in world.platform.spaces()] == ["toys"]
    assert root.is_as(before)
    assert not aside.root.is_as(before)


@pytest.mark.parametrize(
    "write",
    [
        lambda root: root.collection("Tenant").put({"id": "tnt_x"}),
        lambda root: root.collection("Plan").put({"id": "pln_x"}),
        lambda root: root.next_number("id"),
    ],
)
def test_an_image_knows_whether_something_was_written_since(
    platform: Platform, write: Callable[[Space], object]
) -> None:
    root = platform.root
    root.collection("Tenant")
    before = root.image()
    root.passing("sessions").put({"id": "ses_2"})
    root.next_number("<session>")
    assert root.is_as(before)
    write(root)
    assert not root.is_as(before)
