"""Bodies of every documented media type: texts, files, ranges; what is sent is read back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Violation
from bacasable.contract.files import File, file_in, kept
from tests.contract.sent_bodies import (
    END,
    FAST,
    FORM,
    MIXED,
    PARTS,
    part,
    reader,
    refused,
    send,
    told,
    whole,
)

names = st.text(st.characters(exclude_categories=["C"], exclude_characters='"\\/%'), max_size=8)
OWNED = {
    "type": "object",
    "required": ["id", "name", "secret"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string"},
        "secret": {"type": "string", "writeOnly": True},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}
PART = {
    "allOf": [
        {"type": "object", "properties": {"no": {"allOf": [{"readOnly": True}], "default": 1}}},
        {"type": "object", "required": ["no", "at"], "properties": {"at": {"type": "string"}}},
    ]
}


@FAST
@given(st.binary(max_size=60), names, st.sampled_from(["image/png", "text/a; charset=x", "a b"]))
def test_what_is_kept_of_a_file_is_found_again(content: bytes, name: str, kind: str) -> None:
    found = file_in(kept(File(content, kind, name)))
    assert found is not None
    assert (found.content, found.name) == (content, name)
    assert found.media_type == {"a b": "application/octet-stream"}.get(kind, kind.replace(" ", ""))


@pytest.mark.parametrize(
    "value", [None, 5, "", "data:", "data:image/png;base64,%", "data:x;base64,YQ==", "data:a/b,c"]
)
def test_what_keeps_no_file_is_none(value: Any) -> None:
    assert file_in(value) is None


@pytest.mark.parametrize(
    ("documented", "sent", "body", "value"),
    [
        ("text/plain", "text/plain", b"h\xc3\xa9", "hé"),
        ("text/plain", "text/plain; charset=latin-1", b"h\xe9", "hé"),
        ("text/*", "text/csv", b"a;b", "a;b"),
        ("application/vnd.x+json", "application/vnd.x+json", b"[1]", [1]),
        ("application/*", "application/json", b"[1]", [1]),
        ("*/*", "application/problem+json; a=b", b"{}", {}),
        ("*/*", FORM, b"a=1", {"a": "1"}),
        ("application/xml", "application/xml", b"<a/>", "<a/>"),
    ],
)
def test_a_body_is_read_by_its_media_type(
    documented: str, sent: str, body: bytes, value: Any
) -> None:
    assert send(whole(documented, {}), body, sent) == value


def test_text_is_what_its_schema_means() -> None:
    assert send(whole("text/plain", {"type": "integer"}), "12", "text/plain") == 12
    assert [
        v.pointer for v in told(whole("text/plain", {"type": "integer"}), "a", "text/plain")
    ] == [""]
    assert [v.pointer for v in told(whole("text/csv", {"type": "array"}), "a", "text/csv")] == [""]


def test_a_text_may_be_json() -> None:
    plain = whole("text/plain", {"type": "object", "properties": {"a": {"type": "integer"}}})
    assert send(plain, '{"a": 1}', "text/plain") == {"a": 1}
    assert [v.pointer for v in told(plain, '{"a": "b"}', "text/plain")] == ["/a"]
    assert [v.pointer for v in told(plain, "{a", "text/plain")] == [""]


def test_xml_is_read_by_its_schema() -> None:
    named = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    xml = whole("application/xml", named)
    assert send(xml, "<r><a>1</a></r>", "application/xml; charset=utf-8") == {"a": 1}
    assert [v.pointer for v in told(xml, "<r/>", "application/xml")] == ["/a"]
    assert refused(xml, "<r>", "application/xml").code == "MALFORMED_BODY"


def test_nothing_judges_the_elements_of_xml_of_which_the_schema_tells_nothing() -> None:
    xml = whole("application/xml", {"type": "object"})
    assert send(xml, "<a/>", "application/xml") == "<a/>"


SEQUENCES = [
    ("application/jsonl", b'{"a": 1}\n\n[2]\r\n'),
    ("application/x-ndjson", b'{"a": 1}\n[2]'),
    ("application/json-seq", b'\x1e{"a":\n1}\n\x1e[2]\n'),
]


@pytest.mark.parametrize(("media_type", "body"), SEQUENCES)
def test_a_sequence_is_a_list(media_type: str, body: bytes) -> None:
    assert send(whole(media_type, {"type": "array"}), body, media_type) == [{"a": 1}, [2]]
    mark = b"\x1e" if "seq" in media_type else b""
    lost = told(whole(media_type, {}), mark + b"[1e999]\n", media_type)
    assert [v.pointer for v in lost] == ["/0/0"]
    assert refused(whole(media_type, {}), b"{", media_type).code == "MALFORMED_BODY"


def test_another_charset_is_refused_where_it_is_unknown_or_wrong() -> None:
    made = whole("text/plain", {})
    unknown = refused(made, b"a", "text/plain; charset=klingon")
    assert unknown.code == "UNSUPPORTED_MEDIA_TYPE"
    assert unknown.detail == "The body is in the charset klingon, which is not known; send UTF-8."
    assert refused(made, b"\xff", "text/plain; charset=ascii").code == "MALFORMED_BODY"


@FAST
@given(st.binary(max_size=80))
def test_any_other_body_is_a_file(content: bytes) -> None:
    for documented in ("application/octet-stream", "image/*", "*/*"):
        sent = "image/png" if documented == "image/*" else "application/octet-stream"
        read = send(whole(documented, {}), content, sent)
        assert file_in(read) == File(content, sent)


def test_a_file_that_is_too_long_is_named() -> None:
    made = whole("image/*", {"type": "string", "maxLength": 2})
    assert [v.pointer for v in told(made, b"\xff\xfe\xfd", "image/png")] == [""]
    assert send(made, b"\xff\xfe", "image/png")


def test_the_most_specific_media_type_counts() -> None:
    contents = {
        "*/*": {"schema": {"const": "any"}},
        "text/*": {"schema": {"const": "texts"}},
        "text/plain": {"schema": {"const": "plain"}},
        "text/plain; version=2": {"schema": {"const": "second"}},
    }
    made = reader(contents)
    assert send(made, "plain", "text/plain") == "plain"
    assert send(made, "second", "text/plain; version=2") == "second"
    assert send(made, "texts", "text/html") == "texts"
    assert send(made, '"any"', "application/json") == "any"


def test_a_body_of_another_type_is_told_those_that_are_documented() -> None:
    made = reader(
        {"image/*": {"schema": {}}, FORM: {"schema": {}}, "application/json": {"schema": {}}}
    )
    refusal = refused(made, b"a", "text/plain")
    assert refusal.code == "UNSUPPORTED_MEDIA_TYPE"
    assert (
        refusal.detail
        == f"The body is text/plain; application/json or image/* or {FORM} is documented."
    )


def test_a_body_that_is_missing_is_told_what_it_may_be() -> None:
    made = reader({"image/*": {"schema": {}}, FORM: {"schema": {}}})
    assert told(made, b"", "") == [Violation("", f"a body is required; send image/* or {FORM}")]


def test_only_so_many_content_types_are_remembered() -> None:
    made = whole("text/*", {})
    for number in range(100):
        assert send(made, "a", f"text/plain; n={number}") == "a"
    assert len(made._body._known) == 64  # type: ignore[union-attr]


@pytest.mark.parametrize("media_type", ["application/json", PARTS])
def test_what_a_server_sets_itself_is_neither_required_nor_kept(media_type: str) -> None:
    made = whole(media_type, OWNED, schemas={"Part": PART})

    def sent(value: dict[str, Any]) -> Any:
        if media_type == PARTS:
            texts = [
                part(n, v.encode() if isinstance(v, str) else json.dumps(v).encode())
                for n, v in value.items()
            ]
            return send(made, b"".join(texts) + END, MIXED)
        return send(made, json.dumps(value), media_type)

    assert sent({"name": "a", "secret": "s"}) == {"name": "a", "secret": "s"}
    owned = {"id": "whatever", "name": "a", "secret": "s"}
    assert sent(owned) == {"name": "a", "secret": "s"}


def test_what_a_server_sets_itself_is_taken_out_at_every_depth() -> None:
    made = whole("application/json", OWNED, schemas={"Part": PART})
    value = {"name": "a", "secret": "s", "parts": [{"no": 7, "at": "x"}, {"at": "y"}]}
    assert send(made, json.dumps(value), "application/json") == {
        "name": "a",
        "secret": "s",
        "parts": [{"at": "x"}, {"at": "y"}],
    }
    missing = told(made, '{"parts": [{}]}', "application/json")
    assert {v.pointer for v in missing} == {"/name", "/secret", "/parts/0/at"}
