"""Lists: visibility, filters, text search, sorting, pages. Pure functions over records."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..contract.model import Filter, Json, JsonObject
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


_EVERYTHING = Query()


def select(collection: Collection, query: Query) -> Sequence[Record]:
    """The records that a query asks for, remembered until the collection changes."""
    if query == _EVERYTHING:
        return collection.rows()
    found = collection.memo.get(query)
    if found is None:
        found = evaluate(collection, query)
        collection.remember(query, found)
    return found


def evaluate(records: Iterable[Record], query: Query) -> list[Record]:
    """The records that a query asks for, in its order; the order given decides ties."""
    tests = [_equals(field, value) for field, value in query.fixed]
    if query.views:
        tests.append(lambda record: any(shows(view, record) for view in query.views))
    tests += [_MATCHES[f.match](f.fields, value) for f, value in query.given]
    rows = [record for record in records if all(test(record) for test in tests)]
    for name in reversed(query.order):
        field = name.removeprefix("-")
        rows.sort(key=lambda r: _sort_key(r.get(field)), reverse=name.startswith("-"))
    return rows


def page_of(
    rows: Sequence[Record], page: int, per_page: int
) -> tuple[Sequence[Record], JsonObject]:
    """One page of rows, and the pagination member of its meta. A page past the end is empty."""
    total = len(rows)
    pagination = {
        "page": page,
        "perPage": per_page,
        "total": total,
        "totalPages": -(-total // per_page),
    }
    return rows[(page - 1) * per_page : page * per_page], pagination


def page_links(path: str, query: str, pagination: Mapping[str, int]) -> str:
    """The Link header of a page (RFC 8288): first, prev, next and last that exist."""
    return _links(path, query, pagination["page"], max(1, pagination["totalPages"]))


@lru_cache(maxsize=1024)
def _links(path: str, query: str, page: int, last: int) -> str:
    """Clients turn the same few pages again and again."""
    rest = "".join(f"&{part}" for part in query.split("&") if part and not part.startswith("page="))
    targets = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    return ", ".join(
        f'<{path}?page={number}{rest}>; rel="{rel}"'
        for rel, number in targets.items()
        if 1 <= number <= last
    )


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


def _not_before(field: str, value: str) -> Test:
    return lambda record: record.get(field) is not None and record[field] >= value


def _not_after(field: str, value: str) -> Test:
    return lambda record: record.get(field) is not None and record[field] <= value


_MATCHES: dict[str, Callable[[tuple[str, ...], Any], Test]] = {
    "equals": lambda fields, value: _equals(fields[0], value),
    "has": lambda fields, value: lambda record: value in (record.get(fields[0]) or ()),
    "contains": _contains,
    "from": lambda fields, value: _not_before(fields[0], value),
    "to": lambda fields, value: _not_after(fields[0], value),
}


def _sort_key(value: Json) -> tuple[bool, Json]:
    """Null after every value; text without regard to case and accents."""
    return (value is None, fold(value) if isinstance(value, str) else value or 0)
