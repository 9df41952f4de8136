"""Snapshots as files: the state of a tenant as JSON that a later version reads, or refuses."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NoReturn

from ..contract.document import pointer
from ..contract.model import Contract, JsonObject, Violation
from ..contract.problems import Refusal
from ..contract.schemas import Check, SchemaSet
from ..core import Engine, Space, TenantClock
from ..core.access import TENANTS
from ..core.clock import parse_instant
from ..core.journal import JOURNAL
from ..core.messages import MESSAGES
from ..core.store import Collection
from .bulk import clash_findings, instant_findings, reference_findings
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
        "contract": contract.version,
        "tenant": saved.tenant,
        "now": saved.now,
        "mode": "FROZEN" if frozen else "RUNNING",
        "lineage": image.lineage,
        "counters": dict(image.counters),
        "collections": {n: list(records) for n, records in image.collections.items()},
    }


def from_upload(estate: Estate, document: JsonObject) -> Saved:
    """What a file of a caller holds: as `from_file`, and no fact lies in the future of its clock.

    A state file may have some: a sandbox can begin before its fixtures end.
    """
    saved = from_file(estate, document)
    events = saved.image.collections.get(JOURNAL, ())
    last = max((event["occurredAt"] for event in events), default="")
    if saved.now < last:
        place = Violation("/now", f"lies before the last fact of the journal, {last}")
        raise Refusal("SNAPSHOT_REFUSED", violations=[place])
    return saved


def from_file(estate: Estate, document: JsonObject) -> Saved:
    """What a file holds. Raises Refusal SNAPSHOT_REFUSED naming every place that does not fit."""
    contract = estate.engine.contract
    _refuse_foreign(document)
    found = [*_violations(estate.engine, document), *_number_findings(contract, document)]
    if found:
        saved, ours = document["contract"], contract.version
        said = f"It was saved under version {saved} of the contract, this is {ours}."
        _refuse(found, said if saved != ours else "")
    space = _filled(estate, document)
    image = space.image()
    return Saved(image, document["tenant"], document["now"])


def _refuse(found: list[Violation], said: str) -> NoReturn:
    rest = len(found) - _TOLD
    told = [*found[:_TOLD], *([Violation("", f"and {rest} more")] if rest > 0 else [])]
    raise Refusal("SNAPSHOT_REFUSED", said, violations=told)


def _refuse_foreign(document: JsonObject) -> None:
    found = _envelope()(document)
    if found:
        _refuse(found, "It is no snapshot.")
    if document["version"] > VERSION:
        said = f"It has the version {document['version']} of the format, and this reads {VERSION}."
        raise Refusal("SNAPSHOT_REFUSED", said)
    try:
        late = parse_instant(document["now"]).year > 9998
    except ValueError as error:
        # The second 60 and the year 0 are dates and times for JSON Schema.
        _refuse([Violation("/now", f"is no instant of a clock: {error}")], "")
    if late:
        _refuse([Violation("/now", "lies beyond the year 9998, the last of a clock")], "")


@cache
def _envelope() -> Check:
    text = files(__package__).joinpath("snapshot.schema.json").read_text("utf-8")
    return SchemaSet(json.loads(text)).request_check("")


def _violations(engine: Engine, document: JsonObject) -> Iterator[Violation]:
    contract, collections = engine.contract, document["collections"]
    tenant = engine.schemas.record_check(contract.resources[TENANTS])
    yield from (Violation("/tenant" + v.pointer, v.detail) for v in tenant(document["tenant"]))
    shown = {name: records for name, records in collections.items() if not name.startswith("(")}
    none = Collection(engine.platform.log)
    ids = {name: {record["id"] for record in records} for name, records in shown.items()}

    def known(name: str, record_id: str) -> bool:
        return record_id in ids.get(name, ())

    for name, records in shown.items():
        place, kind = pointer("collections", name), contract.resources.get(name)
        if kind is None or kind.scope != "tenant":
            yield Violation(place, "is no resource of a tenant")
            continue
        check = engine.schemas.record_check(kind)
        found = [
            Violation(f"{place}/{n}{v.pointer}", v.detail)
            for n, record in enumerate(records)
            for v in check(record)
        ]
        found = found or list(instant_findings(engine, kind, records, place))
        yield from found
        if not found:
            yield from clash_findings(kind, records, none, place)
            yield from reference_findings(kind, records, known, place)


def _number_findings(contract: Contract, document: JsonObject) -> Iterator[Violation]:
    """Running numbers that are behind the records: the next would take the place of one of them."""
    numbered = {
        name: (name, kind.id_prefix)
        for name, kind in contract.resources.items()
        if kind.id_format == "sequence"
    }
    numbered[f"({MESSAGES})"] = (MESSAGES, "msg_")
    for name, (counter, prefix) in numbered.items():
        records = document["collections"].get(name, ())
        last = max((_number(record["id"], prefix) for record in records), default=0)
        if document["counters"].get(counter, 0) < last:
            said = f"is less than {last}, the number of a record that is there"
            yield Violation(pointer("counters", counter), said)


def _number(record_id: str, prefix: str) -> int:
    """The running number in an id; 0 for an id that no running number makes."""
    found = re.fullmatch(re.escape(prefix) + "([0-9]{20})", record_id)
    return int(found[1]) if found else 0


def _filled(estate: Estate, document: JsonObject) -> Space:
    """A space that holds what the file tells, and belongs to no tenant."""
    space = Space("", "", estate.platform.seed, TenantClock(estate.clock), estate.platform.log)
    space.lineage = document["lineage"]
    for name, records in document["collections"].items():
        collection = space.collection(name)
        for record in records:
            collection.put(record)
    # JSON Schema takes 1.0 for an integer.
    space.count({name: int(number) for name, number in document["counters"].items()})
    instant = parse_instant(document["now"])
    space.clock = clock = TenantClock(estate.clock)
    clock.set(instant, frozen=document["mode"] == "FROZEN")
    estate.engine.reschedule(space, document["now"])
    return space
