"""Pages beside the API: the contract as JSON and YAML, Swagger UI, health."""

from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from .. import __version__
from ..contract import Contract, Refusal
from ..contract.wire import to_json

_SWAGGER_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/swagger/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/swagger/assets/swagger-ui-bundle.js"></script>
<script src="/swagger/start.js"></script></body></html>"""
_SWAGGER_START = (
    'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true,'
    " persistAuthorization: true});"
)


def pages(contract: Contract) -> ASGIApp:
    """The ASGI app of everything that is not the API. Unknown paths raise Refusal UNKNOWN_PATH."""
    as_json = to_json(contract.document)
    as_yaml = Path(contract.source).read_bytes()
    title = contract.title

    def health(_request: Request) -> Response:
        # Open to everybody, so it names no tenants.
        return JSONResponse({"status": "ok", "version": __version__})

    def json_document(_request: Request) -> Response:
        return Response(as_json, media_type="application/json")

    def yaml_document(_request: Request) -> Response:
        return Response(as_yaml, media_type="application/yaml")

    def swagger(_request: Request) -> Response:
        return HTMLResponse(_SWAGGER_PAGE.format(title=title))

    def swagger_start(_request: Request) -> Response:
        return Response(_SWAGGER_START, media_type="text/javascript")

    async def unknown(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise Refusal("UNKNOWN_PATH")

    assets = files("swagger_ui_bundle") / "vendor"
    app = Starlette(
        routes=[
            Route("/", lambda _request: RedirectResponse("/swagger")),
            Route("/_sandbox/health", health),
            Route("/openapi.json", json_document),
            Route("/openapi.yaml", yaml_document),
            Route("/swagger", swagger),
            Route("/swagger/start.js", swagger_start),
            Mount("/swagger/assets", StaticFiles(directory=str(_ui_folder(Path(str(assets)))))),
        ]
    )
    app.router.default = unknown

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        # With an app in the scope Starlette raises what it refuses, and the stack above answers it.
        await app.router({**scope, "app": app}, receive, send)

    return CORSMiddleware(serve, allow_origins=["*"])


def _ui_folder(vendor: Path) -> Path:
    """The folder of the bundled Swagger UI, whatever its version."""
    return next(path.parent for path in sorted(vendor.rglob("swagger-ui-bundle.js")))
