"""Records as checks make, read and compare them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ...contract import Operation
from ...contract.model import Json, JsonObject, ResourceType
from ...contract.renaming import unique_taken
from ...contract.schema import whole
from ...contract.shape import inside, shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake, Record
from ..model import Exchange
from ._lists import Listing
from ._values import variants


@dataclass(frozen=True, slots=True)
class Made:
    """A record that a check created itself: how, the answer, and the record."""

    arranged: Arranged
    exchange: Exchange
    record: Record


def companion(subject: Subject, operation: Operation, kind: str) -> Operation | None:
    """The operation of a kind (get, list, create, update, delete) on what an operation acts upon.

    None when the contract has none, or no caller for it.
    """
    home = collection_path(operation)
    for other in subject.contract.operations.values():
        same = other.action.kind == kind and other.action.resource == operation.action.resource
        if same and collection_path(other) == home and subject.caller(other):
            return other
    return None


def collection_path(operation: Operation) -> tuple[str, ...]:
    """The path of the collection that an operation works in; its parameters have no names."""
    parts = operation.path.strip("/").split("/")
    if operation.action.item_param:
        parts = parts[: parts.index("{" + operation.action.item_param + "}")]
    return tuple("{}" if part.startswith("{") else part for part in parts)


def no_creation(subject: Subject, operation: Operation | None) -> str:
    """Why an operation creates no record that checks can follow; empty when it does."""
    if operation is None or operation.action.kind != "create":
        return "it does not create a record"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    return ""


def create(bench: Bench, operation: Operation, arranged: Arranged | None = None) -> Made:
    """Create a record by a request of one's own. Raises CannotMake when that is refused."""
    arranged = arranged or bench.maker.arranged(operation)
    exchange = _sent(bench, arranged)
    record = bench.maker.adopt(exchange, arranged.parent) if exchange.ok else None
    if record is None:
        raise CannotMake(f"{operation.id} answered {exchange.status} to a valid creation")
    if not record.made:
        raise CannotMake(f"what {operation.id} answered is not known to be new")
    return Made(arranged, exchange, record)


def create_full(bench: Bench, operation: Operation) -> Made:
    """Create a record with optional members too, if the server takes them: rules may refuse them.

    Raises CannotMake when the creation is refused without them.
    """
    arranged = bench.maker.arranged(operation)
    full = replace(arranged, body=_filled(bench, operation, arranged.body))
    if full.body != arranged.body:
        exchange = _sent(bench, full)
        record = bench.maker.adopt(exchange, full.parent) if exchange.ok else None
        if record is not None and record.made:
            return Made(full, exchange, record)
    return create(bench, operation, arranged)


def _filled(bench: Bench, operation: Operation, body: Json) -> Json:
    """A body with values for the members that it leaves out, but for references and the unique."""
    if not isinstance(body, dict) or operation.body is None:
        return body
    left = {reference.path[0] for reference in operation.body.references} | body.keys()
    left |= set(unique_taken(bench.contract, operation))
    members = body_members(bench.subject, operation)
    made = {n: variants(bench.subject, s, 1) for n, s in members.items() if n not in left}
    full = {**body, **{name: values[0] for name, values in made.items() if values}}
    return full if bench.subject.schemas.test_for(operation.body.schema)(full) else body


def _sent(bench: Bench, arranged: Arranged) -> Exchange:
    return bench.call(
        arranged.operation,
        path=arranged.path,
        query=arranged.query,
        body=arranged.body,
        identity=arranged.identity,
    )


def record_in(bench: Bench, exchange: Exchange) -> JsonObject | None:
    """The record that an exchange answered; None when it answered none."""
    if exchange.operation is None or not exchange.ok:
        return None
    found = inside(exchange.json, shape_of(bench.contract, exchange.operation).record)
    return found if isinstance(found, dict) else None


def list_at(bench: Bench, operation: Operation, path: Mapping[str, str]) -> Listing:
    """A list by the parameters of a path that begins like its own, which may have other names."""
    names = re.findall(r"\{([^}]+)\}", operation.path)
    values = list(path.values())
    return Listing(
        bench, operation, {n: path.get(n, v) for n, v in zip(names, values, strict=False)}
    )


def resource_of(subject: Subject, operation: Operation) -> ResourceType | None:
    """The resource that an operation works on; None where the contract knows none."""
    return subject.contract.resources.get(operation.action.resource or "")


def sees_all(subject: Subject, operation: Operation) -> bool:
    """Whether the caller of an operation is shown every record, not some of them."""
    resource, caller = resource_of(subject, operation), subject.caller(operation)
    return caller is not None and not (resource and caller.role in resource.visibility)


def masked_members(subject: Subject, *operations: Operation) -> frozenset[str]:
    """Members that the caller of one of the operations may see masked."""
    found: set[str] = set()
    for operation in operations:
        resource, caller = resource_of(subject, operation), subject.caller(operation)
        for name, roles in (resource.masked if resource else {}).items():
            if caller is None or not caller.role or caller.role in roles:
                found.add(name)
    return frozenset(found)


def body_members(subject: Subject, operation: Operation) -> JsonObject:
    """The schemas of the members of an operation's body, as they stand in the contract."""
    if operation.body is None:
        return {}
    members = whole(subject.contract.document, operation.body.schema).members
    return {name: member.schema for name, member in members.items()}


def differing(
    one: Mapping[str, Json], other: Mapping[str, Json], leave: Iterable[str] = ()
) -> list[str]:
    """Members that two values of a record both have, and not alike."""
    left = frozenset(leave)
    return [n for n, value in one.items() if n in other and n not in left and other[n] != value]
