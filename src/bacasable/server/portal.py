"""The portal over HTTP: language negotiation, and the files of the site with their headers.

The portal itself is imported when somebody first looks at it: a sandbox that only tests use must
not pay for it.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ..contract import Contract, Refusal
from ..resources import overlays_of
from .entrance import front_of

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
_SMALL = 1024  # bytes that are not worth compressing
_SITES = 3
"""Sites that are kept: pages show the address that their reader sees, of which there are few."""


class PortalPages:
    """The files of the site as an ASGI app.

    Paths that are none are a page for browsers; for programs they raise Refusal UNKNOWN_PATH.
    """

    def __init__(
        self, contract: Contract, base_url: Callable[[], str], guides: Path | None = None
    ) -> None:
        self._contract, self._guides = contract, guides
        self._base_url = base_url
        self._overlays = overlays_of(Path(contract.source))
        self._languages = ("en", *(name for name in self._overlays if name != "en"))
        self._made: OrderedDict[str, Site] = OrderedDict()
        # A browser asks for a page and its parts at once; two sites would be made twice over.
        self._lock = Lock()

    def _site(self, address: str = "") -> "Site":
        """The site whose samples and forms call an address; that of this server when left out."""
        address = address or self._base_url()
        with self._lock:
            if address not in self._made:
                from ..portal import load_site  # noqa: PLC0415

                self._made[address] = load_site(
                    self._contract,
                    self._overlays,
                    languages=self._languages,
                    base_url=address,
                    sandbox=True,
                    guides=self._guides,
                )
            self._made.move_to_end(address)
            if len(self._made) > _SITES:
                self._made.popitem(last=False)
            return self._made[address]

    def choose(self, request: Request) -> Response:
        """A redirect to the reader's language: `/`, and the viewers at their short addresses."""
        place = request.url.path.strip("/")
        path = f"{place}.html" if place else "index.html"
        chosen = self._language(request)
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
        prefix = front_of(request.scope).prefix
        return RedirectResponse(f"{prefix}/{chosen}/{path}", 307, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a file of the site."""
        # Made and compressed in a thread, because calls of the API must not wait for it.
        answer = await run_in_threadpool(self._answer, Request(scope, receive))
        await answer(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        file = self._file(request)
        if file is None and "text/html" in request.headers.get("accept", ""):
            headers = {"Content-Security-Policy": _OWN, "Vary": "Accept"}
            front = front_of(request.scope)
            page = self._site(front.address).missing(front.prefix + "/")
            return HTMLResponse(page, 404, headers)
        if file is None:
            raise Refusal("UNKNOWN_PATH")
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        return _answer(request, file)

    def _file(self, request: Request) -> "File | None":
        path = request.url.path.removeprefix("/")
        # What the site is made of begins so; the check spares unknown paths the import.
        if path.split("/")[0] not in (*self._languages, "assets", "downloads"):
            return None
        return self._site(front_of(request.scope).address).file(
            path + "index.html" if path.endswith("/") else path
        )

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
    for place, part in enumerate("".join(header.split()).split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        if quality > 0:
            found.append((-quality, place, tag.split("-")[0].lower()))
    return [tag for _, _, tag in sorted(found)]


def _names(header: str, tag: str) -> bool:
    """Whether an If-None-Match header names a weak tag (RFC 9110, 13.1.2)."""
    named = [part.strip().removeprefix("W/") for part in header.split(",")]
    return "*" in named or tag.removeprefix("W/") in named


def _answer(request: Request, file: "File") -> Response:
    """A file with its headers. Assets are named with a hash of theirs, so browsers keep them."""
    tag = f'W/"{hashlib.sha256(file.body).hexdigest()[:24]}"'
    path = request.url.path
    named = path.startswith("/assets/") and "v" in request.query_params
    viewer = path.endswith(_VIEWER_PAGES)
    headers = {
        "ETag": tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if named else "no-cache",
        "Content-Security-Policy": _VIEWERS if viewer else _OWN,
    }
    if _names(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    body = file.body
    if len(body) >= _SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        # A slow machine feels the highest levels, and they save next to nothing.
        body = gzip.compress(body, 5)
    return Response(body, media_type=file.media_type, headers=headers)
