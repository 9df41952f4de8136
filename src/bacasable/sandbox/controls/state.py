"""The state of a tenant: snapshots, and records inserted in bulk."""

import re

from ...contract.model import JsonObject, Violation
from ...contract.problems import Refusal
from ...contract.request import Values
from ...core import Space
from ...core.portions import Portions
from ..bulk import insert
from ..estate import Saved, count_records
from ..hub import Answer, Hub
from ..snapshots import from_upload, to_file

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def list_snapshots(hub: Hub, values: Values) -> Answer:
    """The snapshots of a tenant."""
    kept = hub.estate.holding(_space(hub, values).slug).snapshots
    return Answer(data={"items": [_told(name, saved) for name, saved in kept.items()]})


def get_snapshot(hub: Hub, values: Values) -> Answer:
    """What is known of one snapshot."""
    return Answer(data=_told(values.path["name"], _saved(hub, values)))


def save_snapshot(hub: Hub, values: Values) -> Answer:
    """The present state under a name."""
    return _keep(hub, values, hub.estate.save(_space(hub, values)))


def delete_snapshot(hub: Hub, values: Values) -> Answer:
    """It is gone."""
    _saved(hub, values)
    hub.estate.forget_snapshot(values.path["tenant"], values.path["name"])
    return Answer(204)


def restore_snapshot(hub: Hub, values: Values) -> Answer:
    """The tenant at the instant of the snapshot."""
    space, saved = _space(hub, values), _saved(hub, values)
    hub.estate.restore(space, saved, at=saved.now)
    return Answer(data=hub.estate.describe(space))


def download_snapshot(hub: Hub, values: Values) -> Answer:
    """The snapshot as a file."""
    slug, name = values.path["tenant"], values.path["name"]
    parts = to_file(hub.engine.contract, _saved(hub, values))
    named = f'attachment; filename="{slug}.{name}.json"'
    return Answer(stream=parts, headers={"Content-Disposition": named})


def upload_snapshot(hub: Hub, values: Values) -> Portions[Answer]:
    """A file as a snapshot."""
    _space(hub, values)
    saved = yield from from_upload(hub.estate, values.body)
    # The tenant may have gone meanwhile.
    _space(hub, values)
    return _keep(hub, values, saved)


def insert_records(hub: Hub, values: Values) -> Portions[Answer]:
    """Many records at once."""
    body, space = values.body, _space(hub, values)
    ids = yield from insert(hub.engine, space, body["resource"], body["records"])
    if _space(hub, values) is not space:
        raise Refusal("NOT_FOUND", f"The tenant '{space.slug}' was deleted meanwhile.")
    return Answer(201, {"resource": body["resource"], "inserted": len(ids), "ids": ids})


def _space(hub: Hub, values: Values) -> Space:
    return hub.estate.space(values.path["tenant"])


def _saved(hub: Hub, values: Values) -> Saved:
    """The snapshot of this name. Raises Refusal NOT_FOUND."""
    slug, name = _space(hub, values).slug, values.path["name"]
    saved = hub.estate.holding(slug).snapshots.get(name)
    if saved is None:
        raise Refusal("NOT_FOUND", f"'{slug}' has no snapshot '{name}'.")
    return saved


def _keep(hub: Hub, values: Values, saved: Saved) -> Answer:
    name = values.path["name"]
    # Elsewhere a name that breaks its pattern is an unknown one; here it would become known.
    if _NAME.fullmatch(name) is None:
        said = "is not 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit"
        raise Refusal("INVALID_REQUEST", violations=[Violation("path/name", said)])
    hub.estate.keep_snapshot(values.path["tenant"], name, saved)
    return Answer(data=_told(name, saved))


def _told(name: str, saved: Saved) -> JsonObject:
    records = count_records(saved.image.collections)
    return {"name": name, "now": saved.now, "records": records}
