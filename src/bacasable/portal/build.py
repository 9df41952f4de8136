"""The site as a folder of files that needs no server: written whole, or not at all.

The folder is made beside its place and then takes it, so that nobody meets half a site, and what
was there before is gone only when the new one stands. A marker file says that a folder is a site of
ours, which may be replaced, and how it was built, so that it can be compared later.
"""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any
from xml.sax.saxutils import escape

from .checking import broken_links, pages_of
from .site import Site

MARKER = ".bacasable-site.json"


class Refused(Exception):
    """The site cannot be written there. One line."""


class Unsound(Exception):
    """The site has links that lead nowhere; `findings` are one line each."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__(f"{len(findings)} link(s) lead nowhere; nothing was written")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Built:
    """What was written."""

    files: int
    size: int
    seconds: float
    leading_nowhere: list[str] = field(default_factory=list)
    """Links in the texts of a document of others, which are addresses of another site."""


def build(site: Site, out: Path, *, site_url: str | None = None) -> Built:
    """Write every file of the site below `out`, which is made, or replaced when it is ours.

    `site_url` is where the folder will be published, if that is known: maps for search engines
    name whole addresses. Raises Refused, and Unsound before anything is written.
    """
    began = time.perf_counter()
    out = out.resolve()
    _refuse_foreign(out)
    loose = broken_links(site)
    # Texts of others link to pages beside their own portal: nobody here can correct them.
    is_of_others = any(not each.edition.contract.strict for each in site.pages)
    findings = pages_of(site)[1] if loose and is_of_others else loose
    if findings:
        raise Unsound(findings)
    try:
        count, size = _write_beside(out, everything(site, site_url))
    except OSError as error:
        said = error.strerror or str(error)
        raise Refused(f"{out}: cannot be written ({said}); nothing was changed") from error
    return Built(count, size, time.perf_counter() - began, loose)


def everything(site: Site, site_url: str | None = None) -> Iterator[tuple[str, bytes]]:
    """Every file of the folder: those of the site, and what only a published folder needs."""
    for path in site.paths:
        file = site.file(path)
        if file is not None:
            yield path, file.body
    # Some hosts of static pages leave out folders whose names they find strange, unless told so.
    yield ".nojekyll", b""
    yield MARKER, _marker(site, site_url)
    yield "404.html", site.missing(None if site_url is None else f"{site_url}/")
    if site_url is not None:
        yield "sitemap.xml", _sitemap(site, site_url)
        yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site_url}/sitemap.xml\n".encode()


def built_with(folder: Path) -> dict[str, Any]:
    """How a folder of ours was built: languages, baseUrl, siteUrl. Raises Refused for others."""
    try:
        told: dict[str, Any] = json.loads((folder / MARKER).read_text("utf-8"))
        return {name: told[name] for name in ("languages", "baseUrl", "siteUrl")}
    except OSError as error:
        raise Refused(f"{folder}: is no site that 'bacasable docs build' wrote") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(f"{folder / MARKER}: cannot be understood; build the site again") from error


def _refuse_foreign(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise Refused(f"{out}: is a file; name a folder")
    if any(out.iterdir()) and not (out / MARKER).is_file():
        raise Refused(f"{out}: holds files that no build of ours wrote; name another folder")


def _write_beside(out: Path, files: Iterator[tuple[str, bytes]]) -> tuple[int, int]:
    """Write the files into a new folder and put it in the place of `out`: count and bytes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    token = token_hex(4)
    new, old = (out.parent / f".{out.name}.{kind}-{token}" for kind in ("new", "old"))
    count = size = 0
    try:
        for path, body in files:
            file = new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
            count, size = count + 1, size + len(body)
        _swap(new, out, old)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    return count, size


def _swap(new: Path, out: Path, old: Path) -> None:
    """Let `new` take the place of `out`, which may not exist and becomes `old`."""
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        if old.exists():
            old.rename(out)
        raise


def _marker(site: Site, site_url: str | None) -> bytes:
    told = {
        "about": "A site that 'bacasable docs build' wrote, and will replace.",
        "languages": list(site.languages),
        "baseUrl": site.pages[0].edition.base_url,
        "siteUrl": site_url,
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def _sitemap(site: Site, site_url: str) -> bytes:
    schemas = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"',
        'xmlns:xhtml="http://www.w3.org/1999/xhtml"',
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {' '.join(schemas)}>"]
    for pages in site.pages:
        for path in pages.sources:
            at = {lang: escape(f"{site_url}/{lang}/{path}") for lang in site.languages}
            lines.append(f"<url><loc>{at[pages.edition.language]}</loc>")
            lines += [
                f'<xhtml:link rel="alternate" hreflang="{lang}" href="{address}"/>'
                for lang, address in at.items()
            ]
            lines.append("</url>")
    return "\n".join([*lines, "</urlset>", ""]).encode()
