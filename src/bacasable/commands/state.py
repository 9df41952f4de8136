"""Snapshots and bulk data on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..mistakes import Commands
from .common import Data, Said, control, table, tenant_option, values_in, write
from .forwarding import Given, forwarded

if TYPE_CHECKING:
    from ..client.controls import Controls


@click.group(cls=Commands)
def snapshot() -> None:
    """Save and restore states of a tenant."""


@snapshot.command("save")
@forwarded("save_snapshot")
def snapshot_save(data: Data, _given: Given) -> Said:
    """Save the present state under NAME."""
    return _snapshots(data, [data])


@snapshot.command("list")
@forwarded("list_snapshots")
def snapshot_list(found: list[Data], _given: Given) -> Said:
    """List the snapshots."""
    return _snapshots(found, found)


@snapshot.command("restore")
@forwarded("restore_snapshot")
def snapshot_restore(data: Data, given: Given) -> Said:
    """Put the tenant back into the state NAME."""
    return data, [f"{given['tenant']} is as in {given['name']}, at {data['now']}"]


@snapshot.command("delete")
@forwarded("delete_snapshot")
def snapshot_delete(_none: None, given: Given) -> Said:
    """Delete the snapshot NAME."""
    return {"deleted": given["name"]}, [f"{given['name']} is deleted"]


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
