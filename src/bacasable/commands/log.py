"""The request log on the command line: one line an exchange."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import Data, Said, control, write
from .forwarding import options_of

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.command()
@options_of("read_log")
@click.option("--follow", is_flag=True, help="Print each exchange when it happens, until Ctrl+C.")
@click.option("--har", default=None, metavar="FILE", help="Write an HTTP archive instead.")
@click.option("--clear", is_flag=True, help="Forget the exchanges instead, of --tenant or all.")
@control
def log(
    controls: "Controls",
    *,
    follow: bool,
    har: str | None,
    clear: bool,
    **filters: Any,
) -> Said:
    """Print the last exchanges, oldest first; with --json each as a line of JSON."""
    if clear:
        controls.clear_log(tenant=filters["tenant"])
        return {"cleared": filters["tenant"]}, ["the log is empty"]
    if har is not None:
        archive = controls.export_log(**filters)
        write(Path(har), archive)
        count = len(archive["log"]["entries"])
        return {"file": har, "exchanges": count}, [f"{count} exchanges are in {har}"]
    found = _followed(controls, filters) if follow else iter(controls.read_log(**filters))
    return found, map(_line, found)


def _followed(controls: "Controls", filters: Mapping[str, Any]) -> Iterator[Data]:
    with controls.follow_log(**filters) as told:
        yield from told


def _line(exchange: Data) -> str:
    query = f"?{exchange['query']}" if exchange["query"] else ""
    parts = [
        exchange["at"][11:19],
        str(exchange["status"] or "cut"),
        f"{exchange['method']} {exchange['path']}{query}",
        exchange["operation"] or "-",
        exchange["tenant"] or "-",
        exchange["actor"] or "-",
        f"{exchange['durationMs']:.1f}ms",
        exchange["code"] or "",
        " ".join(f"{v['pointer'] or '/'}: {v['detail']}" for v in exchange["violations"]),
        " ".join(exchange["faults"]),
    ]
    return "  ".join(part for part in parts if part)
