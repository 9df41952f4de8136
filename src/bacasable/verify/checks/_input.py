"""What the checks of input share: when they apply, documented refusals, faults."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contract import Operation
from ...contract.model import Json
from ...contract.schema import schema_view
from ...contract.shape import inside, shape_of
from ..bench import UNSENT, Bench, Subject
from ..maker import Arranged, CannotMake
from ..model import Exchange, Fault

REFUSALS = (400, 422)
"""The statuses by which invalid input is refused, where a contract documents them."""
_PLACES = (
    "pointer",
    "path",
    "field",
    "loc",
    "location",
    "source",
    "parameter",
    "param",
    "property",
)


def json_body(subject: Subject, operation: Operation | None) -> str:
    """Why an operation has no JSON body that could be tried; empty when it has one."""
    if operation is None or operation.body is None:
        return "it takes no body"
    if not re.search(r"[/+]json\b", operation.body.media_type):
        return "its body is no JSON"
    return callable_by(subject, operation)


def callable_by(subject: Subject, operation: Operation) -> str:
    """Why nobody can call an operation; empty when somebody can."""
    if subject.caller(operation) is None:
        return "no account was given of a role that may call it"
    return ""


def body_of(arranged: Arranged) -> Json:
    """The valid body of an arranged call. Raises CannotMake when it has none."""
    if arranged.body is UNSENT:
        raise CannotMake("no valid body is known")
    return arranged.body


def send(bench: Bench, arranged: Arranged, **changed: Any) -> Exchange:
    """Call an operation as it was arranged, but for what is changed.

    A record that the call may have changed is shared with no other check.
    """
    call: dict[str, Any] = {
        "path": arranged.path,
        "query": arranged.query,
        "body": arranged.body,
        "identity": arranged.identity,
        **changed,
    }
    if call.get("raw") is not None:
        call["body"] = UNSENT
    exchange = bench.call(arranged.operation, **call)
    if exchange.ok and arranged.record and arranged.operation.method != "get":
        bench.maker.drop(arranged.record)
    return exchange


@dataclass
class Trial:
    """Calls of one operation: what one of them changed is not in the way of the next."""

    bench: Bench
    arranged: Arranged

    @property
    def body(self) -> Json:
        """The valid body of the next call. Raises CannotMake when none is known."""
        body = body_of(self.arranged)
        declared = self.arranged.operation.body
        if declared and not self.bench.subject.places.test(declared.schema)(body):
            raise CannotMake("the body that is known does not keep its schema")
        return body

    def send(self, **changed: Any) -> Exchange:
        """Call the operation with changes; after a success the next call is arranged anew."""
        exchange = send(self.bench, self.arranged, **changed)
        operation = self.arranged.operation
        if exchange.ok and operation.method not in ("get", "head"):
            self.arranged = self.bench.maker.arranged(operation)
        return exchange


def writes_record(subject: Subject, operation: Operation | None) -> str:
    """Why no record is written that could be read afterwards; empty when one is."""
    reason = json_body(subject, operation)
    if reason or operation is None:
        return reason
    single = operation.action.kind == "custom" and operation.method in ("put", "patch")
    if operation.action.kind not in ("create", "update") and not single:
        return "it neither creates nor changes a record as a whole"
    return ""


def reread(bench: Bench, arranged: Arranged, written: Exchange) -> Exchange | None:
    """The record that a call wrote, read again; None where no operation reads it.

    A record there is one of is read at the same path.
    """
    action = arranged.operation.action
    for other in bench.contract.operations.values():
        if other.method != "get" or bench.subject.caller(other) is None:
            continue
        same_path = other.path == arranged.operation.path and action.kind != "create"
        if same_path:
            return bench.call(other, path=arranged.path, identity=arranged.identity)
        if action.kind == "create" and (other.action.kind, other.action.resource) == (
            "get",
            action.resource,
        ):
            record = bench.maker.adopt(written, arranged.parent)
            return bench.call(other, path=record.path) if record else None
    return None


def record_in(bench: Bench, exchange: Exchange) -> Json:
    """The record in a successful answer; None where there is none."""
    if exchange.operation is None or not exchange.ok:
        return None
    return inside(exchange.json, shape_of(bench.contract, exchange.operation).record)


def says_nothing(exchange: Exchange) -> bool:
    """Whether an exchange tells nothing of the input: no answer, or a server too busy to look."""
    return exchange.response is None or exchange.status in (429, 503)


def documented(operation: Operation, wanted: tuple[int, ...]) -> tuple[int, ...]:
    """Those of the statuses that an operation documents; none when it documents none of them."""
    return tuple(status for status in wanted if status in operation.answers)


def refused(exchange: Exchange, statuses: tuple[int, ...]) -> bool:
    """Whether an answer is one of the documented refusals; where none is, any 4xx."""
    return exchange.status in statuses if statuses else 400 <= exchange.status < 500


def told(statuses: tuple[int, ...]) -> str:
    """Statuses in words."""
    return " or ".join(map(str, statuses)) or "4xx"


def not_refused(
    exchange: Exchange, statuses: tuple[int, ...], *, what: str, place: str, cause: str
) -> Iterator[Fault]:
    """The fault of an answer to invalid input, unless it is a documented refusal."""
    if says_nothing(exchange) or refused(exchange, statuses):
        return
    operation = exchange.operation
    name = f"{operation.method.upper()} {operation.path}" if operation else exchange.request.target
    how = "accepts" if exchange.ok else f"answers {exchange.status} to"
    yield Fault(
        cause=cause if exchange.ok else f"{cause}: answered {exchange.status}",
        title=f"{name} {how} {what}",
        expected=told(statuses),
        received=str(exchange.status),
        place=place,
        exchanges=(exchange,),
        wfc=None if exchange.ok else (100 if exchange.status >= 500 else 101),
    )


def error_list(subject: Subject, operation: Operation) -> str:
    """The member of the documented refusal that lists violations by their places; empty without."""
    document = subject.contract.document
    for status in documented(operation, REFUSALS):
        schema = operation.answers[status].schema
        members = schema_view(document, schema).whole.members if schema else {}
        for name, member in members.items():
            if not set(_PLACES).isdisjoint(member.items.members):
                return name
    return ""


def named_members(exchange: Exchange, errors: str) -> set[str]:
    """The names that a problem's list of violations speaks of."""
    problem = exchange.json
    listed = problem.get(errors) if isinstance(problem, dict) else None
    found: set[str] = set()
    for error in listed if isinstance(listed, list) else ():
        places = _words([error.get(name) for name in _PLACES] if isinstance(error, dict) else error)
        found |= places or _words(error)
    return found


def _words(value: Json) -> set[str]:
    """The words of all texts of a value."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return {word for item in value for word in _words(item)}
    return set(filter(None, re.split(r"[^\w-]+", value))) if isinstance(value, str) else set()
