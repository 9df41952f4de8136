"""The calls of the setup: who makes them, and what they tell of records."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.schema import whole
from ...contract.shape import Shape, id_member, inside, noun, shape_of
from ..bench import UNSENT, Subject, request_for
from ..model import Exchange, Identity, Request
from ..session import Session
from .model import Arranged, CannotMake, Record

Address = tuple[str, ...]
"""The segments of a path below the base path, decoded."""
PARAMETER = re.compile(r"\{([^{}]+)\}")


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

    def ask(
        self,
        operation: Operation,
        who: Identity,
        path: Mapping[str, object],
        *,
        query: Mapping[str, object] | None = None,
    ) -> Exchange:
        """Read what is there, for the run to know what is its own; no check judges the answer."""
        request = request_for(self.subject.contract, operation, who, path=path, query=query or {})
        purpose = self.purpose if self.purpose == "cleanup" else "reading"
        return self.session.send(request, operation=operation, identity=who, purpose=purpose)

    def sees_most(self, operation: Operation, who: Identity) -> Identity:
        """Who of the tenant of a caller sees most by an operation. Raises CannotMake."""
        main = self.subject.main
        if who.tenant in ("", main.tenant):
            return self.subject.caller(operation) or self.caller(operation, who)
        return self.caller(operation, who)

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
        """The operation that creates records of a resource; None without one.

        A PUT makes one where nothing is, if its path can be read too.
        """
        get = self.getting(resource)
        return self._of(resource, "create") or (self.at("put", get.path) if get else None)

    def getting(self, resource: str) -> Operation | None:
        """The operation that reads one record of a resource; None without one."""
        return self._of(resource, "get")

    def listing(self, resource: str) -> Operation | None:
        """The operation that lists the records of a resource; None without one."""
        return self._of(resource, "list")

    def deleting(self, resource: str) -> Operation | None:
        """The operation that deletes a record of a resource, if later; None without one."""
        get = self.getting(resource)
        return self._of(resource, "delete") or (self.at("delete", get.path) if get else None)

    def listing_at(self, create: Operation) -> Operation | None:
        """The list of the collection that an operation creates in; None without one."""
        for operation in self.subject.contract.operations.values():
            if operation.action.kind == "list" and bare(operation.path) == bare(create.path):
                return operation
        return None

    def at(self, method: str, path: str) -> Operation | None:
        """The operation of a method at a path, whatever its parameters are called."""
        for operation in self.subject.contract.operations.values():
            if operation.method == method and bare(operation.path) == bare(path):
                return operation
        return None

    def attributed(self, exchange: Exchange) -> Exchange:
        """An exchange with the operation that its method and path are those of, if it has none.

        What was sent to try something else (another media type, say) may have done its work.
        """
        if exchange.operation is not None:
            return exchange
        path = exchange.request.target.partition("?")[0]
        path = path.removeprefix(self.subject.contract.base_path)
        for operation in self.subject.contract.operations.values():
            if operation.method.upper() == exchange.request.method.upper():
                _, pattern = _pattern(operation.path)
                if pattern.fullmatch(path):
                    return replace(exchange, operation=operation)
        return exchange

    def address(self, exchange: Exchange) -> Address:
        """The segments of the path of an exchange below the base path, decoded."""
        path = exchange.request.target.partition("?")[0]
        below = path.removeprefix(self.subject.contract.base_path).strip("/")
        return tuple(map(unquote, below.split("/")))

    def naming(self, create: Operation, body: Json) -> tuple[str, str]:
        """How a client names what it creates: the parameter of the item's path, and the member.

        Both are empty where a collection has no items.
        """
        if create.action.item_param:
            item = create.path
        else:
            operations = self.subject.contract.operations.values()
            item = next((o.path for o in operations if lies_in(o.path, create.path)), "")
        names = body if isinstance(body, dict) else ()
        return naming_member(names, item, create) if item else ("", "")

    def largest_page(self, listing: Operation, name: str, most: int) -> int:
        """The largest page that the parameter of a name lets a list have, up to so many."""
        for parameter in listing.parameters:
            if parameter.name == name and parameter.location == "query":
                schema = whole(self.subject.contract.document, parameter.schema)
                return int(min(schema.get("maximum", most), most))
        return most

    def _of(self, resource: str, kind: str) -> Operation | None:
        found = [
            o
            for o in self.subject.contract.operations.values()
            if o.action.resource == resource and o.action.kind == kind
        ]
        return found[0] if found else None


def parameters_in(operation: Operation, exchange: Exchange) -> dict[str, str]:
    """The path parameters of an exchange, by name."""
    names, pattern = _pattern(operation.path)
    found = pattern.search(exchange.request.target.partition("?")[0])
    return dict(zip(names, map(unquote, found.groups()), strict=True)) if found else {}


@lru_cache(maxsize=1024)
def _pattern(path: str) -> tuple[list[str], re.Pattern[str]]:
    parts = PARAMETER.split(path)
    return parts[1::2], re.compile("([^/]+)".join(map(re.escape, parts[::2])) + "$")


def lies_in(item: str, collection: str) -> bool:
    """Whether a path is that of the records in a collection."""
    head, _, tail = item.rstrip("/").rpartition("/")
    return bool(PARAMETER.fullmatch(tail)) and bare(head) == bare(collection)


def naming_member(names: Iterable[str], item: str, operation: Operation) -> tuple[str, str]:
    """The parameter of an item's path, and which member of a body says the same."""
    parameter, resource = PARAMETER.findall(item)[-1], operation.action.resource or ""
    collection = item.rstrip("/").rpartition("/")[0]
    return parameter, id_member(tuple(names), parameter, resource, noun(collection))


@lru_cache(maxsize=4096)
def bare(path: str) -> str:
    """A path without the names of its parameters: two of them are one if these are equal."""
    return PARAMETER.sub("{}", path).rstrip("/")


def values_of(path: str, address: Address) -> dict[str, str]:
    """The parameters of a path by name, as an address has them; whole segments only."""
    parts = path.strip("/").split("/")
    return {
        found[1]: text
        for part, text in zip(parts, address, strict=False)
        if (found := PARAMETER.fullmatch(part))
    }


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
    if operation.roles is not None and not who.query and dict(who.headers) == dict(who.plain):
        return False  # nothing proves who it is
    return not operation.roles or not who.role or who.role in operation.roles


def sent(request: Request) -> Json:
    """The body of a request; None for what is no JSON."""
    try:
        return json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        return None


def located(exchange: Exchange) -> str:
    """The id at the end of a Location; empty without one."""
    location = exchange.response.header("location") if exchange.response else None
    try:
        path = urlsplit(location or "").path
    except ValueError:
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])


def segment(part: str, values: dict[str, str]) -> str | None:
    """A segment of a path with its parameter filled in; None where nothing is known for it."""
    if "{" not in part:
        return part
    found = part
    for name, value in values.items():
        found = found.replace("{" + name + "}", value)
    return None if PARAMETER.search(found) else found
