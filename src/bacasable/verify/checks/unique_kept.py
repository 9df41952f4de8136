"""What must be unique is refused when it comes a second time, in another case as well."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ...contract.renaming import unique_taken
from ...contract.schema import SchemaView
from ..bench import Bench, Subject
from ..maker import Record
from ..model import Exchange, Fault
from . import Check
from ._lifecycle import CONFLICT, WRONG_DATA, creates


def _fields(subject: Subject, operation: Operation | None) -> list[str]:
    """Unique members that the body of an operation may set."""
    if operation is None or operation.body is None:
        return []
    resource = subject.contract.resources.get(operation.action.resource or "")
    if resource is None or operation.action.kind not in ("create", "update"):
        return []
    named = SchemaView(subject.contract.document, operation.body.schema).names
    return [n for n in unique_taken(subject.contract, operation) if n in named]


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or not _fields(subject, operation):
        return "it sets nothing that must be unique"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if not creates(subject, operation.action.resource or ""):
        return "no operation creates records to try it with"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    first = bench.maker.new(operation.action.resource or "")
    for name in _fields(bench.subject, operation):
        value = first.value.get(name)
        if not isinstance(value, str):
            continue
        other = value.swapcase()
        yield from _twice(bench, operation, first, name, value)
        if other != value and _keeps_its_case(bench, operation, name, other):
            yield from _twice(bench, operation, first, name, other)


def _keeps_its_case(bench: Bench, operation: Operation, name: str, value: str) -> bool:
    """Whether the schema allows a value in another case."""
    if operation.body is None:
        return False
    check = bench.subject.schemas.check_for(operation.body.schema)
    return not any(v.pointer == pointer(name) for v in check({name: value}))


def _twice(
    bench: Bench, operation: Operation, first: Record, name: str, value: str
) -> Iterator[Fault]:
    arranged = bench.maker.arranged(operation)
    if not isinstance(arranged.body, dict):
        return
    exchange = bench.call(
        operation,
        path=arranged.path,
        query=arranged.query,
        body={**arranged.body, name: value},
        identity=arranged.identity,
    )
    if exchange.ok:
        yield _fault(exchange, first, name, value)


def _fault(exchange: Exchange, first: Record, name: str, value: str) -> Fault:
    same = "the same" if value == first.value.get(name) else "the same but for its case"
    return Fault(
        cause=f"{name} may occur twice ({same})",
        title=f"Two records of {first.resource} can have {same} {name}",
        expected=f"{CONFLICT}: another record has this {name}",
        received=str(exchange.status),
        place=pointer("components", "schemas", first.resource, "x-resource", "unique"),
        exchanges=(exchange,),
        wfc=WRONG_DATA,
    )


CHECK = Check(
    id="unique-kept",
    enforces="A value that must be unique is refused when another record has it.",
    stands="The resource (x-resource): unique.",
    severity="error",
    repair="Keep a unique index over the member, without regard to case.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
