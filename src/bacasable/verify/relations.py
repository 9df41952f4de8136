"""Who called what, on whose records, in which state: roles, tenants and lifecycles as exercised.

Each class watches exchanges and tells, for an operation, a list of what there is to exercise:
`what` it is, how often it was `seen`, and the `reason` why it was not.
"""

from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from ..contract import Contract, Operation, ResourceType
from ..contract.model import Json, JsonObject, Transition
from ..contract.shape import inside, shape_of
from .bench import Subject
from .model import Exchange

_DENIED = frozenset({401, 403, 404})
_CONFLICTS = frozenset({409, 422})
_ANONYMOUS = "anonymous"
_ORDER = ("own", "foreign-path", "foreign-body", "foreign-list")


class Roles:
    """Which roles were let in where they may, and refused where they may not."""

    def __init__(self, subject: Subject) -> None:
        known = (role for o in subject.contract.operations.values() for role in o.roles or ())
        self._roles = list(dict.fromkeys(known))
        self._there = {subject.main.role, *subject.by_role}
        self._counts: Counter[tuple[str, str, bool]] = Counter()

    def saw(self, exchange: Exchange, operation: Operation) -> None:
        """Note an exchange."""
        who = exchange.identity
        name = _ANONYMOUS if who.name == _ANONYMOUS else who.role
        if name and (exchange.ok or exchange.status in _DENIED):
            self._counts[(operation.id, name, exchange.ok)] += 1

    def of(self, operation: Operation) -> list[JsonObject]:
        """One entry for each role of the contract, and one for callers without a token."""
        if operation.roles is None:
            return []
        entries = [self._entry(operation, _ANONYMOUS, allowed=False)]
        if operation.roles:
            roles = self._roles
            entries += [self._entry(operation, r, allowed=r in operation.roles) for r in roles]
        return entries

    def _entry(self, operation: Operation, role: str, *, allowed: bool) -> JsonObject:
        seen = self._counts[(operation.id, role, allowed)]
        reason = "" if seen else f"never {'let in' if allowed else 'refused'}"
        if not seen and role != _ANONYMOUS and role not in self._there:
            reason = "no account of this role was given"
        what = f"{role} {'allowed' if allowed else 'refused'}"
        return {"what": what, "role": role, "allowed": allowed, "seen": seen, "reason": reason}


