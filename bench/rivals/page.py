"""The page of a run: what each server does, its figures on each document, and how ours compares."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .seen import CASES, MEASURES, Seen, times_better
from .tools import NODE, OURS, RIVALS, Tool

_HEAD = """# Beside other mock servers

Four mock servers and Bacasable on the same three documents, in one run on one machine: `ferry` and
`music`, written by hand in `bench/documents/`, and `estate`, a large one that the script makes.
Every measurement is of a server started anew, which listens on loopback alone; the servers take
turns, and the first of a round is another one each time. Written by `python -m bench.rivals`:

```sh
python -m bench.rivals --install DIR    # by npm, into a folder outside of the repository
python -m bench.rivals --tools DIR --page docs/rivals.md
```
"""
_NOTES = f"""\
- Node of the rivals: {NODE}, from npm, because their newest versions ask for it.
- Start-up is from launch to the first answer, memory is resident memory (RSS) of the one process,
  after its first answer and after all load.
- Load comes from 16 connections. *list* is GET of the collection, *get* is GET of a record that the
  document's examples show, *create* a POST of a valid body, *create, refused* a POST of one that
  breaks the schema in two places or more.
- Ours makes, checks, stores and shows a record for each *create*; a server that keeps nothing sends
  the same bytes again, or makes some up. The table of what they do says who does which: a server
  that checks no body is ahead where it skips the work.
- Our start-up is the import of Python's modules: 1.5 of 1.6 seconds of processor time on the two
  small documents, 1.5 of 1.8 on the large one, on a busy machine. A third of it is Connexion with
  what it imports itself (requests, werkzeug, jsonschema, httpx, Starlette's test client)."""


@dataclass
class Document:
    """A document as it was measured: its operations and bytes, and what was seen by server."""

    name: str
    operations: int
    size: int
    seen: dict[str, Seen] = field(default_factory=dict)


def page(about: dict[str, str], documents: list[Document], notes: list[str]) -> str:
    """The page, as Markdown."""
    tools = [t for t in (OURS, *RIVALS) if any(t.name in d.seen for d in documents)]
    lines = [_HEAD, ", ".join(f"{name} {value}" for name, value in about.items()) + ".", ""]
    lines += ["## What they do", "", *_deeds(tools, documents), ""]
    for document in documents:
        lines += [f"## `{document.name}`", "", _told(document), "", *_figures(tools, document), ""]
    lines += ["## Ahead of each?", "", *_ahead(tools, documents), ""]
    lines += ["## How they are set up", ""]
    lines += [
        f"- **{t.name}** ({', '.join(t.packages) or 'this repository'}): {t.setup}" for t in tools
    ]
    lines += [_NOTES, *(f"- {text}" for text in notes)]
    return "\n".join(lines) + "\n"


def _told(document: Document) -> str:
    size = f"{document.operations} operations, {document.size / 1000:.0f} KB"
    return f"{size}. Requests per second, with p50 / p99 in ms."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def _deeds(tools: list[Tool], documents: list[Document]) -> list[str]:
    heads = ("server", "refuses a wrong body", "keeps what is created", "checks its answers")
    rows = []
    for tool in tools:
        seen = [d.seen[tool.name] for d in documents if tool.name in d.seen]
        tried = [s for s in seen if s.statuses]
        statuses = sorted({str(s.statuses["refused"]) for s in tried})
        refuses = "yes" if tried and all(s.refuses for s in tried) else "no"
        keeps = "yes" if tried and all(s.keeps for s in tried) else "no"
        answered = f"{refuses} ({', '.join(statuses)})" if tried else "not tried"
        row = (tool.name, answered, keeps if tried else "not tried", tool.checks_answers)
        rows.append((*row, *(_bytes(d.seen.get(tool.name)) for d in documents)))
    return _table([*heads, *(f"bytes of a list, {d.name}" for d in documents)], rows)


def _bytes(seen: Seen | None) -> str:
    return f"{seen.listed:,}" if seen and seen.statuses else ""


def _figures(tools: list[Tool], document: Document) -> list[str]:
    heads = ("server", "start-up", "MB at start → after load", *(MEASURES[c][1] for c in CASES))
    return _table(heads, (_row(t, document.seen[t.name]) for t in tools if t.name in document.seen))


def _row(tool: Tool, seen: Seen) -> tuple[str, ...]:
    started = seen.median("start-up")
    if started is None:
        return (tool.name, seen.said, *[""] * (len(CASES) + 1))
    loaded = seen.median("loaded")
    after = "" if loaded is None else f" → {loaded:.0f}"
    memory = f"{seen.median('fresh') or 0:.0f}{after}"
    return (tool.name, f"{started:.2f} s", memory, *(_cell(seen, case) for case in CASES))


def _cell(seen: Seen, case: str) -> str:
    figure, latencies = seen.median(case), seen.latencies(case)
    if figure is None:
        return seen.said
    told = f" ({latencies[0]:.1f} / {latencies[1]:.1f})" if latencies else ""
    status = seen.statuses.get(case)
    expected = seen.refuses if case == "refused" else 200 <= (status or 0) < 300
    return f"{figure:,.0f}{told}" + ("" if expected else f", answers {status}")


def _ahead(tools: list[Tool], documents: list[Document]) -> list[str]:
    rivals = [tool for tool in tools if tool is not OURS]
    heads = ("document", "measure", *(f"to {tool.name}" for tool in rivals), "ahead of each")
    rows = list(_ahead_rows(rivals, documents))
    return [
        "How many times better Bacasable was: below 1 it was behind (bold).",
        "",
        *_table(heads, rows),
    ]


def _ahead_rows(rivals: list[Tool], documents: list[Document]) -> Iterator[tuple[str, ...]]:
    for document in documents:
        ours = document.seen.get(OURS.name, Seen())
        for measure, (_, name) in MEASURES.items():
            found = [times_better(ours, document.seen.get(t.name, Seen()), measure) for t in rivals]
            known = [ratio for ratio in found if ratio is not None]
            ahead = "" if not known else "yes" if min(known) > 1 else "no"
            yield (document.name, name, *map(_ratio, found), ahead)


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    told = f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
    return told if ratio > 1 else f"**{told}**"
