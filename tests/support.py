"""What tests share: a sandbox to call, in process or over a socket, and calls that read well."""

import asyncio
import gc
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from bacasable.bounds import Bounds
from bacasable.contract import Contract, Operation
from bacasable.core import Clock, FixedClock, Limits
from bacasable.core.clock import parse_instant
from bacasable.resources import fixture_path
from bacasable.server.launch import Assembly, build_sandbox
from bacasable.server.listen import open_socket, uvicorn_options

NOW = "2026-11-02T09:00:00Z"
PASSWORDS = {"votre-tenant": "votre-mot-de-passe"}
SMALL = ("votre-tenant",)
ALL = ("votre-tenant", "qualiforma-demo", "atelier-nord", "vide", "suspendu")

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients on loopback: to read the certificates of the system for each takes long."""


FEW_PLUGINS = {
    "PYTEST_ADDOPTS": "-p no:anyio -p no:faker -p no:hypothesispytest -p no:schemathesis"
}
"""For runs of pytest of their own: without plugins that take three quarters of its start."""


def credentials(sandbox: Assembly, operation: Operation) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query that meet the first alternative of an operation of a document of others."""
    headers, query = dict[str, str](), dict[str, str]()
    assert sandbox.hub.accounts is not None
    for wanted in operation.security[0] if operation.security else ():
        account = next(
            one
            for one in sandbox.hub.accounts.all()
            if one.scheme.name == wanted.scheme and {*wanted.scopes} <= {*one.scopes}
        )
        value = account.value or f"{wanted.prefix} anything"
        if wanted.location == "query":
            query[wanted.name] = value
        elif wanted.location == "cookie":
            headers["Cookie"] = f"{wanted.name}={value}"
        elif wanted.location:
            headers[wanted.name] = value
    return headers, query


@dataclass
class Answer:
    """An HTTP answer, whatever brought it. Header names are lower case."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def code(self) -> str:
        return self.json["code"]


@dataclass
class Api:
    """Calls a sandbox; paths are relative to its base. `as_` gives a caller that is logged in."""

    sandbox: Assembly
    url: str = ""  # empty: in process
    headers: dict[str, str] = field(default_factory=dict)
    loop: Any = None

    def as_(self, role: str, tenant: str = "votre-tenant") -> "Api":
        """A caller with the seeded account of a role."""
        fixture = next(f for f in self.sandbox.fixtures if f.slug == tenant)
        return self.login(fixture.logins()[role], fixture.password, tenant)

    def login(self, email: str, password: str, tenant: str) -> "Api":
        answer = self.post(
            "/auth/login", {"email": email, "password": password}, headers={"X-Tenant-ID": tenant}
        )
        assert answer.status == 200, answer.json
        token = answer.data["accessToken"]
        return self.with_headers({"X-Tenant-ID": tenant, "Authorization": f"Bearer {token}"})

    def with_headers(self, headers: dict[str, str]) -> "Api":
        return Api(self.sandbox, self.url, self.headers | headers, self.loop)

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request. `body` is sent as JSON; `content` is sent as it is. A header '' is dropped.

        A path that begins with '!' is absolute: '!/openapi.json'.
        """
        sent = {k.lower(): v for k, v in (self.headers | (headers or {})).items()}
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        sent = {k: v for k, v in sent.items() if v}
        full = path[1:] if path.startswith("!") else self.sandbox.engine.contract.base_path + path
        if self.url:
            return self._over_socket(method, full, content, sent)
        return self.loop.run_until_complete(self._in_process(method, full, content or b"", sent))

    def _over_socket(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> Answer:
        with httpx.Client(base_url=self.url, timeout=10, verify=_NO_TLS) as client:
            reply = client.request(method, path, content=content, headers=headers)
        return Answer(reply.status_code, dict(reply.headers), reply.content)

    async def _in_process(
        self, method: str, path: str, content: bytes, headers: dict[str, str]
    ) -> Answer:
        target, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": httpx.URL("http://x" + target).path,
            "raw_path": httpx.URL("http://x" + target).raw_path,
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
            "server": ("sandbox", 80),
            "client": ("test", 1),
        }
        sent: dict[str, Any] = {"body": b""}

        received: list[Any] = []

        async def receive() -> dict[str, Any]:
            received.append(content)
            if len(received) > 1:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent[message["type"]] = message
            sent["body"] += message.get("body", b"")

        await self.sandbox.app(scope, receive, send)
        start = sent["http.response.start"]
        found = {k.decode().lower(): v.decode() for k, v in start["headers"]}
        return Answer(start["status"], found, sent["body"])


def make_sandbox(
    contract: Contract | Path,
    tenants: tuple[str, ...] = SMALL,
    *,
    clock: Clock | None = None,
    limits: Limits | None = None,
    bounds: Bounds | None = None,
    seed: int = 42,
    predictable_tokens: bool = False,
) -> Assembly:
    """A seeded sandbox at a standing clock."""
    made = build_sandbox(
        contract=contract,
        fixtures=[fixture_path(name) for name in tenants],
        seed_number=seed,
        clock=clock or FixedClock(parse_instant(NOW)),
        limits=limits,
        bounds=bounds,
        predictable_tokens=predictable_tokens,
    )
    gc.unfreeze()  # a server keeps what it starts with; tests start hundreds
    return made


@contextmanager
def over_socket(sandbox: Assembly, **options: Any) -> Iterator[Api]:
    """The sandbox on a free port of loopback, in a thread of this process.

    Options are uvicorn's, in place of those that it serves a sandbox with.
    """
    bound = open_socket("127.0.0.1", 0)
    told = (
        {"log_level": "critical"} | uvicorn_options(getattr(sandbox, "bounds", Bounds())) | options
    )
    config = uvicorn.Config(sandbox.app, **told)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield Api(sandbox, f"http://127.0.0.1:{bound.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def in_process(sandbox: Assembly) -> Iterator[Api]:
    """The sandbox without a socket."""
    api = Api(sandbox, loop=asyncio.new_event_loop())
    try:
        yield api
    finally:
        api.loop.close()
