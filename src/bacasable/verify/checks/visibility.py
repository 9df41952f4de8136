"""A role sees of a resource what the contract says it sees: no other record, and each of these."""

from collections.abc import Iterator, Mapping

from ...contract import Operation
from ...contract.model import JsonObject, ResourceType
from ...contract.shape import shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake, Record
from ..model import Exchange, Fault, Identity
from . import Check
from ._access import UNKNOWN, attempt, no_caller, place_at, place_of, reads, said, target, unclear
from ._seen import fits, items_of, largest, view_of

View = Mapping[str, tuple[str, ...]]


def _kind(subject: Subject, operation: Operation) -> ResourceType | None:
    kind = subject.contract.resources.get(operation.action.resource or "")
    touches = operation.action.kind == "list" or operation.action.item_param
    return kind if kind and kind.visibility and touches else None


def _narrow(subject: Subject, operation: Operation) -> list[tuple[Identity, View]]:
    """Callers of the operation who do not see all records, and what they see."""
    kind, found = _kind(subject, operation), []
    for role in kind.visibility if kind else ():
        who = subject.by_role.get(role)
        if kind and who and role in (operation.roles or ()):
            view = view_of(kind, who)
            found += [(who, view)] if view is not None else []
    return found


def _applies(subject: Subject, operation: Operation | None) -> str:
    kind = _kind(subject, operation) if operation else None
    if operation is None or kind is None:
        return "every role sees all its records"
    roles = [role for role in kind.visibility if role in (operation.roles or ())]
    if not roles:
        return "no role that sees but some records may call it"
    if not any(role in subject.by_role for role in roles):
        return f"no account of role {roles[0]} was given (--as {roles[0]}:EMAIL:PASSWORD)"
    if not _narrow(subject, operation):
        return "nobody told the id of the caller's account"
    return no_caller(subject, operation)


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call as each role that sees but some records, on one that it sees and one it does not."""
    kind = _kind(bench.subject, operation) if operation else None
    if operation is None or kind is None:
        return
    for who, view in _narrow(bench.subject, operation):
        if operation.action.kind == "list":
            yield from _listed(bench, operation, who, view)
        else:
            yield from _hidden(bench, operation, who, view)
            if operation.action.kind == "get":
                yield from _shown(bench, operation, who, view)


def _listed(bench: Bench, operation: Operation, who: Identity, view: View) -> Iterator[Fault]:
    """The fault of a list that shows a record the role does not see."""
    aim = target(bench, operation)
    query = largest(operation, shape_of(bench.contract, operation))
    exchange = attempt(bench, aim, who, query=query)
    if not all(fits(item, view) for item in items_of(bench, exchange)):
        yield _fault(bench, operation, who, "is listed what it may not see", exchange)


def _hidden(bench: Bench, operation: Operation, who: Identity, view: View) -> Iterator[Fault]:
    """The fault of a record that the role does not see, and can be called upon all the same."""
    aim = target(bench, operation)
    if aim.record is None or fits(aim.record.value, view):
        return
    exchange = attempt(bench, aim, who)
    if not unclear(exchange) and exchange.status != UNKNOWN:
        what = "may call upon" if exchange.ok else "learns of"
        yield _fault(bench, operation, who, f"{what} what it may not see", exchange)


def _shown(bench: Bench, operation: Operation, who: Identity, view: View) -> Iterator[Fault]:
    """The fault of a record that the role sees by the contract, and does not get."""
    aim, value = _seen(bench, operation, view)
    if aim is None or value is None:
        return
    exchange = attempt(bench, aim, who)
    if exchange.status == UNKNOWN and fits(_now(bench, aim, value), view):
        yield _fault(bench, operation, who, "does not get what it may see", exchange)


def _seen(
    bench: Bench, operation: Operation, view: View
) -> tuple[Arranged | None, JsonObject | None]:
    """A call on a record that a view shows, found by listing; nothing without one."""
    listing = next(
        (
            o
            for o in bench.contract.operations.values()
            if o.action.kind == "list"
            and o.action.resource == operation.action.resource
            and "{" not in o.path
        ),
        None,
    )
    if listing is None or not operation.action.item_param:
        return None, None
    aim, shape = target(bench, listing), shape_of(bench.contract, listing)
    query = {**largest(listing, shape), **_narrowed(listing, view)}
    for item in items_of(bench, attempt(bench, aim, aim.identity, query=query)):
        if fits(item, view) and shape.id in item:
            found = target(bench, operation)
            path = {**found.path, operation.action.item_param: str(item[shape.id])}
            return Arranged(operation, found.identity, path, found.query), item
    return None, None


def _narrowed(listing: Operation, view: View) -> dict[str, str]:
    """Filters of a list by which it shows what a view does."""
    names = {p.name for p in listing.parameters if p.location == "query"}
    return {field: values[0] for field, values in view.items() if field in names}


def _now(bench: Bench, aim: Arranged, value: JsonObject) -> JsonObject:
    """A record as it is now: others may have changed it since it was listed."""
    action = aim.operation.action
    id_ = str(aim.path[action.item_param or ""])
    try:
        found = bench.maker.again(Record(action.resource or "", id_, aim.path, value, made=False))
    except CannotMake:
        return {}
    return found.value if found else {}


def _fault(
    bench: Bench, operation: Operation, who: Identity, what: str, exchange: Exchange
) -> Fault:
    declared = place_at(
        bench.contract,
        "components",
        "schemas",
        operation.action.resource or "",
        "x-resource",
        "visibility",
    )
    gets = what.startswith("does not")
    return Fault(
        cause=f"a role {what}",
        title=f"{who.role} {what}",
        expected="200" if gets else "404, or a list without it",
        received=said(exchange),
        place=declared or place_of(bench.contract, operation),
        exchanges=(exchange,),
        wfc=206 if exchange.ok and not reads(operation) else None,
    )


CHECK = Check(
    id="visibility",
    enforces="A role sees exactly the records that the contract shows it.",
    stands="The extension x-resource, visibility.",
    severity="error",
    repair="Narrow every lookup and every list by what the caller's role sees.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
