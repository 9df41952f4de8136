"""Operations that act on the server as a whole, and requests that a server may take for one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .boxes import NOTE, NOTES, TEXT, Box, asks, document, done, refused, said, serving, taking
from .catalogue import Harm, Server

THEIRS = {"n1": {"id": "n1", "text": "was here before"}}
DONE = {"operationId": "", "responses": done()}


def emptied_by(path: str, *methods: str) -> Any:
    """A server of notes that loses all of them by some methods at a path."""

    def make() -> Server:
        box = Box(THEIRS)

        async def order(request: Request) -> Response:
            if request.method not in methods:
                return refused(405)
            box.records.clear()
            return Response(status_code=204)

        async def collection(request: Request) -> Response:
            emptied = path == "/notes" and request.method in methods
            return await order(request) if emptied else await box.collection(request)

        paths = [(path, order)] if path != "/notes" else []
        app = serving(("/notes", collection), *paths, ("/notes/{id:path}", box.item))
        return Server(app, lambda: box.harmed, lambda: box.left)

    return make


def slashed() -> Server:
    """`/notes/` with nothing behind it, and with dots, is the collection: a DELETE empties it."""
    box = Box(THEIRS)

    async def item(request: Request) -> Response:
        if request.path_params["id"].strip("./ ") == "":
            if request.method == "DELETE":
                box.records.clear()
            return JSONResponse(list(box.records.values()))
        return await box.item(request)

    app = serving(("/notes", box.collection), ("/notes/{id:path}", item))
    return Server(app, lambda: box.harmed, lambda: box.left)


def settings() -> Server:
    """A document that there is one of."""
    box, kept = Box(THEIRS), {"text": "as somebody set it"}
    told: list[str] = []

    async def single(request: Request) -> Response:
        if request.method in ("PUT", "PATCH"):
            told.append("the settings were written")
        return JSONResponse(kept)

    app = serving(("/notes", box.collection), ("/notes/{id}", box.item), ("/settings", single))
    return Server(app, lambda: [*box.harmed, *told], lambda: box.left)


def orders(**named: tuple[str, str]) -> dict[str, Any]:
    """A document of notes and of orders: operationId → method and path."""
    paths: dict[str, Any] = {}
    for id_, (method, path) in named.items():
        paths.setdefault(path, {})[method] = {**DONE, "operationId": id_}
    mixed = {path: {**NOTES.get(path, {}), **paths.get(path, {})} for path in {**NOTES, **paths}}
    return document(mixed)


HARMS = [
    *(
        Harm(
            f"post-{name}",
            f"Calls POST /{name} like any other operation.",
            orders(act=("post", f"/{name}")),
            emptied_by(f"/{name}", "POST"),
            withheld=("act",),
        )
        for name in ("shutdown", "reset", "purge", "restart", "import", "backup-restore")
    ),
    Harm(
        "get-reset",
        "Calls a GET that resets the server.",
        orders(act=("get", "/admin/reset")),
        emptied_by("/admin/reset", "GET", "HEAD"),
        withheld=("act",),
    ),
    Harm(
        "collection-deleted",
        "Deletes a whole collection.",
        orders(deleteAll=("delete", "/notes")),
        emptied_by("/notes", "DELETE"),
        withheld=("deleteAll",),
    ),
    Harm(
        "collection-changed",
        "Changes all records of a collection at once.",
        orders(changeAll=("patch", "/notes")),
        emptied_by("/notes", "PATCH"),
        withheld=("changeAll",),
    ),
    Harm(
        "method-not-documented",
        "Tries methods that a path does not have, on a collection that has them all the same.",
        document(NOTES),
        emptied_by("/notes", "DELETE", "PUT", "PATCH"),
    ),
    Harm(
        "path-of-dots",
        "Sends an empty segment, or dots, where an id should be.",
        document(NOTES),
        slashed,
    ),
    Harm(
        "settings",
        "Writes a document that there is one of, if only to write it back.",
        document(
            {
                **NOTES,
                "/settings": {
                    "get": asks("getSettings", said(NOTE)),
                    "put": asks("putSettings", said(NOTE), taking({"text": TEXT}, "text")),
                },
            }
        ),
        settings,
        withheld=("putSettings",),
    ),
]
