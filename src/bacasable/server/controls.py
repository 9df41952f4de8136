"""The controls over HTTP: /_sandbox, described by a document of its own, guarded by the key."""

import asyncio
import hmac
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ..contract import Contract, Operation, RawRequest, Refusal
from ..contract.build import each_operation
from ..contract.compiled import compiled
from ..contract.problems import render
from ..contract.request import RequestReader, accepts
from ..contract.served import Served
from ..contract.wire import to_json
from ..sandbox.controls import controls_contract, operations
from ..sandbox.exchanges import EXCHANGE
from ..sandbox.hub import Answer, Hub
from .coding import unpacked
from .entrance import (
    HEADERS,
    TARGET,
    front_of,
    refuse_contradiction,
    seen_path,
    with_prefix,
)
from .forwarded import host_of
from .replies import read_body
from .routing import Routes, allow_header, path_names

logger = logging.getLogger("bacasable")

MAX_BODY_BYTES = 256 * 1024 * 1024
"""Snapshots and bulk data are larger than any body of the API."""
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
_OPEN_PAGES = {"openapi.json": "application/json", "openapi.yaml": "application/yaml"}


class Controls:
    """Answers what lies under /_sandbox; everything else goes on to `app`.

    With a `key` each call must bring it. Without one, calls must name this machine as their host
    and come from no page of another origin: a web page may not reset somebody's sandbox.
    """

    def __init__(self, app: ASGIApp, hub: Hub, key: str | None) -> None:
        self._app, self._hub, self._key = app, hub, key
        self._contract = controls_contract()
        self._routes = Routes(self._contract)
        self._names = path_names(self._contract)
        self._acts = operations()
        self._forms = dict(_forms(self._contract))
        self._document = Served(self._contract)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        inside = self._routes.below(scope[TARGET]) if scope["type"] == "http" else None
        if inside is None or inside == ["health"]:
            await self._app(scope, receive, send)
            return
        try:
            answer = await self._answer(scope, receive, inside)
        except Refusal as refusal:
            answer = self._refused(refusal, scope)
        except Exception:
            logger.exception("%s %s %s", scope[EXCHANGE].id, scope["method"], scope[TARGET])
            answer = self._refused(Refusal("INTERNAL_ERROR"), scope)
        await _send(scope, receive, send, answer)

    async def _answer(self, scope: Scope, receive: Receive, inside: list[str]) -> Answer:
        page = _OPEN_PAGES.get(inside[0]) if len(inside) == 1 else None
        if page and scope["method"] in {"GET", "HEAD"}:
            prefix = front_of(scope).prefix
            document = self._document
            text = document.yaml(prefix) if page.endswith("yaml") else document.json(prefix)
            # As the contract itself, it may be read by pages of any origin.
            headers = {"Access-Control-Allow-Origin": "*"}
            return Answer(text=text.decode(), media_type=page, headers=headers)
        found = self._routes.match(inside)
        if found is None:
            raise Refusal("UNKNOWN_PATH")
        allowed = allow_header(found[0])
        if scope["method"] == "OPTIONS":
            return Answer(204, headers={"Allow": allowed})
        operation = found[0].get("GET" if scope["method"] == "HEAD" else scope["method"])
        if operation is None:
            said = f"{scope['method']} is not among {allowed}."
            raise Refusal("METHOD_NOT_ALLOWED", said, headers={"Allow": allowed})
        refuse_contradiction(scope)
        headers = {n.decode(): value.decode("latin-1") for n, value in scope[HEADERS].items()}
        self._admit(operation, headers, front_of(scope).address)
        accept, forms = headers.get("accept", ""), self._forms[operation.id]
        if accept and forms and not any(accepts(accept, form) for form in forms):
            raise Refusal("NOT_ACCEPTABLE", f"It is answered in {' or '.join(forms)}.")
        request = RawRequest(
            path=dict(zip(self._names[operation.id], found[1], strict=True)),
            # Mail programs add parameters of their own to the links that anybody may follow.
            query="" if operation.roles is None else scope["query_string"].decode("latin-1"),
            body=await _body(receive, headers) if operation.body else b"",
            content_type=headers.get("content-type", ""),
        )
        values = self._reader(operation).read(request)
        # Strings in the path are names: the reader leaves them alone.
        values.path.update({n: v for n, v in request.path.items() if n not in values.path})
        values.headers["accept"] = accept
        # All of a control happens, or nothing: the log is held until it is done.
        with self._hub.engine.platform.log.held():
            return self._acts[operation.id](self._hub_for(scope), values)

    def _hub_for(self, scope: Scope) -> Hub:
        """The hub with the address that this client knows the sandbox by, for links in answers."""
        front, host = front_of(scope), host_of(scope[HEADERS])
        if not front.address and not host:
            return self._hub
        address = front.address or f"{scope['scheme']}://{host}{front.prefix}"
        return replace(self._hub, base_url=address)

    def _reader(self, operation: Operation) -> RequestReader:
        """What reads the requests of a control: made when it is first called, to start quickly."""
        return compiled(self._contract).reader(operation, max_body_bytes=MAX_BODY_BYTES)

    def _admit(self, operation: Operation, headers: dict[str, str], address: str) -> None:
        """Raise Refusal KEY_MISSING, KEY_WRONG or FOREIGN_ORIGIN.

        `address` is the one that a proxy says it was called at, empty without one.
        """
        if operation.roles is None:
            return
        given = headers.get("x-sandbox-key", "")
        if self._key is not None:
            if not given:
                raise Refusal("KEY_MISSING")
            if not hmac.compare_digest(given.encode(), self._key.encode()):
                raise Refusal("KEY_WRONG")
            return
        # A name that was made to resolve to this machine (DNS rebinding) is no name of it.
        try:
            hosts = [urlsplit("//" + headers.get("host", "localhost"))]
            hosts += [urlsplit(address)] if address else []
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc not in {
                host.netloc for host in hosts
            }
        except ValueError as error:
            raise Refusal("FOREIGN_ORIGIN", "Host or Origin is no address.") from error
        # Whoever calls through a proxy is as far away as the address that he called.
        if foreign or any(host.hostname not in _LOCAL_HOSTS for host in hosts):
            raise Refusal("FOREIGN_ORIGIN")

    def _refused(self, refusal: Refusal, scope: Scope) -> Answer:
        request_id, instance = scope[EXCHANGE].id, seen_path(scope)
        problem = render(self._contract, refusal, instance=instance, request_id=request_id)
        media_type = "application/problem+json"
        return Answer(problem["status"], problem, refusal.headers, media_type=media_type)


