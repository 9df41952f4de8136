"""A record that another refers to cannot be deleted."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ..bench import Bench, Subject
from ..maker import CannotMake, Record
from ..model import Fault
from . import Check
from ._lifecycle import CONFLICT, WRONG_DATA, creates, says_nothing


def _referring(subject: Subject, operation: Operation | None) -> list[tuple[str, str]]:
    """Resources that may refer to what an operation deletes, and the member that does."""
    if operation is None or operation.action.kind != "delete":
        return []
    wanted, found = operation.action.resource, []
    for other in subject.contract.operations.values():
        resource = subject.contract.resources.get(other.action.resource or "")
        if other.action.kind == "create" and other.body and resource:
            kept = {r.path for r in resource.references if r.resource == wanted}
            names = [
                r.path[0] for r in other.body.references if r.path in kept and r.path[1:] == ()
            ]
            found += [(resource.name, name) for name in names]
    return found


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or not _referring(subject, operation):
        return "it deletes nothing that others refer to"
    if not subject.contract.strict:
        return "the contract does not say what becomes of what is referred to"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if not creates(subject, operation.action.resource or ""):
        return "no operation creates records to try it with"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    tried: list[str] = []
    if operation is None:
        return
    for resource, name in _referring(bench.subject, operation):
        arranged = bench.maker.arranged(operation)
        record = arranged.record
        try:
            if record:
                referring = bench.maker.new(resource, members={name: record.id})
                yield from _kept(bench, operation, record, referring, name)
                tried.append(resource)
        except CannotMake:
            # Some refer to records in a state in which they could not be deleted anyway.
            continue
    if not tried:
        raise CannotMake(f"nothing that refers to a {operation.action.resource} can be made")


def _kept(
    bench: Bench, operation: Operation, record: Record, referring: Record, name: str
) -> Iterator[Fault]:
    exchange = bench.call(operation, path=record.path)
    gone = exchange.ok or bench.maker.again(record) is None
    if says_nothing(exchange) or not (gone or _otherwise(operation, exchange.status)):
        return
    yield Fault(
        cause=f"deleted while {referring.resource}.{name} refers to it",
        title=f"{operation.id} on a record that a {referring.resource} refers to is not refused",
        expected=f"{CONFLICT}: it is still referred to, and stays",
        received=f"{exchange.status}, and it is {'gone' if gone else 'still there'}",
        place=pointer("components", "schemas", referring.resource, "properties", name),
        exchanges=(exchange,),
        wfc=WRONG_DATA,
    )


def _otherwise(operation: Operation, status: int) -> bool:
    return CONFLICT in operation.answers and status != CONFLICT


CHECK = Check(
    id="referred-to-stays",
    enforces="A record that another one refers to is not deleted.",
    stands="References (x-references): a record that is referred to cannot be deleted.",
    severity="error",
    repair="Refuse the delete with 409 while anything refers to the record.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
