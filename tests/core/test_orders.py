"""Orders that are kept up to date: at any time they are what a look at every record gives."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bacasable.contract.model import Filter
from bacasable.core.orders import Total
from bacasable.core.query import Query, _Turned, ordered
from bacasable.core.store import Collection, UndoLog

from .brute import evaluate, listed

ids = st.sampled_from("abcdefghij")
texts = st.sampled_from(["", "x", "X", "é", "E", "yy", None])
records = st.fixed_dictionaries(
    {
        "name": texts,
        "rank": st.none() | st.integers(-2, 2),
        "on": st.booleans(),
        "tags": st.lists(st.sampled_from("pq"), max_size=2),
        "owner": st.sampled_from(["me", "you"]),
    }
)
FILTERS = [
    (Filter(("name",), "equals"), "x"),
    (Filter(("rank",), "equals"), 1),
    (Filter(("on",), "equals"), True),
    (Filter(("rank",), "from"), 0),
    (Filter(("rank",), "to"), 1),
    (Filter(("tags",), "has"), "p"),
    (Filter(("name", "owner"), "contains"), "e"),
]
fields = st.sampled_from(["name", "-name", "rank", "-rank", "on", "-on"])
queries = st.builds(
    Query,
    fixed=st.sampled_from([(), (("owner", "me"),)]),
    views=st.sampled_from(
        [(), ((("owner", ("me",)),),), ((("on", (True,)),), (("rank", (1, 2)),))]
    ),
    given=st.lists(st.sampled_from(FILTERS), max_size=2).map(tuple),
    order=st.lists(fields, max_size=3).map(tuple),
)
MASK = ("masked", lambda record: record | {"name": "***"})
masks = st.sampled_from([None, MASK])


class Orders(RuleBasedStateMachine):
    """Writes, copies and what is taken back, while lists are asked for or half made."""

    made = Bundle("made")

    @initialize(target=made)
    def first(self) -> int:
        self.log = UndoLog()
        self.all: list[tuple[Collection, dict[str, Any]]] = [
            (Collection(self.log, ("owner", ("tags", "*"))), {})
        ]
        self.before: list[Any] = []
        return 0

    @rule(at=made, name=ids, record=records)
    def put(self, at: int, name: str, record: Any) -> None:
        collection, model = self.all[at]
        collection.put({"id": name, **record})
        model[name] = {"id": name, **record}

    @rule(at=made, name=ids)
    def remove(self, at: int, name: str) -> None:
        collection, model = self.all[at]
        if name in model:
            collection.remove(name)
            del model[name]

    @rule(at=made, query=queries, mask=masks)
    def ask(self, at: int, query: Query, mask: Any) -> None:
        collection, model = self.all[at]
        assert listed(collection, query, mask) == evaluate(model.values(), query, mask)

    @rule(at=made, query=queries, mask=masks, count=st.integers(1, 4))
    def begin_to_ask(self, at: int, query: Query, mask: Any, count: int) -> None:
        collection, _ = self.all[at]
        collection.fill(ordered(collection, query, mask), count)

    @rule(at=made, value=texts)
    def where(self, at: int, value: Any) -> None:
        collection, model = self.all[at]
        folded = value.lower() if value else value
        found = [r for r in model.values() if (r["name"] and r["name"].lower()) == folded]
        if value == "":
            found = [r for r in model.values() if r["name"] == ""]
        assert collection.where("name", value) == found
        tagged = [r for r in model.values() if "p" in r["tags"]]
        assert collection.where(("tags", "*"), "P") == tagged

    @rule(target=made, at=made)
    def copy(self, at: int) -> int:
        collection, model = self.all[at]
        self.all.append((collection.copy(self.log), dict(model)))
        return len(self.all) - 1

    @rule()
    def keep(self) -> None:
        self.log.commit(0)
        self.before = []

    @rule(at=made, steps=st.lists(st.tuples(ids, st.none() | records), max_size=4))
    def take_back(self, at: int, steps: list[Any]) -> None:
        collection, model = self.all[at]
        now, mark = dict(model), self.log.mark()
        for name, record in steps:
            if record is not None:
                self.put(at, name, record)
            else:
                self.remove(at, name)
        self.log.rollback(mark)
        model.clear()
        model.update(now)
        assert list(collection) == list(model.values())

    @invariant()
    def agree(self) -> None:
        for collection, model in getattr(self, "all", ()):
            assert list(collection) == list(model.values())
            assert len(collection) == len(model)


TestOrders = Orders.TestCase
TestOrders.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)


def test_what_was_made_of_an_order_goes_when_a_record_in_it_is_written() -> None:
    collection = Collection(UndoLog())
    for name in "abc":
        collection.put({"id": name, "on": name == "a"})
    on = ordered(collection, Query(fixed=(("on", True),)))
    collection.fill(on)
    for order in (on, collection.whole):
        order.keep("page", b"json")
    collection.put({"id": "b", "on": False, "more": 1})
    assert (on.pages, collection.whole.pages) == ({"page": b"json"}, {})
    collection.put({"id": "a", "on": True, "more": 1})
    assert on.pages == {}


def test_a_list_that_is_filled_in_portions_sees_what_is_written_meanwhile() -> None:
    collection = Collection(UndoLog())
    for number in range(50):
        collection.put({"id": str(number), "n": number})
    query = Query(order=("-n",))
    assert not collection.fill(ordered(collection, query), 10)
    collection.put({"id": "3", "n": 300})
    collection.put({"id": "40", "n": 400})
    collection.put({"id": "new", "n": 500})
    collection.remove("5")
    collection.remove("45")
    rounds = 0
    while not collection.fill(ordered(collection, query), 10):
        rounds += 1
    assert rounds < 6
    assert [r["n"] for r in collection.part(ordered(collection, query), 0, 4)] == [
        500,
        400,
        300,
        49,
    ]
    assert len(ordered(collection, query)) == 49


def test_an_order_waits_for_the_index_that_it_lies_within() -> None:
    collection = Collection(UndoLog())
    for number in range(9):
        collection.put({"id": str(number), "owner": "me" if number % 2 else "you", "n": number})
    query = Query(fixed=(("owner", "me"),), order=("-n",))
    assert not collection.fill(ordered(collection, query), 2)
    collection.put({"id": "later", "owner": "me", "n": 20})
    collection.put({"id": "1", "owner": "you", "n": 1})
    while not collection.fill(ordered(collection, query), 2):
        pass
    found = collection.part(ordered(collection, query), 0, 9)
    assert [record["n"] for record in found] == [20, 7, 5, 3]


def test_a_list_is_no_value_to_be_found_under() -> None:
    collection = Collection(UndoLog())
    collection.put({"id": "a", "tags": ["p"]})
    query = Query(given=((Filter(("tags",), "equals"), ("p",)),))
    assert listed(collection, query) == []
    assert collection.count("tags", ["p"]) == 0
    assert collection.count("id", "A") == 1


def test_keys_that_are_turned_are_equal_when_they_are() -> None:
    one, same, other = (_Turned(n) for n in (1, 1, 2))
    assert (one == same, one == other, other < one, one < other) == (True, False, True, False)
    assert hash(one) == hash(same)


def test_an_order_tells_how_many_come_before_a_key() -> None:
    collection = Collection(UndoLog())
    for number in range(5):
        collection.put({"id": str(number), "n": number})
    order = ordered(collection, Query(order=("n",)))
    collection.fill(order)
    assert [order.before(key) for key in (0, 2, 9)] == [0, 2, 5]


def test_a_total_is_kept_up_to_date_in_each_copy() -> None:
    log = UndoLog()
    collection = Collection(log)
    for number in range(4):
        collection.put({"id": str(number), "n": number})

    def total(of: Collection) -> tuple[int, int]:
        found = of.order("sum", lambda: Total(lambda record: record.get("n")))
        of.fill(found)
        return found.number, found.sum

    assert total(collection) == (4, 6)
    twin = collection.copy(log)
    twin.put({"id": "9", "n": 9})
    twin.put({"id": "0"})
    collection.remove("3")
    assert (total(twin), total(collection)) == ((4, 15), (3, 3))


def test_a_collection_of_a_table_finds_what_the_other_does() -> None:
    log = UndoLog()
    first = Collection(log, ("owner",))
    for name in "abc":
        first.put({"id": name, "owner": "me" if name != "b" else "you"})
    second = Collection.of(first.table, log, ("owner",))
    assert list(second) == list(first)
    assert [record["id"] for record in second.where("owner", "me")] == ["a", "c"]
    second.put({"id": "d", "owner": "me"})
    assert first.get("d") is None
