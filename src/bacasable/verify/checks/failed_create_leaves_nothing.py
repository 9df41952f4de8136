"""A creation that was refused leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.renaming import unique_taken
from ...contract.schema import whole
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake
from ..model import Exchange, Fault
from . import Check, created_listed
from ._lists import Listing, Reading, place_of
from ._records import body_members, companion, list_at, resource_of
from ._values import same

_MOST = 6
_BOUND = frozenset({"enum", "const", "format"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A creation that must be refused: its body, and what is wrong with it in words."""

    body: JsonObject
    wrong: str


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to creations with a body, of records that are listed."""
    reason = created_listed.applies(subject, operation)
    if reason or operation is None:
        return reason
    return "" if body_members(subject, operation) else "its body has no members to get wrong"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Send creations that must fail, look for what they left, and then send the right one."""
    listed = companion(bench.subject, operation, "list") if operation else None
    if operation is None or listed is None:
        return
    arranged = _marked(bench, bench.maker.arranged(operation))
    if not isinstance(arranged.body, dict):
        return
    listing = list_at(bench, listed, arranged.path)
    most = min(_MOST, bench.subject.options.profile.samples)
    refusals = _refusals(bench, operation, arranged.body)[:most]
    before = listing.all(fresh=True)
    accepted = [_sent(bench, arranged, refusal.body).ok for refusal in refusals]
    refused = [r for r, ok in zip(refusals, accepted, strict=True) if not ok]
    if not refused:
        return
    after = listing.all(fresh=True)
    if any(_trace(before, after, arranged.body, refusal) for refusal in refused):
        yield from _one_by_one(bench, listing, operation, len(refusals))
    yield from _taken(bench, arranged)


def _one_by_one(bench: Bench, listing: Listing, operation: Operation, most: int) -> Iterator[Fault]:
    """Which of the refused creations leave a record: each is sent with values of its own."""
    for number in range(most):
        arranged = _marked(bench, bench.maker.arranged(operation))
        refusals = _refusals(bench, operation, arranged.body)[number:]
        if not refusals:
            return
        listing = list_at(bench, listing.operation, arranged.path)
        before = listing.all(fresh=True)
        exchange = _sent(bench, arranged, refusals[0].body)
        after = listing.all(fresh=True)
        if not exchange.ok and _trace(before, after, arranged.body, refusals[0]):
            yield Fault(
                f"a creation with {refusals[0].wrong} leaves a record",
                "A creation that was refused has left a record",
                f"the same list as before, for the creation was answered {exchange.status}",
                "a new record with the members that were sent",
                place_of(arranged.operation),
                (*before.exchanges[-1:], exchange, *after.exchanges[-1:]),
            )


def _trace(before: Reading, after: Reading, sent: Json, refusal: Refusal) -> bool:
    """Whether a list has a new record with the members that were sent, and right."""
    there = frozenset(before.keys)
    right = {n: v for n, v in refusal.body.items() if n in sent and sent[n] == v}
    for key, record in after.by_key.items():
        shared = [name for name in right if name in record]
        if key not in there and shared and all(same(right[n], record[n]) for n in shared):
            return True
    return False


def _taken(bench: Bench, arranged: Arranged) -> Iterator[Fault]:
    """What was refused must be possible once it is right: no unique value may be taken by then."""
    exchange = _sent(bench, arranged, arranged.body)
    if exchange.status != 409:
        return
    again = _marked(bench, bench.maker.arranged(arranged.operation))
    other = _sent(bench, again, again.body)
    if other.ok:
        yield Fault(
            "a refused creation takes what must be unique",
            "A creation is refused for the traces of one that was refused before",
            f"status {arranged.operation.success}, for no record has these values",
            f"status {exchange.status}",
            place_of(arranged.operation),
            (exchange,),
        )


def _sent(bench: Bench, arranged: Arranged, body: Json) -> Exchange:
    """Send a creation; what it creates is removed in the end."""
    exchange = bench.call(
        arranged.operation,
        path=arranged.path,
        query=arranged.query,
        body=body,
        identity=arranged.identity,
    )
    if exchange.ok:
        bench.maker.adopt(exchange, arranged.parent)
    return exchange


def _marked(bench: Bench, arranged: Arranged) -> Arranged:
    """A creation with a text of its own in a free member, by which its record can be told."""
    operation, body = arranged.operation, arranged.body
    bound = set(unique_taken(bench.contract, operation))
    bound |= {r.path[0] for r in operation.body.references} if operation.body else set()
    mark = f"trace {bench.random.randrange(10**6):06}"
    for name, schema in body_members(bench.subject, operation).items():
        free = (
            not _BOUND & whole(bench.contract.document, schema).keywords.keys()
            and name not in bound
        )
        free = free and isinstance(body, dict) and isinstance(body.get(name), str)
        if free and bench.subject.schemas.test_for(schema)(mark):
            return replace(arranged, body={**body, name: mark})
    return arranged


def _refusals(bench: Bench, operation: Operation, body: JsonObject) -> list[Refusal]:
    """Creations that must fail, by reference, by a unique value, by what the schema says."""
    valid = bench.subject.schemas.test_for(operation.body.schema if operation.body else {})
    if not valid(body):
        return []
    found = [*_by_reference(bench, operation, body), *_by_unique(bench, operation, body)]
    found = [refusal for refusal in found if valid(refusal.body)]
    names = list(body)
    wrong = [Refusal({**body, n: {"wrong": [n]}}, f"another type of {n}") for n in names[::-1]]
    less = [Refusal({k: body[k] for k in names if k != n}, f"no {n}") for n in names[::-1]]
    pairs = [each for pair in zip(less, wrong, strict=True) for each in pair]
    return [*found[:3], *(refusal for refusal in pairs if not valid(refusal.body))]


def _by_reference(bench: Bench, operation: Operation, body: JsonObject) -> Iterator[Refusal]:
    for reference in operation.body.references if operation.body else ():
        name = reference.path[0]
        value = body.get(name)
        if len(reference.path) == 1 and value is None:
            try:
                value = bench.maker.some(reference.resource).id
            except CannotMake:
                continue
        if len(reference.path) == 1 and isinstance(value, str):
            yield Refusal({**body, name: value + "zz"}, f"an unknown {name}")


def _by_unique(bench: Bench, operation: Operation, body: JsonObject) -> Iterator[Refusal]:
    resource = resource_of(bench.subject, operation)
    for name in unique_taken(bench.contract, operation) if resource and not resource.parent else ():
        try:
            value = bench.maker.some(operation.action.resource or "").value.get(name)
        except CannotMake:
            continue
        if name in body and isinstance(value, str):
            yield Refusal({**body, name: value}, f"a {name} that another record has")


CHECK = Check(
    id="failed-create-leaves-nothing",
    enforces="A creation that is refused leaves no record, and takes no unique value.",
    stands="The statuses of refusal of the creation, and the list of its collection.",
    severity="error",
    repair="Check everything before anything is stored, or take all of it back in one transaction.",
    kind="operation",
    applies=applies,
    probe=probe,
    wfc=104,
)
