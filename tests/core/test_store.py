"""Collections, spaces, running numbers, and the log that takes writes back."""

import hashlib
import re
import uuid
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.core import FixedClock, Platform
from bacasable.core.space import base32
from bacasable.core.store import Collection, Record, UndoLog

from .toy import START, World

Script = list[tuple[str, str, str | None]]

scripts = st.lists(
    st.tuples(
        st.sampled_from(["put", "remove"]),
        st.sampled_from("abcd"),
        st.sampled_from(["x", "X", "y", None]),
    ),
    max_size=12,
)


def play(collection: Collection, script: Script) -> None:
    for verb, name, value in script:
        if verb == "put":
            collection.put({"id": name, "v": value})
        elif collection.get(name):
            collection.remove(name)


def buckets(collection: Collection) -> dict[str | None, list[str]]:
    return {v: sorted(r["id"] for r in collection.where("v", v)) for v in ("x", "y", None)}


def scanned(collection: Collection) -> dict[str | None, list[str]]:
    fold = {"x": "x", "X": "x", "y": "y", None: None}
    return {v: sorted(r["id"] for r in collection if fold[r["v"]] == v) for v in ("x", "y", None)}


@settings(derandomize=True, deadline=None)
@given(scripts, scripts)
def test_a_rollback_takes_back_everything_since_its_mark(kept: Script, undone: Script) -> None:
    log = UndoLog()
    collection = Collection(log)
    play(collection, kept)
    before, found = list(collection), buckets(collection)
    in_order = [collection.where("v", v) for v in ("x", "y")]
    mark = log.mark()
    play(collection, undone)
    assert buckets(collection) == scanned(collection)
    log.rollback(mark)
    assert list(collection) == before
    assert buckets(collection) == found
    assert [collection.where("v", v) for v in ("x", "y")] == in_order


@settings(derandomize=True, deadline=None)
@given(scripts, scripts)
def test_an_index_agrees_with_a_scan_whenever_it_is_made(first: Script, second: Script) -> None:
    early, late = Collection(UndoLog()), Collection(UndoLog())
    for collection in (early, late):
        play(collection, first)
        if collection is early:
            buckets(collection)
        play(collection, second)
    assert buckets(early) == buckets(late) == scanned(late)


@settings(derandomize=True, deadline=None)
@given(scripts, scripts)
def test_a_commit_leaves_nothing_to_take_back(first: Script, second: Script) -> None:
    log = UndoLog()
    collection = Collection(log)
    play(collection, first)
    mark = log.mark()
    play(collection, second)
    after = list(collection)
    log.commit(mark)
    log.rollback(mark)
    assert list(collection) == after
    assert log.mark() == mark


def three_of_one_kind() -> tuple[UndoLog, Collection]:
    log = UndoLog()
    collection = Collection(log)
    play(collection, [("put", name, "x") for name in "abc"])
    assert [r["id"] for r in collection.where("v", "x")] == ["a", "b", "c"]
    return log, collection


@pytest.mark.parametrize("verb", ["remove", "put"])
def test_a_rollback_restores_the_order_of_an_index(verb: str) -> None:
    log, collection = three_of_one_kind()
    mark = log.mark()
    play(collection, [(verb, "a", "y")])
    log.rollback(mark)
    assert [r["id"] for r in collection.where("v", "x")] == ["a", "b", "c"]


def test_the_order_found_does_not_depend_on_earlier_questions() -> None:
    _, asked = three_of_one_kind()
    fresh = Collection(UndoLog())
    play(fresh, [("put", name, "x") for name in "abc"])
    for collection in (asked, fresh):
        play(collection, [("put", "a", "y"), ("put", "a", "x")])
    assert asked.where("v", "x") == fresh.where("v", "x")


def test_records_are_found_in_the_order_of_their_creation() -> None:
    _, collection = three_of_one_kind()
    play(collection, [("put", "a", "y"), ("put", "d", "x"), ("put", "a", "x")])
    assert [r["id"] for r in collection.where("v", "x")] == ["a", "b", "c", "d"]


def test_a_replaced_record_keeps_its_place() -> None:
    _, collection = three_of_one_kind()
    play(collection, [("put", "a", "y")])
    assert [r["id"] for r in collection] == ["a", "b", "c"]
    assert len(collection) == 3


def test_a_question_for_an_unknown_value_finds_nothing() -> None:
    _, collection = three_of_one_kind()
    assert collection.where("v", "unknown") == []
    assert collection.where("unknown", "x") == []
    assert len(collection.where("unknown", None)) == 3
    assert collection.get("z") is None
    with pytest.raises(KeyError):
        collection.remove("z")


def test_a_list_is_not_found_under_null() -> None:
    collection = Collection(UndoLog())
    collection.put({"id": "a", "v": ["x"]})
    assert collection.where("v", None) == []


def test_true_is_not_found_under_one() -> None:
    collection = Collection(UndoLog())
    collection.put({"id": "a", "v": True})
    assert collection.where("v", 1) == []


