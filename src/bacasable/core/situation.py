"""What a hook of a resource sees and may do while one call is handled."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from ..contract.complete import fresh
from ..contract.model import Contract, Json, Operation, ResourceType
from ..contract.problems import Refusal
from ..contract.request import Values
from .calls import Actor, Call
from .journal import masked, record_fact
from .limits import full
from .messages import Letter, post
from .orders import Order
from .query import Mask, View, shows
from .space import Platform, Space
from .store import Collection, Record
from .timers import newly_due

NO_VALUES = Values({}, {}, {}, None)


class ContractBroken(Exception):
    """Our own code does what the contract does not allow: a defect of ours, answered with 500."""


@dataclass(slots=True)
class Situation:
    """One call while it is handled.

    `record` is the record in the path as found, `parent` its parent's; `draft` is the record as it
    is about to be written. Hooks change the draft only.
    """

    contract: Contract
    platform: Platform
    call: Call
    resource: ResourceType | None
    instant: datetime
    now: str
    """The instant of the call, as the contract writes it."""
    letters: "Correspondence"
    values: Values = field(default_factory=lambda: NO_VALUES)
    parent: Record = field(default_factory=dict)
    record: Record = field(default_factory=dict)
    draft: Record = field(default_factory=dict)

    @property
    def operation(self) -> Operation:
        """The operation called."""
        return self.call.operation

    @property
    def space(self) -> Space:
        """The tenant's space."""
        return self.call.space

    @property
    def actor(self) -> Actor:
        """Who calls; only operations with roles may ask."""
        if self.call.actor is None:
            raise ContractBroken(f"{self.operation.id} has no security and asks who calls")
        return self.call.actor

    @property
    def body(self) -> Any:
        """The body, read by the contract; an empty mapping for no body."""
        return self.values.body if self.values.body is not None else {}

    def collection(self, resource: str) -> Collection:
        """The records of a resource that this call can reach."""
        platform_wide = self.contract.resources[resource].scope == "platform"
        return (self.platform.root if platform_wide else self.space).collection(resource)

    def get(self, resource: str, record_id: Json) -> Record | None:
        """A record by id, or None. Ids that are numbers are given as they are."""
        return None if record_id is None else self.collection(resource).get(str(record_id))

    def need(self, resource: str, record_id: str) -> Record:
        """A record that must exist and be visible to the caller. Raises Refusal NOT_FOUND."""
        record = self.get(resource, record_id)
        if record is None or not self.sees(self.contract.resources[resource], record):
            raise Refusal("NOT_FOUND")
        return record

    def where(self, resource: str, /, **fields: Json) -> list[Record]:
        """Records whose fields have these values."""
        (first, value), *rest = fields.items()
        found = self.collection(resource).where(first, value)
        return [r for r in found if all(r.get(name) == wanted for name, wanted in rest)]

    @property
    def roles(self) -> frozenset[str]:
        """The caller's roles that this operation admits; none when it admits everybody."""
        actor = self.call.actor
        return actor.roles.intersection(self.operation.roles or ()) if actor else frozenset()

    def views(self, resource: ResourceType) -> tuple[View, ...]:
        """What the caller's roles show of a resource, each as fields and their allowed values.

        A record exists for the caller when one of them fits it; none means that all records do.
        """
        roles = self.roles
        if not roles or not roles <= resource.visibility.keys():
            return ()
        return tuple(self._view(resource, role) for role in sorted(roles))

    def _view(self, resource: ResourceType, role: str) -> View:
        me = self.call.actor.id if self.call.actor else ""
        fields = resource.visibility.get(role, {})
        return tuple(
            (name, tuple(me if value == "$me" else value for value in values))
            for name, values in fields.items()
        )

    def sees(self, resource: ResourceType, record: Record) -> bool:
        """Whether the record exists for this caller."""
        if not resource.visibility:
            return True
        views = self.views(resource)
        return not views or any(shows(view, record) for view in views)

    def masks(self, resource: ResourceType) -> bool:
        """Whether the caller may see any field of any record of the resource masked."""
        if not resource.blind_roles or resource.blind_roles.isdisjoint(self.roles):
            return False
        clear = self.roles - resource.blind_roles - resource.visibility.keys()
        return not clear

    def seen(self, resource: ResourceType, record: Record) -> Record:
        """The record as the caller may see it.

        A field is masked unless a role that is not blind to it shows this very record: who is a
        learner and an auditor reads their own records unmasked, and no others.
        """
        mask = self.mask(resource)
        return mask[1](record) if mask else record

    def mask(self, resource: ResourceType) -> Mask | None:
        """How the caller sees the records of a resource; None for as they are.

        The function knows nothing of the call: what is ordered by it is kept when that is over.
        """
        if not self.masks(resource):
            return None
        views = tuple((role, self._view(resource, role)) for role in sorted(self.roles))

        def see(record: Record) -> Record:
            showing = {role for role, view in views if shows(view, record)}
            hidden = [n for n, blind in resource.masked.items() if showing <= set(blind)]
            return masked(resource, record, hidden)

        return views, see

    def new(self, resource: str, /, **values: Json) -> Record:
        """A new record with an id, its declared first values and the given ones; not yet stored.

        A property without any of these is left out.
        """
        kind = self.contract.resources[resource]
        first = {**kind.initial, **stamps(kind, self.now), **values}
        first[kind.id_member] = values.get(kind.id_member) or self.space.new_id(kind)
        for name in kind.containers:
            if name not in values:
                first[name] = fresh(first[name])
        return in_order(kind, first)

    def write(self, resource: str, record: Record) -> None:
        """Store a record of any resource, and note what will fall due of it."""
        collection, kind = self.collection(resource), self.contract.resources[resource]
        if kind.timers:
            for due in newly_due(kind, collection.get(kind.id_of(record)), record, self.now):
                self.space.schedule.push(due)
        limits = self.platform.limits
        if len(collection) >= limits.max_records and collection.get(kind.id_of(record)) is None:
            raise full(f"records of {resource} in this tenant", limits.max_records, "max-records")
        collection.put(record)

    def emit(self, fact: str, resource: str, record: Record) -> None:
        """Record a fact. Raises ContractBroken when the operation does not declare it."""
        kind = self.contract.resources[resource]
        if fact not in declared_facts(self.operation, self.resource):
            raise ContractBroken(f"{self.operation.id} records {fact}, which it does not declare")
        space = self.platform.root if kind.scope == "platform" else self.space
        actor = self.call.actor
        # A super administrator of another tenant acts as the platform: ids never cross tenants.
        stranger = actor is None or space.slug not in {"", actor.home}
        actor_id = None if actor is None or stranger else actor.id
        record_fact(
            space,
            fact=fact,
            actor_id=actor_id,
            resource=kind,
            record=record,
            at=self.now,
        )
        if fact in self.letters:
            for letter in self.letters[fact](self, record):
                self._post(space, fact, letter)

    def _post(self, space: Space, fact: str, letter: Letter) -> None:
        operations, principal = self.contract.operations, self.contract.principal
        if principal is None:
            return
        told = post(space, letter, principal, fact=fact, at=self.now, operations=operations)
        for message in told:
            for tell in self.platform.followers:
                self.platform.log.afterwards(partial(tell, space, message))


