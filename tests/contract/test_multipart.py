"""Bodies in parts: texts, JSON and files; their names, types and bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.bounds import Parted
from bacasable.contract import Violation
from bacasable.contract.files import File, file_in
from tests.contract.sent_bodies import (
    BINARY,
    END,
    FAST,
    MIXED,
    PARTS,
    file_part,
    objects,
    pairs,
    part,
    refused,
    send,
    told,
    whole,
)

names = st.text(st.characters(exclude_categories=["C"], exclude_characters='"\\/%'), max_size=8)
files = st.tuples(st.binary(max_size=40), names)
JSON_PART = "Content-Type: application/json\r\n"


@FAST
@given(objects, st.none() | files, st.lists(files, max_size=3))
def test_a_body_in_parts_is_read_back(
    value: dict[str, Any], photo: Any, scans: list[tuple[bytes, str]]
) -> None:
    if abs(value.get("point", {}).get("x", 0)) >= 10**17:
        return
    body = b"".join(part(name, text.encode()) for name, text in pairs(value, "json"))
    if photo:
        body += file_part("photo", *photo)
    body += b"".join(file_part("scans", *scan) for scan in scans)
    read = send(whole(PARTS), body + END, MIXED)
    found = [read.pop("photo", None), *read.pop("scans", [])]
    sent = [photo, *scans]
    assert [file_in(one) for one in found] == [
        File(one[0], "image/png", one[1]) if one else None for one in sent
    ]
    assert read == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it ends before its last boundary"),
        (part("a", b"1"), "it ends before its last boundary"),
        (b"--cut\r\n\r\n1\r\n" + END, "a part has no name in its Content-Disposition"),
        (b"nothing", "expected boundary character"),
        (
            part("a", b"-", head="Content-Transfer-Encoding: base64\r\n") + END,
            "a part is not base64",
        ),
    ],
)
def test_a_body_that_is_not_in_parts_cannot_be_read(body: bytes, why: str) -> None:
    refusal = refused(whole(PARTS), body, MIXED)
    assert refusal.code == "MALFORMED_BODY"
    assert refusal.detail.startswith(f"The body is not multipart/form-data: {why}")


def test_a_body_in_parts_says_what_is_between_them() -> None:
    refusal = refused(whole(PARTS), END, PARTS)
    assert refusal.detail.endswith("its Content-Type names no boundary.")


@pytest.mark.parametrize(
    ("bounds", "body", "said"),
    [
        (Parted(max_parts=1), part("a", b"") * 2, "The body has more than 1 parts (--max-parts)."),
        (
            Parted(max_part_bytes=3),
            part("a", b"1234"),
            "A part of the body has more than 3 bytes (--max-part-bytes).",
        ),
        (
            Parted(max_part_header_bytes=64),
            part("a" * 64, b""),
            "A header line of a part has more than 64 bytes (--max-part-header-bytes).",
        ),
    ],
)
def test_the_bounds_of_parts_are_named(bounds: Parted, body: bytes, said: str) -> None:
    refusal = refused(whole(PARTS, bounds=bounds), body + END, MIXED)
    assert (refusal.code, refusal.detail) == ("BODY_TOO_LARGE", said)


@pytest.mark.parametrize(
    ("sent", "told_"),
    [
        (file_part("photo", b"1", kind="image/gif"), "is image/gif; send image/png or image/jpeg"),
        (part("photo", b"1"), "is text/plain; send image/png or image/jpeg"),
        (file_part("photo", b"1") * 2, "is given more than once"),
    ],
)
def test_the_encoding_of_a_part_says_what_it_may_be(sent: bytes, told_: str) -> None:
    made = whole(PARTS, encoding={"photo": {"contentType": "image/png, image/jpeg"}})
    assert told(made, sent + END, MIXED) == [Violation("/photo", told_)]
    kinds = [file_part("photo", b"1", kind=f"image/{kind}") for kind in ("png", "jpeg")]
    assert all(send(made, kind + END, MIXED)["photo"] for kind in kinds)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (part("point", b'{"x": 1}', head=JSON_PART), {"point": {"x": 1}}),
        (part("point", b'{"x": 1}'), {"point": {"x": 1}}),
        (part("points", b'[{"x": 1}]', head=JSON_PART), {"points": [{"x": 1}]}),
        (
            part("points", b'{"x": 1}') + part("points", b'{"x": 2}'),
            {"points": [{"x": 1}, {"x": 2}]},
        ),
        (part("other", b"[1]", head=JSON_PART), {"other": [1]}),
        (part("code", b"YQ=="), {"code": "YQ=="}),
        (
            part(
                "name", "é".encode("latin-1"), head="Content-Type: text/plain; charset=latin-1\r\n"
            ),
            {"name": "é"},
        ),
        (part("name", b"w6k=", head="Content-Transfer-Encoding: base64\r\n"), {"name": "é"}),
    ],
)
def test_parts_are_read_by_what_they_are(body: bytes, value: Any) -> None:
    assert send(whole(PARTS), body + END, MIXED) == value


def test_a_part_may_be_json_by_its_encoding_alone() -> None:
    made = whole(PARTS, encoding={"tags": {"contentType": "application/json"}})
    assert send(made, part("tags", b'["a"]', head=JSON_PART) + END, MIXED) == {"tags": ["a"]}


def test_a_part_may_have_a_style() -> None:
    made = whole(PARTS, encoding={"sizes": {"style": "form", "explode": False}})
    assert send(made, part("sizes", b"1,2") + END, MIXED) == {"sizes": [1, 2]}
    deep = whole(PARTS, encoding={"point": {"style": "deepObject"}})
    assert send(deep, part("point[x]", b"1") + END, MIXED) == {"point": {"x": 1}}


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ('; filename="C:\\\\tmp\\\\a.txt"', "a.txt"),
        ('; filename="../../etc/passwd"', "passwd"),
        ('; filename="a \\"b\\".txt"', 'a "b".txt'),
        ('; filename="a %22b%22.txt"', 'a "b".txt'),
        ("; filename=a.txt", "a.txt"),
        ("; filename=\"a\"; filename*=UTF-8''%C3%A9.txt", "é.txt"),
        ('; filename="é.txt"', "é.txt"),
        ('; filename=""', ""),
    ],
)
def test_the_name_of_a_file_is_found(more: str, name: str) -> None:
    read = send(whole(PARTS), part("photo", b"1", more) + END, MIXED)
    assert file_in(read["photo"]) == File(b"1", "application/octet-stream", name)


@pytest.mark.parametrize(
    ("body", "told_"),
    [
        (part("point", b"{", head=JSON_PART), "is not JSON: unexpected end of data"),
        (part("point", b"\xff", head=JSON_PART), "is not UTF-8; send JSON in UTF-8"),
        (part("name", b"\xff"), "is not in the charset it is said to be"),
        (part("name", b"a", head="Content-Type: text/plain; charset=none\r\n"), "is not in the"),
        (part("count", b"a"), "is not of type"),
        (part("point", b"{}", head=JSON_PART) * 2, "is given more than once"),
    ],
)
def test_parts_at_fault_are_named(body: bytes, told_: str) -> None:
    (violation,) = told(whole(PARTS), body + END, MIXED)
    assert violation.pointer.count("/") == 1
    assert violation.detail.startswith(told_)


def test_a_file_is_as_long_as_its_bytes() -> None:
    short = {"type": "object", "properties": {"photo": {**BINARY, "maxLength": 3}}}
    made = whole(PARTS, short)
    assert file_in(send(made, file_part("photo", b"\xff\xfe\xfd") + END, MIXED)["photo"])
    assert [v.pointer for v in told(made, file_part("photo", b"1234") + END, MIXED)] == ["/photo"]


def test_a_file_that_is_not_listed_is_kept_too() -> None:
    read = send(whole(PARTS), file_part("other", b"1", "o.png") + END, MIXED)
    assert file_in(read["other"]) == File(b"1", "image/png", "o.png")
