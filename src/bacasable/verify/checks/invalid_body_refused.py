"""Each kind of schema violation of a body, sent alone, must be refused."""

from collections.abc import Iterable, Iterator, Sequence

from ...contract import Operation
from ...contract.schema import whole
from ..bench import Bench, Subject
from ..model import Fault
from ..mutations import Mutation, Together, anew, spread, together, violations
from ..wrong import CLOSING
from . import Check
from ._input import (
    REFUSALS,
    Trial,
    documented,
    error_list,
    json_body,
    named_members,
    not_refused,
    refused,
    says_nothing,
)

_ALONE = 2
"""So many times more are tried one by one where refusals do not tell the places of violations."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = json_body(subject, operation)
    if reason or operation is None or operation.body is None:
        return reason
    if not whole(subject.contract.document, operation.body.schema).together:
        return "the schema of its body forbids nothing"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    trial = Trial(bench, bench.maker.arranged(operation, fresh=False))
    value = trial.body
    every = violations(bench.subject.places, operation.body, value)
    wrong = [m for m in every if m.keyword not in CLOSING]
    samples = bench.subject.options.profile.samples
    listed = error_list(bench.subject, operation)
    first = spread(wrong, samples if listed else _ALONE * samples)
    yield from _each(trial, first)
    tried = {id(m) for m in first}
    rest = [m for m in wrong if id(m) not in tried]
    if listed:
        many = together(value, rest, samples)
        yield from _each(trial, _suspects(trial, many)[:samples])


def _each(trial: Trial, wrong: Iterable[Mutation]) -> Iterator[Fault]:
    """Try violations one by one."""
    statuses = documented(trial.arranged.operation, REFUSALS)
    for mutation in wrong:
        exchange = trial.send(body=anew(trial.body, mutation), intent="invalid")
        yield from not_refused(
            exchange,
            statuses,
            what=f"a body that breaks {mutation.keyword}: {mutation.says} at {_at(mutation)}",
            place=mutation.place,
            cause=mutation.place,
        )


def _suspects(trial: Trial, many: Sequence[Together]) -> list[Mutation]:
    """Violations that a server does not mention when they come with others.

    They may be accepted: so the few requests that can be sent are spent on these.
    """
    operation = trial.arranged.operation
    errors = error_list(trial.bench.subject, operation)
    statuses = documented(operation, REFUSALS)
    found: list[Mutation] = []
    for one in many:
        exchange = trial.send(body=one.value, intent="invalid")
        if says_nothing(exchange):
            continue
        named = named_members(exchange, errors) if refused(exchange, statuses) else set()
        found += [part for part in one.parts if str(part.steps[0]) not in named]
    return found


def _at(mutation: Mutation) -> str:
    return mutation.pointer or "the whole body"


CHECK = Check(
    id="invalid-body-refused",
    enforces="A body that breaks its schema is refused, whichever keyword it breaks.",
    stands="The schema of the request body.",
    severity="error",
    repair="Validate the body against the contract's schema before anything else is done with it.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
