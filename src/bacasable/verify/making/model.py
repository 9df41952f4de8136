"""Records and arranged calls, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..bench import UNSENT
from ..model import Exchange, Identity


class CannotMake(Exception):
    """What a check needs cannot be had: the text says why. The check is then not judged."""


class NotOurs(CannotMake):
    """A request was not sent, for it may change what this run did not make: the text says what."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the server. `path` has the parameters that address it, parents' included.

    `value` is the record as it was last answered, `made` whether this run made it, `parent` the
    record that it lies below, `identity` whose caller made or found it.
    """

    resource: str
    id: str
    path: Mapping[str, str]
    value: JsonObject
    made: bool = True
    parent: "Record | None" = None
    identity: Identity | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Arranged:
    """All that a call of an operation needs to succeed: give these to `Bench.call`.

    `record` is the record that it acts upon, None for a list, a create or a custom operation.
    """

    operation: Operation
    identity: Identity
    path: Mapping[str, str]
    query: Mapping[str, object] = field(default_factory=dict)
    body: Json = UNSENT
    record: Record | None = None
    parent: Record | None = None


def refusal(exchange: Exchange, *, brief: bool = False) -> str:
    """What came of a call that should have succeeded, in words: status, code, violations."""
    name = exchange.operation.id if exchange.operation else exchange.request.target
    if exchange.response is None:
        return f"{name} got no answer ({exchange.failure})"
    said = exchange.json if isinstance(exchange.json, dict) else {}
    parts = [str(said[key]) for key in ("code", "detail") if isinstance(said.get(key), str)]
    listed = said.get("errors")
    errors = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    parts += [" ".join(str(v) for v in error.values() if isinstance(v, str)) for error in errors]
    told = ": ".join(parts[:1] if brief else parts)
    return f"{name} answered {exchange.status} {told}".rstrip()[:400]
