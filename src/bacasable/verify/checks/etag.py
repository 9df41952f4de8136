"""Entity tags: they change if and only if the record does, and If-None-Match asks by them."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake
from ..model import Exchange, Fault
from . import Check
from ._calls import accepted, documents_header, is_busy, record_in, send

_OTHER = '"not-this-one"'


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Faults of the entity tags of an operation that reads a record."""
    if operation is None:
        return
    arranged = bench.maker.arranged(operation, fresh=False)
    first = accepted(send(bench, arranged, intent="valid"))
    tag = tag_of(first)
    if not tag:
        return  # for the check of documented headers to tell
    second = accepted(send(bench, arranged, intent="valid"))
    if _same(bench, operation, first, second) and tag_of(second) != tag:
        yield _fault(operation, "changes without a change", tag, tag_of(second), (first, second))
        return
    if 304 in operation.answers:
        yield from _conditional(bench, arranged, second)
    if not bench.subject.options.read_only:
        yield from _changed(bench, operation)


def tag_of(exchange: Exchange) -> str:
    """The entity tag of an answer; empty without one."""
    return (exchange.response.header("etag") or "") if exchange.response else ""


def _same(bench: Bench, operation: Operation, first: Exchange, second: Exchange) -> bool:
    records = [record_in(bench.contract, operation, e) for e in (first, second)]
    return records[0] is not None and records[0] == records[1]


def _conditional(bench: Bench, arranged: Arranged, before: Exchange) -> Iterator[Fault]:
    operation, tag = arranged.operation, tag_of(before)
    asked = send(bench, arranged, headers={"If-None-Match": tag})
    if is_busy(asked) or (asked.ok and tag_of(asked) != tag):
        return  # the record was changed meanwhile
    if asked.status != 304:
        yield _fault(
            operation, "If-None-Match is ignored", "304", f"{asked.status}", (before, asked)
        )
        return
    if asked.response and asked.response.body:
        yield _fault(operation, "304 with a body", "no body", "a body", (before, asked))
    if tag_of(asked) != tag:
        found = tag_of(asked) or "no ETag"
        yield _fault(operation, "304 without its ETag", tag, found, (before, asked))
    other = send(bench, arranged, headers={"If-None-Match": _OTHER})
    if other.status == 304:
        what = "304 for another ETag"
        yield _fault(operation, what, f"{before.status}", "304", (before, other))


def _changed(bench: Bench, operation: Operation) -> Iterator[Fault]:
    """Faults after a change of a record that this run made."""
    change = _change_of(bench.subject, operation)
    if change is None or shape_of(bench.contract, operation).record is None:
        return
    try:
        arranged = bench.maker.arranged(change)
    except CannotMake:
        return
    if arranged.record is None or not arranged.record.made:
        return
    before = accepted(bench.call(operation, path=arranged.path, intent="valid"))
    made = send(bench, arranged, intent="valid")
    after = bench.call(operation, path=arranged.path, intent="valid")
    if not (made.ok and after.ok) or _same(bench, operation, before, after):
        return
    shown = (before, made, after)
    if tag_of(before) and tag_of(before) == tag_of(after):
        what = "does not change with the record"
        yield _fault(operation, what, "another ETag", tag_of(after), shown)
    if 304 in operation.answers and tag_of(before) != tag_of(after):
        stale = {"If-None-Match": tag_of(before)}
        asked = bench.call(operation, path=arranged.path, headers=stale)
        if asked.status == 304:
            what = "304 for a record that has changed"
            yield _fault(operation, what, f"{after.status}", "304", (*shown, asked))


def _change_of(subject: Subject, operation: Operation) -> Operation | None:
    """The operation that changes what another reads: an update, or else a transition."""
    resource = operation.action.resource
    operations = subject.contract.operations.values()
    kin = [o for o in operations if o.action.resource == resource and subject.caller(o)]
    for kind in ("update", "transition"):
        for other in kin:
            if other.action.kind == kind and other.path.startswith(operation.path):
                return other
    return None


def _fault(
    operation: Operation, what: str, wanted: str, found: str, shown: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        cause=f"{operation.action.resource or operation.id} {what}",
        title=f"Entity tags do not keep their word: {what}",
        expected=wanted,
        received=found,
        place=pointer(*operation.steps),
        exchanges=shown,
    )


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.method != "get" or operation.action.kind == "list":
        return "it does not read a record"
    if not documents_header(operation, "ETag"):
        return "its answer documents no ETag"
    return "" if subject.caller(operation) else "no account was given whose role may call it"


CHECK = Check(
    id="etag",
    enforces="An ETag changes if and only if its record does, and If-None-Match is honoured.",
    stands="Header ETag, answer 304; RFC 9110, 8.8.3 and 13.1.2.",
    severity="error",
    repair="Compute the ETag from the record as it is sent, without the time of the answer.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
