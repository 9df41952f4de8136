"""Pages beside the API: the portal, the contract as JSON and YAML, health."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .. import __version__
from ..contract import Contract
from ..contract.served import Served
from .entrance import front_of, refuse_contradiction
from .portal import PortalPages


def pages(contract: Contract, base_url: Callable[[], str], *, controls: bool) -> ASGIApp:
    """The ASGI app of everything that is not the API. Unknown paths raise Refusal UNKNOWN_PATH.

    `base_url` gives the address that this server is reached at, once it listens. With `controls`
    the portal shows the request log and the inbox.
    """
    document = Served(contract)
    portal = PortalPages(contract, base_url, controls=controls)

    def health(_request: Request) -> Response:
        # Open to everybody, so it names no tenants.
        return JSONResponse({"status": "ok", "version": __version__})

    def json_document(request: Request) -> Response:
        prefix = front_of(request.scope).prefix
        return Response(document.json(prefix), media_type="application/json")

    def yaml_document(request: Request) -> Response:
        prefix = front_of(request.scope).prefix
        return Response(document.yaml(prefix), media_type="application/yaml")

    app = Starlette(
        routes=[
            Route("/", portal.choose),
            Route("/reference", portal.choose),
            Route("/swagger", portal.choose),
            Route("/_sandbox/health", health),
            Route("/openapi.json", json_document),
            Route("/openapi.yaml", yaml_document),
        ]
    )
    app.router.default = portal

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        refuse_contradiction(scope)
        # With an app in the scope Starlette raises what it refuses, and the stack above answers it.
        await app.router({**scope, "app": app}, receive, send)

    return CORSMiddleware(serve, allow_origins=["*"])
