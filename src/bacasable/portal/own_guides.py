"""The guides of a folder: Markdown files that its user wrote, as they are.

They are no templates, and raw HTML in them is shown and not done. The first heading of a file is
its title, and `index.md` is the home page.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..contract.document import read_text
from .markdown import html, inline, plain
from .model import Found
from .pages import Source

HOME = "index"
_TITLE = re.compile(r"^# +(.+?) *#*$\n?", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$\n?", re.MULTILINE | re.DOTALL)
_BESIDE = re.compile(r'href="([\w.-]+)\.md(?=["#])')


def own_guides(folder: Path) -> Iterator[Source]:
    """A page for each file of a folder, in the order of their names. Raises ContractError."""
    for file in sorted(folder.glob("*.md")):
        yield _source(file.stem, read_text(file))


def _source(slug: str, text: str) -> Source:
    match = _TITLE.search(_CODE.sub("", text))
    title = plain(inline(match[1])) if match else slug.replace("-", " ").capitalize()
    body = text.replace(match[0], "", 1) if match else text
    path = f"{HOME}.html" if slug == HOME else f"guides/{slug}.html"
    return Source(
        path,
        title,
        "home.html.j2" if slug == HOME else "guide.html.j2",
        partial(_context, slug, body),
        group="guides",
        found=partial(_found, title, path, body),
    )


def _context(slug: str, body: str) -> dict[str, Any]:
    """What the page shows; files that it leads to beside itself are pages."""
    within = "guides/" if slug == HOME else ""
    made = _BESIDE.sub(rf'href="{within}\1.html', html(body))
    return {"html": Markup(made), "headings": []}  # noqa: S704 - escaped


def _found(title: str, path: str, body: str) -> Iterator[Found]:
    yield Found("guide", title, "", path, " ".join(plain(html(_CODE.sub("", body))).split()))
