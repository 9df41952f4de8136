"""Snapshots and bulk data on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..mistakes import Commands
from .common import Data, Said, control, table, tenant_option, values_in, write

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.group(cls=Commands)
def snapshot() -> None:
    """Save and restore states of a tenant."""


@snapshot.command("save")
@click.argument("name")
@tenant_option
@control
def snapshot_save(controls: "Controls", tenant: str, name: str) -> Said:
    """Save the present state under NAME."""
    return _snapshots(data := controls.save_snapshot(tenant, name), [data])


@snapshot.command("list")
@tenant_option
@control
def snapshot_list(controls: "Controls", tenant: str) -> Said:
    """List the snapshots."""
    return _snapshots(data := controls.list_snapshots(tenant), data)


@snapshot.command("restore")
@click.argument("name")
@tenant_option
@control
def snapshot_restore(controls: "Controls", tenant: str, name: str) -> Said:
    """Put the tenant back into the state NAME."""
    data = controls.restore_snapshot(tenant, name)
    return data, [f"{tenant} is as in {name}, at {data['now']}"]


@snapshot.command("delete")
@click.argument("name")
@tenant_option
@control
def snapshot_delete(controls: "Controls", tenant: str, name: str) -> Said:
    """Delete the snapshot NAME."""
    controls.delete_snapshot(tenant, name)
    return {"deleted": name}, [f"{name} is deleted"]


@snapshot.command("download")
@click.argument("name")
@click.argument("file", required=False)
@tenant_option
@control
def snapshot_download(controls: "Controls", tenant: str, name: str, file: str | None) -> Said:
    """Write the snapshot NAME to FILE (NAME.json when left out)."""
    path = Path(file or f"{name}.json")
    write(path, controls.download_snapshot(tenant, name))
    return {"file": str(path)}, [f"{name} is in {path}"]


@snapshot.command("upload")
@click.argument("name")
@click.argument("file")
@tenant_option
@control
def snapshot_upload(controls: "Controls", tenant: str, name: str, file: str) -> Said:
    """Store FILE as the snapshot NAME."""
    document = values_in(file)[0]
    return _snapshots(data := controls.upload_snapshot(tenant, name, document), [data])


def _snapshots(data: Any, found: Sequence[Data]) -> Said:
    rows = [[s["name"], s["now"], s["records"]] for s in found]
    return data, table(["name", "now", "records"], rows)


@click.command()
@click.argument("resource")
@click.argument("file")
@tenant_option
@control
def insert(controls: "Controls", tenant: str, resource: str, file: str) -> Said:
    """Insert the records of FILE (a JSON list, or one object a line; - for standard input)."""
    records = values_in(file)
    if len(records) == 1 and isinstance(records[0], list):
        (records,) = records
    data = controls.insert_records(tenant, resource, records)
    return data, [f"{data['inserted']} of {data['resource']} inserted"]
