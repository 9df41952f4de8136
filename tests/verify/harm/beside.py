"""What a request says beside its path: in its body, its query, its headers."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .boxes import (
    NOTES,
    TEXT,
    Box,
    asks,
    body_of,
    document,
    done,
    is_note,
    item,
    refused,
    said,
    serving,
    taking,
)
from .catalogue import Harm, Server

THEIRS = {f"n{number}": {"id": f"n{number}", "text": f"theirs {number}"} for number in range(1, 6)}
ID = {"type": "string", "enum": ["n1", "n2"]}


class Renaming(Box):
    """A change goes to the record whose id the body names, whatever the path says."""

    async def item(self, request: Request) -> Response:
        if request.method != "PUT":
            return await super().item(request)
        value = await body_of(request)
        if request.path_params["id"] not in self.records or not is_note(value):
            return refused(404)
        id_ = str(value.get("id", request.path_params["id"]))
        self.records[id_] = {**value, "id": id_}
        return JSONResponse(self.records[id_])


def of(kind: type[Box]) -> Any:
    def make() -> Server:
        box = kind(THEIRS)
        app = serving(("/notes", box.collection), ("/notes/{id}", box.item))
        return Server(app, lambda: box.harmed, lambda: box.left)

    return make


def absorbing() -> Server:
    """A note absorbs another one, which its body names."""
    box = Box(THEIRS)

    async def absorb(request: Request) -> Response:
        if request.method not in ("POST", "PUT"):
            return refused(405)
        value = await body_of(request)
        if request.path_params["id"] not in box.records or not isinstance(value, dict):
            return refused(404)
        box.records.pop(str(value.get("noteId")), None)
        return Response(status_code=204)

    app = serving(
        ("/notes", box.collection), ("/notes/{id}", box.item), ("/notes/{id}/absorb", absorb)
    )
    return Server(app, lambda: box.harmed, lambda: box.left)


class Flagged(Box):
    """A list is emptied by a flag, a creation replaces all by a mode, a query names the method."""

    async def collection(self, request: Request) -> Response:
        asked = request.query_params
        flagged = asked.get("purge") == "true" or asked.get("mode") == "replace"
        if flagged or asked.get("_method", "").lower() in ("put", "delete"):
            self.records.clear()
        return await super().collection(request)


def queried(where: str, name: str, **schema: Any) -> dict[str, Any]:
    """Notes with one parameter more in the query of an operation."""
    parameters = [{"name": name, "in": "query", "schema": schema}]
    path = {**NOTES["/notes"], where: {**NOTES["/notes"][where], "parameters": parameters}}
    return document({**NOTES, "/notes": path})


def spaces() -> Server:
    """Each workspace, which a header names, counts its notes for itself."""
    theirs = {str(number): {"id": str(number), "text": "theirs"} for number in range(1, 200)}
    boxes = {"prod": Box(theirs, prefix="", first=900)}

    def at(request: Request) -> Box:
        name = request.headers.get("x-workspace", "main")
        return boxes.setdefault(name, Box({}, prefix="", first=1))

    async def collection(request: Request) -> Response:
        return await at(request).collection(request)

    async def one(request: Request) -> Response:
        return await at(request).item(request)

    app = serving(("/notes", collection), ("/notes/{id}", one))
    return Server(app, lambda: boxes["prod"].harmed)


def workspaces() -> dict[str, Any]:
    """Notes whose operations take the header of a workspace."""
    schema = {"type": "string", "enum": ["main", "prod"]}
    header = [{"name": "X-Workspace", "in": "header", "schema": schema}]
    paths: dict[str, Any] = {}
    for path, operations in NOTES.items():
        shared = [*operations.get("parameters", []), *header]
        paths[path] = {**operations, "parameters": shared}
    return document(paths)


HARMS = [
    Harm(
        "id-of-another-in-the-body",
        "Changes its own note by a body that names somebody's.",
        document(
            {
                **NOTES,
                "/notes/{id}": item(
                    get=asks("getNote", said()),
                    put=asks("putNote", said(), taking({"id": ID, "text": TEXT}, "text")),
                    delete=asks("deleteNote", done()),
                ),
            }
        ),
        of(Renaming),
    ),
    Harm(
        "absorbs-another",
        "Lets a note of its own absorb somebody's, which an example names.",
        document(
            {
                **NOTES,
                "/notes/{id}/absorb": item(
                    post=asks(
                        "absorbNote",
                        done(),
                        taking({"noteId": ID}, "noteId", example={"noteId": "n1"}),
                    )
                ),
            }
        ),
        absorbing,
    ),
    Harm(
        "flag-that-purges",
        "Sets a flag of a list that empties it.",
        queried("get", "purge", type="boolean"),
        of(Flagged),
    ),
    Harm(
        "mode-that-replaces",
        "Creates in a mode that replaces all that is there.",
        queried("post", "mode", type="string", enum=["append", "replace"]),
        of(Flagged),
    ),
    Harm(
        "method-in-the-query",
        "Creates by a request that asks to be taken for another method.",
        queried("post", "_method", type="string", enum=["post", "put"]),
        of(Flagged),
    ),
    Harm(
        "another-workspace",
        "Deletes the note of its own number in another workspace.",
        workspaces(),
        spaces,
        called=("listNotes", "createNote"),
    ),
]
