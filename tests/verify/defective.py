"""A proxy in front of the clean sandbox that has one defect at a time: what the kit must find.

A defect changes requests on their way in, answers on their way out, or calls the sandbox itself.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

App = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass
class Call:
    """A request on its way to the sandbox. `path` is decoded and has no base path."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    content: bytes
    raw_query: str = ""
    sandbox: "Upstream | None" = None

    @property
    def json(self) -> Any:
        """The value of the body; None when it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    def is_(self, method: str, pattern: str) -> bool:
        """Whether this is such a call; `{}` in the pattern stands for one segment of a path."""
        wanted, found = pattern.strip("/").split("/"), self.path.strip("/").split("/")
        same = all(w in ("{}", f) for w, f in zip(wanted, found, strict=False))
        return self.method == method and len(wanted) == len(found) and same


@dataclass
class Reply:
    """An answer on its way to the caller; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes = b""

    @property
    def json(self) -> Any:
        """The value of the body; None when it is no JSON."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    def say(self, value: Any) -> None:
        """Replace the body."""
        self.content = json.dumps(value).encode()


@dataclass
class Upstream:
    """The clean sandbox, for defects that need more calls than the one at hand."""

    app: App

    async def call(self, call: Call) -> Reply:
        """The sandbox's own answer to a call."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": call.method,
            "scheme": "http",
            "path": BASE + call.path,
            "raw_path": (BASE + call.path).encode(),
            "query_string": call.raw_query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in call.headers.items()],
            "server": ("sandbox", 80),
            "client": ("test", 1),
        }
        reply = Reply(0, {})

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": call.content, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            reply.content += message.get("body", b"")

        await self.app(scope, receive, send)
        return reply


Change = Callable[[Call, Upstream], Awaitable[Reply]]
"""What a defect does in place of handing the call on."""
BASE = "/api/v1"


@dataclass(frozen=True)
class Defect:
    """A planted defect: what real servers do wrong. `check` is the check that is made for it.

    `operations` are those on which it can be seen (the catalogue's runs look at these alone),
    `says` is one sentence, `wfc` its fault code where one fits. `make` gives a fresh change, so
    that a defect may remember things from call to call.
    """

    id: str
    check: str
    operations: tuple[str, ...]
    says: str
    make: Callable[[], Change]
    wfc: int | None = None
    options: dict[str, Any] = field(default_factory=dict)


def answers(change: Callable[[Call, Reply], None]) -> Callable[[], Change]:
    """A defect of answers: `change` alters the reply in its place."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = await upstream.call(call)
        change(call, reply)
        return reply

    return lambda: changed


def requests(change: Callable[[Call], Reply | None]) -> Callable[[], Change]:
    """A defect of reading: `change` alters the call in its place, or answers it itself."""

    async def changed(call: Call, upstream: Upstream) -> Reply:
        reply = change(call)
        return reply if reply is not None else await upstream.call(call)

    return lambda: changed


class Defective:
    """The sandbox with one defect, as an ASGI application. Without one it hands everything on."""

    def __init__(self, app: App, defect: Defect | None = None) -> None:
        self.upstream = Upstream(app)
        self.app = app
        self.change = defect.make() if defect else None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] != "http" or self.change is None or not scope["path"].startswith(BASE):
            await self.app(scope, receive, send)
            return
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        query = scope["query_string"].decode()
        call = Call(
            scope["method"],
            scope["path"].removeprefix(BASE),
            dict(parse_qsl(query, keep_blank_values=True)),
            {k.decode().lower(): v.decode("latin-1") for k, v in scope["headers"]},
            content,
            query,
        )
        reply = await self.change(call, self.upstream)
        reply.headers["content-length"] = str(len(reply.content))
        if reply.status in (204, 304):
            del reply.headers["content-length"]
        headers = [(k.encode(), v.encode("latin-1")) for k, v in reply.headers.items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else reply.content
        await send({"type": "http.response.body", "body": body})
