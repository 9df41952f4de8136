"""The server of `notes.yaml`: notes in folders, in memory, for callers with a key."""

import re
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .serving import application, body_of, number_in, one_of, refuse, text

KEY = "a-key-of-the-tests"
_Record = dict[str, Any]


class Notes:
    """Folders and notes, and how they are served. An `open` one does not look at the key."""

    def __init__(self, *, is_open: bool = False) -> None:
        self.is_open = is_open
        self.folders: dict[str, _Record] = {}
        self.notes: dict[str, _Record] = {}
        self.numbers = count(1)
        self.app = application(
            [
                Route("/health", self.health),
                Route("/folders", self.all_folders, methods=["GET", "POST"]),
                Route("/folders/{id}", self.one_folder, methods=["GET", "DELETE"]),
                Route("/notes", self.all_notes, methods=["GET", "POST"]),
                Route("/notes/{id}", self.one_note, methods=["GET", "PATCH", "DELETE"]),
            ]
        )

    async def health(self, _request: Request) -> Response:
        """Whether the server is well; anybody may ask."""
        return JSONResponse({"status": "well"})

    async def all_folders(self, request: Request) -> Response:
        """List folders, or create one."""
        self.admit(request)
        if request.method == "POST":
            data = await body_of(request, {"name": text(1, 60)}, {"name"})
            folder = {"id": f"f{next(self.numbers)}", **data}
            self.folders[folder["id"]] = folder
            return JSONResponse(folder, 201)
        return page_of(request, list(self.folders.values()))

    async def one_folder(self, request: Request) -> Response:
        """Get a folder, or delete it with its notes."""
        self.admit(request)
        folder = found(self.folders, request)
        if request.method == "DELETE":
            del self.folders[folder["id"]]
            kept = {k: n for k, n in self.notes.items() if n["folderId"] != folder["id"]}
            self.notes = kept
            return Response(status_code=204)
        return JSONResponse(folder)

    async def all_notes(self, request: Request) -> Response:
        """List notes, or create one."""
        self.admit(request)
        if request.method == "POST":
            members = {"folderId": self.folder_id, "text": text(1, 300), "pinned": boolean}
            data = await body_of(request, members, {"folderId", "text"})
            note = {"id": f"n{next(self.numbers)}", "pinned": False, **data}
            self.notes[note["id"]] = note
            return JSONResponse(note, 201)
        query, notes = request.query_params, list(self.notes.values())
        if "folderId" in query:
            if not re.fullmatch("f[0-9]{1,19}", query["folderId"]):
                raise refuse(400, "folderId names no folder")
            notes = [note for note in notes if note["folderId"] == query["folderId"]]
        if "pinned" in query:
            wanted = one_of("true", "false")(query["pinned"]) == "true"
            notes = [note for note in notes if note["pinned"] is wanted]
        return page_of(request, notes)

    async def one_note(self, request: Request) -> Response:
        """Get, change or delete a note."""
        self.admit(request)
        note = found(self.notes, request)
        if request.method == "PATCH":
            change = await body_of(request, {"text": text(1, 300), "pinned": boolean}, set())
            if not change:
                raise refuse(400, "Change something.")
            self.notes[note["id"]] = note = note | change
        if request.method == "DELETE":
            del self.notes[note["id"]]
            return Response(status_code=204)
        return JSONResponse(note)

    def admit(self, request: Request) -> None:
        """Raise 401 for a caller without the key."""
        if not self.is_open and request.headers.get("x-api-key") != KEY:
            raise refuse(401, "Send your key as X-Api-Key.")

    def folder_id(self, value: Any) -> str:
        """The id of a folder that there is."""
        if not isinstance(value, str) or value not in self.folders:
            raise refuse(400, "folderId names no folder")
        return value


def found(kept: dict[str, _Record], request: Request) -> _Record:
    """The record that a path names. Raises 404."""
    name = request.path_params["id"]
    if name not in kept:
        raise refuse(404, "There is no such thing.")
    return kept[name]


def page_of(request: Request, records: list[_Record]) -> Response:
    """A page of a list, with the number of all."""
    number = number_in(request.query_params, "page", 1, 10_000, 1) or 1
    size = number_in(request.query_params, "pageSize", 1, 50, 10) or 10
    shown = records[(number - 1) * size : number * size]
    return JSONResponse({"items": shown, "total": len(records)})


def boolean(value: Any) -> bool:
    """A reader of truths."""
    if not isinstance(value, bool):
        raise refuse(400, "is neither true nor false")
    return value
