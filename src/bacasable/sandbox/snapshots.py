"""Snapshots as files: the state of a tenant as JSON that a later version reads, or refuses."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Generator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NoReturn

from ..contract.document import pointer
from ..contract.model import Contract, JsonObject, Violation
from ..contract.problems import Refusal
from ..contract.schemas import Check, SchemaSet
from ..contract.wire import to_json
from ..core import Engine, Space, TenantClock
from ..core.clock import parse_instant
from ..core.journal import JOURNAL
from ..core.messages import MESSAGES
from ..core.portions import PORTION, Portions, gathered, some
from ..core.store import Collection
from .bulk import (
    Findings,
    clash_findings,
    instant_findings,
    reference_findings,
    schema_findings,
)
from .estate import Estate, Saved

FORMAT, VERSION = "bacasable-snapshot", 1
_TOLD = 50
"""Violations of a file that are told; a file that does not fit often has thousands."""


async def to_file(contract: Contract, saved: Saved) -> AsyncGenerator[bytes, None]:
    """A snapshot as a file, in parts. Passing collections, sessions and tokens, are in no image."""
    image = saved.image
    frozen = isinstance(image.clock, TenantClock) and image.clock.frozen
    about = {
        "format": FORMAT,
        "version": VERSION,
        "contract": contract.version,
        "tenant": saved.tenant,
        "now": saved.now,
        "mode": "FROZEN" if frozen else "RUNNING",
        "lineage": image.lineage,
        "counters": dict(image.counters),
    }
    yield to_json(about)[:-1] + b',"collections":{'
    for number, (name, records) in enumerate(image.collections.items()):
        yield b"%b%b:[" % (b"," if number else b"", to_json(name))
        # Nobody writes to an image.
        rest = iter(records)
        comma = b""
        while portion := list(islice(rest, PORTION)):
            yield comma + to_json(portion)[1:-1]
            comma = b","
            await asyncio.sleep(0)
        yield b"]"
    yield b"}}"


def from_upload(estate: Estate, document: JsonObject) -> Portions[Saved]:
    """What a file of a caller holds: as `from_file`, and no fact lies in the future of its clock.

    A state file may have some: a sandbox can begin before its fixtures end.
    """
    saved = yield from from_file(estate, document)
    events = saved.image.collections.get(JOURNAL, ())
    last = max((event["occurredAt"] for event in events), default="")
    if saved.now < last:
        place = Violation("/now", f"lies before the last fact of the journal, {last}")
        raise Refusal("SNAPSHOT_REFUSED", violations=[place])
    return saved


def from_file(estate: Estate, document: JsonObject) -> Portions[Saved]:
    """What a file holds. Raises Refusal SNAPSHOT_REFUSED naming every place that does not fit."""
    yield from _refuse_foreign(document)
    saved, ours = document["contract"], estate.engine.contract.version
    said = f"It was saved under version {saved} of the contract, this is {ours}."
    yield from refuse_violations(estate.engine, document, said if saved != ours else "")
    space = yield from _filled(estate, document)
    image = space.image()
    return Saved(image, document["tenant"], document["now"])


def refuse_violations(engine: Engine, document: JsonObject, said: str = "") -> Portions[None]:
    """Raise Refusal SNAPSHOT_REFUSED for records that do not fit the contract, or each other.

    Of the document `tenant`, `collections` and `counters` are looked at.
    """
    found = yield from gathered(_violations(engine, document))
    found += yield from gathered(_number_findings(engine.contract, document))
    if found:
        _refuse(found, said)


def _refuse(found: list[Violation], said: str) -> NoReturn:
    rest = len(found) - _TOLD
    told = [*found[:_TOLD], *([Violation("", f"and {rest} more")] if rest > 0 else [])]
    raise Refusal("SNAPSHOT_REFUSED", said, violations=told)


def _refuse_foreign(document: JsonObject) -> Portions[None]:
    found = yield from gathered(_misshapen(document))
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


def _misshapen(document: JsonObject) -> Findings:
    """Where a file breaks the schema of files: what is around the records, and then these."""
    check, collections = _envelope(), document.get("collections")
    if not isinstance(collections, dict):
        yield from check(document)
        return
    hollow = {name: [] if isinstance(rs, list) else rs for name, rs in collections.items()}
    yield from check({**document, "collections": hollow})
    for name, records in collections.items():
        place = pointer("collections", name) + "/"
        for number, portion in enumerate(some(records) if isinstance(records, list) else ()):
            yield None
            for found in check({**document, "collections": {name: portion}}):
                at, slash, rest = found.pointer.removeprefix(place).partition("/")
                if found.pointer.startswith(place):
                    at = f"{number * PORTION + int(at)}"
                    yield Violation(f"{place}{at}{slash}{rest}", found.detail)


@cache
def _envelope() -> Check:
    text = files(__package__).joinpath("snapshot.schema.json").read_text("utf-8")
    return SchemaSet(json.loads(text)).request_check("")


def _violations(engine: Engine, document: JsonObject) -> Findings:
    contract, collections = engine.contract, document["collections"]
    if contract.tenancy.resource in contract.resources:
        tenant = engine.schemas.record_check(contract.resources[contract.tenancy.resource])
        yield from (Violation("/tenant" + v.pointer, v.detail) for v in tenant(document["tenant"]))
    shown = {n: records for n, records in collections.items() if not n.startswith(("(", "<"))}
    none = Collection(engine.platform.log)
    ids: dict[str, set[str]] = {}
    for name, records in shown.items():
        held = ids[name] = set()
        kind = contract.resources.get(name)
        key = kind.key_member if kind else "id"
        for at, portion in enumerate(some(records)):
            for number, record in enumerate(portion, at * PORTION):
                if key in record:
                    held.add(str(record[key]))
                else:
                    place = pointer("collections", name, number, key)
                    yield Violation(place, "is required")
            yield None

    def known(name: str, record_id: str) -> bool:
        return str(record_id) in ids.get(name, ())

    for name, records in shown.items():
        place, kind = pointer("collections", name), contract.resources.get(name)
        if kind is None or kind.scope != "tenant":
            yield Violation(place, "is no resource of a tenant")
            continue
        found = yield from _told(schema_findings(engine, kind, records, place))
        found = found or (yield from _told(instant_findings(engine, kind, records, place)))
        if not found:
            yield from clash_findings(kind, records, none, place, set())
            yield from reference_findings(kind, records, known, place)


def _told(findings: Findings) -> Generator[Violation | None, None, bool]:
    """The same findings, and in the end whether there were any."""
    found = False
    for one in findings:
        found = found or one is not None
        yield one
    return found


def _number_findings(contract: Contract, document: JsonObject) -> Findings:
    """Running numbers that are behind the records: the next would take the place of one of them."""
    numbered = {
        name: (name, kind.id_prefix)
        for name, kind in contract.resources.items()
        if kind.id_format == "sequence"
    }
    numbered[f"({MESSAGES})"] = (MESSAGES, "msg_")
    for name, (counter, prefix) in numbered.items():
        last = 0
        for portion in some(document["collections"].get(name, ())):
            last = max(last, *(_number(record["id"], prefix) for record in portion))
            yield None
        if document["counters"].get(counter, 0) < last:
            said = f"is less than {last}, the number of a record that is there"
            yield Violation(pointer("counters", counter), said)


def _number(record_id: str, prefix: str) -> int:
    """The running number in an id; 0 for an id that no running number makes."""
    found = re.fullmatch(re.escape(prefix) + "([0-9]{20})", record_id)
    return int(found[1]) if found else 0


def _filled(estate: Estate, document: JsonObject) -> Portions[Space]:
    """A space that holds what the file tells, and belongs to no tenant."""
    space = estate.platform.beside().nowhere("")
    space.lineage = document["lineage"]
    for name, records in document["collections"].items():
        collection = space.collection(name)
        for portion in some(records):
            for record in portion:
                collection.put(record)
            space.log.commit(0)
            yield
    # JSON Schema takes 1.0 for an integer.
    space.count({name: int(number) for name, number in document["counters"].items()})
    instant = parse_instant(document["now"])
    space.clock = clock = TenantClock(estate.clock)
    clock.set(instant, frozen=document["mode"] == "FROZEN")
    yield from estate.engine.reschedule(space, document["now"])
    return space
