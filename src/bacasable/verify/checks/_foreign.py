"""Records of another tenant: made there, named in calls of our own, looked at afterwards.

A foreign record must be for us what no record is at all. So everything is tried twice, with its id
and with one that nobody has.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from ...contract import Contract, Operation
from ...contract.model import JsonObject
from ..bench import Bench, Subject
from ..login import platform_roles
from ..maker import Arranged, CannotMake, Record
from ..model import Identity
from ._access import kept, no_caller, reads, target
from ._seen import record_of

NO_OTHER = "no account of another tenant was given (--other-tenant SLUG:EMAIL:PASSWORD)"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COUNTED = re.compile(r"\D*\d+")
_HEX = "0123456789abcdef"
_DIGITS = "0123456789"
_TRIES = 20
_LETTERS = "abcdefghijkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Naming:
    """One way to name a foreign record in a path: `foreign` with its ids, `unknown` with none's.

    `records` are the foreign ones that it names, the one acted upon last.
    """

    what: str
    aim: Arranged
    foreign: Mapping[str, object]
    unknown: Mapping[str, object]
    records: tuple[Record, ...]


def no_tenants(subject: Subject, operation: Operation | None) -> str:
    """Why isolation of tenants cannot be tried on an operation; nothing if it can."""
    if operation is None or operation.roles is None:
        return "it needs no token"
    if not subject.others:
        return NO_OTHER
    caller = subject.caller(operation)
    if caller is None:
        return no_caller(subject, operation)
    if caller.role in platform_roles(subject.contract):
        return f"the role {caller.role} works across tenants"
    return ""


def owned(contract: Contract, resource: str | None) -> bool:
    """Whether records of a resource belong to one tenant each."""
    kind = contract.resources.get(resource or "")
    return kind is not None and kind.scope == "tenant"


def named_in(contract: Contract, operation: Operation) -> list[tuple[str, str]]:
    """The path parameters that name records of tenants, with their resources, in path order.

    A parameter of an operation on no resource is known by its schema, if that has a pattern: it is
    the one that reads the record, too.
    """
    action, found = operation.action, []
    for parameter in operation.parameters:
        if parameter.location != "path":
            continue
        kind = contract.resources.get(action.resource or "")
        if parameter.name == action.item_param:
            resource = action.resource
        elif parameter.name == action.parent_param:
            resource = kind.parent.resource if kind and kind.parent else None
        else:
            resource = _by_schema(contract, parameter.schema)
        if resource and owned(contract, resource):
            found.append((parameter.name, resource))
    return sorted(found, key=lambda pair: operation.path.index("{" + pair[0] + "}"))


def _by_schema(contract: Contract, schema: object) -> str | None:
    if not isinstance(schema, dict) or "pattern" not in schema:
        return None
    for operation in contract.operations.values():
        if operation.action.kind == "get":
            for parameter in operation.parameters:
                if parameter.name == operation.action.item_param and parameter.schema == schema:
                    return operation.action.resource
    return None


def foreign(bench: Bench, resource: str) -> tuple[Identity, Record]:
    """A record of another tenant and who owns it: one made for this, or one that is there.

    Raises CannotMake.
    """
    known = kept(bench).foreign
    if resource not in known:
        known[resource] = _found(bench, resource)
    return known[resource]


def _found(bench: Bench, resource: str) -> tuple[Identity, Record]:
    reason = NO_OTHER
    makes = (bench.maker.new, bench.maker.some)
    for owner in bench.subject.others:
        for make in makes[1:] if bench.subject.options.read_only else makes:
            try:
                return owner, make(resource, identity=owner)
            except CannotMake as error:
                reason = str(error)
    raise CannotMake(f"no {resource} of another tenant: {reason}")


def numbered_alike(bench: Bench, record: Record) -> bool:
    """Whether the id of a foreign record is also that of one of ours.

    Each tenant may count its records for itself. Then nothing is tried on that id but what tells
    the two records apart.
    """
    if not _COUNTED.fullmatch(record.id):
        return False
    get = next(
        (
            o
            for o in bench.contract.operations.values()
            if o.action.kind == "get" and o.action.resource == record.resource
        ),
        None,
    )
    if get is None:
        return True
    exchange = bench.call(get, path=record.path)
    return exchange.ok and not same(record_of(bench, exchange), record)


def same(value: JsonObject, record: Record) -> bool:
    """Whether a record of an answer is a foreign one: every member that both have is equal."""
    shared = value.keys() & record.value.keys()
    return bool(shared) and all(value[name] == record.value[name] for name in shared)


def _ready(bench: Bench, operation: Operation) -> Record | None:
    """A foreign record on which the operation would succeed, if its owner called it."""
    for owner in bench.subject.others:
        try:
            record = bench.maker.arranged(operation, identity=owner, fresh=False).record
            if record and bench.maker.again(record) is None:
                # A call of another check removed it, whatever it answered.
                bench.maker.drop(record)
                record = bench.maker.arranged(operation, identity=owner, fresh=False).record
        except CannotMake:
            continue
        return record
    return None


def forget(bench: Bench, record: Record) -> None:
    """Use a foreign record no more, for it was changed."""
    kept(bench).foreign.pop(record.resource, None)
    bench.maker.drop(record)


def namings(bench: Bench, operation: Operation) -> Iterator[Naming]:
    """Every way in which a foreign record can be named in the path of an operation.

    With a parent in the path: both foreign, the child in a parent of ours, and ours in a foreign
    parent. Raises CannotMake.
    """
    named = named_in(bench.contract, operation)
    aim = target(bench, operation)
    own = dict(aim.path)
    records = {name: foreign(bench, resource)[1] for name, resource in named}
    ready = None if reads(operation) else _ready(bench, operation)
    if ready and operation.action.item_param in records:
        records[operation.action.item_param] = ready
    if len(named) > 1:
        # The parent of the foreign child, not just any parent.
        (above, _), (below, _) = named[-2:]
        parent = records[below].parent
        if parent:
            records[above] = parent
    if any(numbered_alike(bench, record) for record in records.values()):
        if reads(operation):
            return
        raise CannotMake("each tenant counts its records for itself: the foreign id is one of ours")
    ids = {name: record.id for name, record in records.items()}
    nobody = {name: unknown_like(bench.random, bench, ids[name], of) for name, of in named}
    last, shown = named[-1], tuple(records[name] for name, _ in named)
    if len(named) == 1:
        what = "a foreign record"
        yield Naming(what, aim, {**own, **ids}, {**own, last[0]: nobody[last[0]]}, shown)
        return
    first = named[-2]
    yield Naming(
        "a foreign record in its own parent",
        aim,
        {**own, **ids},
        {**own, **ids, **nobody},
        shown,
    )
    yield Naming(
        "a foreign record in a parent of ours",
        aim,
        {**own, last[0]: ids[last[0]]},
        {**own, last[0]: nobody[last[0]]},
        shown[-1:],
    )
    yield Naming(
        "a record of ours in a foreign parent",
        aim,
        {**own, first[0]: ids[first[0]]},
        {**own, first[0]: nobody[first[0]]},
        shown[:-1],
    )


def unknown_like(random: Random, bench: Bench, id_: str, resource: str) -> str:
    """An id of the same form that nobody has: digits for digits, letters for letters."""
    kind = bench.contract.resources.get(resource)
    prefix = kind.id_prefix if kind and id_.startswith(kind.id_prefix) else ""
    rest = id_[len(prefix) :]
    if not prefix and "_" in rest:
        prefix, rest = rest[: rest.index("_") + 1], rest[rest.index("_") + 1 :]
    hexadecimal = bool(_UUID.fullmatch(rest)) or (len(rest) >= 16 and set(rest) <= set(_HEX))
    for _ in range(_TRIES):
        made = "".join(_like(random, char, hexadecimal=hexadecimal) for char in rest)
        if made != rest:
            return prefix + made
    return f"{prefix}{rest}0"  # of neither letters nor digits


def _like(random: Random, char: str, *, hexadecimal: bool) -> str:
    if hexadecimal and char in _HEX:
        return random.choice(_HEX)
    if char.isdigit():
        return random.choice(_DIGITS)
    if char.isalpha():
        made = random.choice(_LETTERS)
        return made.upper() if char.isupper() else made
    return char
