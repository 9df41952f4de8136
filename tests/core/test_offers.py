"""Files, forms and media types in the engine, over a document of others that has all of them."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from bacasable.contract import RawRequest, Refusal
from bacasable.contract.files import File, file_in, kept
from bacasable.contract.operations import operation_of
from bacasable.core import Call, Reply
from bacasable.core.offers import Offers, file_member
from tests.core.test_other_conventions import Others

FORM = "application/x-www-form-urlencoded"
PNG = b"\x89PNG\xff"


class Studio(Others):
    """Calls with a body of any type."""

    def __init__(self) -> None:
        super().__init__("studio.yaml")

    def send(
        self, operation: str, body: bytes = b"", kind: str = "", accept: str = "", **path: Any
    ) -> Reply:
        named = {name: str(value) for name, value in path.items()}
        request = RawRequest(named, body=body, content_type=kind, accept=accept)
        return self.handle(operation, request)

    def handle(self, operation: str, request: RawRequest) -> Reply:
        called = self.contract.operations[operation]
        return self.engine.handle(Call(called, self.space, None, request, "req_1"))

    def new(self, **fields: Any) -> Any:
        made = self.send("addPrint", urlencode({"title": "A"} | fields).encode(), FORM)
        assert (made.status, made.media_type) == (201, "application/hal+json")
        return made.json


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_what_operations_do_is_inferred_from_forms_and_files(studio: Studio) -> None:
    kinds = {name: one.action.kind for name, one in studio.contract.operations.items()}
    assert kinds["addPrint"] == kinds["addNegative"] == kinds["addFrame"] == "create"
    assert kinds["getPrint"] == kinds["getFrame"] == "get"
    assert kinds["putPhoto"] == kinds["getPhoto"] == "custom"


def test_a_form_creates_a_record(studio: Studio) -> None:
    made = studio.new(copies=2, voucher="X")
    assert (made["copies"], made["status"]) == (2, "NEW")
    assert "voucher" not in made
    assert studio.send("getPrint", printId=made["printId"]).json == made
    (kept_,) = studio.space.collection("Print")
    assert kept_["voucher"] == "X"


@pytest.mark.parametrize("operation", ["putPhoto", "putReceipt"])
def test_a_file_is_kept_and_answered(studio: Studio, operation: str) -> None:
    number = studio.new()["printId"]
    if operation == "putPhoto":
        sent = studio.send(operation, PNG, "image/png", printId=number)
        assert (sent.status, sent.content) == (204, b"")
        found = studio.send("getPhoto", printId=number)
        assert (found.content, found.media_type) == (PNG, "image/png")
        assert found.headers == {"Content-Disposition": "attachment"}
        assert file_in(studio.send("getPrint", printId=number).json["photo"]) == File(
            PNG, "image/png"
        )
        return
    head = 'Content-Disposition: form-data; name="file"; filename="r.pdf"'
    body = f"--c\r\n{head}\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--c--\r\n".encode()
    before = studio.send("getPrint", printId=number).json
    assert studio.send(operation, body, "multipart/form-data; boundary=c", printId=number).json == {
        "ok": True
    }
    assert studio.send("getReceipt", printId=number).content == b"%PDF"
    assert studio.send("getPrint", printId=number).json == before


def test_where_no_file_was_sent_the_example_is_answered(studio: Studio) -> None:
    number = studio.new()["printId"]
    sent = studio.send("putReceipt", printId=number)
    assert (sent.status, sent.headers) == (200, {"X-Sandbox-Answer": "example"})
    found = studio.send("getReceipt", printId=number)
    assert found.headers == {"X-Sandbox-Answer": "example"}
    assert found.media_type == "application/pdf"


def test_a_file_of_another_type_is_not_what_is_asked_for(studio: Studio) -> None:
    number = studio.new()["printId"]
    studio.send("putPhoto", PNG, "image/png", printId=number)
    assert studio.send("getReceipt", printId=number).headers == {"X-Sandbox-Answer": "example"}
    other = studio.send("getPhoto", printId=number, accept="image/gif")
    assert other.headers == {"X-Sandbox-Answer": "example"}
    gif = studio.send("getPrint", printId=number, accept="image/png")
    assert (gif.content, gif.media_type) == (PNG, "image/png")


def test_a_file_alone_is_a_record(studio: Studio) -> None:
    made = studio.send("addNegative", b"II*", "image/tiff").json
    assert list(made) == ["negativeId"]
    found = studio.send("getNegative", accept="image/tiff", negativeId=made["negativeId"])
    assert (found.content, found.media_type) == (b"II*", "image/tiff")
    assert studio.send("addNegative").status == 201


def test_a_record_is_answered_in_the_type_that_is_documented(studio: Studio) -> None:
    frame = b'{"frameId": "oak", "secret": "s"}'
    made = studio.send("addFrame", frame, "application/vnd.studio+json")
    assert (made.json, made.media_type) == ({"frameId": "oak"}, "")
    assert studio.send("getFrame", frameId="oak").json == {"frameId": "oak"}
    number = studio.new()["printId"]
    xml = studio.send("getPrint", accept="application/xml", printId=number)
    inner = f"<printId>{number}</printId><title>A</title><status>NEW</status>"
    found = f'<?xml version="1.0" encoding="UTF-8"?>\n<Print>{inner}</Print>'
    assert (xml.content, xml.media_type) == (found.encode(), "application/xml")


@pytest.mark.parametrize(
    ("accept", "media_type", "content"),
    [
        ("", "text/csv", b"day,sold\r\n2026-09-01,1\r\n"),
        ("text/plain", "text/plain", b"It goes."),
        ("application/xml", "", b""),
        ("application/xml, text/plain;q=0.5", "text/plain", b"It goes."),
    ],
)
def test_what_can_be_made_is_made(
    studio: Studio, accept: str, media_type: str, content: bytes
) -> None:
    for _ in range(2):
        found = studio.send("report", accept=accept)
        assert (found.media_type, found.content) == (media_type, content)
        assert found.headers == {"X-Sandbox-Answer": "example"}
        found.headers["changed"] = "by its caller"


def test_a_list_in_another_type_is_answered_by_example(studio: Studio) -> None:
    assert studio.send("listPrints", accept="text/csv").content == b"title\r\nexample\r\n"
    assert studio.send("listPrints", accept="text/csv;q=0.5, */*").json == []


def test_what_is_not_documented_is_not_acceptable(studio: Studio) -> None:
    with pytest.raises(Refusal) as refused:
        studio.send("report", accept="image/png")
    assert refused.value.code == "NOT_ACCEPTABLE"


MADE = [
    ("image/*", {"type": "string"}, "image/png", b"example"),
    ("text/*", {"type": "string"}, "text/plain", b"example"),
    ("video/*", {"type": "string"}, "application/octet-stream", b"example"),
    ("*/*", {"type": "string"}, "application/json", b'"example"'),
    ("text/plain", {"type": "integer"}, "text/plain", b"1"),
    ("application/pdf", {"type": "integer"}, "", b""),
    ("text/csv", {"type": "array", "items": {"type": "integer"}}, "text/csv", b"1\r\n"),
    (
        "text/csv",
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2}},
        "text/csv",
        b"example,example\r\n",
    ),
    ("text/csv", {"type": "object"}, "", b""),
    ("application/pdf", None, "", b""),
]


@pytest.mark.parametrize(("documented", "schema", "media_type", "content"), MADE)
def test_a_value_is_made_for_every_media_type(
    studio: Studio, documented: str, schema: Any, media_type: str, content: bytes
) -> None:
    content_ = {documented: {} if schema is None else {"schema": schema}}
    declared = {
        "operationId": "x",
        "responses": {"200": {"description": "", "content": content_}},
    }
    document = {"openapi": "3.1.0", "paths": {"/report": {"get": declared}}}
    contract = replace(studio.contract, document=document)
    operation = operation_of(document, "/report", "get", declared, {}, schemes={}, strict=False)
    found = Offers(contract, operation).reply("")
    assert (found.media_type, found.content) == (media_type, content)


def test_where_a_file_is_kept_is_found_once(studio: Studio) -> None:
    contract, kinds = studio.contract, studio.contract.resources
    operations = contract.operations
    assert file_member(contract, operations["putPhoto"], kinds["Print"]) == "photo"
    assert file_member(contract, operations["putReceipt"], kinds["Print"]) == "$file/receipt"
    assert file_member(contract, operations["addPrint"], kinds["Print"]) == "photo"
    assert file_member(contract, operations["addNegative"], kinds["Negative"]) == "$file/content"
    assert file_member(contract, operations["report"], None) == ""


def test_an_answer_of_any_type_is_remembered_for_its_key(studio: Studio) -> None:
    studio.send("addPrint", b"title=A", FORM)
    request = RawRequest(
        {"printId": "1"}, headers={"idempotency-key": "k"}, body=PNG, content_type="image/png"
    )
    assert studio.handle("putPhoto", request).status == 204
    asked = RawRequest({"printId": "1"}, headers={"idempotency-key": "k"})
    first, again = studio.handle("getPhoto", asked), studio.handle("getPhoto", asked)
    assert (again.content, again.media_type, again.headers) == (PNG, "image/png", first.headers)


def test_a_kept_file_stays_what_it_is() -> None:
    assert file_in(kept(File(PNG, "image/png", "a;b.png"))) == File(PNG, "image/png", "a;b.png")
