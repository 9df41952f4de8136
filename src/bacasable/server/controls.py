"""The controls over HTTP: /_sandbox, described by a document of its own, guarded by the key."""

import asyncio
import hmac
import logging
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ..bounds import Bounds
from ..contract import Contract, Operation, RawRequest, Refusal
from ..contract.build import each_operation
from ..contract.compiled import compiled
from ..contract.problems import render
from ..contract.request import RequestReader, accepts
from ..contract.served import Served
from ..sandbox.controls import controls_contract, operations
from ..sandbox.exchanges import EXCHANGE
from ..sandbox.hub import Answer, Hub
from .answering import begin, send_answer
from .coding import unpacked
from .driving import driven
from .entrance import HEADERS, TARGET, front_of, refuse_contradiction, seen_path
from .forwarded import host_of
from .guards import is_loaded_elsewhere
from .replies import BodyMemory, ClientGone, read_body
from .routing import Routes, allow_header, path_names
from .way import LARGE

logger = logging.getLogger("bacasable")

_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
_OPEN_PAGES = {"openapi.json": "application/json", "openapi.yaml": "application/yaml"}


class Controls:
    """Answers what lies under /_sandbox; everything else goes on to `app`.

    With a `key` each call must bring it; to all others nothing lies there, as in a sandbox without
    controls. Links of messages that work are open to whoever has one. Without a key, calls must
    name this machine as their host and come from no page of another origin: a web page may not
    reset somebody's sandbox.
    """

    def __init__(
        self, app: ASGIApp, hub: Hub, key: str | None, bounds: Bounds, memory: BodyMemory
    ) -> None:
        self._app, self._hub, self._key = app, hub, key
        # Snapshots and bulk data are larger than any body of the API.
        self._limit, self._memory = bounds.max_control_body_bytes, memory
        self._contract = controls_contract()
        self._routes = Routes(self._contract)
        self._names = path_names(self._contract)
        self._acts = operations()
        self._forms = dict(_forms(self._contract))
        self._document = Served(self._contract)
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        inside = self._routes.below(scope[TARGET]) if scope["type"] == "http" else None
        if inside is None or inside == ["health"]:
            await self._app(scope, receive, send)
            return
        trusted = self._key is None or self._brings_key(scope)
        if not trusted and not self._opens_without(scope, inside):
            await self._app(scope, receive, send)
            return
        try:
            # Outside of what is held: a stream takes its time, and others act meanwhile.
            begun = await begin(scope, await self._answer(scope, receive, inside))
        except Refusal as refusal:
            if not trusted and refusal.code != "LINK_CLOSED":  # who holds a link may know that
                await self._app(scope, receive, send)
                return
            begun = await begin(scope, self._refused(refusal, scope))
        except ClientGone:
            raise
        except Exception:
            logger.exception("%s %s %s", scope[EXCHANGE].id, scope["method"], scope[TARGET])
            begun = await begin(scope, self._refused(Refusal("INTERNAL_ERROR"), scope))
        await send_answer(scope, receive, send, begun)

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
        if self._key is None:
            # Those that need no key either: else a page that knows a link has its tokens.
            _refuse_foreign(headers, front_of(scope).address)
        elif operation.roles is None and is_loaded_elsewhere(headers):
            raise Refusal("FOREIGN_ORIGIN")
        accept, forms = headers.get("accept", ""), self._forms[operation.id]
        if accept and forms and not any(accepts(accept, form) for form in forms):
            raise Refusal("NOT_ACCEPTABLE", f"It is answered in {' or '.join(forms)}.")
        request = RawRequest(
            path=dict(zip(self._names[operation.id], found[1], strict=True)),
            # Mail programs add parameters of their own to the links that anybody may follow.
            query="" if operation.roles is None else scope["query_string"].decode("latin-1"),
            body=await self._body(receive, headers) if operation.body else b"",
            content_type=headers.get("content-type", ""),
        )
        reader = self._reader(operation)
        # Snapshots and bulk data are read in a thread: others need not wait until that is done.
        is_large = request.body is not None and len(request.body) > LARGE
        values = await asyncio.to_thread(reader.read, request) if is_large else reader.read(request)
        # Strings in the path are names: the reader leaves them alone.
        values.path.update({n: v for n, v in request.path.items() if n not in values.path})
        values.headers["accept"] = accept
        # All of a control happens, or nothing: the log is held until it is done.
        held = self._hub.engine.platform.log.held
        with held():
            begun = self._acts[operation.id](self._hub_for(scope), values)
        if isinstance(begun, Answer):
            return begun
        # One after the other: each would find changed what it has looked at, and begin again.
        async with self._turn:
            return await driven(begun, held)

    def _hub_for(self, scope: Scope) -> Hub:
        """The hub with the address that this client knows the sandbox by, for links in answers."""
        front, host = front_of(scope), host_of(scope[HEADERS])
        if not front.address and not host:
            return self._hub
        address = front.address or f"{scope['scheme']}://{host}{front.prefix}"
        return replace(self._hub, base_url=address)

    def _reader(self, operation: Operation) -> RequestReader:
        """What reads the requests of a control: made when it is first called, to start quickly."""
        return compiled(self._contract).reader(operation, max_body_bytes=self._limit)

    async def _body(self, receive: Receive, headers: dict[str, str]) -> bytes | None:
        body = await read_body(receive, self._limit, self._memory)
        return unpacked(headers.get("content-encoding", ""), body, self._limit)

    def _brings_key(self, scope: Scope) -> bool:
        given = scope[HEADERS].get(b"x-sandbox-key", b"")
        return hmac.compare_digest(given, (self._key or "").encode())

    def _opens_without(self, scope: Scope, inside: list[str]) -> bool:
        """Whether it is asked for what asks for no key."""
        found = self._routes.match(inside)
        operation = found and found[0].get("GET" if scope["method"] == "HEAD" else scope["method"])
        return operation is not None and operation.roles is None

    def _refused(self, refusal: Refusal, scope: Scope) -> Answer:
        request_id, instance = scope[EXCHANGE].id, seen_path(scope)
        kind = self._contract.problems[refusal.code]
        problem = render(kind, refusal, instance=instance, request_id=request_id)
        media_type = "application/problem+json"
        return Answer(problem["status"], problem, refusal.headers, media_type=media_type)


def _refuse_foreign(headers: dict[str, str], address: str) -> None:
    """Raise Refusal FOREIGN_ORIGIN for whom a browser, or the name that was called, gives away."""
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
    foreign = foreign or any(host.hostname not in _LOCAL_HOSTS for host in hosts)
    if foreign or is_loaded_elsewhere(headers):
        raise Refusal("FOREIGN_ORIGIN")


def _forms(contract: Contract) -> Iterator[tuple[str, list[str]]]:
    """The media types that each control answers in; those with several choose themselves."""
    for _, _, declared in each_operation(contract.document):
        first = next(iter(declared["responses"].values()))
        yield declared["operationId"], list(first.get("content", ()))
