"""The Location of a new record leads to that record."""

from collections.abc import Iterator

from ...contract import Operation
from ...contract.document import pointer
from ...contract.model import Json
from ...contract.shape import inside, shape_of
from ..bench import Bench, Subject
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._answers import answers_of
from ._following import got, operation_at, own_target

_CREATED = 201
_LEADS_NOWHERE = (400, 404, 410)
"""Other refusals may have other reasons: the caller may not read what it may create."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None or operation.method not in ("post", "put"):
        return "it creates nothing"
    if _CREATED not in operation.answers:
        return "it documents no answer 201"
    if "location" not in {name.lower() for name in operation.answers[_CREATED].headers}:
        return "its answer 201 documents no Location"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    return ""


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    a = bench.maker.arranged(operation)
    made = bench.call(
        operation, path=a.path, query=a.query, body=a.body, identity=a.identity, intent="valid"
    )
    if not made.ok:
        raise CannotMake(f"its valid request was answered with {made.status}")
    bench.maker.adopt(made, a.parent)
    address = made.response.header("location") if made.response else None
    if made.status != _CREATED or address is None:
        return  # that a header is missing is told elsewhere
    place = _place(bench, operation)
    target, host = own_target(bench, made, address)
    if host:
        yield Fault(
            cause="Location names another host",
            title="The Location of a new record leads to another host",
            expected="an address of the server that was called",
            received=f"an address of {host}",
            place=place,
            exchanges=(made,),
        )
        return
    read = got(bench, target, a.identity)
    if read.status in _LEADS_NOWHERE:
        yield Fault(
            cause="Location leads nowhere",
            title="The Location of a new record leads nowhere",
            expected="an address that answers GET with the record",
            received=f"an address that answers with {read.status}",
            place=place,
            exchanges=(made, read),
        )
    elif read.ok and _differ(bench, operation, target, made, read):
        yield Fault(
            cause="Location leads elsewhere",
            title="The Location of a new record leads to something else",
            expected="the address of the new record",
            received="the address of another one",
            place=place,
            exchanges=(made, read),
        )


def _differ(
    bench: Bench, operation: Operation, target: str, made: Exchange, read: Exchange
) -> bool:
    """Whether what Location leads to has another id than what was made, or is a list."""
    reading = operation_at(bench.contract, "get", target)
    if reading is None or shape_of(bench.contract, operation).record is None:
        return False
    if reading.action.kind == "list":
        return True
    if reading.action.resource != operation.action.resource or reading.action.kind != "get":
        return False
    mine, theirs = _id_in(bench, operation, made), _id_in(bench, reading, read)
    return mine is not None and theirs is not None and str(mine) != str(theirs)


def _id_in(bench: Bench, operation: Operation, exchange: Exchange) -> Json:
    shape = shape_of(bench.contract, operation)
    return None if shape.record is None else inside(exchange.json, (*shape.record, shape.id))


def _place(bench: Bench, operation: Operation) -> str:
    found = answers_of(bench.subject).documented(operation, _CREATED)
    headers = found.headers if found else ()
    named = (header.place for header in headers if header.name.lower() == "location")
    return next(named, pointer(*operation.steps))


CHECK = Check(
    id="location-usable",
    enforces="The Location of an answer 201 leads to what was created.",
    stands="RFC 9110, 15.3.2 (201 Created) and 10.2.2 (Location), and the documented header.",
    severity="error",
    repair="Answer with the path under which the new record is read, base path included.",
    kind="operation",
    applies=_applies,
    probe=_probe,
)
