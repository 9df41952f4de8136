"""What checks of lists and records work out by themselves: orders, sameness, values, filters."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import SchemaSet
from bacasable.contract.model import Filter
from bacasable.contract.schema import whole
from bacasable.verify.checks._filters import Condition
from bacasable.verify.checks._lists import Page, Reading
from bacasable.verify.checks._sorting import key_for, misplaced, overtaken
from bacasable.verify.checks._values import fold, same, variants
from bacasable.verify.checks.list_partition import uneven
from bacasable.verify.checks.list_total import _wrong as wrong_total

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | TEXTS
VALUES = st.recursive(SCALARS, lambda v: st.lists(v) | st.dictionaries(TEXTS, v), max_leaves=8)
NUMBERS = st.lists(st.integers(0, 50), min_size=2, unique=True)


def key(text: str, kind: str = "integer", **more: object):
    """A key to sort by."""
    return key_for(text, text.lstrip("-"), whole({}, {"type": kind, **more}))


@given(st.lists(TEXTS), st.sampled_from([str, str.casefold, fold]), st.booleans())
def test_texts_in_any_usual_order_are_in_order(texts, collation, falling):
    rows = [{"a": text} for text in sorted(texts, key=collation, reverse=falling)]
    assert misplaced(key("-a" if falling else "a", "string"), rows) == ""


@given(NUMBERS, st.data())
def test_numbers_are_in_order_only_when_they_are_sorted(numbers, data):
    rows = [{"a": number} for number in data.draw(st.permutations(numbers))]
    in_order = [row["a"] for row in rows] == sorted(numbers)
    assert (misplaced(key("a"), rows) == "") == in_order
    assert (misplaced(key("-a"), rows[::-1]) == "") == in_order


@given(NUMBERS, st.integers(1, 5), st.booleans())
def test_nulls_stand_together_at_either_end(numbers, count, first):
    rows, nulls = [{"a": n} for n in sorted(numbers)], [{"a": None}] * count
    assert misplaced(key("a"), nulls + rows if first else rows + nulls) == ""
    assert misplaced(key("a"), [*rows[:1], *nulls, *rows[1:]])


@given(NUMBERS, st.data())
def test_a_page_is_overtaken_when_a_smaller_one_is_left_for_later(numbers, data):
    size = data.draw(st.integers(1, len(numbers)))
    page = sorted(data.draw(st.permutations(numbers))[:size])
    rest = [n for n in numbers if n not in page]
    found = overtaken(key("a"), [{"a": n} for n in page], [{"a": n} for n in rest])
    assert bool(found) == any(n < page[-1] for n in rest)


def test_instants_that_look_alike_leave_the_order_to_what_is_not_shown():
    alike, day = {"a": "2026-01-01T10:00:00Z", "b": "x"}, {"a": "2026-01-01", "b": "x"}
    assert not key("a", "string", format="date-time").tie(alike, alike)
    assert key("a", "string", format="date").tie(day, day)
    assert key("b", "string").tie(alike, day)


def test_instants_are_sorted_by_time_and_listed_values_not_at_all():
    rows = [{"a": "2026-01-01T10:00:00+02:00"}, {"a": "2026-01-01T09:00:00Z"}]
    dated = key("a", "string", format="date-time")
    assert misplaced(dated, rows) == ""
    assert misplaced(dated, rows[::-1])
    assert key("a", "string", enum=["LOW", "HIGH"]) is None
    assert key("a", "array") is None


@pytest.mark.parametrize("wrong", [None, 1, 2, 3])
def test_the_total_is_asked_for_on_the_first_page_the_last_and_one_past_it(wrong):
    """Three records on pages of two; the total is wrong on one page."""

    def page(number, size):
        assert size == 2
        return Page(f"page {number}", [], 0 if number == wrong else 3)

    whole = Reading(({},) * 3, ("a", "b", "c"), 3, (Page("whole", [], 3),), complete=True)
    listing = SimpleNamespace(all=lambda **_: whole, pages=True, largest=100, page=page)
    names = {1: "first", 2: "last", 3: "page after the last"}
    found = wrong and (names[wrong], 3, 0, ("whole", f"page {wrong}"))
    assert wrong_total(listing, fresh=False) == found


@given(VALUES)
def test_every_value_is_the_same_as_itself(value):
    assert same(value, value)


@pytest.mark.parametrize(
    ("sent", "got", "alike"),
    [
        ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00.000Z", True),
        (" Éva@MAIL.example ", "éva@mail.example", True),
        ({"a": 1, "b": None}, {"a": 1, "c": 2}, True),
        ([1, 2], [2, 1], True),
        ([1, 1], [1, 2], False),
        (1, True, False),
        (0, None, False),
        ("", None, False),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z", False),
        ({"a": 1}, {}, False),
    ],
)
def test_what_a_server_may_write_in_another_way(sent, got, alike):
    assert same(sent, got) is alike


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "multipleOf": 5},
        {"type": ["string", "null"], "pattern": "^\\d{4}$", "example": "1234"},
        {"type": "string", "format": "email"},
        {"enum": ["A", "B", None]},
        {"type": "array", "items": {"enum": ["A", "B"]}, "minItems": 1},
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}},
        {"type": "boolean"},
    ],
)
def test_variants_are_valid_and_differ(schema):
    subject = SimpleNamespace(
        schemas=SchemaSet({"openapi": "3.1.0"}), contract=SimpleNamespace(document={})
    )
    found = variants(subject, schema)
    valid = subject.schemas.test_for(schema)
    assert len(found) >= 2
    assert all(valid(value) for value in found)
    assert None not in found
    assert all(found.count(value) == 1 for value in found)


@given(st.integers(2, 2000), st.integers(2, 100))
def test_pages_are_several_and_the_last_one_is_not_full_where_that_is_possible(count, largest):
    size = uneven(count, largest)
    assert 1 <= size <= largest
    assert size < count
    if largest >= count > 2:
        assert count % size


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(-3, 3))  # noqa: DTZ001
def test_a_bound_is_included_in_whatever_zone_it_is_written(moment, hours):
    there = moment.replace(tzinfo=UTC, microsecond=0)
    bound = there.astimezone(timezone(timedelta(hours=hours))).isoformat()
    for how, other in (("from", timedelta(seconds=-1)), ("to", timedelta(seconds=1))):
        condition = Condition("bound", Filter(("at",), how), bound)
        assert condition.test({"at": there.isoformat()}) is True
        assert condition.test({"at": (there + other).isoformat()}) is False
        assert condition.test({"at": None}) is False
        assert condition.test({}) is None
    days = Condition("bound", Filter(("at",), "to"), bound[:10])
    assert days.test({"at": there.isoformat()}) is None


@pytest.mark.parametrize("how", ["from", "to"])
def test_a_bound_that_may_be_kept_more_finely_than_it_is_shown_decides_nothing(how):
    condition = Condition("bound", Filter(("at",), how), "2026-01-01T10:00:00.123Z")
    assert condition.test({"at": "2026-01-01T10:00:00.123Z"}) is None
    assert condition.test({"at": "2026-01-01T10:00:00.124Z"}) is (how == "from")
    assert condition.test({"at": "2026-01-01T10:00:00.122Z"}) is (how == "to")


def test_a_search_minds_neither_case_nor_accents():
    condition = Condition("q", Filter(("title", "text"), "contains"), "CROISES")
    assert condition.test({"title": "Tableaux croisés", "text": None}) is True
    assert condition.test({"title": "Tableaux", "text": None}) is False
    assert condition.test({"title": "Tableaux"}) is None
