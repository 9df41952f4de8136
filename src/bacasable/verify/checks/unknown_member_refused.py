"""Members that a closed object does not name must be refused, at every depth."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import at_pointer
from ...contract.schema import SchemaView
from ..bench import Bench, Subject
from ..model import Fault
from ..mutations import anew, spread, violations
from ..wrong import CLOSING
from . import Check
from ._input import REFUSALS, Trial, documented, json_body, not_refused


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = json_body(subject, operation)
    if reason or operation is None or operation.body is None:
        return reason
    if not SchemaView(subject.contract.document, operation.body.schema).names:
        return "its body is no object whose members are known"
    if not _closed(subject, operation.body.schema):
        return "its body may have members that the contract does not name"
    return ""


def _closed(subject: Subject, schema: object) -> bool:
    """Whether the contract closes an object of the body, at any depth."""
    seen: set[int] = set()
    document = subject.contract.document

    def closes(node: object) -> bool:
        if isinstance(node, list):
            return any(closes(item) for item in node)
        if not isinstance(node, dict) or id(node) in seen:
            return False
        seen.add(id(node))
        if any(node.get(key) is False for key in CLOSING):
            return True
        target = at_pointer(document, node["$ref"]) if "$ref" in node else None
        return closes(target) or any(closes(value) for value in node.values())

    return closes(schema)


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None or operation.body is None:
        return
    trial = Trial(bench, bench.maker.arranged(operation, fresh=False))
    every = violations(bench.subject.places, operation.body, trial.body)
    wrong = [m for m in every if m.keyword in CLOSING]
    samples = bench.subject.options.profile.samples
    for mutation in spread(wrong, samples, lambda m: m.place):
        exchange = trial.send(body=anew(trial.body, mutation), intent="invalid")
        yield from not_refused(
            exchange,
            documented(operation, REFUSALS),
            what=f"{mutation.says} at {mutation.pointer}",
            place=mutation.place,
            cause=mutation.place,
        )


CHECK = Check(
    id="unknown-member-refused",
    enforces="A member that the contract does not name is refused where it closes the object.",
    stands="The keywords additionalProperties and unevaluatedProperties of the body's schema.",
    severity="error",
    repair="Refuse members that are not known: a misspelt one is otherwise lost without a word.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    wfc=102,
)
