"""From a page's source to HTML: templates, relative links, navigation, Markdown."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .addresses import POLICY
from .edition import Edition
from .highlight import code
from .model import Found, Link

_HERE = files(__package__ or "")


@dataclass(frozen=True, slots=True)
class Source:
    """A page before it is made.

    `path` is its place in the language (`api/courses.html`), `group` the heading it stands under
    in the navigation (guides, api, models, design; empty: it does not stand there), `parent` the
    path of the page it is below. `context` gives what the template needs, when it is made.
    `found` is what search knows of it.
    """

    path: str
    title: str
    template: str
    context: Callable[[], Mapping[str, Any]] = dict
    group: str = ""
    parent: str = ""
    badge: str = ""
    description: str = ""
    found: Callable[[], Iterable[Found]] = tuple


@dataclass(slots=True)
class Entry:
    """A line of the navigation: a page and those below it. `badge` is a verb, for operations."""

    link: Link
    badge: str = ""
    below: list["Entry"] = field(default_factory=list)


class Pages:
    """The pages of one language."""

    def __init__(self, edition: Edition, sources: Iterable[Source]) -> None:
        self.edition = edition
        self.sources = {source.path: source for source in sources}
        self._navigation = _navigation(self.sources.values())

    def html(self, path: str) -> bytes:
        """A page, complete. Raises KeyError for a path that is none."""
        source = self.sources[path]
        return self.render(source.template, path, source, dict(source.context()))

    def render(
        self, template: str, path: str, source: Source | None, context: dict[str, Any]
    ) -> bytes:
        """A template as the page at `path` of this language, with what every page is given."""
        from .downloads import paths  # noqa: PLC0415 - downloads know pages

        given = {
            "page": source,
            "navigation": self._navigation,
            "downloads": paths(self.edition),
        }
        return fragment(self.edition, path, template, {**given, **context}).encode()


def fragment(edition: Edition, path: str, template: str, context: Mapping[str, Any]) -> str:
    """A template as a part of the page at `path`, with what every template is given."""
    up = "../" * path.count("/")
    given = {
        "edition": edition,
        "say": edition.say,
        "url": lambda href: href if "://" in href or href.startswith("#") else up + href,
        "asset": lambda name: f"{up}../assets/{name}?v={asset_hash(name)}",
        "root": up + "../",
        "path": path,
        "policy": POLICY,
        "alternates": {language: f"{up}../{language}/{path}" for language in edition.languages},
    }
    return _templates().get_template(template).render({**given, **context})


def _navigation(sources: Iterable[Source]) -> dict[str, list[Entry]]:
    """Group → its pages, those with a parent below it; in the order of the sources."""
    groups: dict[str, list[Entry]] = {}
    entries: dict[str, Entry] = {}
    for source in sources:
        if not source.group:
            continue
        entry = entries[source.path] = Entry(Link(source.title, source.path), source.badge)
        above = entries.get(source.parent)
        (above.below if above else groups.setdefault(source.group, [])).append(entry)
    return groups


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(_HERE / "templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Members stand in the order in which they were written.
    # Briefly: what the console is given weighs as much as the rest of some pages.
    brief = {"sort_keys": False, "separators": (",", ":"), "ensure_ascii": False}
    environment.policies["json.dumps_kwargs"] = brief
    environment.filters["code"] = lambda text, lexer: Markup(code(text, lexer).html)  # noqa: S704
    return environment


@cache
def asset_hash(name: str) -> str:
    """A short hash of an asset, so that browsers keep it until it changes."""
    from .assets import asset  # noqa: PLC0415 - assets know pages, for their own

    return hashlib.sha256(asset(name)).hexdigest()[:10]
