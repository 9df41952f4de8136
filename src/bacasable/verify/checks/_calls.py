"""What the checks of HTTP share: calls of what was arranged, and how the record is read back."""

from collections.abc import Mapping

from ...contract import Contract, Operation
from ...contract.model import Json
from ...contract.shape import inside, shape_of
from ..bench import Bench, Subject, filled
from ..maker import Arranged, CannotMake
from ..model import Exchange, Identity, Intent, Request


def send(
    bench: Bench,
    arranged: Arranged,
    *,
    headers: Mapping[str, str | None] | None = None,
    intent: Intent = "any",
) -> Exchange:
    """Call an operation as it was arranged, with some headers more or less."""
    return bench.call(
        arranged.operation,
        path=arranged.path,
        query=arranged.query,
        body=arranged.body,
        headers=headers,
        identity=arranged.identity,
        intent=intent,
    )


def accepted(exchange: Exchange) -> Exchange:
    """An exchange that was to succeed. Raises CannotMake when it did not: others tell why."""
    if not exchange.ok:
        said = exchange.status or exchange.failure
        raise CannotMake(f"a valid {exchange.request.method} was answered with {said}")
    return exchange


def is_busy(exchange: Exchange) -> bool:
    """Whether an answer has nothing to do with what was asked: none, too many, not available."""
    return exchange.status in (0, 429) or exchange.status >= 500


def record_in(contract: Contract, operation: Operation, exchange: Exchange) -> Json:
    """The record in the answer of an operation; None without one."""
    return inside(exchange.json, shape_of(contract, operation).record)


def id_in(contract: Contract, operation: Operation, exchange: Exchange) -> Json:
    """What names the record in the answer of an operation; None without one."""
    record = record_in(contract, operation, exchange)
    name = shape_of(contract, operation).id
    return record.get(name) if isinstance(record, dict) else None


def reader_of(contract: Contract, operation: Operation) -> Operation | None:
    """The operation that reads what another acts upon: at its path, or at that of its record."""
    gets = [o for o in contract.operations.values() if o.method == "get"]
    for other in gets:
        if other.path == operation.path and other.action.kind != "list":
            return other
    action = operation.action
    for other in gets:
        same = other.action.resource == action.resource and other.action.kind == "get"
        if same and action.item_param and operation.path.startswith(other.path + "/"):
            return other
    return None


def documents_header(operation: Operation, name: str) -> bool:
    """Whether the successful answer of an operation documents a header."""
    answer = operation.answers.get(operation.success)
    return answer is not None and name.lower() in {n.lower() for n in answer.headers}


def is_first_of_path(subject: Subject, operation: Operation) -> bool:
    """Whether an operation is the one that speaks for its path, where it has several."""
    operations = subject.contract.operations.values()
    return next(o for o in operations if o.path == operation.path) is operation


def methods_of(contract: Contract, path: str) -> list[str]:
    """The methods that the contract has at a path, in capitals."""
    return [o.method.upper() for o in contract.operations.values() if o.path == path]


def unknown_target(bench: Bench, operation: Operation) -> str:
    """A path of an operation that leads to no record: whatever happens there changes nothing."""
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    values = {name: f"none-{bench.random.randrange(16**8):08x}" for name in names}
    return bench.contract.base_path + filled(operation, values)


def bare(method: str, target: str, identity: Identity) -> Request:
    """A request without a body."""
    return Request(method, target, tuple({"Accept": "*/*", **identity.headers}.items()))