def test_a_copy_shares_records_and_nothing_else() -> None:
    log, collection = three_of_one_kind()
    twin_log = UndoLog()
    twin = collection.copy(twin_log)
    assert [r is t for r, t in zip(collection, twin, strict=True)] == [True] * 3
    before = log.mark()
    play(twin, [("remove", "a", None), ("put", "b", "y")])
    assert len(collection) == 3
    assert log.mark() == before
    twin_log.rollback(0)
    assert list(twin) == list(collection)


@settings(derandomize=True, deadline=None)
@given(scripts, scripts, st.booleans())
def test_a_copy_that_adopts_a_table_is_what_was_written_there(
    first: Script, second: Script, asked: bool
) -> None:
    """Also where a record was removed and has come again, at another place."""
    collection, other = Collection(UndoLog(), ("v",)), Collection(UndoLog())
    for one in (collection, other):
        play(one, first)
    if asked:
        buckets(collection)
    play(other, second)
    before, table = list(collection), other.table
    twin = collection.copy(UndoLog())
    twin.adopt(table)
    assert (twin.table, list(twin), list(collection)) == (table, list(other), before)
    assert buckets(twin) == scanned(twin) == buckets(other)
    play(twin, first)
    assert buckets(twin) == scanned(twin)
    assert list(other) == [record for _, record in sorted(dict(table.items()).values(), key=at)]


def at(entry: tuple[int, Record]) -> int:
    return entry[0]


def test_what_was_computed_is_dropped_at_every_write() -> None:
    log, collection = three_of_one_kind()
    for act in (
        lambda: collection.put({"id": "d", "v": "x"}),
        lambda: collection.remove("a"),
        lambda: log.rollback(0),
    ):
        collection.memo["question"] = "answer"
        act()
        assert collection.memo == {}


@given(st.binary(min_size=15, max_size=32))
@settings(derandomize=True, deadline=None)
def test_base32_is_twenty_characters_of_its_alphabet(digest: bytes) -> None:
    assert re.fullmatch("[a-z2-7]{20}", base32(digest))


def test_base32_uses_its_alphabet_evenly() -> None:
    digests = (hashlib.blake2b(str(n).encode()).digest() for n in range(4000))
    counted = Counter(character for digest in digests for character in base32(digest))
    assert len(counted) == 32
    assert max(counted.values()) < 1.15 * min(counted.values())


def test_ids_have_the_format_the_contract_declares() -> None:
    world = World()
    kinds, space = world.contract.resources, world.space
    assert uuid.UUID(space.new_id(kinds["Author"]).removeprefix("aut_")).version == 4
    assert space.new_id(kinds["Ticket"]) == "tck_00000000000000000001"
    assert space.new_id(kinds["Ticket"]) == "tck_00000000000000000002"
    assert len({space.new_id(kinds["Shelf"]) for _ in range(500)}) == 500


def test_an_id_that_a_record_has_already_is_not_given_again() -> None:
    world, twin = World(), World()
    kind = world.contract.resources["Shelf"]
    taken, free = twin.space.new_id(kind), twin.space.new_id(kind)
    world.space.collection("Shelf").put({"id": taken})
    assert world.space.new_id(kind) == free


def test_a_pinned_id_is_taken_once_by_its_resource_only() -> None:
    world = World()
    world.space.pinned["Shelf"] = "shf_pinned"
    assert world.book() != "shf_pinned"
    assert world.shelf() == "shf_pinned"
    assert world.shelf() != "shf_pinned"


def test_a_pinned_id_survives_a_refusal() -> None:
    world = World()
    world.shelf(code="A")
    world.space.pinned["Shelf"] = "shf_pinned"
    assert world.code("createShelf", {"name": "x", "code": "A"}) == "DUPLICATE"
    assert world.shelf() == "shf_pinned"


def test_a_refused_creation_costs_no_id() -> None:
    plain, refused = World(), World()
    for world in (plain, refused):
        world.shelf(code="A")
    assert refused.code("createShelf", {"name": "x", "code": "A"}) == "DUPLICATE"
    assert plain.shelf() == refused.shelf()


def test_an_opened_space_is_taken_back_by_a_rollback() -> None:
    platform = Platform(1, FixedClock(START))
    kept = platform.open("kept", "t")
    mark = platform.log.mark()
    platform.open("undone", "t")
    assert [space.slug for space in platform.spaces()] == ["kept", "undone"]
    platform.log.rollback(mark)
    assert platform.spaces() == [kept]
    assert platform.space("undone") is None


def test_a_rollback_gives_back_the_space_that_was_opened_over() -> None:
    platform = Platform(1, FixedClock(START))
    kept = platform.open("same", "t")
    mark = platform.log.mark()
    platform.open("same", "t2")
    platform.log.rollback(mark)
    assert platform.space("same") is kept


def test_private_collections_have_names_that_no_resource_has() -> None:
    space = World().space
    space.private("secrets").put({"id": "a"})
    assert space.collections()["(secrets)"] is space.private("secrets")
    assert "secrets" not in space.collections()


def test_request_ids_are_fresh_and_depend_on_the_seed() -> None:
    platforms = [Platform(seed, FixedClock(START)) for seed in (1, 1, 2)]
    ids = [[platform.request_id() for _ in range(3)] for platform in platforms]
    assert ids[0] == ids[1]
    assert len({*ids[0], *ids[2]}) == 6
    assert all(name.startswith("req_") and len(name) == 24 for name in ids[0])
