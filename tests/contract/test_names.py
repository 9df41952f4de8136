"""The closest known name to a wrong one."""

import pytest

from bacasable.contract.names import closest, did_you_mean, snake

KNOWN = ("perPage", "page", "status")


@pytest.mark.parametrize(
    ("wrong", "right"), [("perpage", "perPage"), ("PAGE", "page"), ("satus", "status")]
)
def test_the_closest_name_is_found_regardless_of_case(wrong: str, right: str) -> None:
    assert closest(wrong, KNOWN) == right


@pytest.mark.parametrize("wrong", ["", "zzzzzz", "x" * 10_000])
def test_a_name_far_from_all_has_no_closest(wrong: str) -> None:
    assert closest(wrong, KNOWN) is None


def test_a_very_long_name_is_not_compared() -> None:
    assert closest("pag" * 40, ["pag" * 40]) is None


def test_nothing_is_close_to_a_name_when_none_is_known() -> None:
    assert closest("page", ()) is None


def test_the_message_asks_for_the_closest_name_or_nothing() -> None:
    assert did_you_mean("paeg", KNOWN) == "; did you mean 'page'?"
    assert did_you_mean("zzzzzz", KNOWN) == ""


def test_operations_have_their_name_in_python() -> None:
    assert snake("listFaults") == "list_faults"
    assert snake("reset") == "reset"
