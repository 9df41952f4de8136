"""What records are kept under, by where they lie."""

from typing import Any

import pytest

from bacasable.core.places import joined_key, key_of, place_of
from bacasable.core.store import Record

from .test_other_conventions import Others


@pytest.fixture
def harbour() -> Others:
    return Others("harbour.yaml", likely=True)


def find_in(harbour: Others) -> Any:
    def find(name: str, key: str) -> Record | None:
        return harbour.space.collection(name).get(key)

    return find


def test_a_key_tells_apart_what_its_parts_tell_apart() -> None:
    for parts in (["a", "a/b", "a%2Fb"], [("a", "b"), ("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c")]):
        assert len({joined_key(one if isinstance(one, tuple) else [one]) for one in parts}) == len(
            parts
        )
    assert joined_key(["é/ü"]) == "é/ü"


def test_the_place_of_a_record_leads_over_its_parents(harbour: Others) -> None:
    at = {"harbour": "a/b", "berth": "1"}
    harbour("setBerth", {}, **at)
    gid = harbour("moor", {"boat": "Ada"}, **at)["gid"]
    kinds, find = harbour.contract.resources, find_in(harbour)
    (berth,), (mooring,) = (list(harbour.space.collection(n)) for n in ("Berth", "Mooring"))
    assert place_of(kinds, kinds["Berth"], berth, find) == ["a/b"]
    assert key_of(kinds, kinds["Berth"], berth, find) == kinds["Berth"].id_of(berth)
    assert place_of(kinds, kinds["Mooring"], mooring, find) == ["a/b", "1"]
    assert mooring["gid"] == gid


def test_below_what_nothing_in_it_names_lies_a_place_too(harbour: Others) -> None:
    harbour("setSignal", {"text": "fog"}, letters="F/1")
    kinds = harbour.contract.resources
    answer = harbour("addAnswer", {"by": "Ada"}, letters="F/1")
    assert harbour("listAnswers", letters="F/1") == [answer]
    (kept,) = harbour.space.collection("Answer")
    assert place_of(kinds, kinds["Answer"], kept, find_in(harbour)) == ["F/1"]


@pytest.mark.parametrize("missing", ["{harbour}", "{berth}"])
def test_what_does_not_say_where_it_lies_is_told_by_its_member(
    harbour: Others, missing: str
) -> None:
    kinds = harbour.contract.resources
    records = {"{harbour}": ("Berth", {"name": "1"}), "{berth}": ("Mooring", {"{berth}": "none"})}
    name, record = records[missing]
    with pytest.raises(KeyError) as error:
        key_of(kinds, kinds[name], record, find_in(harbour))
    assert error.value.args == (missing,)
