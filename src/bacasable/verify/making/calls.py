"""The calls of the setup: who makes them, and what they tell of records."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.shape import Shape, inside, shape_of
from ..bench import UNSENT, Subject, request_for
from ..model import Exchange, Identity
from ..session import Session
from .model import Arranged, CannotMake, Record


@dataclass
class Calls:
    """Sends what the setup needs, and reads records from the answers."""

    subject: Subject
    session: Session
    purpose: str = "setup"

    def caller(self, operation: Operation, like: Identity | None = None) -> Identity:
        """Who may call an operation in the tenant of somebody. Raises CannotMake."""
        main = self.subject.main
        if like is None or like.tenant in ("", main.tenant):
            if like is not None and _may(like, operation):
                return like
            found = self.subject.caller(operation)
        else:
            same = [like, *(o for o in self.subject.others if o.tenant == like.tenant)]
            found = next((o for o in same if _may(o, operation)), None)
        if found is None:
            roles = ", ".join(operation.roles or ())
            raise CannotMake(f"no account was given that may call {operation.id} ({roles})")
        return found

    def send(
        self,
        operation: Operation,
        who: Identity,
        path: Mapping[str, object],
        body: Json = UNSENT,
        *,
        query: Mapping[str, object] | None = None,
    ) -> Exchange:
        """Call an operation."""
        contract = self.subject.contract
        request = request_for(contract, operation, who, path=path, query=query or {}, body=body)
        return self.session.send(request, operation=operation, identity=who, purpose=self.purpose)

    def act(self, arranged: Arranged) -> Exchange:
        """Make an arranged call."""
        a = arranged
        return self.send(a.operation, a.identity, a.path, a.body, query=a.query)

    def record_in(self, exchange: Exchange) -> JsonObject | None:
        """The record that an answer holds; None without one."""
        if exchange.operation is None or not exchange.ok:
            return None
        found = inside(exchange.json, self._shape(exchange.operation).record)
        return found if isinstance(found, dict) else None

    def items_in(self, exchange: Exchange) -> list[JsonObject]:
        """The records that an answer lists."""
        if exchange.operation is None or not exchange.ok:
            return []
        place = self._shape(exchange.operation).items
        found = inside(exchange.json, place) if place is not None else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def total_in(self, exchange: Exchange) -> int:
        """How many records there are, as an answer tells it; 0 where it does not."""
        place = self._shape(exchange.operation).total if exchange.operation else None
        found = inside(exchange.json, place) if exchange.ok and place is not None else None
        return found if isinstance(found, int) else 0

    def id_of(self, operation: Operation, value: JsonObject) -> str:
        """The id of a record, as paths name it; empty without one."""
        found = value.get(self._shape(operation).id)
        plain = isinstance(found, str | int) and not isinstance(found, bool)
        return str(found) if plain else ""

    def _shape(self, operation: Operation) -> Shape:
        return shape_of(self.subject.contract, operation)

    # --- the operations of a resource

    def creating(self, resource: str) -> Operation | None:
        """The operation that creates records of a resource; None without one."""
        return self._of(resource, "create")

    def getting(self, resource: str) -> Operation | None:
        """The operation that reads one record of a resource; None without one."""
        return self._of(resource, "get")

    def listing(self, resource: str) -> Operation | None:
        """The operation that lists the records of a resource; None without one."""
        return self._of(resource, "list")

    def deleting(self, resource: str) -> Operation | None:
        """The operation that deletes a record of a resource; None without one."""
        return self._of(resource, "delete")

    def _of(self, resource: str, kind: str) -> Operation | None:
        found = [
            o
            for o in self.subject.contract.operations.values()
            if o.action.resource == resource and o.action.kind == kind
        ]
        return found[0] if found else None


def path_of(operation: Operation, record: Record | None, parent: Record | None) -> dict[str, str]:
    """The parameters that address a record, or the records below a parent, in an operation."""
    action = operation.action
    above = parent or (record.parent if record else None)
    path = {
        name: value
        for known in (above, record)
        for name, value in (known.path.items() if known else ())
        if "{" + name + "}" in operation.path
    }
    if above and action.parent_param:
        path[action.parent_param] = above.id
    if record and action.item_param:
        path[action.item_param] = record.id
    return path


def _may(who: Identity, operation: Operation) -> bool:
    return not operation.roles or not who.role or who.role in operation.roles
