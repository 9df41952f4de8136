"""Which kinds of problem an operation can give, and which facts it can record.

A kind is told when its status is documented and something about the operation can cause it; kinds
of other contracts by their status alone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from ...contract.catalogue import documented
from ...contract.kinds import KINDS, ProblemKind
from ...contract.model import Contract, Operation, ResourceType, Transition
from ...contract.schema import SchemaView
from ..edition import Edition
from ..model import FactView, ProblemView, RuleView

Cause = Callable[[Contract, Operation], object]


def problems_of(edition: Edition, operation: Operation) -> tuple[ProblemView, ...]:
    """The kinds of problem that an operation can give, in the order of the catalogue."""
    catalogue = edition.contract.problems
    return tuple(_view(edition, catalogue[code]) for code in codes_of(edition, operation.id))


def _view(edition: Edition, kind: ProblemKind) -> ProblemView:
    href = f"guides/errors.html#{kind.code}"
    given = is_everywhere(edition, kind.code)
    return ProblemView(kind.code, kind.status, kind.title, kind.remedy, href, given)


@lru_cache(maxsize=256)
def is_everywhere(edition: Edition, code: str) -> bool:
    """Whether so many operations can give a problem that nobody wants to read it at each."""
    every = edition.contract.operations
    return sum(code in codes_of(edition, one) for one in every) > len(every) * 0.6


@lru_cache(maxsize=4096)
def codes_of(edition: Edition, operation_id: str) -> tuple[str, ...]:
    """The codes of the problems that an operation can give."""
    contract = edition.contract
    operation = contract.operations[operation_id]
    return tuple(
        kind.code
        for kind in contract.problems.values()
        if _documents(contract, operation, kind) and _cause_of(kind)(contract, operation)
    )


def _documents(contract: Contract, operation: Operation, kind: ProblemKind) -> bool:
    """Whether an operation documents an answer for a kind of problem, under its code."""
    own, _, answer = documented(contract, operation, kind.kind)
    return answer is not None and own.code == kind.code


def _cause_of(kind: ProblemKind) -> Cause:
    """What causes a kind of problem; one of the contract's own comes where it is provoked."""
    if kind.kind in KINDS or not kind.provoke:
        return _CAUSES.get(kind.kind, _by_its_status)
    return lambda _contract, operation: operation.id == kind.provoke[-1]["operation"]


def rules_of(operation: Operation) -> tuple[RuleView, ...]:
    """The business rules of an operation."""
    return tuple(RuleView(rule.id, rule.says, rule.when) for rule in operation.rules)


def facts_of(edition: Edition, operation: Operation) -> tuple[FactView, ...]:
    """The facts that an operation can record: that of its transition, and those it emits."""
    step = transition_of(edition.contract, operation)
    names = [step.fact, *operation.emits] if step else list(operation.emits)
    return tuple(fact_view(edition, name) for name in dict.fromkeys(names) if name)


def fact_view(edition: Edition, name: str) -> FactView:
    """A fact, with its place in the guide of events."""
    return FactView(name, edition.contract.facts.get(name, ""), f"guides/events.html#{name}")


def transition_of(contract: Contract, operation: Operation) -> Transition | None:
    """What an operation does to the state of its resource, if anything."""
    found = _lifecycle_step(contract, operation)
    return found[1] if found else None


def _lifecycle_step(
    contract: Contract, operation: Operation
) -> tuple[ResourceType, Transition] | None:
    for resource in contract.resources.values():
        if resource.lifecycle and operation.id in resource.lifecycle.transitions:
            return resource, resource.lifecycle.transitions[operation.id]
    return None


# --- what causes which problem


def _by_its_status(_contract: Contract, _operation: Operation) -> bool:
    return True


def _never(_contract: Contract, _operation: Operation) -> bool:
    """Given before there is an operation: no such one, or no request at all."""
    return False


