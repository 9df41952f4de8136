"""The report as one page that needs no network: nothing in it is fetched, nothing is sent.

All texts are escaped, and the page's own policy admits no script but its own: an answer of the
server under test cannot act in it.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ...contract.model import JsonObject
from ..texts import plain, shortened
from .summary import (
    WITHHELD,
    about_run,
    by_status,
    cells,
    coverage_rows,
    failures,
    known,
    operations_of,
    reasons,
    unproved,
    verdict_of,
    withheld,
)

_SYMBOLS = {
    "passed": "✓",
    "failed": "✗",
    "warned": "!",
    "known": "≈",
    "not-applicable": "·",
    "not-judged": "?",
}
"""What a cell of the matrix shows, beside its colour."""
_SHOWN = {
    "passed": "kept",
    "failed": "broken",
    "warned": "warning",
    "known": "accepted",
    "not-applicable": "not applicable",
    "not-judged": "not judged",
}
_LONGEST = 3_000
_MOST_EXCHANGES = 6
_MOST_GAPS = 150
_ROOM = 700_000
"""So many characters of exchanges are shown; findings beyond have theirs in the JSON report."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the matrix: its kind, the finding that it leads to, why it is what it is."""

    kind: str
    symbol: str
    finding: str
    title: str


def as_html(data: JsonObject) -> str:
    """The report as a page."""
    style, script = _part("page.css"), _part("page.js")
    return _template().render(
        data=data,
        style=Markup(style),  # noqa: S704 - a file of ours
        script=Markup(script),  # noqa: S704 - a file of ours
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        verdict=verdict_of(data),
        about=about_run(data),
        findings=list(_findings(data)),
        unproved=unproved(data),
        withheld=withheld(data),
        withheld_title=WITHHELD,
        accepted=list(known(data)),
        coverage=[(said, n, of, round(100 * n / of, 1)) for said, n, of in coverage_rows(data)],
        statuses=_bars(by_status(data)),
        severities=_bars(_severities(data)),
        checks=data["checks"],
        rows=list(_rows(data)),
        legend=[(kind, _SYMBOLS[kind], said) for kind, said in _SHOWN.items()],
        gaps=[(said, count, found[:_MOST_GAPS]) for said, count, found in reasons(data)],
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_part("page.html.j2"))


def _shown(value: Any) -> Any:
    """Texts without characters that turn the direction of writing, or that nobody sees."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(plain, value.split("\n")))
    return value


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _severities(data: JsonObject) -> dict[str, int]:
    summary = data["summary"]
    found = {"error": "errors", "warning": "warnings", "accepted": "known"}
    return {said: summary[key] for said, key in found.items()}


def _bars(counts: dict[str, int]) -> list[tuple[str, int, float]]:
    """Bars of a chart: name, number, and width in percent of the longest."""
    most = max(counts.values(), default=0) or 1
    return [(name, count, round(100 * count / most, 1)) for name, count in counts.items()]


def _findings(data: JsonObject) -> Iterator[JsonObject]:
    """Findings as they are shown: what is long is cut, and says so."""
    room = _ROOM
    for finding in data["findings"]:
        shown = [_exchange(e) for e in finding["exchanges"][-_MOST_EXCHANGES:]]
        size = sum(len(text) for e in shown for text in e.values() if isinstance(text, str))
        room -= size + len(finding["curl"])
        fits = room > 0
        curl = finding["curl"] if len(finding["curl"]) < 5 * _LONGEST else ""
        texts = ("title", "cause", "expected", "received", "repair", "known")
        yield (
            finding
            | {k: shortened(finding[k], _LONGEST) for k in texts}
            | {
                "where_found": operations_of(finding, most=200),
                "exchanges": shown if fits else [],
                "left": len(finding["exchanges"]) - (len(shown) if fits else 0),
                "curl": curl if fits else "",
            }
        )


def _exchange(exchange: JsonObject) -> JsonObject:
    request, response = exchange["request"], exchange["response"]
    head = "\n".join(f"{name}: {value}" for name, value in request["headers"])
    answer = exchange["failure"]
    if response:
        answer = "\n".join(f"{name}: {value}" for name, value in response["headers"])
        answer = _cut(answer + "\n\n" + _body(response["body"]))
    return {
        "who": exchange["identity"]["name"],
        "line": _cut(f"{request['method']} {request['target']}"),
        "request": _cut(head + ("\n\n" + _body(request["body"]) if request["body"] else "")),
        "status": response["status"] if response else "no answer",
        "answer": answer,
    }


def _body(body: JsonObject) -> str:
    return str(body["text"]) if "text" in body else f"(base64) {body['base64']}"


def _cut(text: str) -> str:
    return shortened(text, _LONGEST)


def _rows(data: JsonObject) -> Iterator[tuple[str, list[Cell]]]:
    """The matrix: a row for each operation, and one for the server where it was checked."""
    known_cells, found = cells(data), failures(data)
    order = [entry["id"] for entry in data["coverage"].get("operations", ())]
    there = dict.fromkeys(operation for _, operation in known_cells)
    order = [o for o in order if o in there] + [o for o in there if o and o not in order]
    for operation in [*([""] if "" in there else []), *order]:
        row = [
            _cell(known_cells.get((c["id"], operation)), found.get((c["id"], operation), []))
            for c in data["checks"]
        ]
        yield operation or "(the server)", row


def _cell(outcome: JsonObject | None, found: list[JsonObject]) -> Cell:
    if outcome is None:
        return Cell("", "", "", "")
    kind, finding, title = outcome["verdict"], "", outcome["reason"]
    if found:
        fresh = [f for f in found if not f["known"]]
        errors = [f for f in fresh if f["severity"] == "error"]
        kind = "failed" if errors else "warned" if fresh else "known"
        first = (errors or fresh or found)[0]
        finding, title = first["id"], first["title"]
    return Cell(kind, _SYMBOLS[kind], finding, shortened(title, 80))
