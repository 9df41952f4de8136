"""Media types: which documented one it is, and how much an Accept header wants it."""

import pytest

from bacasable.contract import RawRequest, Refusal
from bacasable.contract.media import (
    best_match,
    is_file_type,
    is_json,
    is_text,
    is_xml,
    parameter_of,
    quality,
)
from tests.contract.toy import reader


@pytest.mark.parametrize(
    ("documented", "sent", "found"),
    [
        (["*/*", "image/*", "image/png"], "image/png", "image/png"),
        (["*/*", "image/*", "image/png"], "image/gif", "image/*"),
        (["*/*", "image/*", "image/png"], "text/plain", "*/*"),
        (["Image/PNG"], "image/png; q=1", "Image/PNG"),
        (["a/b; v=1", "a/b; v=2"], "a/b;v=2", "a/b; v=2"),
        (["a/b; v=1", "a/b; v=2"], "a/b", "a/b; v=1"),
        (["image/*"], "imagery/png", None),
        (["text/plain"], "", None),
        ([], "text/plain", None),
    ],
)
def test_the_most_specific_documented_type_is_found(
    documented: list[str], sent: str, found: str | None
) -> None:
    assert best_match(documented, sent) == found


@pytest.mark.parametrize(
    ("header", "media_type", "wanted"),
    [
        ("text/csv;q=0.3", "text/csv; charset=utf-8", 0.3),
        ("image/png;q=0.4, image/gif;q=0.6", "image/*", 0.6),
        ("text/plain;q=0.4", "*/*", 0.4),
        ("text/plain", "image/*", 0.0),
        ("*/*;q=0.2, image/*;q=0", "image/*", 0.2),
    ],
)
def test_how_much_a_type_or_range_is_wanted(header: str, media_type: str, wanted: float) -> None:
    assert quality(header, media_type) == wanted


def test_what_kind_a_media_type_is() -> None:
    assert all(map(is_json, ["application/json", "text/json", "application/a.b+json; c=d"]))
    assert not any(map(is_json, ["application/jsonp", "application/json5", "image/json"]))
    assert all(map(is_xml, ["application/xml", "text/xml", "application/atom+xml"]))
    assert all(map(is_text, ["text/html", "application/xml", "application/yaml"]))
    assert not any(map(is_text, ["text/json", "image/svg", "application/pdf"]))
    assert all(map(is_file_type, ["image/*", "*/*", "multipart/form-data", "application/pdf"]))
    assert not any(map(is_file_type, ["text/plain", "application/x-www-form-urlencoded"]))


def test_a_parameter_of_a_media_type_is_found() -> None:
    assert parameter_of('multipart/form-data; Boundary="a b"', "boundary") == "a b"
    assert parameter_of("multipart/form-data", "boundary") == ""


ROOMS = "/components/responses/RoomList/content"


def test_an_accept_header_is_judged_by_all_that_is_documented() -> None:
    schema = {"schema": {"type": "string"}}
    rooms = reader("listRooms", {ROOMS: {"text/csv": schema, "image/*": schema}})
    for accept in ("text/csv", "image/png", "*/*", "text/csv, text/html"):
        assert rooms.read(RawRequest(path={}, accept=accept)).query == {"page": 1}
    with pytest.raises(Refusal) as refusal:
        rooms.read(RawRequest(path={}, accept="application/json"))
    assert refusal.value.code == "NOT_ACCEPTABLE"
    assert refusal.value.detail == "The Accept header admits none of text/csv, image/*."


def test_only_so_many_and_short_accept_headers_are_remembered() -> None:
    rooms = reader("listRooms")
    for number in range(300):
        rooms.read(RawRequest(path={}, accept=f"*/*, text/t{number}"))
    assert len(rooms._takes) == 256
    rooms._takes.clear()
    rooms.read(RawRequest(path={}, accept="*/*" + ", text/plain" * 100))
    assert rooms._takes == set()