def stamps(kind: ResourceType, now: str) -> Record:
    """The members of a new record that hold instants of its own."""
    return {name: now for name in (kind.created, kind.updated) if name}


def in_order(kind: ResourceType, record: Record) -> Record:
    """The members that the contract names, in its order; behind them others, where it lets any.

    What tells where it lies stays in any case.
    """
    named = {name: record[name] for name in kind.properties if name in record}
    if kind.is_open:
        return named | record
    return named | {n: record[n] for n in kind.hidden if n in record} if kind.hidden else named


def declared_facts(operation: Operation, resource: ResourceType | None) -> tuple[str, ...]:
    """The facts an operation can record: its transition's first, then those it emits."""
    lifecycle = resource.lifecycle if resource else None
    transition = lifecycle.transitions.get(operation.id) if lifecycle else None
    own = (transition.fact,) if transition and transition.fact else ()
    return own + operation.emits


Reading = tuple[Collection, Order]
Hook = Callable[[Situation], None]
Check = Callable[[Situation], bool]
Correspondence = Mapping[str, Callable[[Situation, Record], Iterable[Letter]]]
"""By fact: the letters that tell it, written from the situation and the fact's record."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a resource does that the contract cannot say. Keys are operationIds, or ids of rules.

    The order for one call: `prepare` (computed fields of the draft) → `rules` (true when kept) →
    write → `facts` (names, in place of the first declared one) → `effects` (other records).
    `letters`, by fact, are what accounts are told when it is recorded, by whatever operation.
    `shows` picks the part of the record that an operation answers with.
    `reads` are the orders that an operation needs, to be filled before it acts: it may take long.
    `find` gives the record of an operation whose path does not name it. `operations` answers an
    operation wholly, after state and rules were checked.
    """

    prepare: Mapping[str, Hook] = field(default_factory=dict)
    rules: Mapping[str, Check] = field(default_factory=dict)
    facts: Mapping[str, Callable[[Situation], list[str]]] = field(default_factory=dict)
    effects: Mapping[str, Hook] = field(default_factory=dict)
    shows: Mapping[str, Callable[[Record], Json]] = field(default_factory=dict)
    find: Mapping[str, Callable[[Situation], Record]] = field(default_factory=dict)
    operations: Mapping[str, Callable[[Situation], Record | None]] = field(default_factory=dict)
    reads: Mapping[str, Callable[[Situation], Iterable[Reading]]] = field(default_factory=dict)
    letters: Correspondence = field(default_factory=dict)
