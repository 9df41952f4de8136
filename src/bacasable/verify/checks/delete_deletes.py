"""A delete deletes: the record answers no more, and deleting it again is refused as documented."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..maker import CannotMake
from ..model import Fault
from . import Check
from ._lists import place_of

_GONE = (404, 410)
_LATER = 202


def _reading(subject: Subject, operation: Operation) -> Operation | None:
    """The operation that gets what another deletes."""
    for other in subject.contract.operations.values():
        if other.method == "get" and other.path == operation.path and subject.caller(other):
            return other
    return None


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.method != "delete" or operation.action.kind != "delete":
        return "it deletes no record"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if _reading(subject, operation) is None and not _documented_gone(operation):
        return "nothing gets such a record, and no answer for one that is gone is documented"
    return ""


def _documented_gone(operation: Operation) -> list[int]:
    return [status for status in _GONE if status in operation.answers]


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    arranged = bench.maker.arranged(operation)
    path, who = arranged.path, arranged.identity
    deleted = bench.call(operation, path=path, query=arranged.query, identity=who, intent="valid")
    if not deleted.ok:
        raise CannotMake(f"its valid request was answered with {deleted.status}")
    if deleted.status == _LATER:
        return
    reading = _reading(bench.subject, operation)
    if reading:
        read = bench.call(reading, path=path)
        if read.ok:
            yield Fault(
                cause="a deleted record answers",
                title="A record still answers after it was deleted",
                expected=" or ".join(str(s) for s in _documented_gone(reading) or _GONE[:1]),
                received=str(read.status),
                place=place_of(operation),
                exchanges=(deleted, read),
                wfc=103,
            )
            return
    again = bench.call(operation, path=path, query=arranged.query, identity=who)
    gone = _documented_gone(operation)
    if again.ok and gone:
        yield Fault(
            cause="a deleted record is deleted again",
            title="A record can be deleted twice",
            expected=f"{gone[0]}, as it is documented for a record that is not there",
            received=str(again.status),
            place=place_of(operation, "responses", str(gone[0])),
            exchanges=(deleted, again),
        )


CHECK = Check(
    id="delete-deletes",
    enforces="A record that was deleted answers no more, and cannot be deleted again.",
    stands="RFC 9110, 9.3.5 (DELETE), and the answers documented for what is not there.",
    severity="error",
    repair="Remove the record, or hide it from every operation, before 2xx is answered.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=103,
)
