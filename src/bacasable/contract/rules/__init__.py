"""The rules of a contract that are data: compiled once, and evaluated by whoever has the facts.

The engine gives the facts of a call, the test kit what it reads through an API. What an operation's
rules may name is told here; the parts beside this one know expressions, and nothing of operations.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ..document import pointer
from ..model import Contract, JsonObject, Operation, Violation
from .binding import Facts, Meter, Undecided
from .checking import condition
from .plan import Condition
from .syntax import WrongExpression
from .value_types import TIMESTAMP, Type, object_of, type_of

__all__ = [
    "Condition",
    "Facts",
    "Meter",
    "Undecided",
    "rule_findings",
    "rules_of_contract",
    "unenforced",
]

_TEXT: JsonObject = {"type": "string"}


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """The conditions of a contract's rules, by operation or timer and by rule; what is wrong."""

    conditions: dict[tuple[str, str], Condition] = field(default_factory=dict)
    findings: list[Violation] = field(default_factory=list)

    @property
    def sought(self) -> dict[str, set[str]]:
        """By kind of record, the members that rules look for records by."""
        fields: dict[str, set[str]] = {}
        for one in self.conditions.values():
            for kind, member in one.sought:
                fields.setdefault(kind, set()).add(member)
        return fields


_COMPILED: "WeakKeyDictionary[Contract, CompiledRules]" = WeakKeyDictionary()


def rules_of_contract(contract: Contract) -> CompiledRules:
    """The rules of a contract, compiled; the same for everyone while the contract is in use."""
    known = _COMPILED.get(contract)
    if known is None:
        known = _COMPILED[contract] = _compiled(contract)
    return known


def rule_findings(contract: Contract) -> Iterator[Violation]:
    """What is wrong with expressions, each at its place."""
    yield from rules_of_contract(contract).findings


def _compiled(contract: Contract) -> CompiledRules:
    made = CompiledRules()
    kinds = {
        name: object_of(contract.document, kind.properties, is_open=kind.is_open)
        for name, kind in contract.resources.items()
    }
    for operation, place in _places(contract):
        if not any(rule.when for rule in operation.rules):
            continue
        variables, absent = _scope(contract, operation, kinds)
        for at, rule in enumerate(operation.rules):
            try:
                if rule.when:
                    one = condition(rule.when, variables, kinds, absent)
                    made.conditions[operation.id, rule.id] = one
            except WrongExpression as error:
                said = f"{rule.id}: {error}"
                made.findings.append(Violation(place + pointer(at, "when"), said))
    return made


def unenforced(contract: Contract) -> Iterator[Violation]:
    """Rules without an expression: nothing enforces them but code of a platform."""
    for operation, place in _places(contract):
        for at, rule in enumerate(operation.rules):
            if not rule.when:
                said = f"the rule {rule.id} of {operation.id} has no expression (when)"
                yield Violation(place + pointer(at), f"{said}: it is not enforced by the contract")


def _places(contract: Contract) -> Iterator[tuple[Operation, str]]:
    """Operations and timers, with the place of their rules."""
    for operation in contract.operations.values():
        yield operation, pointer(*operation.steps, "x-rules")
    for timer in contract.timed.values():
        name = timer.action.resource or ""
        schema = contract.document["components"]["schemas"][name]
        steps = schema["x-lifecycle"]["transitions"]
        at = next(at for at, step in enumerate(steps) if step.get("timer") == timer.id)
        place = pointer("components", "schemas", name, "x-lifecycle", "transitions", at, "rules")
        yield timer, place


def _scope(
    contract: Contract, operation: Operation, kinds: dict[str, Type]
) -> tuple[dict[str, Type], dict[str, str]]:
    """The variables that the rules of an operation may name, and why not others."""
    document, action = contract.document, operation.action
    known = contract.principal.known if contract.principal else ()
    roles = {"type": "array", "items": {"type": "string", "enum": known} if known else _TEXT}
    variables = {
        "me": object_of(document, {"id": _TEXT, "roles": roles, "tenantId": _TEXT}),
        "now": TIMESTAMP,
    }
    absent: dict[str, str] = {}
    resource = contract.resources.get(action.resource or "")
    given = bool(action.item_param) or operation.id in contract.timed
    if resource is not None and given:
        variables["record"] = kinds[resource.name]
    else:
        absent["record"] = "the operation names none in its path"
    if resource is not None and (given or action.kind == "create") and action.kind != "get":
        variables["draft"] = kinds[resource.name]
    else:
        absent["draft"] = "the operation writes no record"
    if resource is not None and resource.parent:
        variables["parent"] = kinds[resource.parent.resource]
    else:
        absent["parent"] = "no record lies above those of the operation"
    named = {p.name: p.schema for p in operation.parameters if p.location == "path"}
    if named:
        variables["path"] = object_of(document, named)
    if operation.body is not None:
        variables["body"] = type_of(document, operation.body.schema)
    else:
        absent["body"] = "the operation takes none"
    return variables, absent
