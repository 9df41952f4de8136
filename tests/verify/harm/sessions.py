"""Sessions and accounts of those who call."""

import secrets
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bacasable.verify.model import Account

from .boxes import (
    NOTES,
    TEXT,
    Box,
    asks,
    body_of,
    document,
    done,
    item,
    refused,
    said,
    serving,
    taking,
)
from .catalogue import IDA, Harm, Server

GIVEN = Account(token="token-that-was-given")
LOGIN = {
    "/login": {
        "post": asks(
            "login",
            said({"type": "object", "properties": {"accessToken": {"type": "string"}}}),
            taking({"email": TEXT, "password": TEXT}, "email", "password"),
            security=[],
        )
    }
}


class Guarded:
    """Notes behind tokens. What was given, or the password of the account, must live on."""

    def __init__(self, more: dict[str, str]) -> None:
        self.notes = Box({})
        self.tokens = {GIVEN.token}
        self.password = IDA.password
        self.account = True
        self.more = more

    async def login(self, request: Request) -> Response:
        value = await body_of(request)
        if value != {"email": IDA.email, "password": self.password} or not self.account:
            return refused(401)
        self.tokens.add(token := secrets.token_hex(12))
        return JSONResponse({"accessToken": token})

    def admitted(self, act: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def admit(request: Request) -> Response:
            if self.token(request) not in self.tokens:
                return refused(401, WWW_Authenticate="Bearer")
            return await act(request)

        return admit

    def token(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    async def logout(self, request: Request) -> Response:
        self.tokens.discard(self.token(request))
        return Response(status_code=204)

    async def logout_everywhere(self, _request: Request) -> Response:
        self.tokens.clear()
        return Response(status_code=204)

    async def me(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.account = False
            self.tokens.clear()
        return JSONResponse({"id": "u1", "email": IDA.email})

    async def change_password(self, request: Request) -> Response:
        value = await body_of(request)
        if isinstance(value, dict) and isinstance(value.get("password"), str):
            self.password = value["password"]
            return Response(status_code=204)
        return refused(422)

    async def rotate(self, request: Request) -> Response:
        self.tokens.discard(self.token(request))
        self.tokens.add(token := secrets.token_hex(12))
        return JSONResponse({"accessToken": token})

    async def sessions(self, _request: Request) -> Response:
        return JSONResponse([{"id": token, "text": "a session"} for token in self.tokens])

    async def session(self, request: Request) -> Response:
        id_ = request.path_params["id"]
        if id_ not in self.tokens:
            return refused(404)
        if request.method == "DELETE":
            self.tokens.discard(id_)
            return Response(status_code=204)
        return JSONResponse({"id": id_, "text": "a session"})

    async def suspend(self, request: Request) -> Response:
        value = await body_of(request)
        if not isinstance(value, dict) or value.get("email") != IDA.email:
            return refused(422)
        self.account = False
        return JSONResponse({"id": "s1", "text": "suspended"}, 201)

    def harmed(self) -> list[str]:
        found = [] if GIVEN.token in self.tokens else ["the token that was given is refused"]
        found += [] if self.account else ["the account is gone"]
        return found + ([] if self.password == IDA.password else ["the password is another one"])

    def served(self) -> Server:
        acts = [(path, getattr(self, name)) for path, name in self.more.items()]
        paths = [("/notes", self.notes.collection), ("/notes/{id}", self.notes.item), *acts]
        guarded = [(path, self.admitted(act)) for path, act in paths]
        app = serving(("/login", self.login), *guarded)
        return Server(app, self.harmed, lambda: self.notes.left)


class Renewable(Guarded):
    """Who can log in again may lose a session, but nothing else."""

    def harmed(self) -> list[str]:
        self.tokens.add(GIVEN.token)
        return super().harmed()


def guarded(kind: type[Guarded] = Guarded, **more: str) -> Callable[[], Server]:
    paths = {"/" + path.replace("__", "/"): name for path, name in more.items()}
    return lambda: kind(paths).served()


def described(paths: dict[str, Any], *, login: bool = False) -> dict[str, Any]:
    return document({**(LOGIN if login else {}), **NOTES, **paths}, bearer=True)


SESSION = {"type": "object", "properties": {"id": {"type": "string"}, "text": TEXT}}
BY_TOKEN: dict[str, Any] = {"account": GIVEN}
BY_PASSWORD: dict[str, Any] = {"account": IDA}

HARMS = [
    Harm(
        "logout-with-a-token",
        "Ends the session of a token that nobody can renew.",
        described({"/logout": {"post": asks("logout", done())}}),
        guarded(logout="logout"),
        BY_TOKEN,
        withheld=("logout",),
    ),
    Harm(
        "logout-by-reading",
        "Ends the session of a token by a GET.",
        described({"/logout": {"get": asks("logout", done())}}),
        guarded(logout="logout"),
        BY_TOKEN,
        withheld=("logout",),
    ),
    Harm(
        "logout-everywhere",
        "Ends every session of the account.",
        described({"/sessions/all": {"delete": asks("endAll", done())}}, login=True),
        guarded(sessions__all="logout_everywhere"),
        BY_TOKEN,
        withheld=("endAll",),
    ),
    Harm(
        "account-deleted",
        "Deletes the account that calls.",
        described(
            {"/me": {"get": asks("me", said(SESSION)), "delete": asks("leave", done(200))}},
            login=True,
        ),
        guarded(Renewable, me="me"),
        BY_PASSWORD,
        withheld=("leave",),
    ),
    Harm(
        "account-named-in-a-body",
        "Suspends the account that calls, by a creation whose body names it.",
        described(
            {
                "/suspensions": {
                    "post": asks(
                        "suspend",
                        said(SESSION, 201),
                        taking({"email": {"type": "string", "enum": [IDA.email]}}, "email"),
                    )
                }
            },
            login=True,
        ),
        guarded(Renewable, suspensions="suspend"),
        BY_PASSWORD,
        withheld=("suspend",),
    ),
    Harm(
        "password-changed",
        "Changes the password of the account that calls.",
        described(
            {
                "/me/password": {
                    "put": asks("change", done(), taking({"password": TEXT}, "password"))
                }
            },
            login=True,
        ),
        guarded(Renewable, me__password="change_password"),
        BY_PASSWORD,
        withheld=("change",),
    ),
    Harm(
        "token-rotated",
        "Has the token of the caller replaced by another.",
        described({"/token/rotate": {"post": asks("rotate", said(SESSION))}}),
        guarded(token__rotate="rotate"),
        BY_TOKEN,
        withheld=("rotate",),
    ),
    Harm(
        "session-listed",
        "Deletes its own session, which it found by listing.",
        described(
            {
                "/sessions": {"get": asks("sessions", said({"type": "array", "items": SESSION}))},
                "/sessions/{id}": item(
                    get=asks("session", said(SESSION)), delete=asks("endSession", done())
                ),
            }
        ),
        lambda: Guarded({"/sessions": "sessions", "/sessions/{id}": "session"}).served(),
        BY_TOKEN,
        withheld=("endSession",),
    ),
]
