"""Members of a record that only the server writes must not be settable by a caller."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.schema import SchemaView, whole
from ...contract.shape import record_schema, shape_of, success_schema
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from ..places import ABSENT, Places
from ..wrong import CLOSING
from . import Check
from ._input import body_of, record_in, reread, send, writes_record

_INSTANT, _DAY = "2001-02-03T04:05:06.000Z", "2001-02-03"


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = writes_record(subject, operation)
    if reason or operation is None:
        return reason
    if not _owned(subject, operation):
        return "a caller may set every member of the record that it answers"
    return ""


def _owned(subject: Subject, operation: Operation) -> dict[str, SchemaView]:
    """The members of the answered record that a caller cannot set, with their schemas.

    They are marked readOnly, or a body that is closed has none of them.
    """
    if operation.body is None:
        return {}
    document = subject.contract.document
    success = success_schema(document, operation)
    record = record_schema(success, shape_of(subject.contract, operation))
    body = whole(document, operation.body.schema)
    open_ = not any(body.get(key) is False for key in CLOSING)
    return {
        name: schema
        for name, schema in record.members.items()
        if schema.get("readOnly") is True or not (open_ or name in body.members)
    }


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    places, owned = bench.subject.places, _owned(bench.subject, operation)
    arranged = bench.maker.arranged(operation)
    body = body_of(arranged)
    if not isinstance(body, dict):
        return
    usual = _usual(bench, arranged)
    most = max(6, bench.subject.options.profile.samples)
    tried = {name: _other(places, schema, usual.get(name)) for name, schema in owned.items()}
    wanted = [n for n, value in tried.items() if value is not ABSENT and n not in body]
    accepted = operation.action.kind == "create"
    for name in wanted[:most]:
        if accepted and operation.action.kind == "create":
            arranged = bench.maker.arranged(operation)
        written = send(bench, arranged, body={**body_of(arranged), name: tried[name]})
        accepted = written.ok
        yield from _judged(bench, arranged, written, name, tried[name])


def _usual(bench: Bench, arranged: Arranged) -> JsonObject:
    """What the server itself puts into such a record."""
    record = arranged.record
    if record is None and arranged.operation.action.kind == "create":
        record = bench.maker.adopt(send(bench, arranged, intent="valid"), arranged.parent)
    if record is not None:
        return record.value
    before = reread(bench, arranged, send(bench, arranged, intent="valid"))
    value = record_in(bench, before) if before else None
    return value if isinstance(value, dict) else {}


def _judged(
    bench: Bench, arranged: Arranged, written: Exchange, name: str, value: Json
) -> Iterator[Fault]:
    if not written.ok:
        return
    exchanges: tuple[Exchange, ...] = (written,)
    if not _has(bench, written, name, value):
        again = reread(bench, arranged, written)
        if again is None or not _has(bench, again, name, value):
            return
        exchanges = (written, again)
    operation = arranged.operation
    yield Fault(
        cause=f"{operation.action.resource or operation.path}: {name} can be set",
        title=f"{operation.method.upper()} {operation.path} sets {name}, which only the server may",
        expected="refused, or left out of account",
        received=f"{written.status}, and the record has the {name} that was sent",
        place=operation.body.pointer if operation.body else "",
        exchanges=exchanges,
    )


def _has(bench: Bench, exchange: Exchange, name: str, value: Json) -> bool:
    record = record_in(bench, exchange)
    return isinstance(record, dict) and name in record and record[name] == value


def _other(places: Places, schema: SchemaView, usual: Json) -> Json:
    """A valid value that the server would not choose itself; ABSENT if none is found."""
    test = places.test(schema.schema)
    candidates: list[Json] = [*schema.get("enum", ()), _INSTANT, _DAY]
    if isinstance(usual, str):
        candidates += [usual[:-5] + "7q9z3", usual[:-1] + ("7" if usual[-1:] != "7" else "8")]
    if isinstance(usual, bool):
        candidates.append(not usual)
    if {"integer", "number"} & set(schema.kinds):
        candidates += [97, 41, 7, 2]
    candidates += [places.sample(schema.schema), "set by the caller"]
    fitting = (c for c in candidates if c is not ABSENT and c not in (None, usual, [], {}))
    return next((c for c in fitting if test(c)), ABSENT)


CHECK = Check(
    id="server-owned-members",
    enforces="Members that only the server writes cannot be set by a caller.",
    stands="The keyword readOnly, and members of the record that a closed request body has not.",
    severity="error",
    repair="Take from the body only what its schema names, never the whole object.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=203,
)
