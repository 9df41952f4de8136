"""The report as a summary for a pull request, in the Markdown of GitHub and GitLab.

What servers say is text in it, never markup: no link, no image, no mention of anybody.
"""

import re
from collections.abc import Iterable, Iterator

from ...contract.model import JsonObject
from ..texts import number_of, plain, shortened
from .summary import (
    WITHHELD,
    about_run,
    coverage_rows,
    fresh,
    known,
    operations_of,
    unproved,
    verdict_of,
    withheld,
)

MOST_BYTES = 60_000
"""Comments of GitHub have room for 65,536 characters."""
_MOST = (40, 20, 10, 5, 1)
"""So many items of a list are told; fewer, if it is too long even so."""
_LONGEST = 300
_SPECIAL = re.compile(r"[\\`*_\[\]()#!|~>$]|^[-+=]|(?<=\d)[.)](?=\s|$)")
_LINKED = re.compile(r"(?<=:)(?=//)|@|(?i:(?<=www)(?=\.))")
"""What is a link or a mention without any markup."""


def as_markdown(data: JsonObject) -> str:
    """The report as Markdown, of MOST_BYTES at most."""
    told = ("\n".join(_lines(data, most)) + "\n" for most in _MOST)
    return next((text for text in told if len(text.encode("utf-8", "replace")) <= MOST_BYTES), "")


def _lines(data: JsonObject, most: int) -> Iterator[str]:
    mark = "✅" if data["status"] == 0 else "❌" if data["status"] == 1 else "⚠️"
    yield f"## {mark} {escaped(verdict_of(data))}"
    yield ""
    yield escaped(about_run(data))
    yield ""
    if data["stopped"] and data["verdict"] != "unclear":
        yield f"The run ended early: {escaped(data['stopped'])}."
        yield ""
    yield from _findings(most, fresh(data))
    gaps = [f"{_code(u['id'])}: {escaped(u['reason'])}" for u in unproved(data)]
    yield from _listed(most, "Not proved", gaps)
    yield from _listed(most, "Wrong lines of the known findings", map(escaped, data["knownErrors"]))
    accepted = [f"{_code(id_)}: {escaped(what)} — {escaped(why)}" for id_, what, why in known(data)]
    yield from _folded(most, "Accepted", accepted)
    yield from _listed(most, "Left on the server", map(escaped, data["residue"]))
    yield from _listed(most, WITHHELD, map(escaped, withheld(data)))
    yield from _folded(most, "Notes", map(escaped, data["notes"]))
    yield from _coverage(data)


def _findings(most: int, found: list[JsonObject]) -> Iterator[str]:
    if not found:
        return
    yield "| | finding | operations | expected | received | contract |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for finding in found[:most]:
        mark = "❌" if finding["severity"] == "error" else "⚠️"
        title = f"{escaped(finding['title'])}<br>{_code(finding['id'])}"
        texts = [operations_of(finding), finding["expected"], finding["received"]]
        cells = [mark, title, *map(escaped, texts), _code(finding["where"])]
        yield "| " + " | ".join(cells) + " |"
    yield ""
    if len(found) > most:
        yield f"And {number_of(len(found) - most, 'finding')} more: the other reports have all."
        yield ""


def _listed(most: int, title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"### {title} ({len(found)})"
        yield ""
        yield from _items(most, found)


def _folded(most: int, title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"<details><summary>{title} ({len(found)})</summary>"
        yield ""
        yield from _items(most, found)
        yield "</details>"
        yield ""


def _items(most: int, found: list[str]) -> Iterator[str]:
    yield from (f"- {line}" for line in found[:most])
    if len(found) > most:
        yield f"- and {len(found) - most} more"
    yield ""


def _coverage(data: JsonObject) -> Iterator[str]:
    rows = list(coverage_rows(data))
    if rows:
        yield "<details><summary>Coverage</summary>"
        yield ""
        yield "| of | exercised | there are |"
        yield "| --- | ---: | ---: |"
        yield from (f"| {said} | {exercised:,} | {of:,} |" for said, exercised, of in rows)
        yield ""
        yield "</details>"


def escaped(text: str) -> str:
    """Text as text: nothing in it is markup, nor a line of its own."""
    told = shortened(plain(text), _LONGEST).replace("&", "&amp;").replace("<", "&lt;")
    told = _SPECIAL.sub(lambda match: f"\\{match[0]}", told)
    return _LINKED.sub(lambda match: f"{match[0]}<!-- -->", told)


def _code(text: str) -> str:
    """Text as code in a cell of a table."""
    return f"`{shortened(plain(text), _LONGEST).replace('`', chr(0x2019)).replace('|', '/')}`"
