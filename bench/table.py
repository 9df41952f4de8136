"""The table of a run, as text that is valid Markdown, and as JSON."""

import datetime as dt
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

_HEADS = (
    "row",
    "figure",
    "to stock Connexion",
    "to bare ASGI",
    "other ratio",
    "p50 / p99 ms",
    "target",
    "met",
)


@dataclass
class Row:
    """One line of the table.

    `figure` is in `unit`. Ratios are of throughput, so that more is better, unless `other_of` says
    otherwise. `met` is None for a row without a target. `rounds` holds every measurement.
    """

    name: str
    figure: float | None = None
    unit: str = "requests/s"
    to_stock: float | None = None
    to_bare: float | None = None
    other: float | None = None
    other_of: str = ""
    p50_ms: float | None = None
    p99_ms: float | None = None
    target: str = ""
    met: bool | None = None
    rounds: dict[str, list[Any]] = field(default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        """The row as text, in the order of the heads."""
        latency = (
            f"{self.p50_ms:.2f} / {self.p99_ms:.2f}"
            if self.p50_ms is not None and self.p99_ms is not None
            else ""
        )
        return (
            self.name,
            "not measured" if self.figure is None else f"{_number(self.figure)} {self.unit}",
            _ratio(self.to_stock),
            _ratio(self.to_bare),
            f"{_ratio(self.other)} {self.other_of}".strip(),
            latency,
            self.target,
            "" if self.met is None else "yes" if self.met else "no",
        )


@dataclass
class Report:
    """A run: its surroundings, its rows, and notes about both."""

    environment: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The report as plain text that is valid Markdown."""
        about = ", ".join(f"{name} {value}" for name, value in self.environment.items())
        lines = [about, "", *_aligned([_HEADS, *(row.cells() for row in self.rows)]), ""]
        return "\n".join(lines + [f"- {note}" for note in self.notes])

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def environment(client: str) -> dict[str, str]:
    """What a figure depends on: date, processor, versions, client."""
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": f"{_processor()} ({os.cpu_count()} cores)",
        "Python": platform.python_version(),
        "bacasable": version("bacasable"),
        "Connexion": version("connexion"),
        "uvicorn": version("uvicorn"),
        "client": client,
    }


def _processor() -> str:
    """The model of the processor, as the system names it."""
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    known = Path("/proc/cpuinfo")
    lines = known.read_text(encoding="utf-8").splitlines() if known.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return [lines[0], rule, *lines[1:]]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
