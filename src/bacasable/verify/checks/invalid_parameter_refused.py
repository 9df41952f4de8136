"""Each kind of violation of a parameter in the path, the query or a header must be refused."""

from collections.abc import Iterator
from typing import Any

from ...contract import Operation
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Fault
from ..mutations import spread
from ..parameters import Spelt, parameter_violations
from . import Check
from ._input import (
    REFUSALS,
    callable_by,
    documented,
    error_list,
    named_members,
    not_refused,
    says_nothing,
    send,
)

_UNKNOWN = (*REFUSALS, 404)
"""An id that is none may also be one that is not known."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or not operation.parameters:
        return "it has no parameters"
    if not _violations(subject, operation):
        return "no parameter has a schema that a text could break"
    return callable_by(subject, operation)


def _violations(subject: Subject, operation: Operation) -> list[Spelt]:
    """What breaks the parameters, but for headers that a caller sends anyway."""
    who = subject.caller(operation) or subject.main
    sent = tuple(name.lower() for name in who.headers)
    return parameter_violations(subject.contract, subject.places, operation, sent)


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    wrong = _violations(bench.subject, operation)
    arranged = bench.maker.arranged(operation, fresh=False)
    samples = bench.subject.options.profile.samples
    first = spread(wrong, samples)
    for one in first:
        yield from _tried(bench, arranged, one)
    if error_list(bench.subject, operation):
        rest = [one for one in wrong if one not in first and one.parameter.location == "query"]
        for one in _suspects(bench, arranged, rest)[:samples]:
            yield from _tried(bench, arranged, one)


def _suspects(bench: Bench, arranged: Arranged, rest: list[Spelt]) -> list[Spelt]:
    """Violations that a server does not mention when they come with others of other parameters.

    They may be accepted: so the few requests that can be sent are spent on these.
    """
    rows: dict[str, list[Spelt]] = {}
    for one in rest:
        rows.setdefault(one.parameter.name, []).append(one)
    errors = error_list(bench.subject, arranged.operation)
    found: list[Spelt] = []
    rounds = bench.subject.options.profile.samples
    for turn in range(min(rounds, max(map(len, rows.values()), default=0))):
        parts = [row[turn] for row in rows.values() if turn < len(row)]
        query = [(part.parameter.name, text) for part in parts for text in part.texts]
        exchange = send(bench, arranged, query=query, intent="invalid")
        if not says_nothing(exchange):
            named = named_members(exchange, errors) if not exchange.ok else set()
            found += [part for part in parts if part.parameter.name not in named]
    return found


def _tried(bench: Bench, arranged: Arranged, one: Spelt) -> Iterator[Fault]:
    parameter, operation = one.parameter, arranged.operation
    in_path = parameter.location == "path"
    exchange = send(bench, arranged, intent="invalid", **_with(arranged, one))
    if exchange.status in operation.answers and exchange.status in (405, 414):
        return
    how = f"{one.keyword}: {one.says}" if one.texts else "required: it is left out"
    yield from not_refused(
        exchange,
        documented(operation, _UNKNOWN if in_path else REFUSALS),
        what=f"a {parameter.location} parameter {parameter.name} that breaks {how}",
        place=one.place,
        cause=f"{parameter.location} {parameter.name} {one.place}",
    )


def _with(arranged: Arranged, one: Spelt) -> dict[str, Any]:
    """The call's arguments with the parameter replaced, or left out."""
    name = one.parameter.name
    if one.parameter.location == "path":
        return {"path": {**arranged.path, name: one.texts[0]}}
    if one.parameter.location == "header":
        return {"headers": {name: one.texts[0] if one.texts else None}}
    kept = [(key, value) for key, value in arranged.query.items() if key != name]
    return {"query": [*kept, *((name, text) for text in one.texts)]}


CHECK = Check(
    id="invalid-parameter-refused",
    enforces="A parameter that breaks its schema is refused; in the path it may also be unknown.",
    stands="The schemas of the parameters.",
    severity="error",
    repair="Validate parameters against the contract's schemas; do not fall back on defaults.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    writes=False,
    wfc=102,
)
