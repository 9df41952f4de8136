"""A reference to a record that does not exist must be refused, wherever it stands in the body."""

import re
from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ...contract.model import Json, Reference
from ...contract.schema import SchemaView, Steps, schema_view
from ..bench import Bench, Subject
from ..model import Fault
from ..places import put
from . import Check
from ._input import Trial, json_body, not_refused

_REFUSALS = (409, 400, 404, 422)


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = json_body(subject, operation)
    if reason or operation is None or operation.body is None:
        return reason
    if not operation.body.references or not subject.contract.strict:
        return "the contract does not say that anything in its body names a record"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    trial = Trial(bench, bench.maker.arranged(operation, fresh=False))
    test = bench.subject.places.test(operation.body.schema)
    for reference in operation.body.references:
        for value, steps in _unknown(bench, operation, trial.body, reference):
            if not test(value):
                continue
            exchange = trial.send(body=value)
            what = f"a {reference.resource} that does not exist, at {pointer(*steps)}"
            yield from not_refused(
                exchange,
                tuple(s for s in _REFUSALS if s in operation.answers),
                what=what,
                place=operation.body.pointer,
                cause=f"unknown {reference.resource} at {'/'.join(reference.path)}",
            )
            break


def _unknown(
    bench: Bench, operation: Operation, body: Json, reference: Reference
) -> Iterator[tuple[Json, Steps]]:
    """Bodies with an id of the right form that nothing has, and where it stands.

    The last item of a list is the one that is changed: some servers look at the first alone.
    """
    steps, holder = _place(body, reference)
    if steps is None or operation.body is None:
        return
    known = holder.get(steps[-1]) if isinstance(holder, dict) else holder[int(steps[-1])]
    schemas = schema_view(bench.contract.document, operation.body.pointer).at(steps)
    for id_ in _ids(bench, reference.resource, known, schemas):
        yield put(body, steps, id_), steps


def _place(body: Json, reference: Reference) -> tuple[Steps | None, Json]:
    """The steps to the reference in a body, and what holds it; None where nothing can."""
    steps: Steps = ()
    holder, value = None, body
    for name in reference.path:
        step: str | int = len(value) - 1 if name == "*" and isinstance(value, list) else name
        there = isinstance(value, dict) or (isinstance(step, int) and step >= 0)
        if not there:
            return None, None
        steps, holder = (*steps, step), value
        value = value.get(step) if isinstance(value, dict) else value[step]
    return steps, holder


def _ids(bench: Bench, resource: str, known: Json, schemas: list[SchemaView]) -> Iterator[Json]:
    """Ids of the right form that are not known: like one that is, or of the resource's prefix."""
    if isinstance(known, int) and not isinstance(known, bool):
        yield known + 1_000_000_007
        return
    if isinstance(known, str):
        yield _like(known)
    declared = bench.contract.resources.get(resource)
    if declared and declared.id_format == "uuid":
        yield f"{declared.id_prefix}6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a4b"
    if declared:
        yield f"{declared.id_prefix}zz7qx3kunknown9w5vj2"
    for schema in schemas:
        if schema.kinds == ["integer"]:
            yield 1_000_000_007
    yield "6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a4b"


def _like(id_: str) -> str:
    """An id of the same form: behind its prefix, letters and digits of its tail are others."""
    start = max(id_.rfind("_") + 1, len(id_) - 12, 0)
    head, tail = id_[:start], id_[start:]
    turned = re.sub("[0-9]", lambda d: str(9 - int(d[0])), tail)
    turned = re.sub("[b-y]", lambda c: chr(ord("b") + (ord(c[0]) - ord("b") + 11) % 24), turned)
    if tail.isdigit():  # numbers are given one after the other: a near one may be in use
        return f"{head}{tail}9000000"
    if re.fullmatch("[0-9a-f-]+", tail):
        turned = re.sub("[0-9a-f]", lambda d: "89abcdef01234567"[int(d[0], 16)], tail)
    return head + turned if turned != tail else id_ + "9"


CHECK = Check(
    id="unknown-reference-refused",
    enforces="A reference to a record that does not exist is refused.",
    stands="The extension x-references on members of the request body.",
    severity="error",
    repair="Look up every id of the body, those in lists too, before anything is stored.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
