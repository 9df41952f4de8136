"""Lists: pages cut a list into parts, filters filter, sorting sorts."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bacasable.contract.model import Filter
from bacasable.contract.request import RawRequest
from bacasable.contract.shape import Shape
from bacasable.core.paging import page_links
from bacasable.core.query import Query, fold, ordered
from bacasable.core.store import _KEPT, Collection, UndoLog

from .brute import collected, key_of, listed
from .toy import World, ours

steady = settings(derandomize=True, deadline=None)
words = st.text(alphabet="aAéEçz œ", max_size=5)
records = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.none() | words,
            "rank": st.none() | st.integers(-5, 5),
            "tags": st.lists(st.sampled_from("xyz"), max_size=2),
            "on": st.booleans(),
        }
    ),
    max_size=25,
).map(lambda rows: [{"id": str(i), **row} for i, row in enumerate(rows)])
orders = st.lists(st.sampled_from(["name", "-name", "rank", "-rank", "on", "-on"]), max_size=3).map(
    tuple
)


def asked(match: str, value: Any, *fields: str) -> Query:
    return Query(given=((Filter(fields, match), value),))


def evaluate(rows: list[Any], query: Query) -> Any:
    return listed(collected(rows), query)


@steady
@given(records, orders)
def test_sorting_sorts_and_the_order_of_creation_decides_ties(
    rows: list[Any], order: tuple[str, ...]
) -> None:
    got = evaluate(rows, Query(order=order))
    assert sorted(r["id"] for r in got) == sorted(r["id"] for r in rows)
    for before, after in pairwise(got):
        assert _in_order(before, after, order)


def _in_order(before: Any, after: Any, order: tuple[str, ...]) -> bool:
    for name in order:
        one, two = (key_of(row[name.lstrip("-")]) for row in (before, after))
        if one != two:
            return bool((one > two) if name.startswith("-") else (one < two))
    return int(before["id"]) < int(after["id"])


@steady
@given(records, st.sampled_from("xyzw"))
def test_has_finds_the_lists_that_hold_a_value(rows: list[Any], tag: str) -> None:
    got = evaluate(rows, asked("has", tag, "tags"))
    assert got == [row for row in rows if tag in row["tags"]]


@steady
@given(records, words)
def test_contains_searches_every_field_without_case_and_accents(rows: list[Any], text: str) -> None:
    got = evaluate(rows, asked("contains", text.swapcase(), "name", "absent"))
    assert got == [row for row in rows if fold(text) in fold(row["name"] or "")]


@steady
@given(records, words)
def test_equals_finds_equal_values(rows: list[Any], text: str) -> None:
    assert evaluate(rows, asked("equals", text, "name")) == [r for r in rows if r["name"] == text]
    assert evaluate(rows, Query(fixed=(("on", True),))) == [r for r in rows if r["on"]]


@steady
@given(records, words.filter(bool), words.filter(bool))
def test_a_range_is_inclusive_and_leaves_null_out(rows: list[Any], low: str, high: str) -> None:
    both = Query(given=((Filter(("name",), "from"), low), (Filter(("name",), "to"), high)))
    got = evaluate(rows, both)
    assert got == [r for r in rows if r["name"] is not None and low <= r["name"] <= high]


@pytest.mark.parametrize("rank", [0, None])
def test_a_range_works_for_numbers(rank: int | None) -> None:
    found = evaluate([{"rank": rank}, {"rank": 3}], asked("from", 1, "rank"))
    assert [row["rank"] for row in found] == [3]


def test_fold_drops_case_and_accents() -> None:
    assert fold("ÉCOLE") == fold("école") == "ecole"
    assert fold("Straße") == fold("STRASSE")
    assert fold("PLAIN") == "plain"


@steady
@given(st.text(max_size=4))
@example("Formé™")
def test_fold_leaves_folded_text_alone(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_an_order_is_kept_and_kept_up_to_date() -> None:
    collection = collected([{"name": "x"}])
    query = asked("equals", "x", "name")
    first = ordered(collection, query)
    assert len(listed(collection, query)) == 1
    collection.put({"id": "b", "name": "x"})
    assert ordered(collection, query) is first
    assert len(listed(collection, query)) == 2


def test_no_more_than_a_few_orders_are_kept() -> None:
    collection = Collection(UndoLog())
    for number in range(3 * _KEPT):
        ordered(collection, asked("equals", number, "name"))
    assert len(collection._orders) <= _KEPT


def test_orders_of_very_many_records_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bacasable.core.store._FEW", 50)
    collection = collected([{"name": str(n)} for n in range(20)])
    for number in range(20):
        listed(collection, asked("from", str(number), "name"))
    assert sum(map(len, collection._orders.values())) <= 4 * 20 + 20


@pytest.mark.usefixtures("dialect")
def test_no_more_than_a_few_pages_are_remembered() -> None:
    world = World()
    for number in range(200):
        world.call("listShelves", query=f"page={number + 1}")
    assert len(world.space.collection("Shelf").whole.pages) <= 64


def links_of(header: str) -> dict[str, int]:
    found = re.findall(r'<[^>]*[?&]page=(\d+)[^>]*>; rel="(\w+)"', header)
    return {rel: int(number) for number, rel in found}


def linked(query: str, page: int, last: int, /, **shape: Any) -> str:
    """The links of a page of a list, as they are told."""
    whole = Shape(None, (), None, **({"page": "page"} | shape))
    said = {"page": page, "totalPages": last}
    return page_links(whole, "/x/{id}", RawRequest({"id": "a b"}, query=query), said)


@steady
@given(st.integers(1, 12), st.integers(0, 10))
def test_links_lead_to_the_pages_that_exist(page: int, last: int) -> None:
    links = links_of(linked("", page, last))
    assert links["first"] == 1
    assert links["last"] == max(1, last)
    assert links.get("next") == (page + 1 if page < last else None)
    assert links.get("prev") == (page - 1 if 1 < page <= max(1, last) + 1 else None)


def test_links_keep_what_else_was_asked() -> None:
    header = linked("q=a&page=2&sort=-name&", 2, 2)
    assert header.split(", ")[0] == '</x/a%20b?page=1&q=a&sort=-name>; rel="first"'


def test_links_speak_as_the_document_does() -> None:
    header = linked("q=a&p%5Bno%5D=1&page=9", 1, 3, page="p[no]", first=0)
    told = '</x/a%20b?p%5Bno%5D={}&q=a&page=9>; rel="{}"'
    pages = {"first": 0, "prev": 0, "next": 2, "last": 2}
    assert header.split(", ") == [told.format(number, rel) for rel, number in pages.items()]
    assert linked("", 1, 3, page="", offset="skip") == ""


@ours
def test_following_next_walks_the_whole_list_once() -> None:
    world = World()
    made = [world.shelf(name) for name in "gfedcba"]
    target, seen = "perPage=2&sort=name", []
    while target:
        reply = world.call("listShelves", query=target)
        seen += [row["id"] for row in reply.json["data"]]
        found = re.search(r'<[^?]*\?([^>]*)>; rel="next"', reply.headers["Link"])
        target = found[1] if found else ""
    assert seen == made[::-1]


@ours
def test_the_link_of_a_child_list_names_its_parent() -> None:
    world = World()
    shelf = world.shelf()
    link = world.call("listBoxes", id=shelf).headers["Link"]
    assert f"</api/v1/shelves/{shelf}/boxes?page=1>" in link


@pytest.mark.usefixtures("dialect")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", "abc"),
        ("code=K1", "a"),
        ("code=k1", ""),
        ("tag=red", "ac"),
        ("q=B", "b"),
        ("q=k", "ab"),
        ("since=2026-11-02T09:00:01Z", "bc"),
        ("since=2026-11-02T10:00:01%2B01:00", "bc"),
        ("until=2026-11-02T09:00:01Z", "ab"),
        ("since=2026-11-02T09:00:01Z&tag=red", "c"),
        ("sort=-name", "cba"),
        ("sort=-rank,name", "cba"),
        ("sort=rank&perPage=1&page=2", "b"),
        ("page=9", ""),
    ],
)
def test_a_list_answers_what_its_query_asks(query: str, names: str) -> None:
    world = World()
    for name, code, tags, rank in (
        ("a", "K1", ["red"], 1),
        ("b", "K2", [], 2),
        ("c", None, ["blue", "red"], None),
    ):
        world.shelf(name, code=code, tags=tags, rank=rank)
        world.tick()
    assert "".join(row["name"] for row in world.data("listShelves", query=query)) == names


@pytest.mark.usefixtures("dialect")
@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("page=0", "query/page"),
        ("perPage=101", "query/perPage"),
        ("sort=colour", "query/sort/0"),
        ("colour=red", "query/colour"),
    ],
)
def test_a_query_that_breaks_the_contract_is_refused(query: str, pointer: str) -> None:
    refusal = World().refusal("listShelves", query=query)
    assert [v.pointer for v in refusal.violations] == [pointer]
