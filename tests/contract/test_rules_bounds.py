"""What an expression reads and loops over is counted; too much of it decides nothing.

How long it takes is tried in tests/hostile/test_rules.py.
"""

from typing import Any

import pytest

from bacasable.contract.rules import Meter, Undecided
from bacasable.contract.rules.binding import BUDGET
from tests.contract.expressions import WHOLE, Given, Json, holds

LONG = "x" * 500_000
SIZES = (20, 100, 300, 1000, 3000, 10_000, 30_000)


def record_of(size: int) -> Json:
    options = [{"value": f"v{at}", "points": at} for at in range(20)]
    steps = [
        {"key": f"k{at}", "order": at, "chosen": ["v1", "v2"] * 10, "options": options}
        for at in range(size)
    ]
    tags = [f"t{at}" for at in range(size)]
    return WHOLE | {"steps": steps, "tags": tags, "id": LONG, "day": LONG[1:] + "y"}


RECORDS = {size: record_of(size) for size in SIZES}
HEAVY = [
    "record.steps.all(s, s.order >= 0)",
    "record.steps.all(s, record.steps.exists(t, t.order == s.order))",
    "record.steps.exists(s, record.steps.exists(t, record.steps.exists(u, u.order < 0)))",
    "record.steps.exists(s, record.steps.all(t, t.order >= 0) && s.at > now)",
    "record.steps.all(s, record.steps.exists_one(t, t.order == s.order))",
    "record.steps.all(s, s.key in index(record.steps, 'key'))",
    "record.steps.all(s, s.chosen.all(c, c in index(s.options, 'value')))",
    "record.tags.all(t, t in record.tags)",
    "record.tags.all(t, record.tags.exists(u, u == t))",
    "record.tags.all(t, !(record.id.contains(t)))",
    "record.tags.all(t, record.id != record.day)",
    "record.tags.all(t, get('Task', t).id == null)",
    "record.tags.all(t, find('Task', {'status': 'OPEN'}).exists(u, u.id == t))",
    "record.tags.all(t, size(find('Task', {'id': t})) == 0)",
    "find('Task', {'status': 'OPEN'}).all(t, t.id != null)",
    "size(index(record.steps, 'key')) == size(record.steps)",
    " && ".join(["!record.id.contains(record.day)"] * 50),
    " && ".join(["record.id != record.day"] * 50),
    "record.steps.all(s, " + " && ".join(["s.order >= 0"] * 100) + ")",
    "record.steps.all(s, " * 6 + "true" + ")" * 6,
]


def test_all_rules_of_a_call_share_what_they_may_take() -> None:
    meter, facts = Meter(), Given(record=RECORDS[3000])
    text = "record.steps.all(s, s.order >= 0)"
    assert holds(text, facts, meter)
    assert 0 < meter.left < BUDGET
    while meter.left > 150_000:
        assert holds(text, facts, meter)
    with pytest.raises(Undecided, match="too long with so many values"):
        holds(text, facts, meter)


def test_a_loop_that_was_cut_short_decides_nothing() -> None:
    """A list that is not gone through looks empty to the expression: it must not decide by it."""
    for text in (HEAVY[1], f"!{HEAVY[1]}", f"{HEAVY[1]} || true"):
        with pytest.raises(Undecided):
            holds(text, Given(record=RECORDS[1000]))


def test_as_many_as_people_write_by_hand_are_no_trouble() -> None:
    for text in (HEAVY[0], HEAVY[1], HEAVY[5], HEAVY[7], HEAVY[18]):
        assert holds(text, Given(record=RECORDS[100])), text


def test_how_long_a_list_is_costs_nothing() -> None:
    meter = Meter(100)
    assert holds("size(record.tags) == 30000", Given(record=RECORDS[30_000]), meter)


def test_texts_count_by_their_length_where_they_are_looked_into() -> None:
    def left(text: str, **changes: Any) -> int:
        meter = Meter(10_000_000)
        holds(text, Given(record=WHOLE | changes), meter)
        return meter.left

    looped = "record.tags.all(t, t != record.id)"
    assert left(looped, id=LONG) < left(looped, id="short") - 5_000
    plain = "record.id != 'a' && record.tags.all(t, t != 'b')"
    assert left(plain, id=LONG) == left(plain, id="short")
