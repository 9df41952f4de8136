"""Members of a record go by other names in answers and bodies, as each document has it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Refusal
from bacasable.contract.model import Action
from bacasable.contract.renaming import stored, unique_taken
from bacasable.core.query import fold
from tests.contract.toy import line_told
from tests.core.test_other_conventions import Others

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


@given(name=NAMES, seats=st.integers(0, 10**6))
def test_what_is_sent_by_one_name_is_read_by_the_other(name: str, seats: int) -> None:
    sailing = Others("ferry.yaml", likely=True)
    made = sailing("addCrossing", {"label": name, "seats": seats})
    assert made == {"nr": 1, "label": name, "seats": seats}
    whole = {"id": 1, "name": name, "seats": seats}
    assert sailing("getCrossing", crossingId=1) == whole
    (record,) = sailing.space.collection("Crossing")
    assert record == whole
    assert sailing("listCrossings")["lines"] == [made]


@given(names=st.lists(NAMES, min_size=1, max_size=6, unique_by=fold))
def test_a_strict_document_has_it_both_ways_and_is_sorted_and_filtered_by_it(
    names: list[str],
) -> None:
    dome = Others("strict/observatory.yaml")
    for number, name in enumerate(names):
        made = dome("nameStar", {"called": name, "seenBy": "ab"[number % 2]})
        assert made == {"key": made["key"], "called": name, "seenBy": "ab"[number % 2]}
        star = dome("readStar", starId=made["key"])
        assert star == {"id": made["key"], "name": name, "finder": "ab"[number % 2]}
    up, down = (
        [star["called"] for star in dome("watchStars", query=f"order={sign}called&many=9")["seen"]]
        for sign in ("", "-")
    )
    assert sorted(up) == sorted(names)
    assert up == down[::-1]
    found = dome("watchStars", query="by=b&many=9")["seen"]
    assert {star["called"] for star in found} == {n for i, n in enumerate(names) if i % 2}


def test_a_change_is_read_back_and_what_is_left_out_begins_anew() -> None:
    dome = Others("strict/observatory.yaml")
    key = dome("nameStar", {"called": "Vega", "seenBy": "Ada"})["key"]
    changed = dome("renameStar", {"called": "Wega"}, starId=key)
    assert changed == {"key": key, "called": "Wega", "seenBy": None}
    assert dome("readStar", starId=key)["name"] == "Wega"


def test_where_a_body_may_be_left_out_nothing_is_replaced_without_one() -> None:
    dome = Others("strict/observatory.yaml")
    made = dome("nameStar", {"called": "Vega", "seenBy": "Ada"})
    assert dome("renameStar", starId=made["key"]) == made


def test_what_one_answer_tells_of_a_state_holds_for_another_that_shows_it_so() -> None:
    dome = Others("strict/observatory.yaml")
    key = dome("nameStar", {"called": "Vega"})["key"]
    read = dome.reply("readStar", starId=key).headers["ETag"]
    changed = dome.changed("renameStar", {"called": "Wega"}, read, starId=key)
    assert changed.headers["ETag"] != read
    dome.changed("renameStar", {"called": "Vega"}, changed.headers["ETag"], starId=key)
    with pytest.raises(Refusal, match="PRECONDITION_FAILED"):
        dome.changed("renameStar", {"called": "Lyra"}, read + "x", starId=key)


def test_what_is_taken_is_told_by_the_name_that_was_sent() -> None:
    dome = Others("strict/observatory.yaml")
    dome("nameStar", {"called": "Vega"})
    with pytest.raises(Refusal, match="DUPLICATE") as refused:
        dome("nameStar", {"called": "vega"})
    assert [v.pointer for v in refused.value.violations] == ["/called"]


def test_a_filter_may_be_called_by_the_other_name() -> None:
    sailing = Others("ferry.yaml", likely=True)
    for name in ("North", "South"):
        sailing("addCrossing", {"label": name})
    assert [line["nr"] for line in sailing("listCrossings", query="label=South")["lines"]] == [2]
    assert [line["nr"] for line in sailing("listCrossings", query="sort=-label")["lines"]] == [2, 1]


@given(st.dictionaries(st.sampled_from("abc"), st.integers()))
def test_names_that_have_no_other_stay(value: dict[str, int]) -> None:
    assert stored(value, {}) is value
    assert stored(value, {"a": "x"}) == {("x" if n == "a" else n): v for n, v in value.items()}


def test_what_is_unique_is_named_as_the_body_has_it() -> None:
    dome = Others("strict/observatory.yaml").contract
    assert unique_taken(dome, dome.operations["nameStar"]) == ("called",)
    assert unique_taken(dome, dome.operations["readStar"]) == ("name",)
    assert unique_taken(dome, replace(dome.operations["readStar"], action=Action("custom"))) == ()


HEALTH = {"get": {"operationId": "health", "responses": {"200": {"description": "Well."}}}}


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        (
            {
                "/components/schemas/RoomInput/properties/name/x-from": "nmae",
                "/paths/~1health": HEALTH,
            },
            "x-from: nmae",
            "'nmae' is no member of Room; did you mean 'name'?",
        ),
        (
            {"/components/schemas/Pagination/properties/page/x-from": "name"},
            "x-from: name",
            "stands on no property of a record",
        ),
        (
            {
                "/components/schemas/RoomInput/properties/seats/x-from": "title",
                "/components/schemas/Room/properties/title": {"type": "string", "x-from": "name"},
            },
            "x-from: title",
            "'title' is itself another name of name",
        ),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_what_a_document_says_wrong_of_names_is_told_with_its_line(
    tmp_path: Path, changes: dict[str, Any], line: str, said: str, strict: bool
) -> None:
    assert line in line_told(tmp_path, changes, said, strict=strict)
