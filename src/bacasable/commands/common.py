"""What all commands of the controls share: how they call, what they print, which files they read.

A command gives its answer twice: as data for --json, and as lines to read. Errors are one line on
standard error, with exit status 2. Heavy imports wait until a command runs.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ..console import say
from ..mistakes import Mistake, plain

DEFAULT_URL = "http://127.0.0.1:4010"

Data = dict[str, Any]
Said = tuple[Any, Iterable[str]]
"""An answer: as data, and as lines. Of an iterator each value becomes a line of JSON."""

tenant_option = click.option("--tenant", required=True, help="Slug of the tenant.")
root_option = click.option(
    "--root",
    default=None,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where files that the document refers to may lie.  [default: its folder]",
)


def control(command: Callable[..., Said]) -> Callable[..., None]:
    """A function of the controls and its options, as a command that prints what it gives."""

    @click.option("--url", envvar="BACASABLE_URL", default=DEFAULT_URL, show_default=True)
    @click.option("--key", envvar="BACASABLE_KEY", default=None, help="[env BACASABLE_KEY]")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @wraps(command)
    def run(url: str, key: str | None, as_json: bool, **options: Any) -> None:
        from ..client.errors import SandboxError
        from ..client.places import controls_at

        try:
            with controls_at(url, key) as controls:
                data, lines = command(controls, **options)
                streams = isinstance(data, Iterator)
                told = (
                    map(json.dumps, data if streams else [data]) if as_json else map(plain, lines)
                )
                # Printed while the sandbox is there: a log that is followed comes bit by bit, and
                # ends when its reader has enough.
                with suppress(KeyboardInterrupt) if streams else nullcontext():
                    for line in told:
                        if not say(line) and streams:
                            break
        except (SandboxError, ValueError, OSError) as error:
            raise Mistake(str(error)) from error

    return run


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines of columns, a line of heads above them when there are any."""
    cells = [[*heads]] if heads else []
    cells += [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def values_in(file: str) -> list[Any]:
    """The JSON values in a file, one or several; - is standard input. Raises Mistake."""
    try:
        # JSON is UTF-8, whatever the console is.
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{file}: cannot be read ({error})") from error
    try:
        return [json.loads(text)]
    except ValueError as whole:
        try:
            lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            lines = []
        if not lines:
            raise Mistake(f"{file}: is no JSON ({whole})") from whole
        return lines


def write(file: Path, data: Any) -> None:
    """Write data as JSON. Raises Mistake when it cannot be written."""
    try:
        file.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise Mistake(f"{file}: cannot be written ({error.strerror})") from error
