"""What a PUT puts, and where it can be read: shared by the checks of PUT."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...contract import Contract, Operation
from ...contract.model import Json, JsonObject
from ...contract.renaming import unique_taken
from ...contract.schema import SchemaView, whole
from ...contract.shape import inside, record_schema, shape_of, success_schema
from ..bench import Bench, Subject
from ..maker import Arranged
from ..model import Exchange, Identity
from ._values import same, variants

_SERVERS = re.compile(
    "created|updated|modified|deleted|changed|version|revision|etag", re.IGNORECASE
)
"""Names of members that servers write themselves, whatever documents of others say of them."""
_SECRET = re.compile("password|secret|token", re.IGNORECASE)


def reading_of(contract: Contract, operation: Operation) -> Operation | None:
    """The operation that reads what a PUT wrote: GET of its path, or of the record it acts upon.

    None where neither answers with a record.
    """
    action = operation.action
    same_path, item = None, None
    for other in contract.operations.values():
        if other.method == "get" and other.path == operation.path:
            same_path = other
        if other.action.kind == "get" and other.action.resource == action.resource:
            item = other if action.item_param else None
    for found in (same_path, item):
        if found and _record_of(contract, found).is_object:
            return found
    return None


def put_members(contract: Contract, operation: Operation) -> dict[str, SchemaView]:
    """The whole schemas of the members that a PUT sends and a caller chooses."""
    body = operation.body
    if body is None or "json" not in body.media_type:
        return {}
    found = whole(contract.document, body.schema).members
    return {name: s for name, s in found.items() if not _is_servers(contract, operation, name, s)}


def no_reading(subject: Subject, operation: Operation | None) -> str:
    """Why what a PUT wrote cannot be read; empty when it can."""
    if operation is None or operation.method != "put":
        return "it is no PUT"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    reading = reading_of(subject.contract, operation)
    if reading is None or subject.caller(reading) is None:
        return "nothing reads what it writes"
    return ""


def no_representation(subject: Subject, operation: Operation | None) -> str:
    """Why a PUT does not send what is read; empty when it does."""
    reason = no_reading(subject, operation)
    if reason or operation is None:
        return reason
    contract = subject.contract
    members = put_members(contract, operation)
    if not members:
        return "its body has no members that a caller chooses"
    reading = reading_of(contract, operation) or operation
    shown = _record_of(contract, reading).members
    for name in members:
        if name not in shown:
            return f"its body is no representation of what is read: that has no '{name}'"
    return ""


@dataclass(frozen=True, slots=True)
class Putting:
    """A PUT that is about to be sent, and how to read what it does."""

    bench: Bench
    operation: Operation
    arranged: Arranged
    reading: Operation

    def put(self, body: Json) -> Exchange:
        """Send the PUT with a body."""
        a = self.arranged
        return self.bench.call(
            self.operation,
            path=a.path,
            query=a.query,
            body=body,
            identity=a.identity,
            intent="valid",
        )

    def read(self) -> tuple[Exchange, JsonObject | None]:
        """The record as the server has it now; None when it is not answered."""
        who = self._reader()
        path = path_for(self.reading, self.arranged.path)
        exchange = self.bench.call(self.reading, path=path, identity=who)
        if not exchange.ok:
            return exchange, None
        found = inside(exchange.json, shape_of(self.bench.contract, self.reading).record)
        return exchange, found if isinstance(found, dict) else None

    def _reader(self) -> Identity:
        subject, who = self.bench.subject, self.arranged.identity
        may = not self.reading.roles or not who.role or who.role in self.reading.roles
        return who if may else subject.caller(self.reading) or who

    def bodies(self, old: JsonObject) -> list[JsonObject]:
        """Valid bodies, the one that changes most of a record first, then the one as arranged.

        References, and members that occur once, keep the values that the maker found for them.
        """
        base = self.arranged.body if isinstance(self.arranged.body, dict) else {}
        contract, operation = self.bench.contract, self.operation
        fixed = set(unique_taken(contract, operation))
        fixed |= {r.path[0] for r in operation.body.references} if operation.body else set()
        changed = dict(base)
        for name, schema in put_members(contract, operation).items():
            if name in fixed:
                continue
            others = variants(self.bench.subject, schema.schema)
            others = [value for value in others if not same(value, old.get(name))]
            if others:
                changed[name] = others[0]
        return [body for body in (changed, base) if self.fits(body)]

    def fits(self, body: Json) -> bool:
        """Whether a body fits its schema."""
        declared = self.operation.body
        if declared is None:
            return False
        return self.bench.subject.schemas.test_for(declared.schema)(body)


def putting(bench: Bench, operation: Operation) -> Putting:
    """A PUT on a record of its own. Raises CannotMake."""
    reading = reading_of(bench.contract, operation) or operation
    return Putting(bench, operation, bench.maker.arranged(operation), reading)


def path_for(operation: Operation, values: Mapping[str, str]) -> dict[str, str]:
    """Those of the values that are parameters of an operation's path."""
    return {name: value for name, value in values.items() if f"{{{name}}}" in operation.path}


def is_secret(name: str) -> bool:
    """Whether the values of a member should not be shown."""
    return bool(_SECRET.search(name))


def _record_of(contract: Contract, operation: Operation) -> SchemaView:
    return record_schema(
        success_schema(contract.document, operation), shape_of(contract, operation)
    )


def _is_servers(contract: Contract, operation: Operation, name: str, schema: SchemaView) -> bool:
    """Whether a member is the server's to set, or never shown. Others rarely say so."""
    if schema.get("readOnly") or schema.get("writeOnly"):
        return True
    if contract.strict:
        return False
    resource = contract.resources.get(operation.action.resource or "")
    parent = resource.parent.field if resource and resource.parent else ""
    own = (shape_of(contract, operation).id, parent, operation.action.item_param)
    return name in own or bool(_SERVERS.search(name))