class Tenants:
    """Which operations were called with the records of another tenant than the caller's own.

    A record belongs to the tenant whose caller was shown it, if no other was.
    """

    def __init__(self, subject: Subject) -> None:
        self._contract = subject.contract
        self._others = bool(subject.others)
        self._has = self._others or any(
            o.needs_tenant for o in subject.contract.operations.values()
        )
        self._owners: dict[str, set[str]] = {}
        self._resources: dict[str, set[str]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def saw(self, exchange: Exchange, operation: Operation) -> None:
        """Note an exchange."""
        tenant = exchange.identity.tenant
        if not self._has or not tenant:
            return
        if exchange.ok:
            self._counts[(operation.id, "own")] += 1
        if not self._others:
            return
        for relation in self._foreign(exchange, operation, tenant):
            self._counts[(operation.id, relation)] += 1
        resource = _resource(self._contract, operation)
        if exchange.ok and resource and resource.scope == "tenant":
            for id_, _ in records_in(self._contract, exchange, operation):
                self._owners.setdefault(id_, set()).add(tenant)
                self._resources.setdefault(resource.name, set()).add(tenant)

    def _foreign(self, exchange: Exchange, operation: Operation, tenant: str) -> Iterator[str]:
        path = exchange.request.target.partition("?")[0]
        if any(self._is_foreign(unquote(part), tenant) for part in path.split("/")):
            yield "foreign-path"
        if operation.body and operation.body.references and exchange.request.body:
            body = exchange.request.body.decode("utf-8", "replace")
            if any(self._is_foreign(part, tenant) for part in body.split('"')):
                yield "foreign-body"
        resource = operation.action.resource or ""
        others = self._resources.get(resource, set()) - {tenant}
        if operation.action.kind == "list" and exchange.ok and others:
            yield "foreign-list"

    def _is_foreign(self, id_: str, tenant: str) -> bool:
        owners = self._owners.get(id_)
        return bool(owners) and tenant not in (owners or ())

    def of(self, operation: Operation) -> list[JsonObject]:
        """One entry for each relation that the operation can have to another tenant's records."""
        if not self._has or operation.roles is None:
            return []
        return [self._entry(operation, r) for r in _ORDER if self._applies(operation, r)]

    def _applies(self, operation: Operation, relation: str) -> bool:
        action, contract = operation.action, self._contract
        resource = _resource(contract, operation)
        if relation == "own":
            return operation.needs_tenant
        if relation == "foreign-path":
            named = action.item_param or action.parent_param
            return bool(named and resource and resource.scope == "tenant")
        if relation == "foreign-list":
            return bool(action.kind == "list" and resource and resource.scope == "tenant")
        references = operation.body.references if operation.body else ()
        known = [contract.resources.get(r.resource) for r in references]
        return relation == "foreign-body" and any(r and r.scope == "tenant" for r in known)

    def _entry(self, operation: Operation, relation: str) -> JsonObject:
        seen = self._counts[(operation.id, relation)]
        reason = "" if seen else "never tried"
        if not seen and relation != "own" and not self._others:
            reason = "no account of another tenant was given"
        return {"what": relation, "seen": seen, "reason": reason}


class Lifecycles:
    """Which transitions were taken, and refused, from which states.

    The state of a record is that in which an answer showed it last.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._of: dict[str, tuple[ResourceType, Transition]] = {
            t.operation: (resource, t)
            for resource in contract.resources.values()
            if resource.lifecycle
            for t in resource.lifecycle.transitions.values()
            if not t.timed and t.operation in contract.operations
        }
        self._states: dict[tuple[str, str], str] = {}
        self._counts: Counter[tuple[str, str, bool]] = Counter()

    def saw(self, exchange: Exchange, operation: Operation) -> None:
        """Note an exchange."""
        if operation.id in self._of:
            self._step(exchange, operation)
        resource = _resource(self._contract, operation)
        if exchange.ok and resource and resource.lifecycle:
            for id_, record in records_in(self._contract, exchange, operation):
                state = record.get(resource.lifecycle.field)
                if isinstance(state, str):
                    self._states[resource.name, id_] = state

    def _step(self, exchange: Exchange, operation: Operation) -> None:
        resource, transition = self._of[operation.id]
        key = resource.name, self._item(exchange, operation)
        state = self._states.get(key)
        if state is not None and (exchange.ok or exchange.status in _CONFLICTS):
            self._counts[(operation.id, state, exchange.ok)] += 1
        if exchange.ok and transition.targets:
            self._states.pop(key, None)

    def _item(self, exchange: Exchange, operation: Operation) -> str:
        """The id in the path of a request."""
        template = (self._contract.base_path + operation.path).split("/")
        sent = exchange.request.target.partition("?")[0].split("/")
        wanted = "{" + (operation.action.item_param or "") + "}"
        pairs = zip(template, sent, strict=False)
        return next((unquote(found) for name, found in pairs if name == wanted), "")

    def of(self, operation: Operation) -> list[JsonObject]:
        """One entry for each state: whether the operation is allowed from it, and was so seen."""
        if operation.id not in self._of:
            return []
        resource, transition = self._of[operation.id]
        states = resource.lifecycle.states if resource.lifecycle else ()
        return [
            self._entry(operation, state, allowed=state in transition.sources) for state in states
        ]

    def _entry(self, operation: Operation, state: str, *, allowed: bool) -> JsonObject:
        seen = self._counts[(operation.id, state, allowed)]
        what = f"{'taken' if allowed else 'refused'} from {state}"
        reason = "" if seen else f"never {what}"
        return {"what": what, "state": state, "allowed": allowed, "seen": seen, "reason": reason}


def records_in(
    contract: Contract, exchange: Exchange, operation: Operation
) -> Iterator[tuple[str, JsonObject]]:
    """The records in an answer, with their ids: the one that it is about, or those it lists."""
    if not exchange.response or not exchange.response.body:
        return
    shape, value = shape_of(contract, operation), exchange.json
    found: list[Json] = []
    if shape.items is not None:
        items = inside(value, shape.items)
        found = items if isinstance(items, list) else []
    elif shape.record is not None:
        found = [inside(value, shape.record)]
    yield from ((str(r.get(shape.id, "")), r) for r in found if isinstance(r, dict))


def _resource(contract: Contract, operation: Operation) -> ResourceType | None:
    return contract.resources.get(operation.action.resource or "")
