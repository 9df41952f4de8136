"""The parts of the maker by themselves: ways, wants, bodies, fresh values."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.model import Lifecycle, Reference, Transition
from bacasable.contract.preconditions import Wanted
from bacasable.verify.making.bodies import (
    Fresh,
    Scope,
    evaluated,
    filled_body,
    split,
    with_members,
)
from bacasable.verify.making.model import CannotMake, Record
from bacasable.verify.making.pool import Pool
from bacasable.verify.making.ways import NOTHING, both, shortest_way
from tests.contract.toy import built

COURSE = Record("Course", "crs_1", {"id": "crs_1"}, {"id": "crs_1", "tags": ["a", {"b": 2}]})
WANTED = st.builds(
    Wanted,
    state=st.sampled_from(["", "A", "B"]),
    members=st.dictionaries(st.sampled_from("xyz"), st.integers(), max_size=2),
    after=st.lists(st.sampled_from(["p", "q"]), unique=True, max_size=2).map(tuple),
    fresh=st.booleans(),
)


# --- ways


def lifecycle(*steps):
    transitions = {
        f"{name}{n}": Transition(name, (start,), (end,), None, None)
        for n, (name, start, end) in enumerate(steps)
    }
    return Lifecycle("status", tuple("ABCD"), ("A",), transitions)


def test_the_shortest_way_wins_and_of_equals_the_first():
    contract = built()
    steps = [("getRoom", "A", "B"), ("updateRoom", "B", "C"), ("closeRoom", "A", "C")]
    way = shortest_way(contract, lifecycle(*steps), ["A"], ["C"])
    assert [step.id for step in way.steps] == ["closeRoom"]
    way = shortest_way(contract, lifecycle(*steps[:2]), ["A"], ["C"])
    assert [step.id for step in way.steps] == ["getRoom", "updateRoom"]
    assert shortest_way(contract, lifecycle(*steps), ["A"], ["D"]) is None
    assert shortest_way(contract, lifecycle(*steps), ["A"], ["A"]).steps == ()


def test_a_circle_has_an_end():
    steps = [("getRoom", "A", "B"), ("closeRoom", "B", "A")]
    assert shortest_way(built(), lifecycle(*steps), ["A"], ["C"]) is None


@given(WANTED, WANTED, WANTED)
def test_wants_add_up(a, b, c):
    assert both(a, NOTHING) == both(NOTHING, a) == both(a, a) == a
    assert both(both(a, b), c) == both(a, both(b, c))


# --- bodies


@pytest.mark.parametrize(
    ("text", "worth"),
    [
        ("{record.id}", "crs_1"),
        ("{record.tags.0}", "a"),
        ("{record.tags.1.b}", 2),
        ("to {parent.id}!", "to crs_1!"),
        ("{body.name}", "N"),
        ("{me}", "usr_1"),
        ("{number}", 7),
        ("{other} {}", "{other} {}"),
        ([{"a": "{number}"}, 1, None], [{"a": 7}, 1, None]),
    ],
)
def test_expressions_are_worked_out(text, worth):
    scope = Scope(COURSE, COURSE, {"name": "N"}, lambda: 7, "usr_1")
    assert evaluated(text, scope) == worth


@pytest.mark.parametrize("text", ["{record.title}", "{parent.id}", "{body.x}", "{record.tags.9}"])
def test_what_is_not_there_cannot_be_spoken_of(text):
    with pytest.raises(CannotMake, match="no "):
        evaluated(text, Scope(COURSE))


def test_days_are_counted_from_today():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT09", evaluated("{today+30}T09", Scope()))
    assert evaluated("{today-1}", Scope()) < evaluated("{today}", Scope())


def test_what_an_expression_gives_is_told_from_what_stands():
    assert split({"a": 1, "b": "{record.id}"}, Scope(COURSE)) == ({"a": 1}, {"b": "crs_1"})


def test_different_examples_are_different_records():
    asked = []

    def need(reference, name, which):
        asked.append((name, which))
        return Record(reference.resource, f"{reference.resource}{which}", {}, {})

    body = {"steps": [{"of": "x"}, {"of": "y"}, {"of": "x"}], "to": "z", "no": None, "by": "{me}"}
    references = [
        Reference(("steps", "*", "of"), "Course"),
        Reference(("to",), "User"),
        Reference(("no",), "User"),
        Reference(("by",), "User"),
    ]
    assert filled_body(body, references, need, Scope(me="m")) == {
        "steps": [{"of": "Course0"}, {"of": "Course1"}, {"of": "Course0"}],
        "to": "User0",
        "no": None,
        "by": "m",
    }
    assert asked[-1] == ("to", 0)


def test_null_leaves_a_member_out():
    assert with_members({"a": 1, "b": 2, "c": None}, {"a": None}, {"b": 3}) == {"b": 3, "c": None}


# --- fresh values


@pytest.mark.parametrize(
    ("example", "schema"),
    [
        ("00000003400017", {"pattern": r"^\d{14}$"}),
        ("noa@votre-tenant.example", {"format": "email", "maxLength": 60}),
        ("nouvel-organisme", {"pattern": r"^[a-z][a-z0-9-]{2,40}$"}),
        ("A Title", {"maxLength": 40}),
        ("FR1", {"pattern": r"^FR\d+$"}),
    ],
)
@given(seed=st.integers(0, 10**6), there=st.integers(0, 10**6))
def test_fresh_texts_fit_and_differ(example, schema, seed, there):
    fresh = Fresh(seed)
    fresh.begin("k", there)
    texts = [fresh.text("k", example, schema) for _ in range(20)]
    fresh.skip("k", 5)
    texts += [fresh.text("k", example, schema) for _ in range(20)]
    assert len(set(texts)) == 40
    for text in texts:
        assert re.search(schema.get("pattern", ""), text)
        assert len(text) <= schema.get("maxLength", 100)
        assert ("@" in text) == ("@" in example)
    again = Fresh(seed)
    again.begin("k", there)
    assert again.text("k", example, schema) == texts[0]


def test_what_is_shared_is_made_once_and_again_after_many_uses():
    made = [Record("Course", f"crs_{n}", {}, {}) for n in range(9)]
    left = iter(made)
    pool = Pool()
    used = [pool.shared("k", lambda: next(left), most=2).id for _ in range(5)]
    assert used == ["crs_0", "crs_0", "crs_1", "crs_1", "crs_2"]
    pool.drop("Course", "crs_2")
    pool.drop("User", "crs_3")
    assert pool.shared("k", lambda: next(left), most=2).id == "crs_3"
