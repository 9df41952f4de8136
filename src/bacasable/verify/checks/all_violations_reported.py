"""Several violations in one body must be reported together, each with its place."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from ..mutations import Mutation, Together, together, violations
from ..wrong import CLOSING
from . import Check
from ._input import (
    REFUSALS,
    body_of,
    documented,
    error_list,
    json_body,
    named_members,
    refused,
    says_nothing,
    send,
)

_ALONE = 3
"""So many violations that were not mentioned are sent alone."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = json_body(subject, operation)
    if reason or operation is None:
        return reason
    if not error_list(subject, operation):
        return "its documented refusals have no list of violations by place"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    arranged = bench.maker.arranged(operation, fresh=False)
    value = body_of(arranged)
    wrong = violations(bench.subject.places, operation.body, value)
    wrong = [m for m in wrong if m.keyword not in CLOSING]
    many = together(value, wrong, max(1, bench.subject.options.profile.samples // 6))
    for one in many:
        if len(one.parts) > 1:
            yield from _judged(bench, arranged, one)


def _judged(bench: Bench, arranged: Arranged, one: Together) -> Iterator[Fault]:
    exchange = send(bench, arranged, body=one.value, intent="invalid")
    if says_nothing(exchange) or not refused(exchange, documented(arranged.operation, REFUSALS)):
        return  # an answer that is no refusal is judged elsewhere
    named = named_members(exchange, error_list(bench.subject, arranged.operation))
    missing = [part for part in one.parts if str(part.steps[0]) not in named]
    for part in missing[:_ALONE]:
        alone = send(bench, arranged, body=part.value, intent="invalid")
        if refused(alone, documented(arranged.operation, REFUSALS)):
            yield _fault(alone, exchange, part, one)
            return


def _fault(alone: Exchange, exchange: Exchange, part: Mutation, one: Together) -> Fault:
    places = ", ".join(p.pointer for p in one.parts)
    return Fault(
        cause="not all violations are reported",
        title=f"A violation at {part.pointer} is not reported when there are others",
        expected=f"errors at {places}",
        received=f"no error at {part.pointer}",
        place=part.place,
        exchanges=(alone, exchange),
    )


CHECK = Check(
    id="all-violations-reported",
    enforces="A refusal names every violation of the request, each with its place.",
    stands="The list of violations in the schema of the documented refusal.",
    severity="error",
    repair="Gather all violations before refusing, in place of stopping at the first.",
    kind="operation",
    applies=_applies,
    probe=_probe,
)
