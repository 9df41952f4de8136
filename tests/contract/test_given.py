"""What an operation needs to succeed beyond its schema: read, and its faults found."""

from typing import Any

import pytest

from bacasable.contract import Violation
from bacasable.contract.check import contract_findings
from bacasable.contract.preconditions import Given, Wanted
from tests.contract.toy import built

CREATE = "/paths/~1rooms/post"
CLOSE = "/paths/~1rooms~1{roomId}~1close/post"


def given(operation: str, place: str, value: Any) -> Given:
    return built({f"{place}/x-given": value}).operations[operation].given


def findings(place: str, value: Any) -> list[Violation]:
    return list(contract_findings(built({f"{place}/x-given": value})))


def test_nothing_is_given_where_nothing_is_said() -> None:
    assert built().operations["closeRoom"].given == Given()


def test_all_that_can_be_given_is_read() -> None:
    said = {
        "record": {
            "state": "OPEN",
            "with": {"name": "{today}"},
            "after": ["updateRoom"],
            "parent": {"fresh": True},
        },
        "parent": {"state": "CLOSED"},
        "references": {"annexOf": {"of": "{record.id}"}},
        "body": {"name": None},
    }
    assert given("closeRoom", CLOSE, said) == Given(
        record=Wanted("OPEN", {"name": "{today}"}, Wanted(fresh=True), ("updateRoom",)),
        parent=Wanted("CLOSED"),
        references={"annexOf": Wanted(of="{record.id}")},
        body={"name": None},
    )
    more = {"initial": {"OPEN": {"body": {"name": "a"}}}}
    assert given("createRoom", CREATE, more) == Given(initial={"OPEN": Given(body={"name": "a"})})


@pytest.mark.parametrize(
    ("place", "said", "at", "detail"),
    [
        (CLOSE, {"record": {"state": "OPN"}}, "/record/state", "'OPN' is no state of Room"),
        (CLOSE, {"record": {"after": ["closeRom"]}}, "/record/after", "'closeRom' is no operation"),
        (
            CLOSE,
            {"record": {"with": {"nam": 1}}},
            "/record/with/nam",
            "'nam' is no member of the body",
        ),
        (
            CREATE,
            {"references": {"annexO": {"fresh": True}}},
            "/references/annexO",
            "'annexO' names",
        ),
        (
            CREATE,
            {"references": {"annexOf": {"state": "X"}}},
            "/references/annexOf/state",
            "'X' is no",
        ),
        (CREATE, {"body": {"nmae": "a"}}, "/body/nmae", "'nmae' is no member of the body; did you"),
        (
            CREATE,
            {"initial": {"SHUT": {"body": {"name": "a"}}}},
            "/initial/SHUT",
            "no record begins",
        ),
        (
            CREATE,
            {"initial": {"OPEN": {"body": {"x": 1}}}},
            "/initial/OPEN/body/x",
            "'x' is no member",
        ),
        (CLOSE, {"initial": {"OPEN": {"fresh": 1}}}, "/initial/OPEN", "no record begins in 'OPEN'"),
    ],
)
def test_a_name_that_names_nothing_is_found(place: str, said: Any, at: str, detail: str) -> None:
    found = findings(place, said)
    assert [v.pointer for v in found] == [f"{place}/x-given{at}"]
    assert found[0].detail.startswith(detail)


def test_what_names_something_is_sound() -> None:
    said = {
        "references": {"annexOf": {"state": "OPEN"}},
        "initial": {"OPEN": {"body": {"name": "a"}}},
    }
    assert findings(CREATE, said) == []
