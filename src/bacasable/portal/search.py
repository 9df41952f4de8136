"""What search knows: a script for each language that assigns everything that can be found.

The browser loads it when somebody searches for the first time, and makes the index then. It is a
script and not JSON, because a page opened as a file may load the one and not the other.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from .assets import bundled
from .model import Found
from .pages import Pages, asset_hash
from .views import catalogue

LIBRARY = "minisearch.js"


def files(pages: Sequence[Pages]) -> Mapping[str, Callable[[], bytes]]:
    """The script of each language: `search.js` beside its pages."""
    return {f"{of.edition.language}/search.js": partial(_script, of) for of in pages}


def findable(pages: Pages) -> Iterator[Found]:
    """Everything that can be found in a language, each place once."""
    yield from dict.fromkeys(_all(pages))


def _all(pages: Pages) -> Iterator[Found]:
    for source in pages.sources.values():
        yield from source.found()
    yield from catalogue.found_errors(pages.edition)
    yield from catalogue.found_events(pages.edition)


def _script(pages: Pages) -> bytes:
    given = {
        "library": _library(),
        "words": pages.edition.words("search"),
        "entries": [[f.kind, f.title, f.detail, f.href, f.words] for f in findable(pages)],
    }
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return f"window.portalSearch = {text};\n".encode()


def _library() -> str | None:
    """Where the library lies, seen from a language's root; None when it was not bundled."""
    name = f"vendor/{LIBRARY}"
    return f"../assets/{name}?v={asset_hash(name)}" if bundled(LIBRARY) else None
