"""If-Match: who changes a record that somebody else has changed is refused, with 412."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from . import Check
from ._calls import accepted, documents_header, is_busy, reader_of, record_in, send
from .etag import tag_of

_STALE = '"long-gone"'


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of If-Match on an operation that changes a record."""
    reader = reader_of(bench.contract, operation) if operation else None
    if operation is None or reader is None:
        return
    arranged = bench.maker.arranged(operation)
    if arranged.record is None or not arranged.record.made:
        return
    before = accepted(_read(bench, reader, arranged))
    if not tag_of(before):
        return  # for the check of documented headers to tell
    stale = send(bench, arranged, headers={"If-Match": _STALE})
    if is_busy(stale):
        return
    if stale.ok:
        yield _fault(operation, "If-Match is ignored", "412", f"{stale.status}", (before, stale))
        return
    after = _read(bench, reader, arranged)
    if after.ok and _differs(bench, reader, before, after):
        what = "refused, yet changed"
        yield _fault(operation, what, "the record as it was", "another", (before, stale, after))
        return
    made = send(bench, arranged, headers={"If-Match": tag_of(before)})
    if made.status == 412:
        what = "the present ETag is refused"
        yield _fault(operation, what, f"{operation.success}", "412", (before, made))
    elif made.ok and stale.status != 412:
        what = "refused with another status"
        yield _fault(operation, what, "412", f"{stale.status}", (before, stale))


def _read(bench: Bench, reader: Operation, arranged: Arranged) -> Exchange:
    """Read the record as the caller sees it: who sees it masked has another ETag."""
    names = {name: value for name, value in arranged.path.items() if f"{{{name}}}" in reader.path}
    roles, role = reader.roles or (), arranged.identity.role
    allowed = not roles or not role or role in roles
    return bench.call(reader, path=names, identity=arranged.identity if allowed else None)


def _differs(bench: Bench, reader: Operation, before: Exchange, after: Exchange) -> bool:
    return bool(
        record_in(bench.contract, reader, before) != record_in(bench.contract, reader, after)
    )


def _fault(
    operation: Operation, what: str, wanted: str, found: str, shown: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        cause=f"{operation.action.resource or operation.id} {what}",
        title=f"A change is not protected against others: {what}",
        expected=wanted,
        received=found,
        place=pointer(*operation.steps, "responses", "412"),
        exchanges=shown,
    )


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or 412 not in operation.answers:
        return "it documents no 412"
    reader = reader_of(subject.contract, operation)
    if reader is None or not documents_header(reader, "ETag"):
        return "nothing that reads its record documents an ETag"
    if operation.action.item_param is None:
        return "it acts on no record that could be made for it"
    return "" if subject.caller(operation) else "no account was given whose role may call it"


CHECK = Check(
    id="if-match",
    enforces="With If-Match a record is changed only while it has this ETag; otherwise 412.",
    stands="Answer 412; RFC 9110, 13.1.1.",
    severity="error",
    repair="Compare If-Match with the record's ETag before anything is changed.",
    kind="operation",
    applies=_applies,
    probe=probe,
)
