"""Faults on the command line."""

from typing import TYPE_CHECKING, Any

import click

from ..mistakes import Commands
from .common import Data, Said, control, table, tenant_option

if TYPE_CHECKING:
    from ..client.controls import Controls

_KINDS = [
    "DELAY",
    "ERROR",
    "CUT",
    "TRUNCATE",
    "SLOW",
    "STALE",
    "DUPLICATE",
    "TOKEN_EXPIRED",
    "RATE_LIMIT",
    "DRIFT",
]
_CHANGES = ["MISSING", "TYPE", "ENUM", "EXTRA", "STATUS"]
_COMMON = {"id", "kind", "operations", "roles", "percent", "count", "struck", "remaining"}


@click.group(cls=Commands)
def fault() -> None:
    """Make calls of a tenant fail."""


@fault.command("add")
@click.argument("kind", type=click.Choice(_KINDS, case_sensitive=False))
@click.option("--operation", "operations", multiple=True, help="Only this; several are possible.")
@click.option("--role", "roles", multiple=True, help="Only this; several are possible.")
@click.option("--percent", type=float, default=None, help="Share of the calls, 100 for all.")
@click.option("--count", type=int, default=None, help="Only the next so many.")
@click.option("--seconds", type=float, default=None, help="For DELAY and SLOW.")
@click.option("--jitter", type=float, default=None, help="For DELAY: seconds more or less.")
@click.option("--status", type=int, default=None, help="For ERROR, and DRIFT by STATUS.")
@click.option("--code", default=None, help="For ERROR: a problem of the contract.")
@click.option("--when", type=click.Choice(["BEFORE", "MIDWAY"]), default=None, help="For CUT.")
@click.option(
    "--retry-after", "retryAfter", type=int, default=None, help="Seconds, for RATE_LIMIT."
)
@click.option("--change", type=click.Choice(_CHANGES), default=None, help="For DRIFT.")
@click.option("--member", default=None, help="For DRIFT: pointer into the record.")
@tenant_option
@control
def fault_add(controls: "Controls", tenant: str, **options: Any) -> Said:
    """Add a fault of KIND, and print its id."""
    fault = {name: list(v) if isinstance(v, tuple) else v for name, v in options.items()}
    data = controls.add_fault(tenant, fault)
    return data, [data["id"]]


@fault.command("list")
@tenant_option
@control
def fault_list(controls: "Controls", tenant: str) -> Said:
    """List the faults, and how often each struck."""
    found = controls.list_faults(tenant)
    return found, table(["id", "kind", "for", "struck", "left", "options"], [*map(_row, found)])


@fault.command("remove")
@click.argument("fault")
@tenant_option
@control
def fault_remove(controls: "Controls", tenant: str, fault: str) -> Said:
    """Remove the fault with the id FAULT."""
    controls.remove_fault(tenant, fault)
    return {"removed": fault}, [f"{fault} is removed"]


@fault.command("clear")
@tenant_option
@control
def fault_clear(controls: "Controls", tenant: str) -> Said:
    """Remove all faults of the tenant."""
    controls.clear_faults(tenant)
    return {"cleared": tenant}, [f"{tenant} has no faults"]


def _row(fault: Data) -> list[object]:
    calls = ",".join([*fault["operations"], *fault["roles"]]) or "every call"
    options = " ".join(f"{name}={fault[name]}" for name in fault if name not in _COMMON)
    if fault["percent"] != 100:
        options = f"{fault['percent']}% {options}".strip()
    left = "no end" if fault["remaining"] is None else fault["remaining"]
    return [fault["id"], fault["kind"], calls, fault["struck"], left, options]
