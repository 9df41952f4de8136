"""The order of the checks: wide first."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from bacasable.verify.turns import FIRST, turns


def named(names):
    return [SimpleNamespace(id=name) for name in names]


@given(st.integers(0, 12), st.integers(0, 9), st.booleans())
def test_every_pair_comes_once_and_every_turn_is_wide(operations, checks, first):
    ids = [*(f"c{n}" for n in range(checks)), *([FIRST] if first else [])]
    found = list(turns(named(f"o{n}" for n in range(operations)), named(ids)))
    pairs = [(o.id, c.id) for turn in found for o, c in turn]
    assert sorted(pairs) == sorted((f"o{n}", c) for n in range(operations) for c in ids)
    assert {c.id for _, c in found[0]} <= {FIRST}
    for turn in found[1:]:
        assert [o.id for o, _ in turn] == [f"o{n}" for n in range(operations)]
        assert len({c.id for _, c in turn}) == min(operations, checks)
