"""Snapshots as files: the state of a tenant as JSON that a later version reads, or refuses."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import jsonschema_rs

from ..contract.document import pointer
from ..contract.model import Contract, JsonObject, Violation
from ..contract.problems import Refusal
from ..core import Engine, Space, TenantClock
from ..core.access import TENANTS
from ..core.clock import parse_instant
from .bulk import instant_findings, record_check, reference_findings
from .estate import Estate, Saved

FORMAT, VERSION = "bacasable-snapshot", 1
_TOLD = 50
"""Violations of a file that are told; a file that does not fit often has thousands."""


def to_file(contract: Contract, saved: Saved) -> JsonObject:
    """A snapshot as a file. Passing collections, sessions and tokens, are in no image."""
    image = saved.image
    frozen = isinstance(image.clock, TenantClock) and image.clock.frozen
    return {
        "format": FORMAT,
        "version": VERSION,
        "contract": contract.document["info"]["version"],
        "tenant": saved.tenant,
        "now": saved.now,
        "mode": "FROZEN" if frozen else "RUNNING",
        "lineage": image.lineage,
        "counters": dict(image.counters),
        "collections": {n: list(records) for n, records in image.collections.items()},
    }


def from_file(estate: Estate, document: JsonObject) -> Saved:
    """What a file holds. Raises Refusal SNAPSHOT_REFUSED naming every place that does not fit."""
    engine = estate.engine
    _refuse_foreign(document)
    found = list(_violations(engine, document))
    if found:
        rest = len(found) - _TOLD
        told = [*found[:_TOLD], *([Violation("", f"and {rest} more")] if rest > 0 else [])]
        said = f"It was saved under version {document['contract']} of the contract"
        ours = engine.contract.document["info"]["version"]
        raise Refusal("SNAPSHOT_REFUSED", f"{said}, this is {ours}.", violations=told)
    space = _filled(estate, document)
    image = space.image()
    return Saved(image, document["tenant"], document["now"])


def _refuse_foreign(document: JsonObject) -> None:
    for error in _envelope().iter_errors(document):
        place = Violation(pointer(*error.instance_path), error.message)
        raise Refusal("SNAPSHOT_REFUSED", "It is no snapshot.", violations=[place])
    if document["version"] > VERSION:
        said = f"It has the version {document['version']} of the format, and this reads {VERSION}."
        raise Refusal("SNAPSHOT_REFUSED", said)
    if parse_instant(document["now"]).year > 9998:
        place = Violation("/now", "lies beyond the year 9998, the last of a clock")
        raise Refusal("SNAPSHOT_REFUSED", violations=[place])


@cache
def _envelope() -> jsonschema_rs.Draft202012Validator:
    text = files(__package__).joinpath("snapshot.schema.json").read_text("utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text), validate_formats=True)


def _violations(engine: Engine, document: JsonObject) -> Iterator[Violation]:
    contract, collections = engine.contract, document["collections"]
    tenant = record_check(engine.schemas, contract.resources[TENANTS])
    yield from (Violation("/tenant" + v.pointer, v.detail) for v in tenant(document["tenant"]))
    shown = {name: records for name, records in collections.items() if not name.startswith("(")}
    ids = {name: {record["id"] for record in records} for name, records in shown.items()}

    def known(name: str, record_id: str) -> bool:
        return record_id in ids.get(name, ())

    for name, records in shown.items():
        place, kind = pointer("collections", name), contract.resources.get(name)
        if kind is None or kind.scope != "tenant":
            yield Violation(place, "is no resource of a tenant")
            continue
        if len(ids[name]) < len(records):
            yield Violation(place, "holds an id more than once")
        check = record_check(engine.schemas, kind)
        found = [
            Violation(f"{place}/{n}{v.pointer}", v.detail)
            for n, record in enumerate(records)
            for v in check(record)
        ]
        found = found or list(instant_findings(engine, kind, records, place))
        yield from found or reference_findings(kind, records, known, place)


def _filled(estate: Estate, document: JsonObject) -> Space:
    """A space that holds what the file tells, and belongs to no tenant."""
    space = Space("", "", estate.platform.seed, TenantClock(estate.clock), estate.platform.log)
    space.lineage = document["lineage"]
    for name, records in document["collections"].items():
        collection = space.collection(name)
        for record in records:
            collection.put(record)
    space.count(document["counters"])
    instant = parse_instant(document["now"])
    space.clock = clock = TenantClock(estate.clock)
    clock.set(instant, frozen=document["mode"] == "FROZEN")
    estate.engine.reschedule(space, document["now"])
    return space
