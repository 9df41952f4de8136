"""The guides: Markdown files in `guides/LANGUAGE/`, whose facts come from the contract.

They are templates first, and the tests execute their samples.

A guide begins with its front matter: `title`, `description` (one sentence, for search and lists),
`order` (its place in the list), and `needs`: what a contract must have for it to be shown (see
`_HAS`). Headings that others lead to bear an id, the same in every language: `{#id}` in a line of
its own before the heading.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..contract import Contract
from .edition import Edition
from .markdown import guide_html, html
from .model import Found
from .own_guides import own_guides
from .pages import Source
from .telling import tools

_FOLDER = files(__package__ or "") / "guides"
_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_NAMED = re.compile(
    r"\b(op|samples|example_request|example_answer|problem|fact|model)\(\"([\w.]+)\"\)"
)
_HEADING = re.compile(r"^\{#(?P<id>[\w.-]+)\}\n#{2,3} (?P<title>.+)$", re.MULTILINE)
_SECTION = re.compile(r"^(?=\{#)", re.MULTILINE)
_OF_THE_PLATFORM = re.compile(
    r"\{% if platform %\}\n?(.*?)(?:\{% else %\}\n?(.*?))?\{% endif %\}\n?", re.DOTALL
)
_NO_WORDS = re.compile(
    r"^```.*?^```$|\{\{.*?\}\}|\{%.*?%\}|[`*|\[\]()]|--+", re.MULTILINE | re.DOTALL
)

_HAS: Mapping[str, Callable[[Contract], object]] = {
    "problems": lambda contract: contract.problems,
    "events": lambda contract: contract.facts,
    "lifecycles": lambda contract: any(r.lifecycle for r in contract.resources.values()),
    # What is told of a platform's own conventions holds where its login and its tenants are.
    "platform": lambda contract: (
        "login" in contract.operations and contract.operations["login"].needs_tenant
    ),
}


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide as it was written. `text` is a template that gives Markdown."""

    slug: str
    title: str
    description: str
    order: int
    needs: tuple[str, ...]
    text: str


def sources(edition: Edition) -> Iterator[Source]:
    """A page for each guide that the contract has the facts for; the overview is the home page.

    Guides of the folder that the contract lies in come first, and in place of others so named.
    """
    own = [*own_guides(edition.guides)] if edition.guides else []
    taken = {source.path for source in own}
    shown = [g for g in written(edition.language) if fits(g, edition.contract)]
    shown = [g for g in shown if _path_of(g) not in taken]
    if not taken & {"index.html"} and not any(guide.slug == "index" for guide in shown):
        yield _overview(edition)
    yield from own
    for guide in shown:
        told = replace(guide, text=_chosen(guide, edition.contract))
        path = _path_of(guide)
        yield Source(
            path,
            guide.title,
            "home.html.j2" if guide.slug == "index" else "guide.html.j2",
            partial(_context, edition, told),
            group="guides",
            description=guide.description,
            found=partial(_found, told, path),
        )


def _path_of(guide: Guide) -> str:
    return "index.html" if guide.slug == "index" else f"guides/{guide.slug}.html"


def fits(guide: Guide, contract: Contract) -> bool:
    """Whether a contract has everything that a guide tells of."""
    if "platform" in guide.needs and not _is_platform(guide, contract):
        return False
    return all(_HAS[need](contract) for need in guide.needs)


def _chosen(guide: Guide, contract: Contract) -> str:
    """The text of a guide without the parts that are not told of a contract."""
    part = 1 if _is_platform(guide, contract) else 2
    return _OF_THE_PLATFORM.sub(lambda match: match[part] or "", guide.text)


def _is_platform(guide: Guide, contract: Contract) -> bool:
    """Whether a contract has the conventions of the platform, and whatever a guide names of it."""
    known: Mapping[str, Mapping[str, object]] = {
        "problem": contract.problems,
        "fact": contract.facts,
        "model": contract.resources,
    }
    named = _NAMED.findall(guide.text)
    return bool(_HAS["platform"](contract)) and all(
        name in known.get(tool, contract.operations) for tool, name in named
    )


@cache
def written(language: str) -> tuple[Guide, ...]:
    """Every guide in a language, in order; those in English where a language has none."""
    folder = _FOLDER / language
    if not folder.is_dir():
        folder = _FOLDER / "en"
    found = [
        _read(item.name.removesuffix(".md"), item.read_text("utf-8"))
        for item in folder.iterdir()
        if item.name.endswith(".md")
    ]
    return tuple(sorted(found, key=lambda guide: guide.order))


def markdown_of(edition: Edition, guide: Guide) -> str:
    """A guide with its facts filled in, as Markdown. Raises jinja2.TemplateError."""
    template = _environment().from_string(guide.text)
    platform = _is_platform(guide, edition.contract)
    return template.render({**tools(edition, guide.slug), "platform": platform})


def _read(slug: str, text: str) -> Guide:
    match = _FRONT.match(text)
    if match is None:
        raise ValueError(f"guide {slug} has no front matter")
    front: dict[str, Any] = yaml.safe_load(match[1])
    return Guide(
        slug,
        front["title"],
        front["description"],
        front["order"],
        tuple(front.get("needs", ())),
        text[match.end() :],
    )


@cache
def _environment() -> Environment:
    # An id of a heading begins as a comment would, so comments of templates look otherwise.
    return Environment(  # noqa: S701 - what it writes is Markdown
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        comment_start_string="{##",
        comment_end_string="##}",
    )


def _context(edition: Edition, guide: Guide) -> dict[str, Any]:
    written_html = guide_html(markdown_of(edition, guide))
    headings = [(m["id"], m["title"]) for m in _HEADING.finditer(guide.text)]
    return {"html": Markup(written_html), "headings": headings}  # noqa: S704 - ours


def _found(guide: Guide, path: str) -> Iterator[Found]:
    first, *sections = _SECTION.split(guide.text)
    yield Found("guide", guide.title, guide.description, path, _words(first))
    for section in sections:
        match = _HEADING.match(section)
        if match and "{{" not in match["title"]:
            place = f"{path}#{match['id']}"
            yield Found("guide", match["title"], guide.title, place, _words(section[match.end() :]))


def _words(text: str) -> str:
    """The words of a part of a guide, without its samples and the template's own."""
    return " ".join(_NO_WORDS.sub(" ", text).split())


def _overview(edition: Edition) -> Source:
    """The home page of a contract that has no overview written for it: its own description."""
    text = edition.contract.document["info"].get("description", "")
    context = {"html": Markup(html(text)), "headings": []}  # noqa: S704 - escaped
    return Source(
        "index.html", edition.contract.title, "home.html.j2", lambda: context, group="guides"
    )
