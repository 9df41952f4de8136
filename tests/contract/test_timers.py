"""Timers of a lifecycle: how they are read, and what `check` finds wrong with them."""

from typing import Any

import pytest

from bacasable.contract import ContractError, Violation
from bacasable.contract.check import contract_findings
from bacasable.contract.extensions import misused_extensions
from tests.contract.toy import built, toy

ROOM = "/components/schemas/Room"
LIFECYCLE = f"{ROOM}/x-lifecycle"
TIMER = {"timer": "roomForgotten", "from": ["OPEN"], "at": "opensAt"}
RULE = {"id": "A_RULE", "says": "A sentence."}


def adding(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {f"{LIFECYCLE}/transitions/-": entry} | changes


def findings(changes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(v.pointer, v.detail) for v in contract_findings(built(changes))]


def test_a_timer_is_read_with_all_it_says() -> None:
    whole = TIMER | {"to": "CLOSED", "fact": "room.closed", "stamps": "closedAt"}
    whole |= {"sets": {"seats": 1}, "after": ["P1D", "P1M"], "rules": [RULE]}
    contract = built(adding(whole))
    room = contract.resources["Room"]
    (timer,) = room.timers
    assert room.lifecycle is not None
    assert timer is room.lifecycle.transitions["roomForgotten"]
    assert (timer.at, timer.after, timer.timed) == ("opensAt", ("P1D", "P1M"), True)
    assert (timer.sets, timer.stamps, timer.fact) == ({"seats": 1}, "closedAt", "room.closed")
    operation = contract.timed["roomForgotten"]
    assert [rule.id for rule in operation.rules] == ["A_RULE"]
    assert (operation.action.kind, operation.action.resource) == ("transition", "Room")
    assert "roomForgotten" not in contract.operations
    assert findings(adding(whole)) == []


def test_an_operation_can_happen_by_itself_too() -> None:
    changes = {f"{LIFECYCLE}/transitions/0/at": "opensAt"}
    contract = built(changes)
    (timer,) = contract.resources["Room"].timers
    assert (timer.operation, timer.timed, timer.after) == ("closeRoom", False, ("PT0S",))
    assert contract.timed == {}
    assert findings(changes) == []


def test_no_caller_is_told_of_a_timer_as_a_way_out() -> None:
    lifecycle = built(adding(TIMER)).resources["Room"].lifecycle
    assert lifecycle is not None
    assert [t.operation for t in lifecycle.allowed_from("OPEN")] == ["closeRoom"]


def test_without_any_the_resource_has_none() -> None:
    assert built().resources["Room"].timers == ()


FINDINGS: list[tuple[dict[str, Any], str]] = [
    (TIMER | {"timer": "updateRoom"}, "'updateRoom' is an operation; give the timer a name"),
    (TIMER | {"at": "openedAt"}, "roomForgotten: 'openedAt' is no property that holds a date"),
    (TIMER | {"at": "name"}, "roomForgotten: 'name' is no property that holds a date"),
    (TIMER | {"sets": {"chairs": 1}}, "roomForgotten: 'chairs' is no property"),
    (TIMER | {"from": ["NEW"]}, "roomForgotten: 'NEW' is missing in the enum"),
    (TIMER | {"to": "NEW"}, "roomForgotten: 'NEW' is missing in the enum"),
    (TIMER | {"fact": "room.closd"}, "roomForgotten: 'room.closd' is no webhook; did you mean"),
    (TIMER | {"stamps": "shutAt"}, "roomForgotten: 'shutAt' is no property"),
]


@pytest.mark.parametrize(("entry", "detail"), FINDINGS)
def test_a_timer_that_does_not_fit_is_found(entry: dict[str, Any], detail: str) -> None:
    assert [(p, d[: len(detail)]) for p, d in findings(adding(entry))] == [(LIFECYCLE, detail)]


def test_a_name_is_given_to_one_timer_only() -> None:
    with pytest.raises(ContractError, match="timer roomForgotten is given twice; rename one"):
        built(adding(TIMER) | {f"{LIFECYCLE}/transitions/0": TIMER})


def test_the_platform_has_no_clock_for_timers() -> None:
    changes = adding(TIMER) | {f"{ROOM}/x-resource/scope": "platform"}
    said = "roomForgotten: timers need the clock of a tenant"
    assert (LIFECYCLE, said) in findings(changes)


def test_what_an_operation_sets_must_be_there_too() -> None:
    changes = {f"{LIFECYCLE}/transitions/0/sets": {"chairs": 1}}
    assert findings(changes) == [(LIFECYCLE, "closeRoom: 'chairs' is no property")]


def test_a_fact_that_only_time_records_is_recorded() -> None:
    told = {"post": {"summary": "x", "responses": {"204": {"description": "x"}}}}
    changes = {"/webhooks/room.forgotten": told}
    unrecorded = ("/webhooks/room.forgotten", "is recorded by no operation")
    assert unrecorded in findings(changes)
    assert findings(changes | adding(TIMER | {"fact": "room.forgotten"})) == []


def misuses(entry: dict[str, Any]) -> list[Violation]:
    return list(misused_extensions(toy(adding(entry))))


@pytest.mark.parametrize(
    "entry",
    [
        TIMER,
        TIMER | {"after": ["PT1H", "P1Y2M"], "sets": {"seats": None}, "rules": [RULE]},
        {"operation": "closeRoom", "from": ["OPEN"], "at": "opensAt", "after": ["P1D"]},
        {"operation": "closeRoom", "from": ["OPEN"], "sets": {"seats": 1}},
    ],
)
def test_what_a_timer_may_say(entry: dict[str, Any]) -> None:
    assert misuses(entry) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"timer": "roomForgotten", "from": ["OPEN"]},
        {"timer": "roomForgotten", "at": "opensAt"},
        {"from": ["OPEN"], "at": "opensAt"},
        TIMER | {"operation": "closeRoom"},
        TIMER | {"timer": "Room forgotten"},
        TIMER | {"after": []},
        TIMER | {"after": ["1 day"]},
        TIMER | {"after": "P1D"},
        TIMER | {"sets": {}},
        TIMER | {"sets": ["seats"]},
        TIMER | {"rules": []},
        TIMER | {"rules": [{"id": "lower", "says": "x"}]},
        TIMER | {"every": "P1D"},
        {"operation": "closeRoom", "from": ["OPEN"], "after": ["P1D"]},
        {"operation": "closeRoom", "from": ["OPEN"], "at": "opensAt", "rules": [RULE]},
    ],
)
def test_what_a_timer_may_not_say(entry: dict[str, Any]) -> None:
    found = misuses(entry)
    assert found
    assert all(v.pointer.startswith(f"{LIFECYCLE}/transitions/1") for v in found)
