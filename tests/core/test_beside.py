"""A collection that is made beside another while others write there, and then takes its place."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from bacasable.core.orders import Order, by_field
from bacasable.core.portions import PORTION, Portions, at_once, gathered, some
from bacasable.core.store import Collection, Record, UndoLog

IDS = st.sampled_from([f"r{number}" for number in range(6)])
WRITES = st.lists(st.tuples(IDS, st.none() | st.integers(0, 3)), max_size=12)


def make_rank() -> Order:
    return Order(lambda record: (record["rank"],))


def record_of(name: str, rank: int) -> Record:
    return {"id": name, "rank": rank, "name": f"n{rank}"}


def write(collection: Collection, name: str, rank: int | None) -> None:
    if rank is not None:
        collection.put(record_of(name, rank))
    elif collection.get(name) is not None:
        collection.remove(name)


def ranked(collection: Collection) -> list[str]:
    order = collection.order("rank", make_rank)
    collection.fill(order)
    return [record["id"] for record in collection.part(order, 0, len(order))]


@given(before=WRITES, rounds=st.lists(WRITES, max_size=3), own=st.integers(0, 5))
def test_it_has_what_others_wrote_and_then_what_was_put(
    before: list[tuple[str, int | None]],
    rounds: list[list[tuple[str, int | None]]],
    own: int,
) -> None:
    there, plain = (Collection(UndoLog(), ["name"]) for _ in range(2))
    for name, rank in before:
        write(there, name, rank)
        write(plain, name, rank)
    ranked(there)
    image = there.copy(UndoLog())
    kept = list(image)
    beside = there.beside()
    for number in range(own):
        beside.put(record_of(f"own{number}", number % 3))
    for writes in rounds:
        for name, rank in writes:
            write(there, name, rank)
            write(plain, name, rank)
        there.where("rank", 1)
        ranked(there)
        list(beside.news())
    for number in range(own):
        plain.put(record_of(f"own{number}", number % 3))
    made = beside.done()
    made.put(record_of("last", 1))
    plain.put(record_of("last", 1))
    assert list(made) == list(plain)
    assert ranked(made) == ranked(plain)
    for rank in range(4):
        assert made.where("rank", rank) == plain.where("rank", rank)
        assert made.where("name", f"n{rank}") == plain.where("name", f"n{rank}")
    assert list(image) == kept
    assert len(ranked(image)) == len(kept)


def test_others_may_write_while_the_news_is_told() -> None:
    there = Collection(UndoLog())
    beside = there.beside()
    there.put(record_of("a", 1))
    there.put(record_of("b", 2))
    news = beside.news()
    first = next(news)
    there.put(record_of("c", 3))
    there.remove("a")
    assert {first[0], *(name for name, _ in news)} == {"a", "b"}
    assert dict(beside.news()) == {"a": None, "c": record_of("c", 3)}
    assert [record["id"] for record in beside.done()] == ["b", "c"]


def test_an_order_by_a_field_has_what_was_put() -> None:
    there = Collection(UndoLog())
    there.put(record_of("a", 1))
    there.fill(there.order("name", lambda: by_field("name")))
    beside = there.beside()
    beside.put(record_of("b", 1))
    assert [record["id"] for record in beside.done().where("name", "n1")] == ["a", "b"]


def test_the_values_that_something_is_found_under() -> None:
    there = Collection(UndoLog(), ["name"])
    assert list(there.keys("name")) == []
    for name, rank in zip("abcd", (3, 1, 3, 2), strict=True):
        there.put(record_of(name, rank))
    assert list(there.keys("name")) == ["n1", "n2", "n3"]


def test_an_order_that_is_not_filled_yet_is_filled_later() -> None:
    there = Collection(UndoLog())
    for name in "abc":
        there.put(record_of(name, 3))
    there.fill(there.order("rank", make_rank), 1)
    beside = there.beside()
    beside.put(record_of("d", 1))
    assert ranked(beside.done()) == ["d", "a", "b", "c"]


def test_what_is_done_at_once_gives_what_comes_of_it() -> None:
    def counted() -> Portions[int]:
        yield
        yield
        return 3

    assert at_once(counted()) == 3


def test_what_is_found_is_gathered_and_what_is_none_is_a_pause() -> None:
    def found() -> Iterator[int | None]:
        yield from (None, 1, None, 2, 3, None)

    assert at_once(gathered(found())) == [1, 2, 3]
    assert at_once(gathered(found(), 2)) == [1, 2]
    assert len(list(gathered(found()))) == 3


def test_values_come_portion_by_portion() -> None:
    values = list(range(2 * PORTION + 1))
    assert [len(portion) for portion in some(values)] == [PORTION, PORTION, 1]
    assert [value for portion in some(values) for value in portion] == values
    assert list(some([])) == []
