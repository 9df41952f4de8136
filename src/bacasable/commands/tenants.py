"""Tenants on the command line: list, fork, open, delete, reset."""

from typing import TYPE_CHECKING

import click

from .common import Said, control, table

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.command()
@control
def tenants(controls: "Controls") -> Said:
    """List the tenants."""
    found = controls.list_tenants()
    shown = ("slug", "status", "kind", "origin", "now", "records")
    rows = [[data[name] or "-" for name in shown] for data in found]
    return found, table(["tenant", *shown[1:]], rows)


@click.command()
@click.argument("tenant")
@click.argument("slug", required=False)
@control
def fork(controls: "Controls", tenant: str, slug: str | None) -> Said:
    """Fork TENANT into a new one, and print its slug."""
    made = controls.fork_tenant(tenant, slug)
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
@click.argument("tenant")
@control
def delete(controls: "Controls", tenant: str) -> Said:
    """Delete TENANT with everything in it."""
    controls.delete_tenant(tenant)
    return {"deleted": tenant}, [f"{tenant} is deleted"]


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
