"""A tiny valid contract to bend: one resource, one transition, and helpers that read it."""

import json
from pathlib import Path
from typing import Any

import yaml

from bacasable.contract import Contract, RawRequest, RequestReader, SchemaSet, Values
from bacasable.contract.build import build_contract
from bacasable.contract.load import check_file

ABSENT = object()
"""In `changes`: take the place out of the document."""

TRAINER_OR_ADMIN = [{"bearer": ["ADMIN", "TRAINER"]}]


def toy(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """A fresh document; `changes` maps JSON pointers to their new values, or to ABSENT."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "x-serving": {"strict": True},
        "info": {"title": "Rooms", "version": "1.0.0"},
        "servers": [{"url": "/api/v1"}],
        "tags": [{"name": "Rooms"}],
        "security": [{"bearer": []}],
        "x-problems": {
            "INVALID_REQUEST": _problem("The request does not fit", "Correct it."),
            "MALFORMED_BODY": _problem("The body cannot be read", "Send JSON."),
        },
        "paths": _paths(),
        "webhooks": {
            f"room.{done}": {
                "post": {
                    "summary": f"A room was {done}.",
                    "responses": {"204": {"description": "Understood."}},
                }
            }
            for done in ("created", "updated", "deleted", "closed")
        },
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": _parameters(),
            "schemas": _schemas(),
            "responses": _responses(),
        },
    }
    document = json.loads(json.dumps(document))  # no two places share a value
    for place, value in (changes or {}).items():
        put(document, place, value)
    return document


def put(document: Any, place: str, value: Any) -> None:
    """Set or, with ABSENT, remove what stands at a pointer; `-` appends to a list."""
    *above, last = [p.replace("~1", "/").replace("~0", "~") for p in place.split("/")[1:]]
    node = document
    for part in above:
        node = node[int(part)] if isinstance(node, list) else node[part]
    if isinstance(node, list) and last == "-":
        node.append(value)
        return
    key = int(last) if isinstance(node, list) else last
    if value is ABSENT:
        del node[key]
    else:
        node[key] = value


def built(changes: dict[str, Any] | None = None) -> Contract:
    """The contract of a changed toy."""
    return build_contract(toy(changes), "toy.yaml")


def reader(operation: str, changes: dict[str, Any] | None = None, **options: int) -> RequestReader:
    """The reader of an operation's requests."""
    contract = built(changes)
    schemas = SchemaSet(contract.document)
    return RequestReader(contract.operations[operation], schemas, contract.document, **options)


def query_reader(*parameters: dict[str, Any]) -> RequestReader:
    """The reader of an operation with these parameters only."""
    return reader("listRooms", {"/paths/~1rooms/get/parameters": list(parameters)})


def body_reader(schema: Any, **options: int) -> RequestReader:
    """The reader of an operation with this body and nothing else."""
    changes = {
        "/paths/~1rooms/post/parameters": [],
        "/paths/~1rooms/post/requestBody/content/application~1json": {"schema": schema},
    }
    return reader("createRoom", changes, **options)


def send(reader: RequestReader, value: Any, **request: Any) -> Values:
    """Read a request with a JSON body and no path parameters; bytes are sent as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    request = {"content_type": "application/json", "path": {}} | request
    return reader.read(RawRequest(body=body, **request))


def write(folder: Path, document: dict[str, Any] | None = None) -> Path:
    """The document in a file."""
    path = folder / "toy.yaml"
    path.write_text(yaml.safe_dump(document or toy(), sort_keys=False), encoding="utf-8")
    return path


def _paths() -> dict[str, Any]:
    tenant = {"$ref": "#/components/parameters/TenantHeader"}
    item = {"$ref": "#/components/parameters/RoomId"}
    return {
        "/rooms": {
            "get": _operation(
                "listRooms",
                {"200": "RoomList"},
                security=[{"bearer": ["ADMIN", "TRAINER", "LEARNER"]}],
                parameters=[
                    tenant,
                    *({"$ref": f"#/components/parameters/{n}"} for n in ("Page", "Search")),
                    *({"$ref": f"#/components/parameters/{n}"} for n in ("States", "OpensFrom")),
                ],
            ),
            "post": _operation(
                "createRoom",
                {"201": "Room", "400": "Problem"},
                parameters=[tenant],
                requestBody=_body("RoomInput"),
                **{"x-emits": ["room.created"]},
            ),
        },
        "/rooms/{roomId}": {
            "get": _operation("getRoom", {"200": "Room"}, parameters=[tenant, item]),
            "patch": _operation(
                "updateRoom",
                {"200": "Room", "400": "Problem"},
                parameters=[tenant, item, {"$ref": "#/components/parameters/IfMatch"}],
                requestBody=_body("RoomPatch"),
                **{"x-emits": ["room.updated"]},
            ),
            "delete": _operation(
                "deleteRoom",
                {"204": "NoContent"},
                parameters=[tenant, item],
                **{"x-emits": ["room.deleted"]},
            ),
        },
        "/rooms/{roomId}/close": {
            "post": _operation("closeRoom", {"200": "Room"}, parameters=[tenant, item])
        },
    }


def _operation(name: str, answers: dict[str, str], **members: Any) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["Rooms"],
        "summary": f"The operation {name}",
        "security": TRAINER_OR_ADMIN,
        "responses": {
            status: {"$ref": f"#/components/responses/{answer}"}
            for status, answer in answers.items()
        },
    } | members


def _body(schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"required": True, "content": {"application/json": {"schema": reference}}}


def _parameters() -> dict[str, Any]:
    def query(name: str, schema: dict[str, Any], **members: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "schema": schema} | members

    states = {"type": "array", "items": {"enum": ["OPEN", "CLOSED"]}}
    return {
        "TenantHeader": {
            "name": "X-Tenant-ID",
            "x-tenant": True,
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
        },
        "RoomId": {
            "name": "roomId",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": "room_00000000000000000001",
        },
        "IfMatch": {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
        "Page": query("page", {"type": "integer", "minimum": 1, "default": 1}),
        "Search": query(
            "q", {"type": "string"}, **{"x-filter": {"fields": ["name"], "match": "contains"}}
        ),
        "States": query(
            "status",
            states,
            explode=False,
            **{"x-filter": {"field": "status", "match": "equals"}},
        ),
        "OpensFrom": query(
            "opensFrom",
            {"type": "string", "format": "date-time"},
            **{"x-filter": {"field": "opensAt", "match": "from"}},
        ),
    }


def _schemas() -> dict[str, Any]:
    name = {"type": "string", "minLength": 1, "maxLength": 40}
    seats = {"type": "integer", "minimum": 1, "default": 10}
    instant = {"type": ["string", "null"], "format": "date-time"}
    annex = {"type": ["string", "null"], "x-references": "Room"}
    door = {"type": "object", "properties": {"leadsTo": {"type": "string", "x-references": "Room"}}}
    given = {
        "name": name,
        "seats": seats,
        "opensAt": instant,
        "annexOf": annex,
        "doors": {"type": "array", "items": door},
    }
    closed = {"type": "object", "additionalProperties": False, "properties": given}
    text = {"type": "string"}
    stamp = {"timestamp": text | {"format": "date-time"}, "requestId": text}
    return {
        "Role": {"type": "string", "enum": ["ADMIN", "TRAINER", "LEARNER"]},
        "Account": _account(),
        "Problem": {
            "type": "object",
            "required": ["code"],
            "properties": {
                "code": {"type": "string", "enum": ["INVALID_REQUEST", "MALFORMED_BODY"]},
                "detail": {"type": "string"},
            },
        },
        "Meta": {"type": "object", "required": ["requestId"], "properties": stamp},
        "PageMeta": {
            "type": "object",
            "properties": stamp | {"pagination": {"$ref": "#/components/schemas/Pagination"}},
        },
        "Pagination": {
            "type": "object",
            "properties": {"page": {"type": "integer"}, "total": {"type": "integer"}},
        },
        "RoomInput": closed | {"required": ["name"]},
        "RoomPatch": closed | {"minProperties": 1},
        "Room": {
            "type": "object",
            "required": ["id", "name", "status"],
            "x-resource": {"collection": "/rooms", "idPrefix": "room_", "scope": "tenant"},
            "x-lifecycle": _lifecycle(),
            "properties": {
                "id": {"type": "string", "readOnly": True},
                "status": {"type": "string", "enum": ["OPEN", "CLOSED"], "readOnly": True},
                "closedAt": instant | {"readOnly": True},
            }
            | given,
        },
    }


def _account() -> dict[str, Any]:
    roles = {"type": "array", "items": {"enum": ["ADMIN", "TRAINER", "LEARNER"]}}
    member = {"type": "string"}
    return {
        "type": "object",
        "x-resource": {"collection": "/accounts", "idPrefix": "acc_", "scope": "tenant"},
        "x-principal": {"login": "email", "secret": "password", "grants": "roles"},
        "properties": {"id": member, "email": member, "roles": roles},
    }


def _problem(title: str, remedy: str) -> dict[str, Any]:
    return {"status": 400, "title": title, "remedy": remedy}


def _lifecycle() -> dict[str, Any]:
    closing = {"operation": "closeRoom", "from": ["OPEN"], "to": "CLOSED"}
    return {
        "field": "status",
        "initial": ["OPEN"],
        "transitions": [closing | {"fact": "room.closed", "stamps": "closedAt"}],
    }


def _responses() -> dict[str, Any]:
    room = {"$ref": "#/components/schemas/Room"}
    return {
        "Room": _answer(room, "Meta") | {"headers": {"ETag": {"schema": {"type": "string"}}}},
        "RoomList": _answer({"type": "array", "items": room}, "PageMeta"),
        "NoContent": {"description": "Done."},
        "Problem": {
            "description": "A refusal.",
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        },
    }


def _answer(data: dict[str, Any], meta: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["data", "meta"],
        "properties": {"data": data, "meta": {"$ref": f"#/components/schemas/{meta}"}},
    }
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def line_told(folder: Path, changes: dict[str, Any], said: str, *, strict: bool) -> str:
    """The line of a changed document in which `check` says something once."""
    path = write(folder, toy(changes if strict else changes | {"/x-serving": ABSENT}))
    (finding,) = (told for told in check_file(path) if said in told)
    number = int(finding.removeprefix(f"{path}:").partition(":")[0])
    return path.read_text("utf-8").splitlines()[number - 1]
