"""The rules of an operation within a call: expressions of the contract, functions of a platform.

The contract compiles an expression (contract/rules/); here it is given what it asks for: the
record, the draft, the body, who calls, the records of the tenant. All of a call share one meter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from operator import attrgetter

from ..contract.model import Contract, Json, Operation, Rule, Violation
from ..contract.problems import Refusal
from ..contract.rules import Condition, Meter, Undecided, rules_of_contract
from .orders import Field
from .situation import Check, Situation

Kept = Callable[["CallFacts", Meter], bool]
Rules = tuple[tuple[Rule, Kept], ...]
"""The rules of an operation, each with what tells whether it is kept."""
_MOST = 20_000
"""Records among which a rule may look for those it wants; more would hold everybody up."""


class CallFacts:
    """What the expressions of one call find: its variables, and records whoever may see them."""

    __slots__ = ("situation",)

    def __init__(self, situation: Situation) -> None:
        self.situation = situation

    def variable(self, name: str) -> Json:
        """The value of a variable; null when the call has none."""
        return _VARIABLES[name](self.situation)

    def get(self, kind: str, record_id: str) -> Json:
        """A record of the tenant or the platform by id, or null."""
        return self.situation.get(kind, record_id)

    def find(self, kind: str, wanted: Mapping[str, Json]) -> Sequence[Json]:
        """The records whose members have these values, or one of the values of a list."""
        (first, value), *others = wanted.items()
        collection = self.situation.collection(kind)
        field = field_of(self.situation.contract, kind, first)
        any_of = value if isinstance(value, list) else [value]
        if len(collection) > _MOST and sum(collection.count(field, v) for v in any_of) > _MOST:
            raise Undecided(f"more than {_MOST} records of {kind} have this {first}")
        found = [record for one in any_of for record in collection.found(field, one)]
        # What is found regardless of case is compared here, too.
        for name, wished in ((first, value), *others):
            found = [record for record in found if _has(record.get(name), wished)]
        return found


def field_of(contract: Contract, kind: str, member: str) -> Field:
    """What records are sought under: a member, or each value of one that is a list."""
    schema = contract.resources[kind].properties[member]
    return (member, "*") if "items" in schema else member


def sought_fields(contract: Contract) -> dict[str, list[Field]]:
    """By kind of record, what rules look for records under."""
    sought = rules_of_contract(contract).sought
    return {
        kind: [field_of(contract, kind, member) for member in sorted(members)]
        for kind, members in sought.items()
    }


def bound_rules(contract: Contract, operation: Operation, functions: Mapping[str, Check]) -> Rules:
    """The rules of an operation that are enforced, by expression or by function."""
    conditions = rules_of_contract(contract).conditions
    return tuple(_bound(operation, functions, conditions))


def _bound(
    operation: Operation,
    functions: Mapping[str, Check],
    conditions: Mapping[tuple[str, str], Condition],
) -> Iterable[tuple[Rule, Kept]]:
    for rule in operation.rules:
        condition = conditions.get((operation.id, rule.id))
        if condition is not None:
            yield rule, condition.holds
        elif rule.id in functions:
            yield rule, partial(_by_function, functions[rule.id])


def _by_function(check: Check, facts: CallFacts, _: Meter) -> bool:
    return check(facts.situation)


def refuse_broken(rules: Rules, situation: Situation) -> None:
    """Raise Refusal RULE_REFUSED naming every rule that is not kept.

    One that cannot be decided is not kept either, and it is said why.
    """
    if not rules:
        return
    facts, meter = CallFacts(situation), Meter()
    broken: list[tuple[Rule, str]] = []
    for rule, kept in rules:
        try:
            if not kept(facts, meter):
                broken.append((rule, rule.says))
        except Undecided as error:
            broken.append((rule, f"{rule.says} It cannot be told whether it is kept: {error}."))
    if broken:
        raise Refusal(
            "RULE_REFUSED",
            "Not kept: " + " ".join(said for _, said in broken),
            violations=[Violation("", said) for _, said in broken],
            rules=[rule.id for rule, _ in broken],
        )


def _caller(situation: Situation) -> Json:
    actor = situation.call.actor
    if actor is None:
        return None
    home = situation.platform.space(actor.home)
    tenant_id = home.tenant_id if home else None
    return {"id": actor.id, "roles": actor.roles, "tenantId": tenant_id}


def _path(situation: Situation) -> Json:
    """The parameters in the path: as read by their schemas, where these say more than text."""
    return {**situation.call.request.path, **situation.values.path}


_VARIABLES: dict[str, Callable[[Situation], Json]] = {
    "draft": attrgetter("draft"),
    "record": attrgetter("record"),
    "parent": attrgetter("parent"),
    "body": attrgetter("values.body"),
    "path": _path,
    "now": attrgetter("now"),
    "me": _caller,
}


def _has(value: Json, wanted: Json) -> bool:
    """Whether a member has a value, or one of those of a list; as a list, whether it holds one."""
    if isinstance(value, list):
        return any(one in value for one in (wanted if isinstance(wanted, list) else (wanted,)))
    return value in wanted if isinstance(wanted, list) else bool(value == wanted)
