"""What an Accept header admits, and how instants are written."""

from datetime import UTC, datetime

import pytest

from bacasable.contract import RawRequest, Refusal, Violation
from bacasable.contract.complete import in_utc
from bacasable.contract.request import accepts_json, format_instant
from tests.contract.toy import reader


@pytest.mark.parametrize(
    "header",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/*",
        "*/*",
        "text/html, */*;q=0.1",
        "text/html;q=0.9 , application/json ; q=0.5",
        "application/json;charset=utf-8",
        "application/json;q=high",
        "*/*;q=0, application/json",
        "application/json, application/*;q=0",
    ],
)
def test_json_is_admitted(header: str) -> None:
    assert accepts_json(header)


@pytest.mark.parametrize(
    "header",
    [
        "text/html",
        "text/*",
        "application/problem+json",
        "application/json;q=0",
        "application/json;Q=0.000",
        "*/*;q=0",
        "application/json;q=0, */*",
        "application/*;q=0, */*;q=1",
        ",",
        "nonsense",
    ],
)
def test_json_is_not_admitted(header: str) -> None:
    assert not accepts_json(header)


def test_a_caller_that_takes_no_json_is_refused_before_anything_else() -> None:
    with pytest.raises(Refusal) as refusal:
        reader("listRooms").read(RawRequest(path={}, query="zzz=1", accept="text/html"))
    assert refusal.value.code == "NOT_ACCEPTABLE"


def test_a_caller_that_names_nothing_takes_json() -> None:
    assert reader("listRooms").read(RawRequest(path={}, accept="")).query == {"page": 1}


def test_an_operation_that_answers_no_json_admits_every_caller() -> None:
    deletion = reader("deleteRoom")
    assert deletion.read(RawRequest(path={"roomId": "x"}, accept="text/html")).body is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-02T09:00:00Z", "2026-11-02T09:00:00.000Z"),
        ("2026-11-02t09:00:00z", "2026-11-02T09:00:00.000Z"),
        ("2026-11-02T00:30:00+01:00", "2026-11-01T23:30:00.000Z"),
        ("2026-11-02T09:00:00-00:00", "2026-11-02T09:00:00.000Z"),
        ("2026-11-02T09:00:00.1Z", "2026-11-02T09:00:00.100Z"),
        ("2026-11-02T09:00:00.123999999Z", "2026-11-02T09:00:00.123Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
        ("2016-12-31T23:59:60.5z", "2016-12-31T23:59:59.500Z"),
        ("2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_is_written_in_utc_and_milliseconds(text: str, instant: str) -> None:
    found: list[Violation] = []
    assert in_utc(text, "/at", found) == instant
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"],
)
def test_an_instant_beyond_the_calendar_is_a_violation(text: str) -> None:
    found: list[Violation] = []
    assert in_utc(text, "/at", found) == text
    assert found == [Violation("/at", "lies outside the years 1 to 9999")]


def test_a_moment_is_written_as_the_contract_writes_it() -> None:
    moment = datetime(2026, 11, 2, 9, 0, 0, 123_999, tzinfo=UTC)
    assert format_instant(moment) == "2026-11-02T09:00:00.123Z"
