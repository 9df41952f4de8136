"""Records that their clients name: in a path, in a body."""

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

FILE = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "text": TEXT}}
PRECIOUS = {"precious.txt": {"name": "precious.txt", "text": "the only copy"}}


class Files(Box):
    """A box whose records are called by a name that the client gives."""

    async def collection(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(list(self.records.values()))
        value = await body_of(request)
        if request.method != "POST" or not is_note(value) or not value.get("name"):
            return refused(422)
        self.records[str(value["name"])] = value
        return JSONResponse(value, 201)

    async def item(self, request: Request) -> Response:
        name = request.path_params["id"]
        if request.method == "PUT":
            value = await body_of(request)
            if not isinstance(value, dict):
                return refused(422)
            self.records[name] = {"name": name, "text": str(value.get("text"))}
            return JSONResponse(self.records[name])
        return await super().item(request)


def files() -> Server:
    box = Files(PRECIOUS)
    app = serving(("/files", box.collection), ("/files/{id}", box.item))
    return Server(app, lambda: box.harmed, lambda: box.left)


class Pets(Box):
    """A box in which who creates, or replaces, says the id."""

    async def collection(self, request: Request) -> Response:
        value = await body_of(request) if request.method in ("POST", "PUT") else None
        if value is None or not is_note(value) or "id" not in value:
            return await super().collection(request) if request.method == "GET" else refused(422)
        return JSONResponse(
            self.add(value, str(value["id"])), 201 if request.method == "POST" else 200
        )


def pets() -> Server:
    box = Pets({"10": {"id": 10, "text": "somebody's"}}, prefix="")
    app = serving(("/pets", box.collection), ("/pets/{id}", box.item))
    return Server(app, lambda: box.harmed, lambda: box.left)


def archiving() -> Server:
    """An action takes the ids of what it acts upon in its body."""
    box = Box({"n1": {"id": "n1", "text": "theirs"}})

    async def archive(request: Request) -> Response:
        value = await body_of(request)
        for id_ in value.get("ids", []) if isinstance(value, dict) else []:
            box.records.pop(str(id_), None)
        return Response(status_code=204)

    return Server(
        serving(("/notes", box.collection), ("/notes/archive", archive), ("/notes/{id}", box.item)),
        lambda: box.harmed,
        lambda: box.left,
    )


PET = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {"id": {"type": "integer"}, "text": TEXT},
}
SHOWN: dict[str, Any] = {"id": 10, "text": "doggie"}
GIVEN = taking(PET["properties"], "id", "text", example=SHOWN)

HARMS = [
    Harm(
        "name-in-path",
        "Overwrites and deletes a file, for generated names are those that it has seen.",
        document(
            {
                "/files": {"get": asks("listFiles", said({"type": "array", "items": FILE}))},
                "/files/{name}": item(
                    "name",
                    get=asks("getFile", said(FILE)),
                    put=asks("putFile", said(FILE), taking({"text": TEXT})),
                    delete=asks("deleteFile", done()),
                ),
            }
        ),
        files,
        called=("listFiles", "getFile", "putFile", "deleteFile"),
    ),
    Harm(
        "name-in-body",
        "Overwrites a file, for the contract's example names it.",
        document(
            {
                "/files": {
                    "get": asks("listFiles", said({"type": "array", "items": FILE})),
                    "post": asks(
                        "createFile",
                        said(FILE, 201),
                        taking(
                            FILE["properties"], "name", "text", example=PRECIOUS["precious.txt"]
                        ),
                    ),
                },
                "/files/{name}": item(
                    "name", get=asks("getFile", said(FILE)), delete=asks("deleteFile", done())
                ),
            }
        ),
        files,
        called=("listFiles", "createFile", "getFile", "deleteFile"),
    ),
    Harm(
        "id-in-body",
        "Replaces a pet, by a POST or a PUT whose body names it.",
        document(
            {
                "/pets": {
                    "get": asks("listPets", said({"type": "array", "items": PET})),
                    "post": asks("createPet", said(PET, 201), GIVEN),
                    "put": asks("replacePet", said(PET), GIVEN),
                },
                "/pets/{id}": item(
                    kind="integer",
                    get=asks("getPet", said(PET)),
                    delete=asks("deletePet", done()),
                ),
            }
        ),
        pets,
        called=("listPets", "createPet", "replacePet", "getPet", "deletePet"),
    ),
    Harm(
        "ids-in-body",
        "Archives the notes whose ids an example lists.",
        document(
            {
                **NOTES,
                "/notes/archive": {
                    "post": asks(
                        "archiveNotes",
                        done(),
                        taking(
                            {"ids": {"type": "array", "items": {"type": "string"}}},
                            "ids",
                            example={"ids": ["n1"]},
                        ),
                    )
                },
            }
        ),
        archiving,
        withheld=("archiveNotes",),
    ),
]
