"""A PUT replaces: what it sends is there afterwards, and what it leaves out is not."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ...contract.schema import whole
from ..bench import Bench
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._lists import place_of
from ._replacing import Putting, is_secret, no_representation, put_members, putting
from ._values import brief, same

_MOST = 4
"""So many alterations of a value are tried: rules may refuse some."""
_NOTHING: tuple[Json, ...] = (None, "", [], {})


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    put = putting(bench, operation)
    _, old = put.read()
    body, sent = _accepted(put, old or {})
    read, new = put.read()
    if new is None:
        return
    members = put_members(bench.contract, operation)
    given = {name: value for name, value in body.items() if name in members}
    for name, value in given.items():
        if not same(value, new.get(name)):
            yield _ignored(put, name, (value, new.get(name), (old or {}).get(name)), (sent, read))
    set_now = {n: v for n, v in given.items() if same(v, new.get(n))}
    set_now = {n: v for n, v in set_now.items() if not same(v, (old or {}).get(n))}
    yield from _altered(put, body, given)
    yield from _items_left_out(put, body, set_now)
    if put.reading.path == operation.path:
        yield from _left_out(put, body, set_now)


def _accepted(put: Putting, old: JsonObject) -> tuple[JsonObject, Exchange]:
    """The first body that the server takes: rules may refuse one that the schema allows."""
    said = "no valid body of it could be made"
    for body in put.bodies(old):
        sent = put.put(body)
        if sent.ok:
            return body, sent
        said = f"its valid request was answered with {sent.status}"
    raise CannotMake(said)


def _ignored(
    put: Putting, name: str, values: tuple[Json, Json, Json], exchanges: tuple[Exchange, Exchange]
) -> Fault:
    sent, got, before = ("•••" if is_secret(name) else brief(value) for value in values)
    kept = got == before
    return Fault(
        cause=f"{name} of a PUT is {'ignored' if kept else 'not kept'}",
        title=f"A PUT does not set '{name}'",
        expected=f"{name}: {sent}",
        received=f"{name}: {got}{', as before' if kept else ''}",
        place=place_of(put.operation),
        exchanges=exchanges,
    )


def _altered(put: Putting, body: JsonObject, given: JsonObject) -> Iterator[Fault]:
    """Send lists and objects again with another value within, where the server takes one."""
    for name, value in given.items():
        bodies = ({**body, name: other} for other in islice(_alterations(value), _MOST))
        for other in filter(put.fits, bodies):
            sent = put.put(other)
            if not sent.ok:
                continue
            read, new = put.read()
            if new is not None and not same(other[name], new.get(name)):
                yield _ignored(put, name, (other[name], new.get(name), value), (sent, read))
            break


def _alterations(value: Json) -> Iterator[Json]:
    """A list or object with one number or truth within it changed."""
    parts: Iterable[tuple[Any, Json]] = value.items() if isinstance(value, dict) else ()
    parts = enumerate(value) if isinstance(value, list) else parts
    for key, part in parts:
        others: Iterable[Json] = _alterations(part)
        if isinstance(part, bool):
            others = (not part,)
        elif isinstance(part, int):
            others = (part + 1, part - 1)
        for other in others:
            copy = value.copy()
            copy[key] = other
            yield copy


def _items_left_out(put: Putting, body: JsonObject, set_now: JsonObject) -> Iterator[Fault]:
    """Send a list again with its first item only: the others must be gone."""
    for name, value in set_now.items():
        if not isinstance(value, list) or len(value) < 2:
            continue
        less = {**body, name: value[:1]}
        if not put.fits(less):
            continue
        sent = put.put(less)
        read, new = put.read()
        if sent.ok and new is not None and same(value, new.get(name)):
            shown = "•••" if is_secret(name) else brief(value)
            yield Fault(
                cause=f"items of {name} left out of a PUT are kept",
                title=f"A PUT adds to '{name}' in place of replacing it",
                expected=f"{name}: {'•••' if is_secret(name) else brief(value[:1])}",
                received=f"{name}: {shown}, as before",
                place=place_of(put.operation),
                exchanges=(sent, read),
            )


def _left_out(put: Putting, body: JsonObject, set_now: JsonObject) -> Iterator[Fault]:
    """Send what must be sent only: members that are left out must not keep their values."""
    document = put.bench.contract.document
    schema = whole(document, put.operation.body.schema if put.operation.body else True)
    less = {name: value for name, value in body.items() if name in schema.required}
    default = {name: member.get("default") for name, member in schema.members.items()}
    left = {n: v for n, v in set_now.items() if n not in less and v not in (*_NOTHING, default[n])}
    if not left or not put.fits(less):
        return
    sent = put.put(less)
    read, new = put.read()
    if not sent.ok or new is None:
        return
    for name, value in left.items():
        if same(value, new.get(name)):
            shown = "•••" if is_secret(name) else brief(value)
            yield Fault(
                cause=f"{name} left out of a PUT is kept",
                title=f"A PUT without '{name}' keeps the old one",
                expected=f"{name}: none, or its default",
                received=f"{name}: {shown}, as before",
                place=place_of(put.operation),
                exchanges=(sent, read),
            )


CHECK = Check(
    id="put-replaces",
    enforces="What a PUT sends is there afterwards, and what it leaves out is not.",
    stands="RFC 9110, 9.3.4 (PUT), and the schemas of the body and of what is read.",
    severity="error",
    repair="Build the new state from the body alone; for changes in part document PATCH.",
    kind="operation",
    applies=no_representation,
    probe=_probe,
    wfc=102,
)
