"""Bodies as the kit sends them are read as they were meant."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.files import File, file_in, kept
from bacasable.contract.operations import operation_of
from bacasable.verify.written import written
from tests.contract.sent_bodies import BINARY, FAST, FORM, OBJECT, PARTS, objects, send, whole


def sent(value, media_type, schema=OBJECT, **more):
    body = {"content": {media_type: {"schema": schema, **more}}}
    document = {"openapi": "3.1.0", "paths": {"/x": {"post": {"requestBody": body}}}}
    operation = {"operationId": "x", "requestBody": body, "responses": {}}
    made = operation_of(document, "/x", "post", operation, {}, schemes={}, strict=False)
    return written(document, made.body, value)


@FAST
@given(objects, st.sampled_from([FORM, PARTS, "application/json"]))
def test_a_body_is_read_as_it_was_meant(value, media_type):
    if abs(value.get("point", {}).get("x", 0)) >= 10**17:
        return
    content, kind = sent(value, media_type)
    assert send(whole(media_type), content, kind) == value


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ({}, "application/octet-stream"),
        ({"photo": {"contentType": "image/gif"}}, "image/gif"),
        ({"photo": {"contentType": "image/*"}}, "image/png"),
    ],
)
def test_bytes_are_sent_as_files(encoding, kind):
    content, content_type = sent({"photo": "abc", "scans": ["a", "b"]}, PARTS, encoding=encoding)
    read = send(whole(PARTS, encoding=encoding), content, content_type)
    assert file_in(read["photo"]) == File(b"abc", kind, "file")
    assert [file_in(one).content for one in read["scans"]] == [b"a", b"b"]


def test_a_file_that_was_kept_is_sent_as_it_was():
    content, content_type = sent({"photo": kept(File(b"\xff", "image/gif"))}, PARTS)
    assert file_in(send(whole(PARTS), content, content_type)["photo"]).content == b"\xff"


@pytest.mark.parametrize(
    ("value", "media_type", "content", "kind"),
    [
        ("a", "text/plain", b"a", "text/plain"),
        (5, "text/plain", b"5", "text/plain"),
        ("a", "image/*", b"a", "image/png"),
        ("a", "video/*", b"a", "application/octet-stream"),
        ({"a": 1}, "*/*", b'{"a":1}', "application/json"),
        (["a"], FORM, b'["a"]', FORM),
        (None, FORM, b"null", FORM),
        (10**400, "application/json", str(10**400).encode(), "application/json"),
    ],
)
def test_any_other_body_is_sent_as_it_is(value, media_type, content, kind):
    assert sent(value, media_type, BINARY) == (content, kind)


def test_without_a_documented_body_it_is_json():
    assert written({}, None, {"a": 1}) == (
        json.dumps({"a": 1}).replace(" ", "").encode(),
        "application/json",
    )
