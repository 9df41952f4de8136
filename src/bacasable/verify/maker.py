"""Records to test with: made through the API, remembered, removed at the end."""

from collections import Counter

from ..contract import Operation
from ..contract.model import JsonObject
from ..contract.preconditions import Wanted
from .bench import UNSENT, Subject
from .making.bodies import Fresh, example_body, example_parameters
from .making.calls import Calls, parameters_in, path_of
from .making.census import Census
from .making.cleanup import Cleaner
from .making.finding import Finder
from .making.ledger import Ledger, Made
from .making.making import Making
from .making.model import Arranged, CannotMake, Record
from .making.own import Own
from .making.ways import NOTHING, asked_by, both, given_for
from .model import Exchange, Identity, Residue
from .ownership import Ownership, is_callers
from .session import READING, Session, Unreachable

__all__ = ["Arranged", "CannotMake", "Maker", "Record"]


class Maker:
    """Makes what the checks need, by the contract alone, and removes it."""

    def __init__(self, subject: Subject, session: Session) -> None:
        self.subject = subject
        self.session = session
        self._calls = Calls(subject, session)
        census = Census(self._calls)
        self._ledger = Ledger(self._calls, census, lambda *named: is_callers(subject, *named))
        self._ownership = Ownership(self._calls, self._ledger, census)
        self._cleaner = Cleaner(self._calls, self._ledger, self.again, self._walked)
        self._finder = Finder(self._calls, self._ledger)
        self._making = Making(self._calls, self._ledger, self._finder, Fresh(subject.options.seed))
        self._own = Own(self._calls, self._named)
        session.watchers.append(self._watch)
        session.law = self._ownership.judge

    @property
    def ledger(self) -> list[Made]:
        """What the run made, in the order of its making; what was removed is marked."""
        return self._ledger.entries

    def new(
        self,
        resource: str,
        *,
        state: str = "",
        members: JsonObject | None = None,
        parent: Record | None = None,
        identity: Identity | None = None,
    ) -> Record:
        """A fresh record, in a state of its lifecycle, made by creating it and what it refers to.

        `members` are put into the body of its creation as they are. Raises CannotMake.
        """
        wanted = Wanted(state=state)
        return self._making.make(resource, wanted, identity, parent=parent, members=members)

    def some(self, resource: str, *, state: str = "", identity: Identity | None = None) -> Record:
        """A record that callers share and leave as it is.

        One that was made before, or, in a run that only reads, found by listing. Raises CannotMake.
        """
        return self._some(resource, Wanted(state=state), identity)

    def _some(self, resource: str, wanted: Wanted, identity: Identity | None) -> Record:
        tenant = identity.tenant if identity else self.subject.main.tenant
        makes = self._calls.creating(resource) and not self.subject.options.read_only

        def make() -> Record:
            if makes:
                return self._making.make(resource, wanted, identity)
            return self._finder.find(resource, wanted.state, identity)

        return self._making.pool.shared(f"{resource} {tenant} {wanted!r}", make)

    def drop(self, record: Record) -> None:
        """Share a record no more, because it was changed."""
        self._making.pool.drop(record.resource, record.id)

    def arranged(
        self,
        operation: Operation,
        *,
        state: str = "",
        identity: Identity | None = None,
        fresh: bool = True,
    ) -> Arranged:
        """What a call of an operation needs to succeed.

        `state` is that of the record acted upon, or to be created; when the operation is not
        allowed in it, all but the state is as it should be. With `fresh` False, and for operations
        that only read, records are shared. Raises CannotMake.
        """
        who = self._calls.caller(operation, identity)
        action = operation.action
        reads = operation.method.upper() in READING
        if action.resource and action.item_param:
            return self._on_record(operation, state, who, share=reads or not fresh)
        if action.kind == "create":
            given = given_for(operation, state)
            parent = self._making.parent_for(operation, given.parent, who)
            return self._making.creation(operation, given, who, parent)
        if action.parent_param:
            return self._plain(operation, who, self._parent(operation, who))
        own = self._own.arranged(operation, who)
        return own or self._plain(operation, who, None)

    def _parent(self, operation: Operation, who: Identity) -> Record | None:
        """The record below which an operation's records lie, one that the caller can see."""
        above = self.subject.contract.resources[operation.action.resource or ""].parent
        if above is None:
            return None
        wanted = both(self._seen(above.resource, who), operation.given.parent)
        return self._some(above.resource, wanted, who)

    def _named(self, resource: str, operation: Operation, who: Identity) -> Record:
        """A record that the path of an operation names by its segments."""
        wanted = both(self._seen(resource, who), operation.given.record)
        if operation.method.upper() in READING:
            return self._some(resource, wanted, who)
        return self._making.make(resource, wanted, who)

    def _seen(self, resource: str, who: Identity, states: tuple[str, ...] = ()) -> Wanted:
        """What a record must be like for a caller to see it (x-resource visibility)."""
        declared = self.subject.contract.resources.get(resource)
        if declared is None:
            return NOTHING
        above = self._seen(declared.parent.resource, who) if declared.parent else NOTHING
        state, members = "", {}
        for name, values in declared.visibility.get(who.role, {}).items():
            if declared.lifecycle and name == declared.lifecycle.field:
                state = self._nearest(resource, tuple(v for v in values if v in states) or values)
            else:
                members[name] = "{me}" if values[0] == "$me" else values[0]
        return Wanted(state=state, members=members, parent=None if above == NOTHING else above)

    def _plain(self, operation: Operation, who: Identity, parent: Record | None) -> Arranged:
        contract = self.subject.contract
        path = example_parameters(contract, operation, "path") | path_of(operation, None, parent)
        query = example_parameters(contract, operation, "query")
        body = example_body(contract, operation) if operation.body else UNSENT
        return Arranged(operation, who, path, query, body, parent=parent)

    def _on_record(
        self, operation: Operation, state: str, who: Identity, *, share: bool
    ) -> Arranged:
        """A call on a record that is as the operation asks, or in another state."""
        resource = operation.action.resource or ""
        declared = self.subject.contract.resources.get(resource)
        lifecycle = declared.lifecycle if declared else None
        transition = lifecycle.transitions.get(operation.id) if lifecycle else None
        allowed = transition.sources if transition else ()
        refused = bool(state and allowed and state not in allowed)
        wanted = self._seen(resource, who, allowed)
        if not state and allowed and wanted.state not in allowed:
            state = self._nearest(resource, allowed)
        if not refused:
            wanted = both(asked_by(operation), wanted)
        wanted = both(wanted, Wanted(state=state))
        making = self._making
        if "id" in wanted.members:
            record = making.itself(resource, who)
        elif share:
            record = self._some(resource, wanted, who)
        else:
            record = making.make(resource, wanted, who)
        return making.on(operation, record, who, refused=refused)

    def _nearest(self, resource: str, states: tuple[str, ...]) -> str:
        """Of some states the one that the fewest calls lead to."""
        if self.subject.options.read_only:
            return states[0]
        way = self._making.way(resource, *states)
        contract = self.subject.contract
        lifecycle = contract.resources[resource].lifecycle
        state = way.begins
        for step in way.steps:
            targets = lifecycle.transitions[step.id].targets if lifecycle else ()
            state = next((t for t in targets if t in states), targets[0])
        return state

    def adopt(self, exchange: Exchange, parent: Record | None = None) -> Record | None:
        """Remember the record that an exchange of a check created, so that it is removed."""
        return self._ledger.adopt(exchange, parent)

    def again(self, record: Record) -> Record | None:
        """The record as the server has it now; None when it has none. Raises CannotMake."""
        return self._making.again(record)

    def clean_up(self) -> list[Residue]:
        """Remove what this run made, the youngest first. What it left."""
        if self.subject.options.read_only:
            return []
        self._calls.purpose = "cleanup"
        try:
            put_back = self._own.put_back()
            for name in self._own.kept:
                self._ledger.allowed.pop(name, None)
            return [*put_back, *self._cleaner.clean_up()]
        except Unreachable as error:
            return self.left(f"the server did not answer before they were removed: {error}")

    def left(self, reason: str) -> list[Residue]:
        """What the run made and has not removed, when the clean-up itself could not be made."""
        told = Counter(made.record.resource for made in self.ledger if not made.removed)
        return [Residue(resource, reason, count) for resource, count in told.items()]

    def _watch(self, exchange: Exchange) -> None:
        """See every exchange: what it made is remembered, what it changed is shared no more."""
        exchange = self._calls.attributed(exchange)
        self._ledger.watch(exchange)
        self._ownership.saw(exchange)
        operation = exchange.operation
        if operation is None or not exchange.ok or exchange.purpose == self._calls.purpose:
            return
        action = operation.action
        if action.item_param and operation.method.upper() not in READING:
            id_ = parameters_in(operation, exchange).get(action.item_param, "")
            self._making.pool.drop(action.resource or "", id_)

    def _walked(self, record: Record, states: tuple[str, ...]) -> Record:
        return self._making.walk(record, states, record.identity)
