"""Records of public documents as they are sent and answered: in lists, XML, sequences, events."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract.load import check_file, notes_on
from tests.core.public import (
    BOAT,
    BOATS,
    EXAMPLE,
    ID,
    LIST,
    REF,
    TEXT,
    WHOLE,
    answer,
    document,
    operation,
    served,
    taking,
    written,
)

ACCOUNT: Any = {
    "type": "object",
    "properties": {"AccountNo": TEXT, "AccountID": TEXT, "Name": TEXT},
}
ACCOUNTS = {
    "type": "object",
    "properties": {
        "Warnings": {"type": "array", "items": {"type": "object", "properties": {"text": TEXT}}},
        "Accounts": {"type": "array", "items": {"$ref": "#/components/schemas/Account"}},
    },
}
IN_LISTS = {"$ref": "#/components/schemas/Accounts"}
BY_ID = {"name": "AccountID", "in": "path", "required": True, "schema": TEXT}
LEDGER = {
    "/Accounts": {
        "get": operation(IN_LISTS, operationId="getAccounts"),
        "put": operation(IN_LISTS, body=IN_LISTS, operationId="createAccounts"),
        "post": operation(IN_LISTS, body=IN_LISTS, operationId="updateOrCreateAccounts"),
    },
    "/Accounts/{AccountNo}": {
        "parameters": [{**BY_ID, "name": "AccountNo"}],
        "get": operation(IN_LISTS, operationId="getAccountByNumber"),
    },
    "/Accounts/{AccountID}": {
        "parameters": [BY_ID],
        "get": operation(IN_LISTS, operationId="getAccount"),
        "post": operation(IN_LISTS, body=IN_LISTS, operationId="updateAccount"),
        "delete": operation(IN_LISTS, operationId="deleteAccount"),
    },
}


def test_one_record_may_be_answered_as_many_are(tmp_path: Path) -> None:
    """PUT makes, POST changes or makes, and all of it stands in a list with a name."""
    made = document(LEDGER, Account=ACCOUNT, Accounts=ACCOUNTS)
    with served(tmp_path, made) as api:
        created = api.put("/Accounts", {"Accounts": [{"Name": "A"}]})
        (one,) = created.json["Accounts"]
        assert EXAMPLE not in created.headers.items()
        assert one["Name"] == "A"
        at = f"/Accounts/{one['AccountID']}"
        assert api.get(at).json == created.json
        changed = api.post(at, {"Accounts": [{"Name": "B"}]}).json["Accounts"]
        assert changed == [one | {"Name": "B"}]
        saved = api.post("/Accounts", {"Accounts": [one | {"Name": "C"}]}).json["Accounts"]
        assert saved == [one | {"Name": "C"}]
        other = api.post("/Accounts", {"Accounts": [{"Name": "D"}]}).json["Accounts"]
        assert other[0]["AccountID"] != one["AccountID"]
        assert api.get("/Accounts").json["Accounts"] == [*saved, *other]
        assert api.delete(at).json["Accounts"] == saved
        assert api.get(at).status == 404


def test_a_list_in_a_body_is_no_record_unless_it_looks_like_one(tmp_path: Path) -> None:
    made = document(LEDGER, Account=ACCOUNT, Accounts=ACCOUNTS)
    with served(tmp_path, made) as api:
        for sent in ([{"AccountID": "x", "other": 1}], ["x"], []):
            (one,) = api.put("/Accounts", {"Items": sent}).json["Accounts"]
            assert one["AccountID"] != "x"


def test_a_record_in_a_list_is_mended_where_its_schema_has_no_room(tmp_path: Path) -> None:
    account = {**ACCOUNT, "properties": {**ACCOUNT["properties"], "Name": {"minLength": 3}}}
    body = {"type": "object", "properties": {"Name": TEXT}}
    paths = {**LEDGER, "/Accounts": {**LEDGER["/Accounts"]}}
    paths["/Accounts"]["put"] = operation(IN_LISTS, body=body, operationId="createAccounts")
    with served(tmp_path, document(paths, Account=account, Accounts=ACCOUNTS)) as api:
        created = api.put("/Accounts", {"Name": "A"})
        assert created.headers["x-sandbox-answer"] == "mended"
        (one,) = created.json["Accounts"]
        assert api.get(f"/Accounts/{one['AccountID']}").json["Accounts"] == [one]


def test_records_are_sent_and_answered_in_xml(tmp_path: Path) -> None:
    boat = {**BOAT, "xml": {"name": "boat"}}
    both = {m: {"schema": REF} for m in ("application/json", "application/xml")}
    many = {m: {"schema": LIST | {"xml": {"name": "boats"}}} for m in both}
    post = {
        "requestBody": {"required": True, "content": both},
        "responses": {"201": {"description": "Made.", "content": both}},
    }
    get = {"responses": {"200": {"description": "All.", "content": many}}}
    paths = {"/boats": {"get": get, "post": post}, "/boats/{id}": BOATS["/boats/{id}"]}
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    xml = {"Content-Type": "application/xml", "Accept": "application/xml"}
    with served(tmp_path, document(paths, Boat=boat)) as api:
        one = b"<boat><id>a</id><name>A</name></boat>"
        made = api.post("/boats", content=one, headers=xml)
        assert (made.status, made.content) == (201, head + one)
        assert made.headers["content-type"].startswith("application/xml")
        assert api.get("/boats/a").json == {"id": "a", "name": "A"}
        assert api.get("/boats", headers=xml).content == head + b"<boats>%b</boats>" % one
        assert api.get("/boats").json == [{"id": "a", "name": "A"}]
        assert api.post("/boats", content=b"<boat>", headers=xml).status == 400


def test_a_value_is_not_written_in_a_media_type_of_another_schema(tmp_path: Path) -> None:
    page = {"type": "object", "properties": {"boats": LIST}}
    both = {"application/json": {"schema": page}, "application/xml": {"schema": LIST}}
    get = {"responses": {"200": {"description": "All.", "content": both}}}
    with served(tmp_path, document({**BOATS, "/boats": {**BOATS["/boats"], "get": get}})) as api:
        api.post("/boats", {"id": "a", "name": "A"})
        assert api.get("/boats").json["boats"] == [{"id": "a", "name": "A"}]
        found = api.get("/boats", headers={"Accept": "application/xml"})
        assert EXAMPLE in found.headers.items()
        assert b"boats" not in found.content


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/jsonl", b'{"id":"a","name":"A"}\n{"id":"b","name":"B"}\n'),
        ("application/json-seq", b'\x1e{"id":"a","name":"A"}\n\x1e{"id":"b","name":"B"}\n'),
        ("text/event-stream", b'data: {"id":"a","name":"A"}\n\ndata: {"id":"b","name":"B"}\n\n'),
    ],
)
def test_a_list_is_answered_as_a_sequence(tmp_path: Path, media_type: str, content: bytes) -> None:
    get = {"description": "All.", "content": {media_type: {"itemSchema": REF}}}
    paths = {**BOATS, "/boats": {**BOATS["/boats"], "get": {"responses": {"200": get}}}}
    with served(tmp_path, document(paths, version="3.2.0")) as api:
        for name in "ab":
            api.post("/boats", {"id": name, "name": name.upper()})
        found = api.get("/boats")
        assert (found.status, found.content) == (200, content)
        assert found.headers["content-type"].startswith(media_type)


def test_events_are_written_by_their_fields(tmp_path: Path) -> None:
    event = {"event": "moved", "data": {"to": "pier\n2"}, "id": "7", "retry": 5}
    stream = {"text/event-stream": {"itemSchema": {"type": "object"}, "example": [event]}}
    get = {"responses": {"200": {"description": "As they come.", "content": stream}}}
    with served(tmp_path, document({"/events": {"get": get}}, version="3.2.0")) as api:
        said = b'event: moved\nid: 7\nretry: 5\ndata: {"to":"pier\\n2"}\n\n'
        assert api.get("/events").content == said


def test_other_methods_than_those_of_openapi_are_served(tmp_path: Path) -> None:
    body = {"type": "object", "properties": {"name": TEXT}}
    boats = {
        "query": operation(LIST, body=body),
        "additionalOperations": {"COPY": operation(WHOLE), "link": operation(TEXT)},
    }
    made = document({"/boats": boats}, version="3.2.0")
    with served(tmp_path, made) as api:
        names = [o.id for o in api.sandbox.engine.contract.operations.values()]
        assert names == ["queryBoats", "copyBoats", "linkBoats"]
        assert api.request("QUERY", "/boats", {"name": "A"}).status == 200
        assert api.request("COPY", "/boats").json == 1
        assert api.request("LINK", "/boats").json == "example"
        assert "COPY, LINK" in api.request("OPTIONS", "/boats").headers["allow"]


def test_what_is_mended_in_a_list_stands_within_each_record(tmp_path: Path) -> None:
    sent = {"type": "object", "properties": {"page": {"type": "object", "properties": {}}}}
    page = {"type": "object", "properties": {"id": TEXT, "title": {**TEXT, "minLength": 2}}}
    around = {"type": "object", "properties": {"page": page}}
    paths = {
        "/pages": {
            "get": operation({"type": "array", "items": around}),
            "post": operation(around, body=sent, status="201"),
        },
        "/pages/{id}": {"parameters": [ID], "get": operation(around)},
    }
    with served(tmp_path, document(paths)) as api:
        for title in "AB":
            assert api.post("/pages", {"page": {"id": title, "title": title}}).status == 201
        found = api.get("/pages")
        assert found.headers["x-sandbox-answer"] == "mended"
        assert [one["page"]["id"] for one in found.json] == ["A", "B"]
        assert all(len(one["page"]["title"]) > 1 for one in found.json)


def test_an_answer_that_must_be_of_one_kind_is(tmp_path: Path) -> None:
    first, other = (
        {"type": "object", "properties": {name: WHOLE}, "additionalProperties": False}
        for name in ("name", "number")
    )
    second = {"type": "object", "required": ["firm"], "properties": {"firm": TEXT}}
    both = {"oneOf": [first, other, second]}
    with served(tmp_path, document({"/check": {"post": operation(both)}})) as api:
        found = api.post("/check").json
        (place,) = (o.succeeds.schema for o in api.sandbox.engine.contract.operations.values())
        assert place is not None
        assert api.sandbox.engine.schemas.answer_check(place)(found) == []


def test_what_is_not_served_as_it_is_documented_is_noted(tmp_path: Path) -> None:
    made = document({"/boats": {"post": operation(REF)}, "/crews": {"post": operation(REF)}})
    posts = [made["paths"][path]["post"] for path in ("/boats", "/crews")]
    posts[0]["requestBody"] = taking({"type": "object"}, "multipart/mixed")
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    made["components"]["securitySchemes"] = {"key": key}
    made["security"] = [{"key": []}]
    posts[1]["responses"]["4XX"] = answer()
    posts[1]["requestBody"] = taking(REF)
    path = written(tmp_path, made)
    mixed, denied = (line.partition(": ")[2] for line in notes_on(path))
    assert mixed == (
        "/paths/~1boats/post/requestBody/content/multipart~1mixed: multipart/mixed is kept as it"
        " comes, and not divided into its parts"
    )
    assert denied == (
        "/paths/~1boats/post/responses: asks for a credential and documents no 401; who sends none"
        " is answered so"
    )
    assert check_file(path) == []


def test_what_does_not_fit_is_an_example_in_xml_too(tmp_path: Path) -> None:
    boat = {"type": "object", "properties": {"id": {"type": "string", "const": "A"}}}
    xml = {"description": "So.", "content": {"application/xml": {"schema": boat}}}
    post = operation(body=BOAT) | {"responses": {"201": xml}}
    paths = {**BOATS, "/boats": {**BOATS["/boats"], "post": post}}
    paths["/boats"]["put"] = operation(REF, body=LIST, operationId="changeBoats")
    paths["/boats"]["patch"] = operation(REF, body=REF, operationId="changeBoat")
    with served(tmp_path, document(paths)) as api:
        made = api.post("/boats", {"name": "B"})
        assert EXAMPLE in made.headers.items()
        assert made.content.endswith(b"<root></root>")
        (one,) = api.get("/boats").json
        assert api.patch("/boats", {"id": one["id"], "name": "C"}).json["name"] == "C"
        assert api.patch("/boats", {"id": "none"}).status == 404
