"""The whole site: every file by its path, made when it is asked for, and then kept.

The sandbox serves it and `bacasable docs build` writes it: the same bytes. What there is stands in
SECTIONS (pages of each language) and FILES (everything else); a new kind of page is one function.
"""

import mimetypes
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from threading import RLock

from . import assets, design, downloads, guides, search, viewers
from .edition import Edition
from .pages import Pages, Source
from .views import reference, resources

SECTIONS: tuple[Callable[[Edition], Iterable[Source]], ...] = (
    guides.sources,
    reference.sources,
    resources.sources,
    design.sources,
    viewers.sources,
)
Maker = Callable[[], bytes]
FILES: tuple[Callable[[Sequence[Pages]], Mapping[str, Maker]], ...] = (
    viewers.files,
    downloads.files,
    search.files,
)
_TYPES = {".yaml": "application/yaml", ".http": "text/plain", ".js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site. `media_type` names no character set: texts are UTF-8."""

    body: bytes
    media_type: str


class Site:
    """All languages of a site. The first one is that of readers who ask for none of them."""

    def __init__(self, languages: Sequence[str], edition: Callable[[str], Edition]) -> None:
        self.languages = tuple(languages)
        self._edition = edition
        self._pages: dict[str, Pages] = {}
        self._made: dict[str, File] = {}
        # Reading a language and making a page take long enough for two readers to meet.
        self._lock = RLock()

    @property
    def pages(self) -> list[Pages]:
        """The pages of each language."""
        return [self.pages_in(language) for language in self.languages]

    def pages_in(self, language: str) -> Pages:
        """The pages of a language. Raises ContractError where its overlay does not fit."""
        with self._lock:
            if language not in self._pages:
                edition = self._edition(language)
                found = [source for section in SECTIONS for source in section(edition)]
                self._pages[language] = Pages(edition, found)
            return self._pages[language]

    @property
    def paths(self) -> list[str]:
        """The path of every file, without a slash in front."""
        pages = [f"{p.edition.language}/{path}" for p in self.pages for path in p.sources]
        return [*pages, *self._makers]

    def file(self, path: str) -> File | None:
        """A file of the site; None where there is none."""
        if path not in self._made:
            with self._lock:
                body = self._body(path)
                if body is None:
                    return None
                self._made[path] = File(body, media_type(path))
        return self._made[path]

    def missing(self, home: str | None) -> bytes:
        """What is shown for an address that leads nowhere: at any depth, so no link is relative.

        `home` is the address of the site, with a slash at its end; without one there is no link.
        """
        context = {
            "editions": [pages.edition for pages in self.pages],
            "home": home,
            "styles": assets.asset("app.css").decode(),
        }
        return self.pages[0].render("missing.html.j2", "404.html", None, context)

    def _body(self, path: str) -> bytes | None:
        language, _, place = path.partition("/")
        if language in self.languages and place in self.pages_in(language).sources:
            return self.pages_in(language).html(place)
        maker = self._makers.get(path)
        return maker() if maker else None

    @cached_property
    def _makers(self) -> dict[str, Maker]:
        """What makes every file that is no page of a language."""
        makers: dict[str, Maker] = {
            f"assets/{name}": partial(assets.asset, name) for name in assets.asset_names()
        }
        for files in FILES:
            makers.update(files(self.pages))
        return makers


def media_type(path: str) -> str:
    """The media type of a file, by the end of its name."""
    suffix = path[path.rfind(".") :]
    return _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
