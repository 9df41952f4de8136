"""JSON on the wire."""

import pytest

from bacasable.contract.wire import canonical_json, from_json, made_json, to_json


def test_json_is_compact_and_keeps_order_and_accents() -> None:
    assert to_json({"b": "é", "a": [1]}) == '{"b":"é","a":[1]}'.encode()


def test_equal_values_have_the_same_canonical_json() -> None:
    assert canonical_json({"b": {"d": 1, "c": 2}, "a": 3}) == b'{"a":3,"b":{"c":2,"d":1}}'


def test_no_text_is_no_value() -> None:
    assert from_json(b"") is None
    assert from_json(b"[1]") == [1]


def test_what_was_made_before_stands_in_what_is_made_later() -> None:
    made = to_json({"a": "é"})
    assert to_json({"b": [made_json(made)]}) == '{"b":[{"a":"é"}]}'.encode()


def test_numbers_that_no_machine_has_are_written_too() -> None:
    value = {"maximum": 10**30, "é": [1.5, None]}
    assert to_json(value) == f'{{"maximum":{10**30},"é":[1.5,null]}}'.encode()
    with pytest.raises(TypeError):
        to_json({"a": object()})
