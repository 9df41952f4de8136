"""Lists: visibility, filters, text search, sorting. Pure functions over records."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..contract.model import Filter, Json
from .orders import Field, Order, field_key
from .store import Collection, Record

View = tuple[tuple[str, tuple[str, ...]], ...]
"""Fields, each with the values that a record may have there to be seen."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a list asks for. All parts are hashable, so that results can be remembered.

    `fixed` are fields that must equal a value (the parent); of `views`, one must fit the record,
    if there are any; `given` pairs a filter with the value asked for; `order` is fields to sort by,
    descending with a leading minus.
    """

    fixed: tuple[tuple[str, Json], ...] = ()
    views: tuple[View, ...] = ()
    given: tuple[tuple[Filter, Json], ...] = ()
    order: tuple[str, ...] = ()


Mask = tuple[object, Callable[[Record], Record]]
"""How a caller sees records: what tells such callers apart, and what shows one to them."""
_EVERYTHING = Query()


def ordered(collection: Collection, query: Query, mask: Mask | None = None) -> Order:
    """The records that a query asks for, in its order; the order of creation decides ties.

    It has to be filled when it is asked for first, and is kept up to date from then on. With a
    mask, what is hidden is neither found by filters nor told by the order.
    """
    if query == _EVERYTHING and mask is None:
        return collection.whole
    return collection.order((query, mask and mask[0]), lambda: _order(query, mask and mask[1]))


def _order(query: Query, see: Callable[[Record], Record] | None) -> Order:
    # Who the records belong to is no secret of theirs: it is asked of them as they are.
    exists = [_equals(field, value) for field, value in query.fixed]
    if query.views:
        exists.append(lambda record: any(shows(view, record) for view in query.views))
    tests = [_MATCHES[f.match](f.fields, value) for f, value in query.given]
    key, backwards = _key_of(query.order)

    def keys(record: Record) -> tuple[Any, ...]:
        if not all(test(record) for test in exists):
            return ()
        seen = see(record) if see else record
        return (key(seen),) if all(test(seen) for test in tests) else ()

    return Order(keys, backwards=backwards, within=_within(query, masked=see is not None))


def _within(query: Query, *, masked: bool) -> tuple[Field, Any] | None:
    """A field, and the key of the only value that records of the query have there, if any."""
    places = list(query.fixed)
    if len(query.views) == 1:
        places += [(name, values[0]) for name, values in query.views[0] if len(values) == 1]
    if not masked:
        places += [(f.fields[0], value) for f, value in query.given if f.match == "equals"]
    for field, value in places:
        key = field_key(value)
        if key is not None:
            return field, key
    return None


def _key_of(order: tuple[str, ...]) -> tuple[Callable[[Record], Any], bool]:
    """What records are sorted by, ascending, and whether that is to be read backwards."""
    if not order:
        return (lambda _: 0), False
    backwards = order[0].startswith("-")
    parts = [(n.removeprefix("-"), n.startswith("-") is not backwards) for n in order]
    if len(parts) == 1:
        field = parts[0][0]
        return (lambda record: _sort_key(record.get(field))), backwards

    def key(record: Record) -> Any:
        found = ((_sort_key(record.get(field)), turned) for field, turned in parts)
        return tuple(_Turned(value) if turned else value for value, turned in found)

    return key, backwards


def fold(text: str) -> str:
    """Text without case and accents, for searching."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    # Decomposing can bring capitals back, and folding can compose: folded text must stay as it is.
    return unicodedata.normalize("NFKD", bare.casefold())


Test = Callable[[Record], bool]


def shows(view: View, record: Record) -> bool:
    """Whether a record has, for every field of a view, one of its values."""
    return all(record.get(name) in values for name, values in view)


def _equals(field: str, value: Json) -> Test:
    return lambda record: bool(record.get(field) == value)


def _contains(fields: tuple[str, ...], value: str) -> Test:
    needle = fold(value)
    return lambda record: any(needle in fold(record.get(field) or "") for field in fields)


def _like(fields: tuple[str, ...], value: Json) -> Test:
    """What a stranger may mean by a value: a part of a text, one of several, or the same."""
    wanted = value if isinstance(value, tuple) else (value,)
    needles = [fold(one) for one in wanted if isinstance(one, str)]

    def test(record: Record) -> bool:
        for name in fields:
            held = record.get(name)
            for one in held if isinstance(held, list) else (held,):
                if one in wanted:
                    return True
                if isinstance(one, str) and any(needle in fold(one) for needle in needles):
                    return True
        return False

    return test


def _not_before(field: str, value: str) -> Test:
    return lambda record: record.get(field) is not None and record[field] >= value


def _not_after(field: str, value: str) -> Test:
    return lambda record: record.get(field) is not None and record[field] <= value


_MATCHES: dict[str, Callable[[tuple[str, ...], Any], Test]] = {
    "equals": lambda fields, value: _equals(fields[0], value),
    "has": lambda fields, value: lambda record: value in (record.get(fields[0]) or ()),
    "contains": _contains,
    "like": _like,
    "from": lambda fields, value: _not_before(fields[0], value),
    "to": lambda fields, value: _not_after(fields[0], value),
}


def _sort_key(value: Json) -> Any:
    """Null after every value; text without regard to case and accents."""
    if value is None:
        return _NULL
    return fold(value) if isinstance(value, str) else value or 0


class _Null:
    """After every value."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return other is not self


_NULL = _Null()


class _Turned:
    """A key that sorts the other way round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turned) and bool(self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: "_Turned") -> bool:
        return bool(other.key < self.key)
