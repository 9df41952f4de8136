"""Lists the slow way: every record looked at for every question. What orders are compared with."""

from collections.abc import Iterable, Sequence
from typing import Any

from bacasable.core.query import Mask, Query, fold, ordered
from bacasable.core.store import Collection, Record, UndoLog


def evaluate(records: Iterable[Record], query: Query, mask: Mask | None = None) -> list[Record]:
    """The records that a query asks for, in its order; the order given decides ties."""
    rows = [
        record
        for record in records
        if all(record.get(field) == value for field, value in query.fixed)
        and (
            not query.views
            or any(all(record.get(n) in vs for n, vs in view) for view in query.views)
        )
        and all(
            _fits(match, mask[1](record) if mask else record, value) for match, value in query.given
        )
    ]
    for name in reversed(query.order):
        field = name.removeprefix("-")
        rows.sort(
            key=lambda r: key_of((mask[1](r) if mask else r).get(field)),
            reverse=name.startswith("-"),
        )
    return rows


def key_of(value: Any) -> Any:
    return (value is None, fold(value) if isinstance(value, str) else value or 0)


def _fits(asked: Any, record: Record, value: Any) -> bool:
    mine = record.get(asked.fields[0])
    return {
        "equals": lambda: mine == value,
        "has": lambda: value in (mine or ()),
        "contains": lambda: any(fold(value) in fold(record.get(f) or "") for f in asked.fields),
        "from": lambda: mine is not None and mine >= value,
        "to": lambda: mine is not None and mine <= value,
    }[asked.match]()


def collected(rows: Iterable[Record]) -> Collection:
    """A collection of these records; those without an id get their number as one."""
    collection = Collection(UndoLog())
    for number, row in enumerate(rows):
        collection.put({"id": str(number)} | row)
    return collection


def listed(collection: Collection, query: Query, mask: Mask | None = None) -> Sequence[Record]:
    """What a collection answers to a query."""
    order = ordered(collection, query, mask)
    collection.fill(order)
    return collection.part(order, 0, len(order))
