"""The report for people at a terminal, and as plain text.

Lines are not broken, so that a line of curl can be copied; nothing that a server sent reaches the
terminal as a control character.
"""

from collections.abc import Iterable, Iterator
from io import StringIO

from rich.console import Console
from rich.text import Text

from ...contract.model import JsonObject
from ..model import Report
from ..texts import plain, shortened
from .data import data_of
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

_COLOURS = {"error": "bold red", "warning": "yellow"}
_VERDICTS = {"kept": "bold green", "broken": "bold red", "unproved": "bold red", "unclear": "bold"}
_WIDTH = 10
_MOST = 40
"""So many gaps or leftovers are told; the other reports have all of them."""
_LONGEST = 2_000


def show(report: Report, console: Console) -> None:
    """Print a report."""
    for line in rendered(data_of(report)):
        console.print(line, soft_wrap=True)


def as_text(data: JsonObject) -> str:
    """The report as plain text."""
    out = StringIO()
    console = Console(file=out, highlight=False, color_system=None, width=200)
    for line in rendered(data):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def rendered(data: JsonObject) -> Iterator[Text]:
    """The lines of a report."""
    for finding in fresh(data):
        yield from _finding(finding)
    yield from _listed("Not proved", [f"{u['id']}: {u['reason']}" for u in unproved(data)])
    yield from _listed("Wrong lines of the known findings", data["knownErrors"], "red")
    yield from _listed("Accepted", [f"{id_}: {why}" for id_, _, why in known(data)])
    yield from _listed("Left on the server", data["residue"])
    yield from _listed(WITHHELD, withheld(data))
    yield from _listed("Notes", data["notes"])
    yield from _coverage(data)
    yield Text(plain(about_run(data)))
    if data["stopped"] and data["verdict"] != "unclear":
        yield Text(plain(f"The run ended early: {data['stopped']}."), style="yellow")
    verdict = f"{verdict_of(data)} (exit status {data['status']})"
    yield Text(plain(verdict), style=_VERDICTS[data["verdict"]])


def _finding(finding: JsonObject) -> Iterator[Text]:
    colour = _COLOURS[finding["severity"]]
    head = Text.assemble(
        (finding["severity"], colour),
        " ",
        (plain(finding["id"]), "cyan"),
        " ",
        _cut(finding["title"]),
    )
    yield head
    rows = [
        ("at", operations_of(finding)),
        ("expected", finding["expected"]),
        ("received", finding["received"]),
        ("contract", finding["where"]),
        ("repair", finding["repair"]),
    ]
    if finding["wfc"]:
        rows.append(("fault", f"WFC {finding['wfc']}"))
    for name, value in rows:
        if value:
            yield Text.assemble(f"  {name:{_WIDTH}}", _cut(value))
    for line in finding["curl"].split("\n") if finding["curl"] else ():
        # Cut in the middle it would be a line that does something else.
        told = plain(line) if len(line) < 10 * _LONGEST else "# too long: the JSON report has it"
        yield Text(f"  {told}", style="dim")
    yield Text("")


def _cut(text: str) -> str:
    return plain(shortened(text, _LONGEST))


def _listed(title: str, lines: Iterable[str], colour: str = "") -> Iterator[Text]:
    """A list under its title; nothing at all when it is empty."""
    found = list(lines)
    if not found:
        return
    yield Text(f"{title} ({len(found)})", style="bold")
    for line in found[:_MOST]:
        yield Text(f"  {_cut(line)}", style=colour)
    if len(found) > _MOST:
        yield Text(f"  and {len(found) - _MOST} more")
    yield Text("")


def _coverage(data: JsonObject) -> Iterator[Text]:
    rows = list(coverage_rows(data))
    if not rows:
        return
    yield Text("Coverage", style="bold")
    for said, exercised, of in rows:
        yield Text(f"  {exercised:>6,} of {of:>6,} {said}")
    yield Text("")
