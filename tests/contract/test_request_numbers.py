"""Numbers that cannot be kept are told with everything else that a body breaks."""

from time import process_time
from typing import Any

import pytest

from bacasable.contract import Refusal
from tests.contract.toy import body_reader, send

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "a": {"type": "number"},
        "b": {"type": "integer", "maximum": 5},
        "c": {"type": "string"},
        "d": {"type": "array", "items": {"type": "integer"}},
        "e": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": False,
}


def refusal_of(body: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        send(body_reader(SCHEMA), body)
    return refusal.value


def places(body: bytes) -> list[str]:
    refusal = refusal_of(body)
    assert refusal.code == "INVALID_REQUEST", refusal.detail
    return sorted(violation.pointer for violation in refusal.violations)


@pytest.mark.parametrize(
    "lost", [b"12345678901234567890123", b"1e400", b"-1E+999", b"9" * 500, b"0." + b"1" * 30]
)
def test_all_that_a_body_breaks_is_told_at_once(lost: bytes) -> None:
    body = b'{"a": %s, "b": %s, "c": 5, "d": [1, %s, "x"], "z": 0}' % (lost, lost, lost)
    assert places(body) == ["/a", "/b", "/c", "/d/1", "/d/2", "/z"]
    assert places(b'{"a": %s, "e": "yesterday"}' % lost) == ["/a", "/e"]
    assert places(b'{"a": %s, "e": "2026-02-30T00:00:00Z"}' % lost) == ["/a", "/e"]
    assert places(b"[%s]" % lost) == ["", "/0"]
    assert places(lost) == [""]
    # A number is one outside of texts only.
    assert places(b'{"c": "\\"%s", "a": %s, "b": 7}' % (lost, lost)) == ["/a", "/b"]
    assert send(body_reader(SCHEMA), b'{"c": "\\"%s"}' % lost).body["c"] == '"' + lost.decode()


@pytest.mark.parametrize("rest", [b"NaN", b'"\\ud800"', b'"\xff"', b"01", b"'", b'"', b'"\\', b""])
def test_a_body_with_a_number_out_of_reach_is_read_as_strictly_as_others(rest: bytes) -> None:
    plain, large = (refusal_of(b'{"a": %s, "c": %s' % (n, rest)) for n in (b"1e300", b"1e400"))
    assert (large.code, large.detail) == (plain.code, plain.detail)
    assert large.code == "MALFORMED_BODY"


def test_looking_for_numbers_out_of_reach_takes_time_in_proportion() -> None:
    reader = body_reader(SCHEMA)
    for bit in (b'\\"', b'"', b"1e400,", b"9", b"-", b'"\\'):
        body = b'[1e400,"' + bit * (500_000 // len(bit))
        begun = process_time()
        with pytest.raises(Refusal):
            send(reader, body)
        assert process_time() - begun < 10
