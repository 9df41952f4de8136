"""Tenants on the command line: list, fork, open, delete, reset."""

from typing import TYPE_CHECKING

import click

from .common import Data, Said, control, table
from .forwarding import Given, forwarded

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.command()
@forwarded("read_tenants")
def tenants(found: list[Data], _given: Given) -> Said:
    """List the tenants."""
    shown = ("slug", "status", "kind", "origin", "now", "records")
    rows = [[data[name] or "-" for name in shown] for data in found]
    return found, table(["tenant", *shown[1:]], rows)


@click.command()
@forwarded("fork_tenant", tenant="tenant", slug="slug")
def fork(made: Data, _given: Given) -> Said:
    """Fork TENANT into a new one, and print its slug."""
    return made, [made["slug"]]


@click.command("open")
@click.argument("file")
@control
def open_(controls: "Controls", file: str) -> Said:
    """Open a tenant from a fixture FILE (YAML), and print its slug."""
    from ..client.sandbox import read_fixture

    opened = controls.open_tenant(read_fixture(file))
    return opened, [opened["slug"]]


@click.command()
@forwarded("delete_tenant", tenant="tenant")
def delete(_none: None, given: Given) -> Said:
    """Delete TENANT with everything in it."""
    return {"deleted": given["tenant"]}, [f"{given['tenant']} is deleted"]


@click.command()
@click.option("--tenant", default=None, help="Only this one.")
@control
def reset(controls: "Controls", tenant: str | None) -> Said:
    """Reset the sandbox, or one tenant, to what it was."""
    if tenant is not None:
        data = controls.reset_tenant(tenant)
        return data, [f"{tenant} is as it was, at {data['now']}"]
    left = controls.reset_all()
    return left, [f"{data['slug']} is as it was, at {data['now']}" for data in left]