def _has_body(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None


def _needs_token(_contract: Contract, operation: Operation) -> bool:
    return operation.roles is not None


def _needs_tenant(_contract: Contract, operation: Operation) -> bool:
    return operation.needs_tenant


def _crosses_tenants(_contract: Contract, operation: Operation) -> bool:
    return operation.roles is not None and operation.needs_tenant


def _logs_in(contract: Contract, operation: Operation) -> bool:
    return operation.roles is None and "password" in _body_members(contract, operation)


def _renews(contract: Contract, operation: Operation) -> bool:
    login = contract.logins.get(operation.id)
    return login is not None and bool(login.renews)


def _excludes_a_role(contract: Contract, operation: Operation) -> bool:
    every = {role for other in contract.operations.values() for role in other.roles or ()}
    return bool(operation.roles) and not every <= set(operation.roles or ())


def _answers_content(_contract: Contract, operation: Operation) -> bool:
    return any(a.media_type for status, a in operation.answers.items() if status < 300)


def _excludes_a_state(contract: Contract, operation: Operation) -> bool:
    found = _lifecycle_step(contract, operation)
    if found is None or found[0].lifecycle is None:
        return False
    return bool(set(found[0].lifecycle.states) - set(found[1].sources))


def _refers(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None and bool(operation.body.references)


def _has_rules(_contract: Contract, operation: Operation) -> bool:
    return bool(operation.rules)


def _sets_what_is_unique(contract: Contract, operation: Operation) -> bool:
    resource = contract.resources.get(operation.action.resource or "")
    return resource is not None and not _body_members(contract, operation).isdisjoint(
        resource.unique
    )


def _is_referred_to(contract: Contract, operation: Operation) -> bool:
    resource = contract.resources.get(operation.action.resource or "")
    if operation.action.kind != "delete" or resource is None:
        return False
    gone = set(_gone_with(contract, resource))
    return any(_holds(other, name, gone) for other in contract.resources.values() for name in gone)


def _gone_with(contract: Contract, resource: ResourceType) -> Iterator[str]:
    """A resource and those that are deleted with it."""
    found, waiting = set[str](), [resource.name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            yield name
            others = contract.resources.values()
            below = [o for o in others if o.parent and o.parent.resource == name]
            waiting += [other.name for other in below if other.cascades]


def _holds(resource: ResourceType, name: str, gone: set[str]) -> bool:
    """Whether records of a resource can refer to one of another, and stay when that is deleted."""
    parent = resource.parent
    if parent and parent.resource == name and resource.name not in gone:
        return True
    fields = {parent.field} if parent and parent.resource == name else set()
    return any(r.resource == name and not set(r.path) <= fields for r in resource.references)


def _takes_a_key(_contract: Contract, operation: Operation) -> bool:
    return any(p.name.lower() == "idempotency-key" for p in operation.parameters)


def _body_members(contract: Contract, operation: Operation) -> set[str]:
    body = operation.body
    return SchemaView(contract.document, body.schema).names if body else set()


_CAUSES: Mapping[str, Cause] = {
    "MALFORMED_BODY": _has_body,
    "MALFORMED_REQUEST": _never,
    "TENANT_HEADER_MISSING": _needs_tenant,
    "TOKEN_MISSING": _needs_token,
    "TOKEN_INVALID": _needs_token,
    "TOKEN_EXPIRED": _needs_token,
    "SESSION_ENDED": _needs_token,
    "INVALID_CREDENTIALS": _logs_in,
    "REFRESH_TOKEN_INVALID": _renews,
    "REFRESH_TOKEN_REUSED": _renews,
    "TENANT_MISMATCH": _crosses_tenants,
    "TENANT_SUSPENDED": _needs_tenant,
    "ROLE_REQUIRED": _excludes_a_role,
    "UNKNOWN_PATH": _never,
    "METHOD_NOT_ALLOWED": _never,
    "ILLEGAL_TRANSITION": _excludes_a_state,
    "UNKNOWN_REFERENCE": _refers,
    "RULE_REFUSED": _has_rules,
    "DUPLICATE": _sets_what_is_unique,
    "STILL_REFERENCED": _is_referred_to,
    "IDEMPOTENCY_KEY_REUSED": _takes_a_key,
    "BODY_TOO_LARGE": _has_body,
    "UNSUPPORTED_MEDIA_TYPE": _has_body,
    "CONTRACT_VIOLATION": _answers_content,
    "TOO_MANY_CONNECTIONS": _never,
}
