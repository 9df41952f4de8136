"""A body that refers to a foreign record is refused as if nobody had that id."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import Json, Reference
from ..bench import UNSENT, Bench, Subject
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._access import attempt, place_of, said, target, unclear
from ._foreign import foreign, no_tenants, owned, unknown_like


def _references(subject: Subject, operation: Operation) -> list[Reference]:
    found = operation.body.references if operation.body else ()
    return [r for r in found if owned(subject.contract, r.resource)]


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = no_tenants(subject, operation)
    if reason or operation is None:
        return reason
    return "" if _references(subject, operation) else "its body refers to no record of a tenant"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Send a body with a foreign id in each place that refers to a record."""
    if operation is None:
        return
    for reference in _references(bench.subject, operation):
        yield from _tried(bench, operation, reference)


def _tried(bench: Bench, operation: Operation, reference: Reference) -> Iterator[Fault]:
    _owner, record = foreign(bench, reference.resource)
    nobody = unknown_like(bench.random, bench, record.id, reference.resource)
    answers: list[Exchange] = []
    for id_ in (nobody, record.id):
        aim = target(bench, operation)
        body = _with(aim.body, reference.path, id_)
        if body is UNSENT:
            raise CannotMake(f"the body has no place for {'/'.join(reference.path)}")
        answers.append(attempt(bench, aim, aim.identity, body=body))
    unknown, exchange = answers
    name = "/".join(reference.path)
    if exchange.ok:
        yield _fault(bench, operation, f"{name} accepts a foreign id", answers, 206)
    elif not unclear(unknown) and not unclear(exchange) and said(unknown) != said(exchange):
        cause = f"{name} tells a foreign id from an unknown one"
        yield _fault(bench, operation, cause, answers, 204)


def _with(body: Json, path: tuple[str, ...], id_: str) -> Json:
    """A copy of a body with an id at a place; `*` is the first item. UNSENT without the place."""
    if not path:
        return id_
    step, rest = path[0], path[1:]
    if step == "*":
        if not isinstance(body, list) or not body:
            return UNSENT
        first = _with(body[0], rest, id_)
        return UNSENT if first is UNSENT else [first, *body[1:]]
    if not isinstance(body, dict) or (rest and step not in body):
        return UNSENT
    inner = _with(body.get(step), rest, id_)
    return UNSENT if inner is UNSENT else {**body, step: inner}


def _fault(
    bench: Bench, operation: Operation, cause: str, answers: list[Exchange], wfc: int
) -> Fault:
    unknown, exchange = answers
    return Fault(
        cause=cause,
        title=f"The member {cause}",
        expected=f"{said(unknown)}, as for an id that nobody has",
        received=said(exchange),
        place=operation.body.pointer if operation.body else place_of(bench.contract, operation),
        exchanges=(unknown, exchange),
        wfc=wfc,
    )


CHECK = Check(
    id="foreign-reference",
    enforces="A body that refers to a record of another tenant is refused like an unknown id.",
    stands="The extension x-references of the body's members; the tenants of the contract.",
    severity="error",
    repair="Look the ids of a body up within the caller's tenant.",
    kind="operation",
    applies=_applies,
    probe=probe,
)
