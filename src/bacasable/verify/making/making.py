"""Making records: what they refer to, what they lie below, the state they are to have."""

import threading
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from zlib import crc32

from ...contract.model import Json, JsonObject, Operation, Reference
from ...contract.preconditions import Given, Wanted
from ...contract.renaming import unique_taken
from ..bench import UNSENT
from ..model import Exchange, Identity
from .bodies import (
    Fresh,
    Scope,
    client_named,
    evaluated,
    example_body,
    example_parameters,
    filled_body,
    free_texts,
    freshened,
    split,
    with_members,
)
from .calls import Calls, path_of
from .finding import Finder
from .ledger import Ledger
from .model import Arranged, CannotMake, NotOurs, Record, refusal
from .pool import Pool
from .ways import NOTHING, Way, asked_by, both, given_for, shortest_way

_DEEPEST = 12
_ATTEMPTS, _ANEW = 4, 2
_USES = 100
"""So many records lie below a shared one at most, or refer to it."""


@dataclass
class Making:
    """Makes records through the API, each at most as new as it must be."""

    calls: Calls
    ledger: Ledger
    finder: Finder
    fresh: Fresh
    pool: Pool = field(default_factory=Pool)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _done: set[tuple[str, str, str]] = field(default_factory=set)
    _stack: threading.local = field(default_factory=threading.local)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- a record

    def make(
        self,
        resource: str,
        wanted: Wanted,
        who: Identity | None,
        *,
        parent: Record | None = None,
        members: JsonObject | None = None,
    ) -> Record:
        """A fresh record as it is wanted. `members` are put into its body as they are."""
        if self.calls.session.options.read_only:
            raise CannotMake("the run only reads")
        create = self.calls.creating(resource)
        if create is None:
            raise CannotMake(f"no operation creates a {resource}")
        stack = self._stack.__dict__.setdefault("resources", [])
        if len(stack) >= _DEEPEST or stack.count(resource) > 2:
            raise CannotMake(f"a {resource} needs a {resource} ({' → '.join([*stack, resource])})")
        stack.append(resource)
        try:
            return self._make(create, wanted, who, parent=parent, members=members or {})
        finally:
            stack.pop()

    def _make(
        self,
        create: Operation,
        wanted: Wanted,
        who: Identity | None,
        *,
        parent: Record | None,
        members: JsonObject,
    ) -> Record:
        resource = create.action.resource or ""
        way = self.way(resource, wanted.state)
        for step in way.steps:
            wanted = both(asked_by(step), wanted)
        plain, final = split(wanted.members, Scope(me=me(who)))
        wanted, members = replace(wanted, members=plain), {**final, **members}
        exchange = self._created(create, way.begins, wanted, who, parent=parent, members=members)
        record = self.ledger.adopt(exchange, parent)
        if record is None:
            raise CannotMake(f"{create.id} does not say what it created")
        if not record.made:
            raise NotOurs(f"what {create.id} answered ({exchange.status}) was not made by the run")
        if not record.value and self.calls.getting(resource):
            record = self.again(record) or record
        if wanted.state:
            record = self.walk(record, (wanted.state,), who)
        for name in wanted.after:
            record = self.before(record, name, who)
        return record

    def _created(
        self,
        create: Operation,
        begins: str,
        wanted: Wanted,
        who: Identity | None,
        *,
        parent: Record | None,
        members: JsonObject,
    ) -> Exchange:
        """The exchange of a create; what is there already, or is said to be, gets other values."""
        given = given_for(create, begins)
        above = both(given.parent, wanted.parent or NOTHING)
        kind = self._kind(create, who)
        for attempt in range(_ATTEMPTS):
            if attempt >= _ANEW:
                above = replace(above, fresh=True)
            under = parent or self.parent_for(create, above, who)
            arranged = self.creation(
                create, given, who, under, with_=wanted.members, members=members, attempt=attempt
            )
            try:
                exchange = self.calls.act(arranged)
            except NotOurs:
                if attempt == _ATTEMPTS - 1:
                    raise
                self.fresh.skip(kind, attempt)
                continue
            record = self.ledger.adopt(exchange, parent) if exchange.ok else None
            if exchange.status != 409 and (record is None or record.made):
                break
            self.fresh.skip(kind, crc32(exchange.response.body) if exchange.response else 0)
        if not exchange.ok:
            raise CannotMake(refusal(exchange))
        return exchange

    def creation(
        self,
        create: Operation,
        given: Given,
        who: Identity | None,
        parent: Record | None,
        *,
        with_: Mapping[str, Json] | None = None,
        members: JsonObject | None = None,
        attempt: int = 0,
    ) -> Arranged:
        """The call that creates a record, with fresh values where records must differ.

        `with_` takes the place of members of the example, `members` that of the finished body's.
        Later attempts make anew what was shared, and vary what might have to be unique.
        """
        contract = self.calls.subject.contract
        path = example_parameters(contract, create, "path") | path_of(create, None, parent)
        key = (create.id, parent.id if parent else "")
        scope = Scope(parent=parent, number=lambda: self._counted(key), me=me(who))
        anew = attempt >= _ANEW
        body = self.body(create, given, scope, who, with_=with_, members=members, anew=anew)
        vary = partial(self.fresh.text, self._kind(create, who))
        if body is not UNSENT:
            names = unique_taken(contract, create)
            if (attempt or {200, 201} <= create.answers.keys()) and not names:
                names = free_texts(contract, create, body)
            names = tuple(name for name in names if name not in (members or {}))
            body = freshened(contract, create, body, names, vary)
        naming = self.calls.naming(create, body)
        path, body = client_named(
            contract, create, naming, path=path, body=body, fixed=set(members or {}), vary=vary
        )
        query = example_parameters(contract, create, "query")
        return Arranged(create, self.calls.caller(create, who), path, query, body, parent=parent)

    def _kind(self, create: Operation, who: Identity | None) -> str:
        """The name of what a create makes in a tenant, with a series of fresh values of its own."""
        kind = f"{create.action.resource} {who.tenant if who else self.calls.subject.main.tenant}"
        declared = self.calls.subject.contract.resources.get(create.action.resource or "")
        if not self.fresh.knows(kind):
            there = self.finder.count(declared.name, who) if declared and declared.unique else 0
            self.fresh.begin(kind, there)
        return kind

    def _counted(self, key: tuple[str, str]) -> int:
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]

    # --- its body

    def body(
        self,
        operation: Operation,
        given: Given,
        scope: Scope,
        who: Identity | None,
        *,
        with_: Mapping[str, Json] | None = None,
        members: JsonObject | None = None,
        anew: bool = False,
    ) -> Json:
        """The body of an operation; UNSENT where it takes none. `anew` refers to fresh records."""
        if operation.body is None:
            return UNSENT
        final = members or {}
        body = example_body(self.calls.subject.contract, operation)
        body = with_members(body, given.body, with_ or {})
        if not isinstance(body, dict):
            return body
        body = {name: value for name, value in body.items() if name not in final}
        scope.body = ChainMap(final, body)

        def need(reference: Reference, name: str, which: int) -> Record:
            wanted = given.references.get(name, NOTHING)
            if anew:
                wanted = replace(wanted, fresh=True)
            return self.need(reference.resource, wanted, scope, who, which)

        def waits(reference: Reference) -> bool:
            return "{body." in repr(given.references.get(".".join(reference.path)))

        references = sorted(operation.body.references, key=waits)
        return {**filled_body(body, references, need, scope), **final}

    def need(
        self,
        resource: str,
        wanted: Wanted,
        scope: Scope,
        who: Identity | None,
        which: int = 0,
    ) -> Record:
        """A record to refer to or to lie below: shared, unless it must be fresh."""
        if wanted.of:
            return self._one_of(resource, wanted, scope, who)
        plain, final = split(wanted.members, scope)
        wanted = replace(wanted, members=plain)
        if wanted.fresh:
            return self.make(resource, wanted, who, members=final)
        tenant = who.tenant if who else self.calls.subject.main.tenant

        def one() -> Record:
            if self.calls.creating(resource):
                return self.make(resource, wanted, who, members=final)
            return self.finder.find(resource, wanted.state, who)

        return self.pool.shared(f"{resource} {tenant} {which} {final} {wanted!r}", one, most=_USES)

    def _one_of(self, resource: str, wanted: Wanted, scope: Scope, who: Identity | None) -> Record:
        """One of the records below a parent that the scope names; made where there is none."""
        declared = self.calls.subject.contract.resources[resource]
        above = declared.parent.resource if declared.parent else ""
        id_ = str(evaluated(wanted.of, scope))
        tenant = who.tenant if who else self.calls.subject.main.tenant
        known = self.ledger.find(above, id_, tenant)
        caller = who or self.calls.subject.main
        parent = known or self.ledger.record(above, id_, {}, None, caller, made=False)
        found = self.ledger.below(resource, parent)
        found = found or self.finder.first(resource, wanted.state, who, parent)
        return found or self.make(resource, replace(wanted, of=""), who, parent=parent)

    def parent_for(
        self, operation: Operation, wanted: Wanted, who: Identity | None
    ) -> Record | None:
        """The record below which an operation's records lie; None where they lie below none."""
        declared = self.calls.subject.contract.resources.get(operation.action.resource or "")
        if declared is None or declared.parent is None or not operation.action.parent_param:
            return None
        return self.need(declared.parent.resource, wanted, Scope(me=me(who)), who)

    # --- its state

    def way(self, resource: str, *targets: str) -> Way:
        """The shortest way of a new record into one of some states. Raises CannotMake."""
        contract = self.calls.subject.contract
        declared = contract.resources.get(resource)
        lifecycle = declared.lifecycle if declared else None
        if not any(targets):
            return Way("")
        if lifecycle is None:
            raise CannotMake(f"a {resource} has no states")
        way = shortest_way(contract, lifecycle, lifecycle.initial, targets)
        if way is None:
            raise CannotMake(f"no calls bring a {resource} into the state {' or '.join(targets)}")
        return way

    def walk(self, record: Record, targets: tuple[str, ...], who: Identity | None) -> Record:
        """A record brought into one of some states by transitions. Raises CannotMake."""
        contract = self.calls.subject.contract
        lifecycle = contract.resources[record.resource].lifecycle
        if lifecycle is None:
            raise CannotMake(f"a {record.resource} has no states")
        for _ in lifecycle.states:
            state = str(record.value.get(lifecycle.field))
            if state in targets:
                return record
            way = shortest_way(contract, lifecycle, [state], targets)
            if way is None:
                break
            record = self.step(record, way.steps[0], who)
        said = f"a {record.resource} stays {record.value.get(lifecycle.field)}"
        raise CannotMake(f"{said}: no calls bring it into the state {' or '.join(targets)}")

    def step(self, record: Record, operation: Operation, who: Identity | None) -> Record:
        """A record after an operation on it. Raises CannotMake when it is refused."""
        exchange = self.calls.act(self.on(operation, record, who))
        if not exchange.ok:
            raise CannotMake(refusal(exchange))
        return self._after(record, exchange)

    def _after(self, record: Record, exchange: Exchange) -> Record:
        value = self.calls.record_in(exchange)
        whole = record.value.keys() <= value.keys() if value else False
        operation = exchange.operation
        if value and whole and operation and self.calls.id_of(operation, value) == record.id:
            record = replace(record, value=value)
            self.ledger.update(record)
            return record
        return self.again(record) or record

    def again(self, record: Record) -> Record | None:
        """The record as the server has it now; None when it has none. Raises CannotMake."""
        get = self.calls.getting(record.resource)
        if get is None:
            return self.finder.listed(record)
        who = self.calls.caller(get, record.identity)
        exchange = self.calls.send(get, who, path_of(get, record, record.parent))
        value = self.calls.record_in(exchange)
        if exchange.status in (404, 410):
            return None
        if value is None:
            raise CannotMake(refusal(exchange))
        record = replace(record, value=value)
        self.ledger.update(record)
        return record

    # --- a call on it

    def on(
        self, operation: Operation, record: Record, who: Identity | None, *, refused: bool = False
    ) -> Arranged:
        """The call of an operation on a record; what must be done before is done, once.

        Of a call that is `refused` for the record's state no more is asked than a valid body.
        """
        for name in () if refused else operation.given.record.after:
            record = self.before(record, name, who)
        contract = self.calls.subject.contract
        path = example_parameters(contract, operation, "path")
        path |= path_of(operation, record, record.parent)
        scope = Scope(record, record.parent, me=me(who))
        try:
            body = self.body(operation, operation.given, scope, who)
        except CannotMake:
            if not refused:
                raise
            body = self.body(operation, Given(), scope, who)
        query = example_parameters(contract, operation, "query")
        caller = self.calls.caller(operation, who)
        return Arranged(operation, caller, path, query, body, record, record.parent)

    def itself(self, resource: str, who: Identity) -> Record:
        """The record of a caller's own account. Raises CannotMake where nothing told its id."""
        if not me(who):
            raise CannotMake(f"nothing told the id of the account of {who.name}")
        record = self.ledger.record(resource, me(who), {}, None, who, made=False)
        found = self.again(record)
        if found is None:
            raise CannotMake(f"the account of {who.name} is no {resource}")
        return found

    def before(self, record: Record, name: str, who: Identity | None) -> Record:
        """A record on which an operation was done before: on itself, or on one below it."""
        key = (record.resource, record.id, name)
        if key in self._done:
            return record
        operation = self.calls.subject.contract.operations[name]
        below = operation.action.resource or ""
        if below == record.resource:
            record = self.step(record, operation, who)
        elif operation.action.kind == "create":
            self.make(below, NOTHING, who, parent=record)
        else:
            child = self.ledger.below(below, record) or self.finder.first(below, "", who, record)
            child = child or self.make(below, NOTHING, who, parent=record)
            self.step(child, operation, who)
        self._done.add(key)
        return record


def me(who: Identity | None) -> str:
    """The id of the account of a caller; empty where nothing told it."""
    return who.account.get("id", "") if who else ""
