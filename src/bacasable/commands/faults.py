"""Faults on the command line."""

import click

from ..mistakes import Commands
from .common import Data, Said, table
from .forwarding import Given, forwarded

_COMMON = {"id", "kind", "operations", "roles", "percent", "count", "struck", "remaining"}


@click.group(cls=Commands)
def fault() -> None:
    """Make calls of a tenant fail."""


@fault.command("add")
@forwarded("add_fault")
def fault_add(data: Data, _given: Given) -> Said:
    """Add a fault of KIND, and print its id."""
    return data, [data["id"]]


@fault.command("list")
@forwarded("list_faults")
def fault_list(found: list[Data], _given: Given) -> Said:
    """List the faults, and how often each struck."""
    return found, table(["id", "kind", "for", "struck", "left", "options"], [*map(_row, found)])


@fault.command("remove")
@forwarded("remove_fault")
def fault_remove(_none: None, given: Given) -> Said:
    """Remove the fault with the id FAULT."""
    return {"removed": given["fault"]}, [f"{given['fault']} is removed"]


@fault.command("clear")
@forwarded("clear_faults")
def fault_clear(_none: None, given: Given) -> Said:
    """Remove all faults of the tenant."""
    return {"cleared": given["tenant"]}, [f"{given['tenant']} has no faults"]


def _row(fault: Data) -> list[object]:
    calls = ",".join([*fault["operations"], *fault["roles"]]) or "every call"
    options = " ".join(f"{name}={fault[name]}" for name in fault if name not in _COMMON)
    if fault["percent"] != 100:
        options = f"{fault['percent']}% {options}".strip()
    left = "no end" if fault["remaining"] is None else fault["remaining"]
    return [fault["id"], fault["kind"], calls, fault["struck"], left, options]
