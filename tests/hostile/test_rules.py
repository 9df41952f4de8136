"""However large the values and whatever the expression, evaluating it takes little time."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.rules import Meter, Undecided
from tests.contract.expressions import WHOLE, Given, made
from tests.contract.test_rules_bounds import HEAVY, RECORDS, SIZES
from tests.hostile.watched import pace

HELD = 50.0
"""Milliseconds for which one call may keep all others (tests/hostile/test_busy.py)."""


def milliseconds(text: str, facts: Given) -> float:
    began = time.process_time()
    with contextlib.suppress(Undecided):
        made(text).holds(facts, Meter())
    return (time.process_time() - began) * 1000


@pytest.mark.parametrize("text", HEAVY)
def test_nothing_holds_everybody_up(text: str) -> None:
    for size, record in RECORDS.items():
        facts = Given([WHOLE | {"id": f"t{at}"} for at in range(min(size, 1000))], record=record)
        if size > 1000 and "find(" in text:
            continue  # how long seeking takes is no matter of the expression
        took = min(milliseconds(text, facts) for _ in range(3))
        assert took / pace() < HELD, size


PARTS = st.sampled_from(
    [
        "s0.order >= 0",
        "s0.key in index(record.steps, 'key')",
        "s0.at == null",
        "record.id != 'a'",
        "record.day.contains(s0.key)",
        "s0.chosen.exists(c, c == 'z')",
        "get('Task', s0.key) == null",
    ]
)


@st.composite
def nested(draw: st.DrawFn, depth: int = 0) -> str:
    macro = draw(st.sampled_from(["all", "exists", "exists_one"]))
    inner = draw(PARTS) if depth > 3 or draw(st.booleans()) else draw(nested(depth + 1))
    sign = draw(st.sampled_from([" && ", " || "]))
    body = sign.join([inner, draw(PARTS)]).replace("s0", f"s{depth}")
    return f"record.steps.{macro}(s{depth}, {body})"


@settings(max_examples=60)
@given(nested(), st.sampled_from(SIZES[:5]))
def test_no_loops_hold_everybody_up(text: str, size: int) -> None:
    facts = Given(record=RECORDS[size])
    took = milliseconds(text, facts)
    if took > HELD:
        took = min(took, *(milliseconds(text, facts) for _ in range(3)))
    assert took / pace() < HELD
