"""The clock of a tenant on the command line."""

from typing import TYPE_CHECKING

import click

from ..mistakes import Commands
from .common import Data, Said, control, table, tenant_option
from .forwarding import Given, forwarded

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.group(cls=Commands)
def clock() -> None:
    """Read, set, freeze, run and advance the clock of a tenant."""


@clock.command("show")
@forwarded("get_clock")
def clock_show(data: Data, _given: Given) -> Said:
    """Print the present instant, and whether the clock runs."""
    return _time(data)


@clock.command("set")
@click.argument("at", metavar="INSTANT")
@tenant_option
@control
def clock_set(controls: "Controls", tenant: str, at: str) -> Said:
    """Set the clock to INSTANT, and print what fell due."""
    return _time(controls.set_clock(tenant, now=at))


@clock.command("freeze")
@click.argument("at", metavar="[INSTANT]", required=False)
@tenant_option
@control
def clock_freeze(controls: "Controls", tenant: str, at: str | None) -> Said:
    """Let the clock stand still, now or at INSTANT."""
    return _time(controls.set_clock(tenant, now=at, mode="FROZEN"))


@clock.command("run")
@tenant_option
@control
def clock_run(controls: "Controls", tenant: str) -> Said:
    """Let the clock run on."""
    return _time(controls.set_clock(tenant, mode="RUNNING"))


@clock.command("advance")
@forwarded("advance_clock", by="duration")
def clock_advance(data: Data, _given: Given) -> Said:
    """Advance the clock by DURATION (ISO 8601: P90D, PT1H), and print what fell due."""
    return _time(data)


def _time(data: Data) -> Said:
    fired = data.get("fired", [])
    rows = [[f["at"], f["timer"], f["resource"], f["resourceId"]] for f in fired]
    return data, [f"{data['now']} {data['mode']}", *table([], rows)]
