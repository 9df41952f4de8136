"""The viewers of others, Scalar and Swagger UI, and the pages that lead to a reader's language.

Both viewers work without a network: script, style and contract come from the site itself. The
contract is a script too (`openapi.js` assigns it), because a page opened as a file may not fetch.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .addresses import VIEWER_POLICY, harmless
from .assets import asset, bundled
from .edition import Edition
from .pages import Pages, Source

Maker = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer: its page, and the files of its package. Its short address is that of its folder."""

    name: str
    path: str
    folder: str
    files: tuple[str, ...]


VIEWERS = (
    Viewer("Scalar", "reference.html", "reference", ("scalar.js",)),
    Viewer("Swagger UI", "swagger.html", "swagger", ("swagger-ui.js", "swagger-ui.css")),
)


def sources(edition: Edition) -> Iterator[Source]:
    """The page of each viewer."""
    title = edition.contract.title
    for viewer in VIEWERS:
        yield Source(
            viewer.path,
            viewer.name,
            "viewer.html.j2",
            partial(_context, edition, viewer),
            group="viewers",
            description=edition.say("viewers.about", name=viewer.name, title=title),
        )


def _context(edition: Edition, viewer: Viewer) -> dict[str, Any]:
    return {
        "viewer": viewer,
        "viewers": VIEWERS,
        "bundled": all(bundled(name) for name in viewer.files),
        "title": edition.contract.title,
        "policy": VIEWER_POLICY,
        "icon": "data:image/svg+xml;base64," + b64encode(asset("icon.svg")).decode(),
    }


def files(pages: Sequence[Pages]) -> Mapping[str, Maker]:
    """The contract as a script in each language, and the pages that choose a language."""
    found: dict[str, Maker] = {
        f"{of.edition.language}/openapi.js": partial(_contract_script, of.edition) for of in pages
    }
    found["index.html"] = partial(_choose, pages, "index.html", "")
    for viewer in VIEWERS:
        found[f"{viewer.folder}/index.html"] = partial(_choose, pages, viewer.path, "../")
    return found


def _choose(pages: Sequence[Pages], path: str, up: str) -> bytes:
    """The page that leads on to `path` in the language of its reader."""
    targets = {of.edition.language: f"{up}{of.edition.language}/{path}" for of in pages}
    context = {
        "targets": targets,
        # Each in its own language: nobody knows yet who reads.
        "says": {of.edition.language: of.edition.say("viewers.here") for of in pages},
        "up": up,
        "title": pages[0].edition.contract.title,
    }
    return pages[0].render("choose.html.j2", path, None, context)


def _contract_script(edition: Edition) -> bytes:
    return f"window.openapi = {json.dumps(_document(edition), ensure_ascii=False)};\n".encode()


def _document(edition: Edition) -> dict[str, Any]:
    """The contract as viewers want it: its servers have addresses, wherever the page lies."""
    document = edition.contract.document
    servers = document.get("servers") or [{"url": "/"}]
    base = edition.root if edition.sandbox else edition.base_url
    shown: dict[str, Any] = harmless(
        document | {"servers": [_server(server, base) for server in servers]}
    )
    return shown


def _server(server: Mapping[str, Any], base: str) -> dict[str, Any]:
    url = str(server.get("url", "/"))
    relative = url.startswith("/") and not url.startswith("//")
    return {**server, "url": base + url if relative else url}
