"""Records of others that a run finds, is told of, or could meet."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .boxes import (
    NOTE,
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

THEIRS = {f"n{number}": {"id": f"n{number}", "text": f"theirs {number}"} for number in range(1, 31)}
LIST = said({"type": "array", "items": NOTE})
PATCHED = taking({"text": TEXT}, "text")


def listed() -> Server:
    box = Box(THEIRS)
    return Server(
        serving(("/notes", box.collection), ("/notes/{id}", box.item)), lambda: box.harmed
    )


def acted_upon() -> Server:
    """Orders are listed, and an action cancels one."""
    box, notes = Box(THEIRS), Box({})

    async def cancel(request: Request) -> Response:
        box.records.pop(request.path_params["id"], None)
        return Response(status_code=204)

    return Server(
        serving(
            ("/notes", notes.collection),
            ("/notes/{id}", notes.item),
            ("/orders", box.collection),
            ("/orders/{id}", box.item),
            ("/orders/{id}/cancel", cancel),
        ),
        lambda: box.harmed,
        lambda: notes.left,
    )


class Ensuring(Box):
    """A creation answers the record of that text, if there is one; pages hold ten."""

    status = 200

    async def collection(self, request: Request) -> Response:
        if request.method == "GET":
            start = int(request.query_params.get("offset", 0))
            shown = [r for r in self.records.values() if not r["text"].startswith("archived")]
            return JSONResponse({"items": shown[start : start + 10], "total": len(shown)})
        value = await body_of(request)
        if request.method != "POST" or not is_note(value):
            return refused(422)
        for record in self.records.values():
            if record["text"] == value["text"]:
                return JSONResponse(record, self.status)
        return JSONResponse(self.add({"text": value["text"]}), 201)


class Claiming(Ensuring):
    status = 201


class Latest(Ensuring):
    """The list shows the latest five, and all that is created is answered with 200."""

    async def collection(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"items": list(self.records.values())[-5:]})
        answer = await super().collection(request)
        return Response(answer.body, min(answer.status_code, 200), media_type="application/json")


def ensured(text: str, kind: type[Ensuring]) -> Any:
    def make() -> Server:
        box = kind({**THEIRS, "n25": {"id": "n25", "text": text}})
        app = serving(("/notes", box.collection), ("/notes/{id}", box.item))
        return Server(app, lambda: box.harmed, lambda: box.left)

    return make


def ensuring(example: str, *statuses: int) -> dict[str, Any]:
    offset = {"type": "integer", "minimum": 0, "default": 0}
    pages = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": NOTE}, "total": {"type": "integer"}},
    }
    answers = {k: v for status in statuses for k, v in said(status=status).items()}
    query = [{"name": "offset", "in": "query", "schema": offset}]
    query.append({"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}})
    body = taking({"text": TEXT}, "text", example={"text": example})
    return document(
        {
            "/notes": {
                "get": asks("listNotes", said(pages), parameters=query),
                "post": asks("createNote", answers, body),
            },
            "/notes/{id}": item(
                get=asks("getNote", said()),
                patch=asks("changeNote", said(), PATCHED),
                delete=asks("deleteNote", done()),
            ),
        }
    )


def mistaken() -> Server:
    """The creation of a note answers how many notes there are as its id; ids are numbers."""
    notes = Box({str(n): {"id": n, "text": f"theirs {n}"} for n in range(1, 60)}, prefix="")

    async def collection(request: Request) -> Response:
        answer = await notes.collection(request)
        if answer.status_code != 201:
            return answer
        return JSONResponse({"id": len(notes.records) - len(notes.own), "text": "made"}, 201)

    app = serving(("/notes", collection), ("/notes/{id}", notes.item))
    return Server(app, lambda: notes.harmed, lambda: notes.left)


NUMBERED = {**NOTE, "properties": {"id": {"type": "integer", "readOnly": True}, "text": TEXT}}
COUNTED = {
    "/notes": {
        "get": asks("listNotes", said({"type": "array", "items": NUMBERED})),
        "post": asks("createNote", said(NUMBERED, 201), taking({"text": TEXT}, "text")),
    },
    "/notes/{id}": item(
        kind="integer", get=asks("getNote", said(NUMBERED)), delete=asks("deleteNote", done())
    ),
}


def slashed() -> Server:
    box = Box(THEIRS)
    return Server(
        serving(("/notes/", box.collection), ("/notes/{id}/", box.item)),
        lambda: box.harmed,
        lambda: box.left,
    )


def deleted_by_reading() -> Server:
    """A GET deletes."""
    box = Box(THEIRS)

    async def delete(request: Request) -> Response:
        box.records.pop(request.path_params["id"], None)
        return JSONResponse({"done": True})

    app = serving(
        ("/notes", box.collection), ("/notes/{id}", box.item), ("/notes/{id}/delete", delete)
    )
    return Server(app, lambda: box.harmed, lambda: box.left)


class Reusing(Box):
    """As soon as a record is deleted, somebody else creates one, and is given the id."""

    async def item(self, request: Request) -> Response:
        id_ = request.path_params["id"]
        answer = await super().item(request)
        if request.method == "DELETE" and answer.status_code == 204 and id_ not in self.own:
            self.own[id_] = dict(self.add({"text": f"somebody's, {id_}"}, id_))
        return answer


def reused() -> Server:
    box = Reusing({}, prefix="", first=1)
    app = serving(("/notes", box.collection), ("/notes/{id}", box.item))
    return Server(app, lambda: box.harmed)


HARMS = [
    Harm(
        "listed-only",
        "Changes and deletes records that it found by listing, for nothing creates any.",
        document(
            {
                "/notes": {"get": asks("listNotes", LIST)},
                "/notes/{id}": item(
                    get=asks("getNote", said()),
                    patch=asks("changeNote", said(), PATCHED),
                    delete=asks("deleteNote", done()),
                ),
            }
        ),
        listed,
        called=("listNotes", "getNote"),
        withheld=("changeNote", "deleteNote"),
    ),
    Harm(
        "acted-upon",
        "Cancels orders that it found by listing.",
        document(
            {
                **NOTES,
                "/orders": {"get": asks("listOrders", LIST)},
                "/orders/{id}": item(get=asks("getOrder", said())),
                "/orders/{id}/cancel": item(post=asks("cancelOrder", done())),
            }
        ),
        acted_upon,
        withheld=("cancelOrder",),
    ),
    Harm(
        "there-already",
        "Deletes what a creation answered with 200, for it was there already.",
        ensuring("urgent", 200, 201),
        ensured("urgent", Ensuring),
    ),
    Harm(
        "there-already-hidden",
        "Takes what a creation answered with 200 for its own, for the list does not show it.",
        ensuring("archived", 200, 201),
        ensured("archived", Ensuring),
    ),
    Harm(
        "there-already-only-200",
        "Deletes what a creation answered with 200, the only status that is documented.",
        ensuring("urgent", 200),
        ensured("urgent", Ensuring),
    ),
    Harm(
        "there-already-not-listed",
        "Takes what a creation answered with 200 for its own, for the list shows the latest.",
        ensuring("urgent", 200),
        ensured("urgent", Latest),
        called=("listNotes", "createNote"),
    ),
    Harm(
        "paths-with-slashes",
        "Does not know its own records again, for their paths end in slashes.",
        document({f"{path}/": operations for path, operations in NOTES.items()}),
        slashed,
    ),
    Harm(
        "deleted-by-reading",
        "Deletes by a GET what it found by listing.",
        document({**NOTES, "/notes/{id}/delete": item(get=asks("dropNote", done(200)))}),
        deleted_by_reading,
    ),
    Harm(
        "said-to-be-created",
        "Deletes what it had read before, because a creation answers it with 201.",
        ensuring("theirs 3", 201),
        ensured("theirs 3", Claiming),
    ),
    Harm(
        "id-of-something-else",
        "Deletes a note of somebody's, for a creation answers its id.",
        document(COUNTED),
        mistaken,
        called=("listNotes", "createNote"),
        leaves=True,
    ),
    Harm(
        "id-given-again",
        "Deletes a record twice, and the second is somebody's who was given the id.",
        document(COUNTED),
        reused,
    ),
]
