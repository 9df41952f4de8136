"""Numbers of a request are kept as they were written, or refused by name."""

import json
from decimal import Decimal

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bacasable.contract.numbers import number
from bacasable.contract.parsing import parse

WRITTEN = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


@given(WRITTEN)
@example("95000.0")
@example("-0.0")
@example("1e400")
@example("1e-400")
@example("9007199254740993.0")
@example("18446744073709551616")
@example("1E5")
@example("0.10000000000000001")
@example("0.1000000000000000055511151231257827")
def test_a_number_is_the_one_that_was_written_or_none(text: str) -> None:
    found = number(text)
    near = float(text)
    names = {Decimal(repr(near)), Decimal(f"{near:.17g}")}
    if found is None:
        assert Decimal(text) not in names
        return
    if isinstance(found, float):
        assert found == near
        assert Decimal(text) in names
    else:
        assert Decimal(found) == Decimal(text)
    # What is answered says the same number again.
    answered = orjson.loads(orjson.dumps(found))
    assert (answered, type(answered)) == (found, type(found))


@given(st.integers(-(2**63), 2**64 - 1), st.integers(0, 5))
def test_a_number_without_a_fraction_is_an_integer(value: int, zeros: int) -> None:
    for text in (f"{value}.{'0' * (zeros + 1)}", f"{value}0e-1", f"{value}.0E+0"):
        found = number(text)
        assert found == value
        assert type(found) is int


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_kept(value: float) -> None:
    assert Decimal(repr(number(json.dumps(value)))) == Decimal(repr(value))


@pytest.mark.parametrize("text", ["1e999999999", "-1E+99999999999", "9" * 5000, "0." + "3" * 5000])
def test_what_is_far_too_large_costs_nothing(text: str) -> None:
    assert number(text) is None


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
).filter(lambda value: "Infinity" not in json.dumps(value))


@given(JSON)
def test_a_body_is_the_same_values_or_names_each_that_is_not_kept(value: object) -> None:
    body = json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    found, lost = parse(body, 64)
    large = [n for n in _numbers(value) if number(repr(n)) is None]
    assert len(lost) == len(large)
    if not lost:
        assert [*map(Decimal, map(repr, _numbers(found)))] == [
            *map(Decimal, map(repr, _numbers(value)))
        ]


def _numbers(value: object) -> list[int | float]:
    if isinstance(value, dict):
        return [n for inner in value.values() for n in _numbers(inner)]
    if isinstance(value, list):
        return [n for inner in value for n in _numbers(inner)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


@pytest.mark.parametrize("text", ["", "one", "1.2.3", "--1"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert number(text) is None


def test_each_place_is_named() -> None:
    body = b'{"a/b":[1.0,0.12345678901234567890123],"c":123456789012345678901}'
    value, lost = parse(body, 64)
    assert sorted(violation.pointer for violation in lost) == ["/a~1b/1", "/c"]
    assert value["a/b"][0] == 1
    assert type(value["a/b"][0]) is int