def _forms(contract: Contract) -> Iterator[tuple[str, list[str]]]:
    """The media types that each control answers in; those with several choose themselves."""
    for _, _, declared in each_operation(contract.document):
        first = next(iter(declared["responses"].values()))
        yield declared["operationId"], list(first.get("content", ()))


async def _body(receive: Receive, headers: dict[str, str]) -> bytes | None:
    body = await read_body(receive, MAX_BODY_BYTES)
    return unpacked(headers.get("content-encoding", ""), body, MAX_BODY_BYTES)


async def _send(scope: Scope, receive: Receive, send: Send, answer: Answer) -> None:
    content = b""
    if answer.text is not None:
        content = answer.text.encode()
    elif answer.data is not None:
        content = to_json(answer.data)
    headers = {"x-request-id": scope[EXCHANGE].id, "cache-control": "no-store"}
    if content or answer.stream:
        # Messages are data of users: no browser may take them for anything but what they are.
        headers["content-type"] = answer.media_type + _charset(answer.media_type)
        headers["x-content-type-options"] = "nosniff"
    if answer.status != 204 and answer.stream is None:
        headers["content-length"] = str(len(content))
    given = with_prefix(answer.headers, front_of(scope).prefix)
    raw = [(n.lower().encode(), v.encode()) for n, v in {**headers, **given}.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if scope["method"] == "HEAD":
        content = b""
    elif answer.stream is not None:
        await _stream(receive, send, answer.stream)
    await send({"type": "http.response.body", "body": content})


def _charset(media_type: str) -> str:
    return "; charset=utf-8" if media_type.startswith("text/") else ""


async def _stream(receive: Receive, send: Send, stream: AsyncGenerator[bytes, None]) -> None:
    """Send what comes until it ends or the reader leaves. The stream is closed in any case."""

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def tell() -> None:
        async with aclosing(stream):
            async for part in stream:
                await send({"type": "http.response.body", "body": part, "more_body": True})

    tasks = [asyncio.ensure_future(gone()), asyncio.ensure_future(tell())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            # The answer has begun: it can only end early.
            logger.error("A stream broke off", exc_info=end)
