"""Binding the contract to the behaviours: both sides must know each other, or nothing starts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from typing import Any

from ..contract.complete import fresh
from ..contract.document import ContractError
from ..contract.media import is_file_type
from ..contract.model import Contract, Operation
from ..contract.names import did_you_mean
from ..contract.shape import shape_of
from .offers import Offers, file_member
from .rules import bound_rules, refuse_broken
from .situation import Behaviour, Hook, Situation
from .verbs import VERBS, Plan, attach, exemplify, refuse_state

Act = Callable[[Plan, Situation], Any]
_NONE = Behaviour()
_COMMON = "(common)"
"""What operations belong to that the contract alone answers."""


def bind(
    contract: Contract, behaviours: Mapping[str, Behaviour], common: Behaviour = _NONE
) -> Iterator[tuple[Plan, Act]]:
    """A plan and what runs it, for every operation, and for every timer of a lifecycle.

    `behaviours` is keyed by resource, or by any other name for those that only answer operations.
    `common` is what operations do by the contract alone, before what those say.
    Raises ContractError naming both sides of whatever does not fit.
    """
    has_code = bool(behaviours)
    behaviours = _with(contract, behaviours, common)
    _refuse_unknown_names(contract, behaviours)
    for operation in _all_operations(contract):
        owner = _owner(operation, behaviours)
        behaviour = behaviours.get(owner, Behaviour())
        if has_code:
            _refuse_unknown_rules(contract, operation, owner, behaviour)
        filters = tuple((p.name, p.filter) for p in operation.parameters if p.filter)
        resource = contract.resources.get(owner)
        shape = shape_of(contract, operation)
        offers = None if contract.strict else Offers(contract, operation)
        member = "" if contract.strict else file_member(contract, operation, resource)
        rules, base = bound_rules(contract, operation, behaviour.rules), contract.base_path
        plan = Plan(operation, resource, behaviour, base, filters, shape, rules, offers, member)
        yield plan, _act(contract, operation, behaviour)


def _with(
    contract: Contract, behaviours: Mapping[str, Behaviour], common: Behaviour
) -> dict[str, Behaviour]:
    """The behaviours with what is common: they answer in its place, and take effect after it."""
    found = dict(behaviours)
    own = {name for one in behaviours.values() for name in one.operations}
    answers = {name: act for name, act in common.operations.items() if name not in own}
    if answers:
        found[_COMMON] = Behaviour(operations=answers)
    for name, hook in common.effects.items():
        if name in own:
            continue
        owner = _owner(contract.operations[name], behaviours)
        theirs = found.get(owner, _NONE)
        after = theirs.effects.get(name)
        both = partial(_one_after_another, hook, after) if after else hook
        found[owner] = replace(theirs, effects={**theirs.effects, name: both})
    return found


def _one_after_another(first: Hook, second: Hook, situation: Situation) -> None:
    first(situation)
    second(situation)


def _all_operations(contract: Contract) -> Iterator[Operation]:
    yield from contract.operations.values()
    yield from contract.timed.values()


def _owner(operation: Operation, behaviours: Mapping[str, Behaviour]) -> str:
    for name, behaviour in behaviours.items():
        if operation.id in behaviour.operations or operation.id in behaviour.find:
            return name
    return operation.action.resource or ""


def _act(contract: Contract, operation: Operation, behaviour: Behaviour) -> Act:
    if operation.id in behaviour.operations:
        answer = behaviour.operations[operation.id]

        def own(plan: Plan, situation: Situation) -> Any:
            if situation.record and plan.resource:
                refuse_state(plan, situation)
                situation.draft = fresh(situation.record)
            refuse_broken(plan.rules, situation)
            return answer(situation)

        return own
    kind = operation.action.kind
    if operation.id in behaviour.find:
        kind = "get" if operation.method == "get" else "update"
    elif operation.id in behaviour.shows and operation.method == "get":
        kind = "get"
    if kind not in VERBS and not contract.strict:
        return attach if _takes_files(operation) else exemplify
    if kind not in VERBS:
        raise ContractError(
            f"{contract.source}: {operation.id} ({operation.method.upper()} {operation.path}) is no"
            " generic verb of a resource, and no behaviour answers it; give it one under operations"
        )
    return VERBS[kind]


def _takes_files(operation: Operation) -> bool:
    """Whether an operation on a record may be sent a file."""
    body, action = operation.body, operation.action
    if body is None or not (action.resource and action.item_param):
        return False
    return any(is_file_type(content.media_type) for content in body.contents)


def _refuse_unknown_names(contract: Contract, behaviours: Mapping[str, Behaviour]) -> None:
    for name, behaviour in behaviours.items():
        for hook in (f.name for f in fields(behaviour) if f.name not in {"rules", "letters"}):
            for operation_id in getattr(behaviour, hook):
                wrong = _misplaced(contract, behaviours, name, hook, operation_id)
                if wrong:
                    said = (
                        f"the behaviour of {name} names {operation_id} under {hook}, which {wrong}"
                    )
                    raise ContractError(f"{contract.source}: {said}")
        for fact in behaviour.letters:
            if fact not in contract.facts:
                raise ContractError(
                    f"{contract.source}: the behaviour of {name} has letters for {fact}, which is"
                    f" no fact under webhooks{did_you_mean(fact, contract.facts)}"
                )
        declared = {
            rule.id
            for operation in _all_operations(contract)
            if _owner(operation, behaviours) == name
            for rule in operation.rules
            if not rule.when
        }
        for rule_id in sorted(set(behaviour.rules) - declared):
            raise ContractError(
                f"{contract.source}: the behaviour of {name} has the rule {rule_id}, which no"
                f" operation declares under x-rules without an expression"
                f"{did_you_mean(rule_id, declared)}"
            )


def _misplaced(
    contract: Contract, behaviours: Mapping[str, Behaviour], name: str, hook: str, operation_id: str
) -> str:
    """Why a hook would never be asked, or an empty string."""
    operation = contract.operations.get(operation_id) or contract.timed.get(operation_id)
    if operation is None:
        return f"the contract does not have{did_you_mean(operation_id, contract.operations)}"
    if _owner(operation, behaviours) != name:
        return f"belongs to {_owner(operation, behaviours) or 'no resource'}"
    reads = operation.action.kind in {"list", "get"} or operation.method == "get"
    own = operation_id in behaviours[name].operations
    if hook in {"prepare", "facts", "effects"} and (reads or own):
        return "only reads, or is answered under operations"
    return ""


def _refuse_unknown_rules(
    contract: Contract, operation: Operation, owner: str, behaviour: Behaviour
) -> None:
    for rule in operation.rules:
        if not rule.when and rule.id not in behaviour.rules:
            raise ContractError(
                f"{contract.source}: {operation.id} declares the rule {rule.id}, without an"
                f" expression (when), and the behaviour of {owner or 'no resource'} has no function"
                " for it"
                f"{did_you_mean(rule.id, behaviour.rules)}"
            )
