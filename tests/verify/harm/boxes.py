"""What the servers of this folder are made of: boxes of records, and documents of them."""

import json
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = Any
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Box:
    """A collection of records by their ids. Those that it begins with are somebody's."""

    def __init__(self, own: dict[str, dict[str, Json]], *, prefix: str = "n", first: int = 900):
        self.records = deepcopy(own)
        self.own = deepcopy(own)
        self.prefix, self.numbers = prefix, count(first)

    def add(self, value: dict[str, Json], id_: str = "") -> dict[str, Json]:
        """Store a record under an id of its own, or a given one."""
        id_ = id_ or f"{self.prefix}{next(self.numbers)}"
        named = int(id_) if id_.isdigit() else id_
        self.records[id_] = {**value, "id": named}
        return self.records[id_]

    @property
    def harmed(self) -> list[str]:
        """What is not as it was of what is somebody's."""
        now = self.records
        return [f"{i}: {was} is {now.get(i)}" for i, was in self.own.items() if now.get(i) != was]

    @property
    def left(self) -> list[str]:
        """Records that were made and are still there."""
        return [i for i in self.records if i not in self.own]

    async def collection(self, request: Request) -> Response:
        """List the records, or create one."""
        if request.method == "GET":
            return JSONResponse(list(self.records.values()))
        if request.method != "POST":
            return refused(405)
        value = await body_of(request)
        return JSONResponse(self.add(value), 201) if is_note(value) else refused(422)

    async def item(self, request: Request) -> Response:
        """Read, change or delete a record."""
        id_ = request.path_params["id"]
        if id_ not in self.records:
            return refused(404)
        if request.method == "DELETE":
            del self.records[id_]
            return Response(status_code=204)
        if request.method in ("PATCH", "PUT"):
            value = await body_of(request)
            if not is_note(value):
                return refused(422)
            self.records[id_] = {**self.records[id_], **value, "id": self.records[id_]["id"]}
        elif request.method != "GET":
            return refused(405)
        return JSONResponse(self.records[id_])


def is_note(value: Json) -> bool:
    """Whether a body is one that creates: it has a text."""
    return isinstance(value, dict) and isinstance(value.get("text"), str)


def refused(status: int, **headers: str) -> Response:
    """A refusal."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": f"status {status}"}, status, headers=named)


async def body_of(request: Request) -> Json:
    """The value of a body; None for what is no JSON, or holds half of a character."""
    try:
        value = json.loads(await request.body())
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def serving(*routes: tuple[str, Callable[[Request], Any]]) -> Starlette:
    """An application of paths and what answers them, whatever the method."""
    return Starlette(routes=[Route(path, act, methods=METHODS) for path, act in routes])


# --- documents

TEXT = {"type": "string", "maxLength": 60}
NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "string", "readOnly": True}, "text": TEXT},
}
BAD = {"4XX": {"description": "Refused."}}


def said(schema: Json = NOTE, status: int = 200) -> Json:
    """The answers of an operation that answers a value."""
    return {str(status): {"description": "Done.", "content": as_json(schema)}, **BAD}


def done(status: int = 204) -> Json:
    """The answers of an operation that answers nothing."""
    return {str(status): {"description": "Done."}, **BAD}


def as_json(schema: Json, **shown: Json) -> Json:
    """A content of JSON."""
    return {"application/json": {"schema": schema, **shown}}


def taking(properties: Json, *required: str, **shown: Json) -> Json:
    """A body with some members."""
    schema = {"type": "object", "required": list(required), "properties": properties}
    return {"required": True, "content": as_json(schema, **shown)}


def asks(id_: str, answers: Json, body: Json = None, **more: Json) -> Json:
    """An operation."""
    return {
        "operationId": id_,
        "responses": answers,
        **({"requestBody": body} if body else {}),
        **more,
    }


def item(name: str = "id", kind: str = "string", **operations: Json) -> Json:
    """A path with one parameter."""
    declared = {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
    return {"parameters": [declared], **operations}


NOTES = {
    "/notes": {
        "get": asks("listNotes", said({"type": "array", "items": NOTE})),
        "post": asks("createNote", said(status=201), taking({"text": TEXT}, "text")),
    },
    "/notes/{id}": item(get=asks("getNote", said()), delete=asks("deleteNote", done())),
}
"""What most servers have beside their habit: notes that can be made, read and deleted."""


def document(paths: Json, *, bearer: bool = False) -> Json:
    """A document of OpenAPI; with `bearer` every operation asks for a token."""
    found = {"openapi": "3.1.0", "info": {"title": "Boxes", "version": "1"}, "paths": paths}
    if bearer:
        found["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
        found["security"] = [{"bearer": []}]
    return found
