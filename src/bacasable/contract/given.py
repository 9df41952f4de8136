"""What an operation needs to succeed beyond its schema (extension x-given), and its faults."""

from collections.abc import Iterator, Mapping
from typing import Any

from .document import pointer
from .model import Contract, JsonObject, Operation, Violation
from .names import did_you_mean
from .preconditions import Given, Wanted
from .schema import SchemaView


def given_of(declared: JsonObject) -> Given:
    """What an x-given says."""
    references: JsonObject = declared.get("references", {})
    initial: JsonObject = declared.get("initial", {})
    return Given(
        record=_wanted(declared.get("record", {})),
        parent=_wanted(declared.get("parent", {})),
        references={place: _wanted(wanted) for place, wanted in references.items()},
        body=declared.get("body", {}),
        initial={state: given_of(more) for state, more in initial.items()},
    )


def _wanted(declared: JsonObject) -> Wanted:
    return Wanted(
        state=declared.get("state", ""),
        members=declared.get("with", {}),
        parent=_wanted(declared["parent"]) if "parent" in declared else None,
        after=tuple(declared.get("after", ())),
        of=declared.get("of", ""),
        fresh=declared.get("fresh", False),
    )


def given_findings(contract: Contract, operation: Operation) -> Iterator[Violation]:
    """Names in the x-given of an operation that name nothing."""
    place = pointer(*operation.steps, "x-given")
    yield from _findings(contract, operation, operation.given, place)


def _findings(
    contract: Contract, operation: Operation, given: Given, place: str
) -> Iterator[Violation]:
    resource = contract.resources.get(operation.action.resource or "")
    if resource:
        yield from _unfit(contract, resource.name, given.record, place + "/record")
        if resource.parent:
            yield from _unfit(contract, resource.parent.resource, given.parent, place + "/parent")
    body = operation.body
    targets = {".".join(r.path): r.resource for r in body.references} if body else {}
    for name, wanted in given.references.items():
        at = place + pointer("references", name)
        if name in targets:
            yield from _unfit(contract, targets[name], wanted, at)
        else:
            yield Violation(at, f"'{name}' names no record{did_you_mean(name, targets)}")
    yield from _unknown(contract, body.schema if body else {}, given.body, place + "/body")
    for state, more in given.initial.items():
        at = place + pointer("initial", state)
        initial = resource.lifecycle.initial if resource and resource.lifecycle else ()
        if operation.action.kind != "create" or state not in initial:
            yield Violation(at, f"no record begins in '{state}'{did_you_mean(state, initial)}")
        yield from _findings(contract, operation, more, at)


def _unfit(contract: Contract, name: str, wanted: Wanted, place: str) -> Iterator[Violation]:
    resource = contract.resources.get(name)
    if resource is None:
        return
    states = resource.lifecycle.states if resource.lifecycle else ()
    if wanted.state and wanted.state not in states:
        near = did_you_mean(wanted.state, states)
        yield Violation(place + "/state", f"'{wanted.state}' is no state of {name}{near}")
    for operation in wanted.after:
        if operation not in contract.operations:
            near = did_you_mean(operation, contract.operations)
            yield Violation(place + "/after", f"'{operation}' is no operation{near}")
    creates = (o for o in contract.operations.values() if o.action.kind == "create")
    body = next((o.body for o in creates if o.action.resource == name), None)
    yield from _unknown(contract, body.schema if body else {}, wanted.members, place + "/with")
    if wanted.parent and resource.parent:
        yield from _unfit(contract, resource.parent.resource, wanted.parent, place + "/parent")


def _unknown(
    contract: Contract, schema: Any, members: Mapping[str, Any], place: str
) -> Iterator[Violation]:
    known = SchemaView(contract.document, schema).names if members else set()
    for name in members:
        if name not in known:
            near = did_you_mean(name, sorted(known))
            yield Violation(place + pointer(name), f"'{name}' is no member of the body{near}")
