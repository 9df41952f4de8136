"""Whatever comes in, a request is read or refused: properties found by Hypothesis."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bacasable.contract import RawRequest, Refusal, RequestReader
from bacasable.contract.request import accepts_json
from tests.contract.toy import built, reader, send

LIST, CREATE, UPDATE = reader("listRooms"), reader("createRoom"), reader("updateRoom")
KNOWN = set(built().problems) | {
    "NOT_ACCEPTABLE",
    "BODY_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
}
FAST = settings(max_examples=50, deadline=None, derandomize=True, database=None)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
members = st.sampled_from(["name", "seats", "opensAt", "annexOf", "doors", "nmae"])
latin = st.characters(max_codepoint=255)


def refusal_of(reader: RequestReader, request: RawRequest) -> Refusal | None:
    try:
        reader.read(request)
    except Refusal as refusal:
        return refusal
    return None


def read_or_refused(reader: RequestReader, request: RawRequest) -> None:
    refusal = refusal_of(reader, request)
    if refusal:
        assert refusal.code in KNOWN
        assert bool(refusal.violations) == (refusal.code == "INVALID_REQUEST")


@FAST
@given(st.text(latin))
@example("page=%FF&page=1&&=&%")
def test_any_query_is_read_or_refused(query: str) -> None:
    read_or_refused(LIST, RawRequest(path={}, query=query))


@FAST
@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 2000)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    request = RawRequest(path={}, body=body, content_type="application/json")
    read_or_refused(CREATE, request)


@FAST
@given(st.dictionaries(members, json_values | st.datetimes().map(lambda d: f"{d.isoformat()}Z")))
def test_any_object_is_read_or_refused(value: dict[str, Any]) -> None:
    request = RawRequest(
        path={"roomId": "x"}, body=json.dumps(value).encode(), content_type="application/json"
    )
    read_or_refused(UPDATE, request)


@FAST
@given(st.text(latin), st.text(latin), st.text(latin), st.none() | st.binary())
def test_any_headers_are_read_or_refused(
    accept: str, content_type: str, tag: str, body: bytes | None
) -> None:
    request = RawRequest({"roomId": "x"}, "", {"if-match": tag}, body, content_type, accept)
    read_or_refused(UPDATE, request)


@FAST
@given(st.text())
def test_any_text_survives_the_query(text: str) -> None:
    assert LIST.read(RawRequest(path={}, query=f"q={quote(text)}")).query["q"] == text


@FAST
@given(st.text(min_size=1, max_size=40), st.integers(1, 2**53))
def test_a_valid_body_comes_through_unchanged(name: str, seats: int) -> None:
    sent = {"name": name, "seats": seats}
    assert send(CREATE, sent).body == sent


@FAST
@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the zone is drawn
    st.integers(-23 * 60, 23 * 60),
)
def test_an_instant_keeps_its_moment_to_the_millisecond(moment: datetime, minutes: int) -> None:
    given_at = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = send(CREATE, {"name": "A", "opensAt": given_at.isoformat()}).body["opensAt"]
    lost = given_at - datetime.fromisoformat(read)
    assert read.endswith("Z")
    assert timedelta() <= lost < timedelta(milliseconds=1)
    assert datetime.fromisoformat(read).tzinfo == UTC


@FAST
@given(st.text(latin))
def test_any_accept_header_is_judged(header: str) -> None:
    assert accepts_json(header) in {True, False}
    assert accepts_json(f"application/json, {header.replace('application/json', '')}") in {
        True,
        False,
    }
