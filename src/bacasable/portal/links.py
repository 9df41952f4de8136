"""Where the links of the pages lead: to a file of the site, at an id that is there.

Addresses outside the site are not asked. A link must work from a folder on disk and below any
prefix, so one that begins at the root of a host is a finding, and so is one that leads to a folder.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote, urlsplit

_TAG = re.compile(
    r"<!--.*?-->"
    r"|<(?P<raw>script|style)(?P<of_raw>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>.*?</(?P=raw)\s*>"
    r"|<[a-z](?P<inside>(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=>\"'/]+)(?:\s*=\s*(?:\"(?P<two>[^\"]*)\"|'(?P<one>[^']*)'|(?P<bare>[^\s\"'>]+)))?"
)
_LEADING = frozenset({"href", "src", "action", "poster"})


@dataclass(frozen=True, slots=True)
class Page:
    """What counts of a page: where it leads, and the ids in it, in their order."""

    targets: tuple[str, ...]
    ids: tuple[str, ...]


def page_of(html: str) -> Page:
    """The links and ids of a page. What scripts and comments hold is none of them."""
    targets: list[str] = []
    ids: list[str] = []
    for tag in _TAG.finditer(html):
        for found in _ATTRIBUTE.finditer(tag["inside"] or tag["of_raw"] or ""):
            name = found["name"].lower()
            if name == "id" or name in _LEADING:
                value = unescape(found["two"] or found["one"] or found["bare"] or "")
                (ids if name == "id" else targets).append(value)
    return Page(tuple(targets), tuple(ids))


def broken(pages: Mapping[str, Page], paths: Iterable[str]) -> Iterator[str]:
    """Every link of the pages (by path) that leads nowhere, and every id that stands twice.

    `paths` are all files of the site.
    """
    known = frozenset(paths)
    ids = {path: frozenset(page.ids) for path, page in pages.items()}
    for path, page in pages.items():
        for target in dict.fromkeys(page.targets):
            wrong = _wrong(path, target, known, ids)
            if wrong:
                yield f"{path}: the link '{target}' {wrong}"
        for name, count in Counter(page.ids).items():
            if count > 1:
                yield f"{path}: the id '{name}' stands {count} times"


def _wrong(path: str, target: str, known: frozenset[str], ids: Mapping[str, frozenset[str]]) -> str:
    """What is wrong with a link from a page, or nothing."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "is no address"
    if parts.scheme or parts.netloc:
        return ""
    if parts.path.startswith("/"):
        return "begins at the root of the host, so it breaks below a prefix"
    at = _resolved(path, unquote(parts.path)) if parts.path else path
    if at not in known:
        return f"leads to {at}, which is no file of the site"
    fragment = unquote(parts.fragment)
    if fragment and fragment not in ids.get(at, {fragment}):
        return f"leads to an id that {at} does not have"
    return ""


def _resolved(path: str, relative: str) -> str:
    """The path of a file, from that of the page that leads to it."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), relative))
    # A server may find an index in a folder; a disk shows the folder.
    return f"{found}/" if relative.endswith("/") else found
