"""Structures that are copied at once: each copy behaves as if it were alone."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from bacasable.core import sharing
from bacasable.core.sharing import Series, Table

names = st.integers(0, 60).map(str)
entries = st.tuples(st.integers(0, 3), st.integers(0, 60))


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_MOST", 8)


class Tables(RuleBasedStateMachine):
    """Tables and their copies, beside dicts and copies of those."""

    made = Bundle("made")

    @initialize(target=made)
    def first(self) -> Any:
        self.all: list[tuple[Table[int], dict[str, int]]] = [(Table(), {})]
        return 0

    @rule(at=made, name=names, value=st.integers())
    def put(self, at: int, name: str, value: int) -> None:
        table, model = self.all[at]
        table.put(name, value)
        model[name] = value

    @rule(at=made, start=st.integers(0, 40), count=st.integers(1, 40))
    def put_many(self, at: int, start: int, count: int) -> None:
        for number in range(start, start + count):
            self.put(at, str(number), number)

    @rule(at=made, name=names)
    def remove(self, at: int, name: str) -> None:
        table, model = self.all[at]
        if name in model:
            table.remove(name)
            del model[name]
        else:
            with pytest.raises(KeyError):
                table.remove(name)

    @rule(target=made, at=made)
    def copy(self, at: int) -> int:
        table, model = self.all[at]
        self.all.append((table.copy(), dict(model)))
        return len(self.all) - 1

    @invariant()
    def agree(self) -> None:
        for table, model in getattr(self, "all", ()):
            assert len(table) == len(model)
            assert {
                n: table.get(n) for n in map(str, range(90)) if table.get(n) is not None
            } == model


class Lines(RuleBasedStateMachine):
    """Series and their copies, beside sorted lists."""

    made = Bundle("made")

    @initialize(target=made, some=st.sets(entries))
    def first(self, some: set[Any]) -> int:
        self.all: list[tuple[Series, list[Any]]] = [(Series(some), sorted(some))]
        return 0

    @rule(at=made, entry=entries)
    def add(self, at: int, entry: Any) -> None:
        series, model = self.all[at]
        if entry not in model:
            series.add(entry)
            model.append(entry)
            model.sort()

    @rule(at=made, start=st.integers(0, 40), count=st.integers(1, 40))
    def add_many(self, at: int, start: int, count: int) -> None:
        for number in range(start, start + count):
            self.add(at, (number % 4, number))

    @rule(at=made, entry=entries)
    def remove(self, at: int, entry: Any) -> None:
        series, model = self.all[at]
        if entry in model:
            series.remove(entry)
            model.remove(entry)
        else:
            with pytest.raises(KeyError):
                series.remove(entry)

    @rule(at=made, keep=st.integers(1, 9))
    def thin_out(self, at: int, keep: int) -> None:
        for number, entry in enumerate(list(self.all[at][1])):
            if number % keep:
                self.remove(at, entry)

    @rule(target=made, at=made)
    def copy(self, at: int) -> int:
        series, model = self.all[at]
        self.all.append((series.copy(), list(model)))
        return len(self.all) - 1

    @rule(at=made, start=st.integers(0, 70), size=st.integers(0, 30))
    def part(self, at: int, start: int, size: int) -> None:
        series, model = self.all[at]
        assert series.part(start, start + size) == model[start : start + size]
        turned = model[::-1]
        assert series.part(start, start + size, backwards=True) == turned[start : start + size]

    @rule(at=made, entry=entries, count=st.integers(0, 30))
    def after(self, at: int, entry: Any, count: int) -> None:
        series, model = self.all[at]
        assert series.after(entry, count) == [e for e in model if e > entry][:count]

    @invariant()
    def agree(self) -> None:
        for series, model in getattr(self, "all", ()):
            assert list(series) == model
            assert len(series) == len(model)
            assert series.last == (model[-1] if model else None)
            for first in range(4):
                found = list(series.beginning_with(first))
                assert found == [e for e in model if e[0] == first]


steady = settings(deadline=None, max_examples=60, stateful_step_count=30)
TestTables = Tables.TestCase
TestTables.settings = steady
TestLines = Lines.TestCase
TestLines.settings = steady


def test_a_large_table_is_a_tree_and_a_copy_of_it_costs_a_piece() -> None:
    table: Table[int] = Table()
    for number in range(5000):
        table.put(str(number), number)
    before = table._root
    twin = table.copy()
    twin.put("new", 1)
    assert twin._root is not before
    assert sum(mine is not theirs for mine, theirs in zip(before, twin._root, strict=True)) == 1
    assert table.get("new") is None


def test_few_runs_are_left_when_most_is_removed() -> None:
    series = Series((number,) for number in range(4000))
    for number in range(4000):
        if number % 50:
            series.remove((number,))
    assert len(series) == 80
    assert len(series._runs) < 80


@pytest.mark.parametrize("before", [0, 5, 5000])
def test_what_was_written_since_is_found_by_what_is_not_shared(before: int) -> None:
    table: Table[int] = Table()
    for number in range(before):
        table.put(str(number), number)
    later = table.copy()
    for number in range(before, before + 3):
        later.put(str(number), number)
    gone = str(before - 1) if before else None
    if gone is not None:
        later.remove(gone)
    changed = {str(number): number for number in range(before, before + 3)}
    assert dict(later.since(table)) == changed | ({gone: None} if gone is not None else {})
    assert list(later.since(later)) == []
    assert not later.shares(table)
    assert table.copy().shares(table)
    assert set(later.pieces()) != set(table.pieces())
    assert dict(later.items()) == {n: later.get(n) for n, _ in later.items()}


@pytest.mark.parametrize(("many", "is_like"), [(0, True), (50, True), (51, False), (100, False)])
def test_a_table_is_like_another_when_half_of_it_at_most_differs(many: int, is_like: bool) -> None:
    table: Table[int] = Table()
    for number in range(100):
        table.put(f"n{number}", number)
    later = table.copy()
    for number in range(many):
        later.put(f"n{number}", -number - 1)
    assert later.is_like(table) is is_like


def test_a_part_may_lie_far_behind_the_beginning() -> None:
    series = Series((number,) for number in range(4000))
    assert series.part(3990, 3993) == [(3990,), (3991,), (3992,)]
    assert series.part(5, 8, backwards=True) == [(3994,), (3993,), (3992,)]
