"""A JSON text is the same value in one piece and in many, or refused in both."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bacasable.contract import Refusal
from bacasable.contract.parsing import PIECE, parse

LEVELS = 60
FAST = settings(max_examples=150, deadline=None, derandomize=True, database=None)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)
pieces = st.integers(1, 40)
# Texts that are JSON nearly, or not written as anybody writes it: twins, spaces, commas too many.
crumbs = st.lists(
    st.sampled_from(
        [*'[]{},:"\\ 1', '"a":', '"b"', "[[[0]]]", "null", "1.50", "1e999", "é", "  \n "]
    ),
    max_size=25,
).map("".join)


def read(text: bytes, piece: int, most: int = LEVELS) -> Any:
    """The value with the lost numbers; without it, what the refusal says first."""
    try:
        value, lost = parse(text, most, piece)
    except Refusal as refusal:
        return refusal.detail.split(":")[0]
    # Compared as text: 1 is not 1.0 and not True, and the order of members stays.
    return json.dumps(value), sorted((one.pointer, one.detail) for one in lost)


@FAST
@given(values, pieces, st.sampled_from([None, 1]), st.booleans())
@example({"a": [1, 2, 3, 4], "b": {"c": [5, 6], "d": "[{,"}}, 3, None, False)
@example([[[[]]], [{}], {"": {}}], 1, 1, False)
def test_a_value_is_the_same_in_pieces(value: Any, piece: int, indent: Any, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain).encode("utf-8", "replace")
    assert read(text, piece) == read(text, PIECE)


@FAST
@given(values, pieces, st.integers(0, 400), st.sampled_from([*b'[]{},:" 1\\\xff']))
def test_a_broken_text_is_refused_in_pieces_too(
    value: Any, piece: int, at: int, other: int
) -> None:
    text = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    text[at % len(text)] = other
    assert read(bytes(text), piece) == read(bytes(text), PIECE)
    text.insert(at % len(text), other)
    assert read(bytes(text), piece) == read(bytes(text), PIECE)


@FAST
@given(crumbs, pieces)
@example('{"a": 1, "b": 2, "a": [[[[1, 2]]]]}', 4)
@example('{"a": [[[[1, 2]]]], "a": 1}', 4)
@example("[[[[1, 2]]] [[[3, 4]]]]", 4)
@example("[[[[1, 2]]] 5 , 6]", 4)
@example("[[[[1, 2]]],]", 4)
@example("[[[[1, 2]]] , 1, 2, 3]", 4)
@example("[1, 2, 3, 4,        [[[1]]],      ]", 4)
@example("[        , 1, [[[1]]]]", 4)
@example("[         ]", 4)
@example('{"a" [[[1, 2, 3, 4]]]}', 4)
@example('{"a": 1, "b": [[[1]]], "c": 2, "d": 3}', 4)
@example("[[[[1, 2, 3, 4]]]}", 4)
@example("[[[[1, 2, 3, 4]]]] []", 4)
@example("] [[[[1, 2, 3, 4]]]]", 4)
@example("1 [1, 2, 3, 4]", 4)
@example("[1, 2, 3, [4", 4)
@example('"long enough to be large"', 4)
@example("[1e999, 1.50, 0.10000000000000001, [[[1e999]], 2]]", 4)
def test_any_text_is_read_in_pieces_as_in_one(text: str, piece: int) -> None:
    body = text.encode()
    assert read(body, piece) == read(body, PIECE)


@FAST
@given(values, st.integers(0, 50), pieces)
def test_each_list_around_a_value_is_one_level(value: Any, levels: int, piece: int) -> None:
    text = json.dumps(value, ensure_ascii=False).encode(errors="replace")
    text = b"[" * levels + text + b"]" * levels
    depth = deep(value) + levels
    deeper = f"The body is nested more than {depth - 1} levels deep."
    assert isinstance(read(text, piece, depth), tuple)
    assert not depth or read(text, piece, depth - 1) == deeper
    assert not depth or read(text, PIECE, depth - 1) == deeper


def deep(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, dict | list) + max(map(deep, inner), default=0)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[1, 2, 3, 4, 5, 6, x, 7]", 19),
        ("[1, 2, 3, 4, 5, 6, 7}", 20),
        ("[[1, 2, 3, 4], [5, 6, 7, 8] 9]", 28),
        ("[1, 2, 3, 4] 5", 13),
        ("[1, 2, 3, 4", 11),
        ('["éé", "éé", "éé", x]', 19),
    ],
)
@pytest.mark.parametrize("piece", [4, PIECE])
def test_the_place_of_a_mistake_is_told_in_characters(text: str, place: int, piece: int) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text.encode(), LEVELS, piece)
    assert refused.value.detail.endswith(f" at character {place}.")


def test_a_list_of_nothing_but_space_is_empty() -> None:
    assert parse(b"[[" + b" " * 900_000 + b"]]", LEVELS) == ([[]], [])


@pytest.mark.parametrize("part", [b'"\\', b'["', b"[[[[", b"{", b'{"a":', b"1,", b'"a" '])
def test_a_text_that_does_not_end_is_refused_in_proportion(part: bytes) -> None:
    """A text that is looked at again from each of its quotes would take hours."""
    with pytest.raises(Refusal):
        parse(part * (2_000_000 // len(part)), LEVELS)
