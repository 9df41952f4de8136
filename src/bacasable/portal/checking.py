"""What could be wrong with a site: links, guides, samples, words; and a folder that is out of date.

Everything found is one line, so that a build can stop and a reader can mend it.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..contract.names import did_you_mean
from . import guides
from .edition import Edition
from .links import Page, broken, page_of
from .pages import Pages
from .samples import samples_of
from .search import findable
from .site import Site
from .wording import word_findings

_NAME = re.compile(r"[a-z]+(?:[A-Z][a-z]*)+|[A-Z]+(?:_[A-Z]+)+|[a-z_]+\.[a-z_]+")
BROKEN = (LookupError, TemplateError, OSError)
"""What making a page raises when it names what is not there: an operation, a template, an asset."""
_SHOWN = 60
"""How much of a line is shown where two files differ."""


def findings(site: Site) -> list[str]:
    """Everything that is wrong with a site, one line each."""
    read, found = pages_of(site)
    found += broken(read, site.paths)
    for pages in site.pages:
        found += guide_findings(pages.edition)
        found += sample_findings(pages.edition)
    return [*found, *twin_findings(site, read), *word_findings(site.languages)]


def broken_links(site: Site) -> list[str]:
    """Pages that cannot be made, and links that lead nowhere: what no folder may hold."""
    read, found = pages_of(site)
    return [*found, *broken(read, site.paths)]


def pages_of(site: Site) -> tuple[dict[str, Page], list[str]]:
    """The links and ids of every page by its path, and a finding for each that cannot be made.

    What search leads to counts as links of its script.
    """
    pages: dict[str, Page] = {}
    found = []
    for path in site.paths:
        try:
            file = site.file(path)
        except BROKEN as error:
            found.append(f"{path}: cannot be made ({_reason(error)})")
            continue
        if file is not None and path.endswith(".html"):
            pages[path] = page_of(file.body.decode())
    for each in site.pages:
        pages[f"{each.edition.language}/search.js"] = Page(tuple(_searched(each)), ())
    return pages, found


def _searched(pages: Pages) -> Iterator[str]:
    """Where search leads to. Pages that cannot be made are told of as such."""
    try:
        yield from (found.href for found in findable(pages))
    except BROKEN:
        return


def _reason(error: Exception) -> str:
    name = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return f"'{name}' is not in the contract" if isinstance(error, KeyError) else name


def twin_findings(site: Site, pages: Mapping[str, Page]) -> Iterator[str]:
    """Pages and anchors that one language has and another one has not."""
    first, *others = site.pages
    for other in others:
        for one, two in ((first, other), (other, first)):
            for path in one.sources:
                have, lack = (f"{each.edition.language}/{path}" for each in (one, two))
                if path not in two.sources:
                    yield f"{have}: has no twin in '{two.edition.language}'"
                elif have in pages and lack in pages:
                    for anchor in sorted({*pages[have].ids} - {*pages[lack].ids}):
                        yield f"{lack}: lacks the id '{anchor}', which {have} has"


def guide_findings(edition: Edition) -> Iterator[str]:
    """Names that the contract does not have, and code that cannot be read, in the guides.

    A name between backticks is judged when it is nearly that of an operation, problem or fact.
    """
    contract = edition.contract
    named = {*contract.operations, *contract.problems, *contract.facts}
    known = _all_texts(edition)
    for guide in guides.written(edition.language):
        if not guides.fits(guide, contract):
            continue
        place = f"guides/{edition.language}/{guide.slug}.md"
        try:
            text = guides.markdown_of(edition, guide)
        except BROKEN as error:
            yield f"{place}: {_reason(error)}"
            continue
        for span in _spans(text):
            if span in known or span in named or not _looks_like_a_name(span):
                continue
            if near := did_you_mean(span, named):
                yield f"{place}: '{span}' is not in the contract{near}"
        for language, code in _fences(text):
            wrong = unreadable(language, code)
            if wrong:
                yield f"{place}: a block of {language} {wrong}"


def sample_findings(edition: Edition) -> Iterator[str]:
    """Samples that their language does not understand, as far as can be told without running."""
    for operation in edition.contract.operations:
        for sample in samples_of(edition, operation):
            wrong = unreadable(sample.language, sample.code.text)
            if wrong:
                yield f"{edition.language}: the {sample.label} sample of {operation} {wrong}"


def unreadable(language: str, code: str) -> str:
    """Why a piece of Python or JSON cannot be read, or nothing; other languages are not judged."""
    try:
        if language == "python":
            ast.parse(code)
        elif language == "json":
            json.loads(code)
    except (SyntaxError, ValueError) as error:
        return f"cannot be read ({error})"
    return ""


def differences(expected: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[str]:
    """Where a folder differs from the files it should hold: file, and the first line that differs.

    What it should hold is what `build.everything` gives for its site.
    """
    wanted = dict(expected)
    for path, body in wanted.items():
        file = folder / path
        if not file.is_file():
            yield f"{path}: is missing"
        elif (there := file.read_bytes()) != body:
            yield f"{path}:{_first_difference(there, body)}"
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        if file.is_file() and path not in wanted:
            yield f"{path}: is not part of the site"


def _first_difference(there: bytes, wanted: bytes) -> str:
    """The line where two contents part, and both of them from there."""
    at = next((n for n, (a, b) in enumerate(zip(there, wanted, strict=False)) if a != b), None)
    at = min(len(there), len(wanted)) if at is None else at
    line = wanted.count(b"\n", 0, at) + 1
    start = max(wanted.rfind(b"\n", 0, at) + 1, at - _SHOWN // 2)
    old, new = (
        text[start : start + _SHOWN].split(b"\n")[0].decode("utf-8", "replace")
        for text in (there, wanted)
    )
    return f"{line}: has '{old}', the contract gives '{new}'"


def _spans(text: str) -> list[str]:
    """What stands between backticks in a guide, outside its blocks of code."""
    inline = (t for token in _parsed(text) if token.type == "inline" for t in token.children or [])
    return [token.content for token in inline if token.type == "code_inline"]


def _fences(text: str) -> list[tuple[str, str]]:
    """The blocks of code of a guide, each with its language."""
    return [(t.info.split()[0], t.content) for t in _parsed(text) if t.type == "fence" and t.info]


def _parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def _looks_like_a_name(span: str) -> bool:
    """Whether a word has the shape of an operation, a problem or a fact."""
    return _NAME.fullmatch(span) is not None


def _all_texts(edition: Edition) -> frozenset[str]:
    """Every key and every text of the contract: names of members, values, headers, paths."""
    found: set[str] = set()
    waiting: list[Any] = [edition.contract.document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found.update(node)
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str):
            found.add(node)
    return frozenset(found)
