"""A new record begins in a state in which records begin."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ..bench import Bench, Subject
from ..model import Fault
from . import Check
from ._lifecycle import call, refused_by_rule, says_nothing


def _applies(subject: Subject, operation: Operation | None) -> str:
    resource = _created(operation)
    declared = subject.contract.resources.get(resource)
    if declared is None or declared.lifecycle is None:
        return "it creates nothing that has a lifecycle"
    if operation is None or subject.caller(operation) is None:
        return "no account was given whose role may call it"
    return ""


def _created(operation: Operation | None) -> str:
    creates = operation is not None and operation.action.kind == "create"
    return (operation.action.resource or "") if operation and creates else ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    lifecycle = bench.contract.resources[_created(operation)].lifecycle
    if operation is None or lifecycle is None:
        return
    for state in ("", *operation.given.initial):
        yield from _begun(bench, operation, state)


def _begun(bench: Bench, operation: Operation, state: str) -> Iterator[Fault]:
    """Faults of a record that is to begin in a state, or in any in which records begin."""
    resource = bench.contract.resources[operation.action.resource or ""]
    lifecycle = resource.lifecycle
    if lifecycle is None:
        return
    arranged = bench.maker.arranged(operation, state=state)
    exchange = call(bench, arranged)
    if says_nothing(exchange) or refused_by_rule(exchange) or not exchange.ok:
        return
    record = bench.maker.adopt(exchange, arranged.parent)
    if record is None:
        return
    read = bench.maker.again(record)
    allowed = (state,) if state else lifecycle.initial
    told = {"as it was answered": record.value, "as it is read": read.value if read else {}}
    for how, value in told.items():
        found = value.get(lifecycle.field)
        if found is not None and found not in allowed:
            yield Fault(
                cause=f"a {resource.name} begins in {found}",
                title=f"A new {resource.name} begins in a state in which none begins",
                expected=f"{lifecycle.field} {' or '.join(allowed)}",
                received=f"{lifecycle.field} {found}, {how}",
                place=pointer("components", "schemas", resource.name, "x-lifecycle", "initial"),
                exchanges=(exchange,),
            )
            return


CHECK = Check(
    id="initial-state",
    enforces="A new record is in a state in which records begin.",
    stands="The lifecycle (x-lifecycle): initial.",
    severity="error",
    repair="Set the state when the record is created, whatever the client sends.",
    kind="operation",
    applies=_applies,
    probe=_probe,
)
