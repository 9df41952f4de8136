"""Pages beside the API: the portal, the contract as JSON and YAML, health."""

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .. import __version__
from ..contract import Contract
from ..contract.authorization import Endpoints
from ..contract.served import Moved, Served
from .entrance import HEADERS, front_of, refuse_contradiction
from .guards import NO_WORKER, PAGES, asks_for_worker, guarded
from .portal import PortalPages


def pages(
    contract: Contract,
    base_url: Callable[[], str],
    endpoints: Endpoints | None = None,
    guides: Path | None = None,
) -> ASGIApp:
    """The ASGI app of everything that is not the API. Unknown paths raise Refusal UNKNOWN_PATH.

    `base_url` gives the address that this server is reached at, once it listens; `endpoints` are
    those that the contract is to lead to in place of its own, `guides` the folder of its guides.
    Nothing of them tells whether there are controls.
    """
    portal = PortalPages(contract, base_url, guides)

    def health(_request: Request) -> Response:
        # Open to everybody, so it names no tenants.
        return JSONResponse({"status": "ok", "version": __version__})

    app = Starlette(
        routes=[
            Route("/", portal.choose),
            Route("/reference", portal.choose),
            Route("/swagger", portal.choose),
            Route("/_sandbox/health", health),
            *documents(contract, base_url, endpoints.moved if endpoints else {}),
        ]
    )
    app.router.default = portal

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app.router(scope, receive, send)
            return
        refuse_contradiction(scope)
        if asks_for_worker(scope[HEADERS]):
            script = Response(NO_WORKER, media_type="text/javascript")
            await script(scope, receive, send)
            return
        # With an app in the scope Starlette raises what it refuses, and the stack above answers it.
        await app.router({**scope, "app": app}, receive, send)

    shared = CORSMiddleware(serve, allow_origins=["*"])

    async def begin(scope: Scope, receive: Receive, send: Send) -> None:
        await shared(scope, receive, guarded(send, PAGES))

    return begin


def documents(
    contract: Contract,
    base_url: Callable[[], str] = lambda: "",
    moved: Moved | None = None,
    *,
    below: str = "",
) -> list[Route]:
    """The contract itself as JSON and as YAML, below a path; pages of any origin may read it.

    `moved` are addresses in it that are paths of this server, which is at `base_url`.
    """
    served = Served(contract, moved)

    def page(write: Callable[[str, str], bytes], media_type: str) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            front = front_of(request.scope)
            content = write(front.prefix, front.address or base_url())
            length = {"Content-Length": str(len(content))}
            sent = b"" if request.method == "HEAD" else content
            return Response(sent, 200, {"Access-Control-Allow-Origin": "*", **length}, media_type)

        return answer

    return [
        Route(f"{below}/openapi.json", page(served.json, "application/json")),
        Route(f"{below}/openapi.yaml", page(served.yaml, "application/yaml")),
    ]
