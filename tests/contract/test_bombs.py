"""Documents and values that are small to write and endless to look at."""

from time import process_time

import pytest

from bacasable.contract.document import ContractError, parse_document
from bacasable.contract.schemas import SchemaSet

LEVELS = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
BOMB = "\n".join(["a0: &a0 [x, x, x]", *LEVELS])


def test_aliases_that_stand_for_billions_are_refused() -> None:
    began = process_time()
    with pytest.raises(
        ContractError, match=r"api.yaml: its aliases stand for more than \d+ values"
    ):
        parse_document(BOMB, "api.yaml")
    assert process_time() - began < 5


def test_aliases_that_save_writing_are_taken() -> None:
    shared = "a: &a {b: 1}\nc: [*a, *a]\nd: &d []\ne: {f: *d, g: *d}\n"
    assert parse_document(shared, "api.yaml") == {
        "a": {"b": 1},
        "c": [{"b": 1}, {"b": 1}],
        "d": [],
        "e": {"f": [], "g": []},
    }


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: &c [1, *a]}"])
def test_an_alias_within_itself_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match="recursive"):
        parse_document(text, "api.yaml")


HOSTILE = ["^(a+)+$", "^(a|a)*$", "(x+x+)+y", "^(?=a)(a+)+$", "^(a|a)*(?!x)$", r"^(a*)*\\1$"]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_of_a_contract_takes_long(pattern: str) -> None:
    schema = {"type": "array", "items": {"type": "string", "pattern": pattern}}
    check = SchemaSet({"components": {"schemas": {"T": schema}}}).request_check(
        "/components/schemas/T"
    )
    began = process_time()
    check(["a" * 60 + "b"] * 500 + ["x" * 3000])
    assert process_time() - began < 5
