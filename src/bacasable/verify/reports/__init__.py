"""Reports of a run in several formats. Every format is made from the same plain, masked data."""

from pathlib import Path

from ..model import Report
from .data import data_of
from .har import as_har
from .html import as_html
from .json_report import as_json
from .junit import as_junit
from .markdown import as_markdown
from .sarif import as_sarif
from .terminal import as_text

_WRITERS = {
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "html": as_html,
    "markdown": as_markdown,
    "terminal": as_text,
    "har": as_har,
}
FORMATS = tuple(_WRITERS)
"""The formats that a report can be written in."""


def write(report: Report, format: str, path: Path) -> None:  # noqa: A002 - as the option is called
    """Write a report in one of FORMATS to a file, in UTF-8. Raises OSError."""
    text = _WRITERS[format](data_of(report))
    path.write_bytes(text.encode("utf-8", "replace"))
