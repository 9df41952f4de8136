"""What is masked for a role is masked wherever that role reads it, and cannot be searched for."""

from collections.abc import Iterator
from dataclasses import replace

from ...contract import Operation
from ...contract.model import Json, JsonObject, ResourceType
from ...contract.schema import whole
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake, Record
from ..model import Exchange, Fault, Identity
from ..places import ABSENT
from . import Check
from ._access import attempt, place_at, place_of, target
from ._seen import items_of, largest, record_of

_SHORTEST = 3


def _kind(subject: Subject, operation: Operation) -> ResourceType | None:
    kind = subject.contract.resources.get(operation.action.resource or "")
    return kind if kind and kind.masked and operation.action.kind in ("get", "list") else None


def _blind(subject: Subject, operation: Operation) -> list[Identity]:
    """Callers of the operation who see something masked, while its usual caller does not."""
    kind, usual = _kind(subject, operation), subject.caller(operation)
    if kind is None or usual is None or usual.role in kind.blind_roles:
        return []
    roles = [role for role in operation.roles or () if role in kind.blind_roles]
    return [subject.by_role[role] for role in roles if role in subject.by_role]


def _applies(subject: Subject, operation: Operation | None) -> str:
    kind = _kind(subject, operation) if operation else None
    if operation is None or kind is None:
        return "it reads nothing that is masked for a role"
    roles = [role for role in operation.roles or () if role in kind.blind_roles]
    if not roles:
        return "no role that sees something masked may call it"
    if not _blind(subject, operation):
        return f"no account of role {roles[0]} was given (--as {roles[0]}:EMAIL:PASSWORD)"
    return ""


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Read the same as the usual caller and as each role that must not see it all."""
    kind = _kind(bench.subject, operation) if operation else None
    if operation is None or kind is None:
        return
    aim = _told(bench, operation, kind)
    query = {}
    if operation.action.kind == "list":
        query = largest(operation, shape_of(bench.contract, operation))
    full = attempt(bench, aim, aim.identity, query=query)
    for who in _blind(bench.subject, operation):
        seen = attempt(bench, aim, who, query=query)
        yield from _compared(bench, kind, who, full, seen)
        if operation.action.kind == "list":
            yield from _searched(bench, kind, who, full)


def _told(bench: Bench, operation: Operation, kind: ResourceType) -> Arranged:
    """A call that reads a record of which every masked field says something, where one is made."""
    aim, memo = target(bench, operation), bench.session.memo
    known = ("masking", kind.name)
    if known not in memo:
        memo[known] = _filled(bench, kind)
    record: Record | None = memo[known]
    if record is None or operation.action.kind == "list" or kind.parent:
        return aim
    return replace(aim, path={**aim.path, **record.path}, record=record)


def _filled(bench: Bench, kind: ResourceType) -> Record | None:
    """A record of its own with a value in every masked field that its creation takes."""
    creation = next(
        (
            o
            for o in bench.contract.operations.values()
            if o.action.kind == "create" and o.action.resource == kind.name
        ),
        None,
    )
    if creation is None or creation.body is None or bench.subject.options.read_only:
        return None
    body = whole(bench.contract.document, creation.body.schema)
    members = {
        n: bench.subject.places.sample(body.members[n].schema)
        for n in kind.masked
        if n in body.members and n not in body.required
    }
    try:
        return bench.maker.new(kind.name, members={n: v for n, v in members.items() if _tells(v)})
    except CannotMake:
        return None


def _compared(
    bench: Bench, kind: ResourceType, who: Identity, full: Exchange, seen: Exchange
) -> Iterator[Fault]:
    values = _by_id(bench, full)
    masked = [name for name, roles in kind.masked.items() if who.role in roles]
    for id_, value in _by_id(bench, seen).items():
        for name in masked:
            true = values.get(id_, {}).get(name)
            if _tells(true) and value.get(name) == true and who.account.get("id") != id_:
                yield _fault(bench, kind, who, f"{name} is not masked", seen)
                masked.remove(name)
                break


def _searched(bench: Bench, kind: ResourceType, who: Identity, full: Exchange) -> Iterator[Fault]:
    """The fault of a search that finds a record by what its caller sees masked."""
    operation = full.operation
    if operation is None:
        return
    for parameter in operation.parameters:
        fields = parameter.filter.fields if parameter.filter else ()
        hidden = [f for f in fields if who.role in kind.masked.get(f, ())]
        open_ = [f for f in fields if f not in hidden]
        for field in hidden:
            found = _found(bench, who, full, (parameter.name, field, *open_))
            if found:
                yield _fault(bench, kind, who, f"{field} can be searched for", found)


def _found(bench: Bench, who: Identity, full: Exchange, names: tuple[str, ...]) -> Exchange | None:
    """A search by a masked value that shows its record; None when there is none.

    `names` are the parameter, the masked field, and other fields that it searches.
    """
    name, field, *open_ = names
    operation = full.operation
    for id_, value in _by_id(bench, full).items():
        true = value.get(field)
        plain = [str(value.get(f, "")).lower() for f in open_]
        if operation is None or not isinstance(true, str) or len(true) < _SHORTEST:
            continue
        if id_ == who.account.get("id") or any(true.lower() in text for text in plain):
            continue
        exchange = attempt(bench, target(bench, operation), who, query={name: true})
        return exchange if id_ in _by_id(bench, exchange) else None
    return None


def _by_id(bench: Bench, exchange: Exchange) -> dict[str, JsonObject]:
    """The records of an answer by their ids."""
    if exchange.operation is None:
        return {}
    id_ = shape_of(bench.contract, exchange.operation).id
    records = [*items_of(bench, exchange), record_of(bench, exchange)]
    if exchange.operation.action.kind == "list":
        records = records[:-1]
    return {str(record[id_]): record for record in records if id_ in record}


def _tells(value: Json) -> bool:
    """Whether a value is one that says something: nothing need be masked of an empty one."""
    return value is not ABSENT and value not in (None, "", [], {})


def _fault(bench: Bench, kind: ResourceType, who: Identity, what: str, exchange: Exchange) -> Fault:
    field = what.split(" ", 1)[0]
    declared = place_at(
        bench.contract, "components", "schemas", kind.name, "properties", field, "x-masked-for"
    )
    operation = exchange.operation
    return Fault(
        cause=what,
        title=f"{what} for {who.role}",
        expected=f"{field} masked for {who.role}",
        received=f"{exchange.status}, {what}",
        place=declared or (place_of(bench.contract, operation) if operation else ""),
        exchanges=(exchange,),
    )


CHECK = Check(
    id="masking",
    enforces="A field that is masked for a role is masked in lists and records, and in searches.",
    stands="The extension x-masked-for.",
    severity="error",
    repair="Mask where records leave the server, and filter what was masked, not what was stored.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
