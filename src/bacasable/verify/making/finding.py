"""Finding records by listing them: in runs that only read, and where nothing creates them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract import Operation
from ..model import Identity
from .bodies import example_parameters
from .calls import Calls, path_of
from .ledger import Ledger
from .model import CannotMake, Record, refusal

_PARENTS = 5


@dataclass
class Finder:
    """Lists records, parents first."""

    calls: Calls
    ledger: Ledger

    def find(
        self, resource: str, state: str, who: Identity | None, parent: Record | None = None
    ) -> Record:
        """A record in a state. Raises CannotMake when none is listed."""
        found = self.first(resource, state, who, parent)
        if found is None:
            said = f" in the state {state}" if state else ""
            raise CannotMake(f"the server lists no {resource}{said}")
        return found

    def first(
        self, resource: str, state: str, who: Identity | None, parent: Record | None = None
    ) -> Record | None:
        """The first record in a state that the server lists, below a parent if one is given."""
        listing = self.calls.listing(resource)
        if listing is None:
            return None
        above = [parent] if parent else list(self._parents(listing, who))
        for one in above:
            found = next(self._listed(listing, resource, state, who, one), None)
            if found:
                return found
        return None

    def listed(self, record: Record) -> Record | None:
        """A record as its list shows it; None when it does not, or there is no list."""
        listing = self.calls.listing(record.resource)
        if listing is None:
            raise CannotMake(f"no operation reads a {record.resource}")
        all_ = self._listed(listing, record.resource, "", record.identity, record.parent)
        return next((one for one in all_ if one.id == record.id), None)

    def count(self, resource: str, who: Identity | None) -> int:
        """How many records the server says that it has; 0 where it does not say."""
        listing = self.calls.listing(resource)
        if listing is None or listing.action.parent_param:
            return 0
        try:
            caller = self.calls.caller(listing, who)
        except CannotMake:
            return 0
        query = example_parameters(self.calls.subject.contract, listing, "query")
        return self.calls.total_in(self.calls.send(listing, caller, {}, query=query))

    def _parents(self, listing: Operation, who: Identity | None) -> Iterator[Record | None]:
        resource = self.calls.subject.contract.resources.get(listing.action.resource or "")
        if not listing.action.parent_param or resource is None or resource.parent is None:
            yield None
            return
        above = self.calls.listing(resource.parent.resource)
        if above is None:
            return
        for grand in self._parents(above, who):
            found = self._listed(above, resource.parent.resource, "", who, grand)
            for _, parent in zip(range(_PARENTS), found, strict=False):
                yield parent

    def _listed(
        self,
        listing: Operation,
        resource: str,
        state: str,
        who: Identity | None,
        parent: Record | None,
    ) -> Iterator[Record]:
        contract = self.calls.subject.contract
        declared = contract.resources.get(resource)
        field = declared.lifecycle.field if declared and declared.lifecycle else ""
        query = example_parameters(contract, listing, "query")
        names = [p.name for p in listing.parameters if p.location == "query"]
        if state and field in names:
            query[field] = state
        caller = self.calls.caller(listing, who)
        path = example_parameters(contract, listing, "path") | path_of(listing, None, parent)
        exchange = self.calls.send(listing, caller, path, query=query)
        if not exchange.ok:
            raise CannotMake(refusal(exchange))
        for value in self.calls.items_in(exchange):
            id_ = self.calls.id_of(listing, value)
            if id_ and (not state or value.get(field) == state):
                yield self.ledger.record(resource, id_, value, parent, caller, made=False)
