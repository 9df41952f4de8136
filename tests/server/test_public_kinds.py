"""What public documents are like: each kind by a small document of our own, as it is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract.load import check_file, notes_on
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import build_sandbox
from tests.support import Api, in_process

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
BOAT = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
REF = {"$ref": "#/components/schemas/Boat"}
EXAMPLE = ("x-sandbox-answer", "example")


def answer(schema: Any = None, media_type: str = "application/json", **more: Any) -> Any:
    content = {} if schema is None else {"content": {media_type: {"schema": schema}}}
    return {"description": "So.", **content, **more}


def taking(schema: Any, media_type: str = "application/json") -> Any:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def operation(schema: Any = None, *, body: Any = None, status: str = "200", **more: Any) -> Any:
    found = {"responses": {status: answer(schema)}, **more}
    return found | ({"requestBody": taking(body)} if body else {})


def document(paths: Any, *, version: str = "3.1.0", **schemas: Any) -> Any:
    named = {"Boat": BOAT} | schemas
    info = {"title": "Harbour", "version": "1"}
    return {"openapi": version, "info": info, "paths": paths, "components": {"schemas": named}}


def written(folder: Path, made: Any) -> Path:
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(made, sort_keys=False), "utf-8")
    return path


@contextmanager
def served(folder: Path, made: Any) -> Iterator[Api]:
    package = PlatformPackage.of(written(folder, made))
    with in_process(build_sandbox(package, open_access=True)) as api:
        yield api


LIST = {"type": "array", "items": REF}
BOATS = {
    "/boats": {"get": operation(LIST), "post": operation(REF, body=REF, status="201")},
    "/boats/{id}": {"parameters": [ID], "get": operation(REF)},
}


def test_an_id_that_is_taken_is_refused_where_the_document_says_so(tmp_path: Path) -> None:
    paths = BOATS | {"/boats": {**BOATS["/boats"]}}
    for refuses in (False, True):
        post = operation(REF, body=REF, status="201")
        boat = {"type": "object", "properties": {"id": {**TEXT, "format": "uuid"}}}
        if refuses:
            post["responses"]["409"] = answer()
        paths["/boats"]["post"] = post
        own = {"id": "3be6453c-03eb-4357-ae5a-984a0e574a54"}
        with served(tmp_path, document(paths, Boat=boat)) as api:
            assert api.post("/boats", own).json == own
            again = api.post("/boats", own)
            assert again.status == (409 if refuses else 201)
            assert refuses or again.json["id"] != own["id"]
            assert len(api.get("/boats").json) == (1 if refuses else 2)


@pytest.mark.parametrize("query", ["page=&size=", "page=2x&size=1.5", "page=1&size=1000"])
def test_pages_may_be_asked_for_by_texts(tmp_path: Path, query: str) -> None:
    asked = [{"name": n, "in": "query", "schema": TEXT} for n in ("page", "size")]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths)) as api:
        for name in "abc":
            api.post("/boats", {"id": name})
        assert len(api.get(f"/boats?{query}").json) == 3
        assert [one["id"] for one in api.get("/boats?page=2&size=2").json] == ["c"]


def test_a_number_of_many_digits_is_an_integer_in_a_query(tmp_path: Path) -> None:
    asked = [{"name": "page", "in": "query", "schema": WHOLE}]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths)) as api:
        api.post("/boats", {})
        assert api.get("/boats?page=6389091450490410827906962948096").json == []
        assert api.get("/boats?page=" + "9" * 400).status == 400


def test_a_file_that_is_not_there_yet_has_its_media_type(tmp_path: Path) -> None:
    file = answer({"type": "string", "format": "byte"}, "application/octet-stream")
    with served(tmp_path, document({"/log": {"get": {"responses": {"200": file}}}})) as api:
        found = api.get("/log")
        assert (found.status, found.headers["content-type"]) == (200, "application/octet-stream")


def test_digits_are_lost_only_where_the_document_knows_of_no_number(tmp_path: Path) -> None:
    boat = {"type": "object", "properties": {"id": TEXT, "tons": {"type": "number"}}}
    number = b"218835057049215795201"
    with served(tmp_path, document(BOATS, Boat=boat)) as api:
        headers = {"Content-Type": "application/json"}
        known = api.post("/boats", content=b'{"tons": %b}' % number, headers=headers)
        assert (known.status, known.json["errors"][0]["pointer"]) == (400, "/tons")
        other = api.post("/boats", content=b'{"x": [{"y": %b}]}' % number, headers=headers)
        assert other.status == 201
        alone = api.post("/boats", content=number, headers=headers)
        assert alone.status == 400


@pytest.mark.parametrize(("form", "most"), [("int32", 2**31 - 1), ("int64", 2**63 - 1)])
def test_the_format_of_an_integer_bounds_it(tmp_path: Path, form: str, most: int) -> None:
    sized = {"type": "integer", "format": form}
    boat = {"type": "object", "properties": {"id": TEXT, "tons": sized}}
    asked = [{"name": "tons", "in": "query", "schema": sized}]
    paths = BOATS | {"/boats": {**BOATS["/boats"], "get": operation(LIST, parameters=asked)}}
    with served(tmp_path, document(paths, Boat=boat)) as api:
        assert api.post("/boats", {"tons": most}).json["tons"] == most
        assert api.post("/boats", {"tons": most + 1}).status == 400
        assert api.get(f"/boats?tons={-most - 1}").status == 200
        assert api.get(f"/boats?tons={-most - 2}").status == 400
        assert "minimum" not in api.get("!/openapi.json").json["components"]["schemas"]["Boat"]


def test_a_discriminator_says_which_of_several_it_is(tmp_path: Path) -> None:
    kinds: Any = {n: {"type": "object", "properties": {"kind": TEXT}} for n in ("Sail", "Motor")}
    both = [{"$ref": f"#/components/schemas/{name}"} for name in kinds]
    boat = {"oneOf": both, "discriminator": {"propertyName": "kind"}}
    paths = {"/boats": {"post": operation(body=boat)}}
    with served(tmp_path, document(paths, **kinds)) as api:
        assert api.post("/boats", {"kind": "Sail"}).status == 200
        assert api.post("/boats", 5).status == 400


def test_addresses_of_problems_are_as_their_format_has_them(tmp_path: Path) -> None:
    address = {"type": "string", "format": "uri"}
    problem = {"type": "object", "properties": {"type": address, "instance": address}}
    paths = {"/boats/{id}": {**BOATS["/boats/{id}"], "get": operation(REF)}, **BOATS}
    paths["/boats/{id}"]["get"]["responses"]["404"] = answer(problem)
    with served(tmp_path, document(paths)) as api:
        assert api.get("/boats/none").json == {
            "type": "http://localhost/problems/not-found",
            "instance": "http://localhost/boats/none",
        }


def test_a_switch_of_protocols_is_no_success(tmp_path: Path) -> None:
    both = {"responses": {"101": answer(), "200": answer(TEXT)}}
    with served(tmp_path, document({"/attach": {"post": both}})) as api:
        assert api.post("/attach").status == 200


def test_headers_that_are_told_elsewhere_are_no_parameters(tmp_path: Path) -> None:
    enum = {"type": "string", "enum": ["a/b"]}
    names = ("Accept", "Content-Type", "authorization")
    asked = [{"name": n, "in": "header", "required": True, "schema": enum} for n in names]
    with served(tmp_path, document({"/boats": {"get": operation(LIST, parameters=asked)}})) as api:
        assert api.get("/boats").status == 200


def test_what_nobody_can_make_is_there(tmp_path: Path) -> None:
    paths = {path: {**item} for path, item in BOATS.items()}
    del paths["/boats"]["post"]
    paths["/boats/{id}/trips"] = {"parameters": [ID], "get": operation(LIST)}
    with served(tmp_path, document(paths)) as api:
        (one,) = api.get("/boats").json
        assert api.get(f"/boats/{one['id']}").json == one
    with served(tmp_path, document(BOATS)) as api:
        assert api.get("/boats").json == []


def test_a_path_is_answered_without_what_is_never_sent(tmp_path: Path) -> None:
    paths = {
        "/boats/{id}#rename": {"parameters": [ID], "get": operation(TEXT), "put": operation(REF)},
        **BOATS,
        "/crews?all=true": {"get": operation(WHOLE)},
    }
    paths["/boats/{id}#rename"]["put"]["requestBody"] = taking(REF)
    with served(tmp_path, document(paths)) as api:
        api.post("/boats", {"id": "a", "name": "A"})
        assert api.get("/boats/a").json == {"id": "a", "name": "A"}
        assert api.put("/boats/a", {"name": "B"}).json == {"id": "a", "name": "B"}
        assert api.get("/crews").json == 1
        assert api.get("/boats/a%23rename").status == 404
    at = f"{tmp_path}/openapi.yaml"
    said = "'#rename' is no part of a path that is sent; it is answered at /boats/{id}"
    found = check_file(tmp_path / "openapi.yaml")
    assert f"{at}:6: /paths/~1boats~1{{id}}#rename: {said}" in found
    assert f"{said}, where GET is another operation: describe both in one" in " ".join(found)
    assert any("'?all=true' is no part of a path" in line for line in found)


def test_a_keyword_that_is_written_wrong_spoils_nothing(tmp_path: Path) -> None:
    boat = {
        "type": "object",
        "required": ["id", "id"],
        "properties": {
            "id": {"type": "string", "pattern": "(", "minLength": -1, "default": 5},
            "tons": {"type": ["number", "real"], "minimum": 2, "exclusiveMinimum": True},
            "flag": {"type": "any", "readOnly": "no", "allOf": [], "maximum": False},
            "crew": {"type": "object", "patternProperties": {"[": {}}, "multipleOf": 0},
            "port": {"type": "string", "nullable": True},
        },
    }
    with served(tmp_path, document(BOATS, Boat=boat)) as api:
        assert (
            api.post("/boats", {"id": "a", "tons": 3, "flag": 1, "crew": {}, "port": None}).status
            == 201
        )
        assert api.post("/boats", {"id": "b", "tons": 2}).status == 400
        assert len(api.get("/boats").json) == 1
    told = " ".join(check_file(tmp_path / "openapi.yaml"))
    assert "'(' is no regular expression" in told


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
