"""The portal over HTTP: language negotiation, and the files of the site with their headers.

The portal itself is imported when somebody first looks at it: a sandbox that only tests use must
not pay for it.
"""

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ..contract import Contract, Refusal
from ..resources import overlays_of

if TYPE_CHECKING:
    from ..portal import File, Site

_OWN = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What the viewers of others need: styles that their scripts write, fonts and icons as data.
_VIEWERS = _OWN.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self' data:", "img-src 'self' data:; font-src 'self' data:"
)
_VIEWER_PAGES = ("reference.html", "swagger.html")


class PortalPages:
    """The files of the site as an ASGI app. Paths that are none raise Refusal UNKNOWN_PATH."""

    def __init__(self, contract: Contract, base_url: Callable[[], str], *, controls: bool) -> None:
        self._contract = contract
        self._base_url = base_url
        self._controls = controls
        self._overlays = overlays_of(Path(contract.source))
        self._languages = ("en", *(name for name in self._overlays if name != "en"))

    @cached_property
    def _site(self) -> "Site":
        from ..portal import load_site  # noqa: PLC0415

        return load_site(
            self._contract,
            self._overlays,
            languages=self._languages,
            base_url=self._base_url,
            sandbox=self._controls,
        )

    def choose(self, request: Request) -> Response:
        """A redirect to the reader's language: `/`, and the viewers at their short addresses."""
        place = request.url.path.strip("/")
        path = f"{place}.html" if place else "index.html"
        chosen = self._language(request)
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
        return RedirectResponse(f"/{chosen}/{path}", 307, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a file of the site."""
        request = Request(scope, receive)
        # Made when it is first asked for; in a thread, because calls of the API must not wait.
        file = await run_in_threadpool(self._file, request.url.path)
        if file is None:
            raise Refusal("UNKNOWN_PATH")
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        await _answer(request, file)(scope, receive, send)

    def _file(self, path: str) -> "File | None":
        path = path.removeprefix("/")
        # What the site is made of begins so; the check spares unknown paths the import.
        if path.split("/")[0] not in (*self._languages, "assets", "downloads"):
            return None
        return self._site.file(path + "index.html" if path.endswith("/") else path)

    def _language(self, request: Request) -> str:
        """The language chosen before on these pages, else the one that the browser likes best."""
        chosen = request.cookies.get("language")
        if chosen in self._languages:
            return chosen
        wanted = _accepted(request.headers.get("accept-language", ""))
        return next((name for name in wanted if name in self._languages), self._languages[0])


def _accepted(header: str) -> list[str]:
    """The primary languages of an Accept-Language header, best first (RFC 9110, 12.5.4)."""
    found = []
    for place, part in enumerate(header.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            found.append((-quality, place, tag.split("-")[0].lower()))
    return [tag for _, _, tag in sorted(found)]


def _answer(request: Request, file: "File") -> Response:
    """A file with its headers. Assets are named with a hash of theirs, so browsers keep them."""
    tag = f'W/"{hashlib.sha256(file.body).hexdigest()[:24]}"'
    kept = "public, max-age=31536000, immutable" if "v" in request.query_params else "no-cache"
    viewer = request.url.path.endswith(_VIEWER_PAGES)
    headers = {
        "ETag": tag,
        "Cache-Control": kept,
        "Content-Security-Policy": _VIEWERS if viewer else _OWN,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(file.body, media_type=file.media_type, headers=headers)
