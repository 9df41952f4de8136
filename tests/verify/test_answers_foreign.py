"""The checks of answers on documents of others: what they leave open is open."""

import json
from typing import Any

import pytest
import yaml

from bacasable.contract import load_contract
from bacasable.verify.bench import Subject
from bacasable.verify.checks import all_checks
from bacasable.verify.model import ANONYMOUS, Exchange, Intent, Options, Request, Response

DOCUMENT = """
openapi: 3.0.3
info: {title: Notes, version: '1', description: All timestamps are in UTC.}
paths:
  /notes/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}, example: n1}]
      responses:
        '200':
          description: ok
          headers:
            X-Left: {schema: {type: integer}}
            X-Odd: {required: true, schema: {type: string, pattern: '('}}
          content:
            application/json; charset=utf-8: {schema: {$ref: '#/components/schemas/Note'}}
            text/*: {}
        4XX:
          description: no
          content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
  /odd:
    get: {responses: {'200': {description: ok, content: {'*/*': {schema: {pattern: '('}}}}}}
  /any:
    get: {responses: {default: {description: whatever}}}
  /few:
    get: {responses: {'200': {description: ok}}}
components:
  schemas:
    Note:
      type: object
      required: [id, secret, text]
      properties:
        id: {type: string, readOnly: true}
        secret: {type: string, writeOnly: true}
        text: {type: string, nullable: true}
        made: {type: string, format: date-time}
        parent: {$ref: '#/components/schemas/Note'}
    Error: {type: object, required: [error], properties: {error: {type: string}}}
"""
NOTE = {"id": "n1", "text": None, "made": "2026-01-01T00:00:00+02:00", "more": 1}
CHECKS = [check for check in all_checks().values() if check.judge]


@pytest.fixture
def subject(tmp_path):
    path = tmp_path / "notes.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(DOCUMENT)), encoding="utf-8")
    return Subject(load_contract(path), Options("http://server.example"), ANONYMOUS)


def causes(
    subject: Subject,
    path: str,
    status: int,
    body: Any = None,
    kind: str = "application/json",
    *,
    intent: Intent = "any",
    **headers: str,
) -> list[str]:
    """What the checks say of an answer at a path, as `check: cause`."""
    operation = next(o for o in subject.contract.operations.values() if o.path == path)
    content = (
        b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    given = {"content-type": kind} if content and kind else {}
    given |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
    response = Response(status, tuple(given.items()), content)
    request = Request("GET", operation.example_path)
    exchange = Exchange(1, request, response, "", operation, ANONYMOUS, "fuzz", intent)
    return [f"{c.id}: {f.cause}" for c in CHECKS if c.judge for f in c.judge(subject, exchange)]


def note(**changed: Any) -> dict[str, Any]:
    return {name: value for name, value in (NOTE | changed).items() if value is not ...}


def test_objects_are_open_and_what_is_only_written_is_not_asked_for(subject):
    assert causes(subject, "/notes/{id}", 200, note(), X_Odd="x") == []
    inner = note(parent=note(parent=note()))
    assert causes(subject, "/notes/{id}", 200, inner, X_Odd="x") == []
    missing = causes(subject, "/notes/{id}", 200, note(id=...), X_Odd="x")
    assert missing == ["answer-schema: /components/schemas/Note id is missing"]


def test_instants_need_a_zone_and_no_more(subject):
    zoned = causes(subject, "/notes/{id}", 200, note(made="2026-01-01T00:00:00"), X_Odd="x")
    assert zoned == ["timestamps: /components/schemas/Note/properties/made has no zone"]


def test_media_types_are_compared_without_parameters_and_by_ranges(subject):
    path = "/notes/{id}"
    assert causes(subject, path, 200, note(), "application/JSON;charset=UTF-8", X_Odd="x") == []
    assert causes(subject, path, 200, b"hello", "text/csv", X_Odd="x") == []
    found = causes(subject, path, 200, b"<p>", "application/xml", X_Odd="x")
    assert [cause.partition(":")[0] for cause in found] == ["content-type"]


def test_headers_are_read_by_their_types_and_schemas_that_cannot_be_read_ask_nothing(subject):
    path = "/notes/{id}"
    assert causes(subject, path, 200, note(), X_Odd="x", X_Left="3") == []
    for headers in ({"X_Odd": "x", "X_Left": "few"}, {}):
        found = causes(subject, path, 200, note(), **headers)
        assert [cause.partition(":")[0] for cause in found] == ["headers-documented"]
    assert causes(subject, "/odd", 200, "anything") == []


def test_ranges_and_defaults_document_what_they_name(subject):
    assert causes(subject, "/notes/{id}", 418, {"error": "no"}) == []
    assert causes(subject, "/any", 202, {"what": "ever"}) == []
    found = causes(subject, "/notes/{id}", 404, {"message": "no"})
    assert found == ["problem-shape: /components/schemas/Error error is missing"]


@pytest.mark.parametrize(
    ("status", "intent", "told"),
    [
        (405, "any", False),
        (406, "invalid", False),
        (406, "valid", True),
        (429, "valid", False),
        (404, "any", True),
        (302, "any", True),
    ],
)
def test_what_stands_in_front_of_an_operation_may_refuse_odd_requests(
    subject, status, intent, told
):
    assert bool(causes(subject, "/few", status, intent=intent)) == told


def test_bodies_that_are_no_json_are_told_once(subject):
    found = causes(subject, "/notes/{id}", 200, b"{", X_Odd="x")
    assert [cause.partition(":")[0] for cause in found] == ["answer-schema"]
    assert (
        causes(subject, "/notes/{id}", 200, b"\x1f\x8b", X_Odd="x", Content_Encoding="gzip") == []
    )
