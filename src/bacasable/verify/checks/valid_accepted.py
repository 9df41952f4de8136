"""Valid input must be accepted: the plain call, and values at every boundary of the schemas."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...contract import Operation
from ..bench import UNSENT, Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Fault
from ..mutations import Mutation, boundaries, joined, together
from ..parameters import Spelt, allowed_parameters
from . import Check
from ._input import callable_by, documented, says_nothing, send

_REFUSED = (400, 415, 422)
"""By these a server says that it finds the input itself wrong. Others refuse what it is about."""


def _applies(subject: Subject, operation: Operation | None) -> str:
    if operation is None:
        return "it is about operations"
    return callable_by(subject, operation)


@dataclass
class _Trial:
    """The calls of one operation. A change that succeeds must not be in the way of the next."""

    bench: Bench
    operation: Operation
    left: int
    arranged: Arranged | None = None

    def call(self, parts: Sequence[Mutation] = (), query: Sequence[Spelt] = ()) -> Exchange:
        """Call the operation with changes of its body or of its query."""
        again = self.arranged
        if again is None:
            fresh = self.operation.method not in ("get", "head")
            again = self.bench.maker.arranged(self.operation, fresh=fresh)
        body = again.body
        if parts and isinstance(body, dict):
            body = joined(body, parts)
        exchange = send(
            self.bench, again, body=body, query=_query(again.query, query), intent="valid"
        )
        self.left -= 1
        reusable = self.operation.action.kind in ("update", "list", "get")
        self.arranged = again if reusable and exchange.ok else None
        return exchange


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    samples = bench.subject.options.profile.samples
    trial = _Trial(bench, operation, max(6, 2 * samples))
    trial.arranged = bench.maker.arranged(operation)
    body = trial.arranged.body
    first = trial.call()
    if _is_wrong(first):
        yield _fault(first, "", "the valid request", "a valid request is refused")
        return
    rounds = max(1, samples // 2)
    if operation.body and body is not UNSENT and _repeatable(operation):
        right = boundaries(bench.subject.places, operation.body, body)
        for one in together(body, right, rounds):
            yield from _narrowed(trial, one.parts)
    if operation.method in ("get", "head"):
        rows = allowed_parameters(bench.contract, bench.subject.places, operation)
        for turn in range(min(samples, max(map(len, rows), default=0))):
            yield from _searched(trial, [row[turn] for row in rows if turn < len(row)])


def _repeatable(operation: Operation) -> bool:
    """Whether changed bodies mean something: to a login, all but one say who nobody is."""
    return operation.action.kind != "custom" or operation.method in ("put", "patch")


def _narrowed(trial: _Trial, parts: Sequence[Mutation]) -> Iterator[Fault]:
    """Try changes of the body together; where they are refused, those that are to blame alone."""
    if trial.left <= 0 or not parts:
        return
    exchange = trial.call(parts)
    if exchange.ok or says_nothing(exchange):
        return
    wrong = _is_wrong(exchange)
    if len(parts) == 1:
        if wrong:
            what = f"{parts[0].says} at {parts[0].pointer}"
            yield _fault(exchange, parts[0].place, what, parts[0].place)
        return
    half = len(parts) // 2
    found = [*_narrowed(trial, parts[:half]), *_narrowed(trial, parts[half:])]
    yield from found
    if wrong and not found:
        yield _fault(exchange, parts[0].place, "valid values together", "valid values together")


def _searched(trial: _Trial, row: Sequence[Spelt]) -> Iterator[Fault]:
    """The same with parameters of the query."""
    if trial.left <= 0 or not row:
        return
    exchange = trial.call(query=row)
    if not _is_wrong(exchange):
        return
    if len(row) == 1:
        name = row[0].parameter.name
        what = f"{row[0].says} for the query parameter {name}"
        yield _fault(exchange, row[0].place, what, f"query {name} {row[0].place}")
        return
    half = len(row) // 2
    found = [*_searched(trial, row[:half]), *_searched(trial, row[half:])]
    yield from found
    if not found:
        yield _fault(exchange, row[0].place, "valid parameters together", "parameters together")


def _is_wrong(exchange: Exchange) -> bool:
    if says_nothing(exchange):
        return False
    return exchange.status in _REFUSED or exchange.status >= 500


def _fault(exchange: Exchange, place: str, what: str, cause: str) -> Fault:
    operation = exchange.operation
    name = f"{operation.method.upper()} {operation.path}" if operation else ""
    success = operation.success if operation else 200
    legitimate = ", or 409 by a rule" if operation and documented(operation, (409,)) else ""
    return Fault(
        cause=cause,
        title=f"{name} refuses {what}",
        expected=f"{success}{legitimate}",
        received=str(exchange.status),
        place=place,
        exchanges=(exchange,),
        wfc=100 if exchange.status >= 500 else 101,
    )


def _query(arranged: Mapping[str, object], given: Sequence[Spelt]) -> list[tuple[str, object]]:
    names = {spelt.parameter.name for spelt in given}
    kept = [(name, value) for name, value in arranged.items() if name not in names]
    return [*kept, *((s.parameter.name, text) for s in given for text in s.texts)]


CHECK = Check(
    id="valid-accepted",
    enforces="A request that keeps the schemas is accepted, unless a documented rule forbids it.",
    stands="The schemas of request body and parameters.",
    severity="error",
    repair="Be no stricter than the contract, or say the rule in the contract.",
    kind="operation",
    applies=_applies,
    probe=_probe,
    writes=False,
)
