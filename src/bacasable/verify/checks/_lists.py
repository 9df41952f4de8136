"""Lists as checks read them: page by page, remembered until something is written.

A `Listing` is a list operation with the path of its collection. It never judges: a check that
would accuse reads again, for other clients may write at the same time.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ...contract import Operation
from ...contract.document import pointer, resolve
from ...contract.model import Filter, JsonObject, Parameter
from ...contract.schema import SchemaView, whole
from ...contract.shape import Shape, inside, record_schema, shape_of, success_schema
from ..bench import Bench, Subject
from ..maker import CannotMake
from ..model import Exchange

MOST_RECORDS = 1000
"""A list with more records is judged by what single pages show."""
_LARGEST_PAGE = 200

Query = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list. `records` is None when it is none: refused, failed, or no list."""

    exchange: Exchange
    records: list[JsonObject] | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A list as it was read: its records in their order, page after page.

    `total` is what its first page said. `complete` is whether these are all records: not when the
    list is too long, or has pages that cannot be turned.
    """

    records: tuple[JsonObject, ...]
    keys: tuple[str, ...]
    total: int | None
    pages: tuple[Page, ...]
    complete: bool

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The requests it took, in their order."""
        return tuple(page.exchange for page in self.pages)

    @property
    def by_key(self) -> dict[str, JsonObject]:
        """The records by what names them."""
        return dict(zip(self.keys, self.records, strict=True))


class Listing:
    """A list operation at one path, and how its pages are asked for."""

    def __init__(self, bench: Bench, operation: Operation, path: Mapping[str, str]) -> None:
        self.bench = bench
        self.operation = operation
        self.path = dict(path)
        self.shape: Shape = shape_of(bench.contract, operation)

    @property
    def pages(self) -> bool:
        """Whether pages can be turned, and their size be chosen."""
        return bool(self.shape.page_query(1, 1))

    @cached_property
    def size_schema(self) -> SchemaView:
        """The schema of the parameter that limits a page; one that says nothing without one."""
        return parameter_schema(self.bench.subject, self.operation, self.shape.per_page)

    @cached_property
    def largest(self) -> int:
        """The size of page that costs the fewest requests."""
        return int(min(self.size_schema.get("maximum", 100), _LARGEST_PAGE))

    @cached_property
    def members(self) -> dict[str, SchemaView]:
        """The schemas of the members of the list's records."""
        return record_members(self.bench.subject, self.operation)

    def key(self, record: JsonObject) -> str:
        """What names a record: its id; all of it when it has none."""
        found = record.get(self.shape.id)
        return json.dumps(record if found is None else found, sort_keys=True)

    def page(self, number: int = 1, size: int | None = None, query: Query | None = None) -> Page:
        """Ask for one page, counted from 1; without a size, for the list as it comes."""
        asked = dict(query or {})
        if size is not None:
            asked |= self.shape.page_query(number, size)
        exchange = self.bench.call(self.operation, path=self.path, query=asked, intent="valid")
        return self.page_in(exchange)

    def page_in(self, exchange: Exchange) -> Page:
        """The page that an exchange of this operation answered."""
        found = inside(exchange.json, self.shape.items) if exchange.ok else None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            return Page(exchange, None, None)
        total = inside(exchange.json, self.shape.total)
        number = isinstance(total, int) and not isinstance(total, bool)
        return Page(exchange, found, total if number else None)

    def read(
        self, query: Query | None = None, *, size: int = 0, fresh: bool = False
    ) -> Reading | None:
        """The whole list, or that of a query; None when a page of it is no list.

        What was read before is given again until something is written, unless `fresh`.
        """
        session, asked = self.bench.session, tuple((query or {}).items())
        known = ("list", self.operation.id, *self.path.values(), asked, size)
        writes, found = session.memo.get(known, (-1, None))
        if fresh or found is None or writes != session.writes:
            found = self._read(query, size or self.largest)
            session.memo[known] = (session.writes, found)
        return found if isinstance(found, Reading) else None

    def all(self, *, fresh: bool = False) -> Reading:
        """The whole list. Raises CannotMake when it cannot be read."""
        reading = self.read(fresh=fresh)
        if reading is None:
            raise CannotMake(f"{self.operation.id} does not answer with a list")
        return reading

    def _read(self, query: Query | None, size: int) -> Reading | None:
        pages: list[Page] = []
        records: dict[str, JsonObject] = {}
        more = True
        while more:
            page = self.page(len(pages) + 1, size if self.pages else None, query)
            if page.records is None:
                return None
            pages.append(page)
            before = len(records)
            records |= {self.key(record): record for record in page.records}
            more = self.pages and len(records) > before and len(records) < MOST_RECORDS
            more = more and (len(page.records) >= size or len(records) < (page.total or 0))
        return Reading(
            tuple(records.values()),
            tuple(records),
            pages[0].total,
            tuple(pages),
            len(records) < MOST_RECORDS and self._ended(pages, records),
        )

    def _ended(self, pages: list[Page], records: Mapping[str, Any]) -> bool:
        """Whether nothing can follow: pages were turned to the end, or the list has none."""
        if self.pages or not (self.shape.page or self.shape.per_page or self.shape.offset):
            return True
        total = pages[0].total
        return total is not None and total <= len(records)


def parameter_schema(subject: Subject, operation: Operation, name: str) -> SchemaView:
    """The schema of a query parameter; one that says nothing when there is none of that name."""
    found = [p for p in operation.parameters if p.location == "query" and p.name == name]
    return whole(subject.contract.document, found[0].schema if found else True)


def record_members(subject: Subject, operation: Operation) -> dict[str, SchemaView]:
    """The schemas of the members of the records in an operation's answers."""
    shown = success_schema(subject.contract.document, operation)
    return record_schema(shown, shape_of(subject.contract, operation)).members


def no_list(subject: Subject, operation: Operation | None) -> str:
    """Why an operation is no list that checks can read; empty when it is one."""
    if operation is None or operation.action.kind != "list":
        return "it does not list records"
    if shape_of(subject.contract, operation).items is None:
        return "its answer holds no list"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    return ""


def no_pages(subject: Subject, operation: Operation | None) -> str:
    """Why a list has no pages that can be turned; empty when it has."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    shape = shape_of(subject.contract, operation)
    return "" if shape.page_query(1, 1) else "its parameters turn no pages"


def sort_members(subject: Subject, operation: Operation) -> dict[str, str]:
    """What a list can be sorted by: each value of its parameter, and the member it sorts by.

    A value is a member's name, with a minus for descending order; others are left out.
    """
    shape = shape_of(subject.contract, operation)
    schema = parameter_schema(subject, operation, shape.sort)
    values = (schema.items if "items" in schema else schema).get("enum", ())
    members = record_members(subject, operation)
    texts = [value for value in values if isinstance(value, str)]
    return {text: text.lstrip("-") for text in texts if text.removeprefix("-") in members}


def filters_of(subject: Subject, operation: Operation) -> list[tuple[Parameter, Filter]]:
    """The parameters that filter a list, and how.

    Without extensions that is safe to say of those only that list the same values as the member
    of their name. Members are named as the list shows them.
    """
    members = record_members(subject, operation)
    shown = {member["x-from"]: name for name, member in members.items() if "x-from" in member}
    found = []
    for parameter in operation.parameters:
        declared = parameter.filter
        member = members.get(parameter.name)
        if declared is None and not subject.contract.strict and parameter.location == "query":
            declared = _same_values(subject, parameter, member) if member else None
        fields = tuple(shown.get(name, name) for name in declared.fields) if declared else ()
        if declared and all(name in members for name in fields):
            found.append((parameter, replace(declared, fields=fields)))
    return found


def _same_values(subject: Subject, parameter: Parameter, member: SchemaView) -> Filter | None:
    allowed = whole(subject.contract.document, parameter.schema).get("enum")
    if allowed and {v for v in member.get("enum", ()) if v is not None} == set(allowed):
        return Filter((parameter.name,), "equals")
    return None


def place_of(operation: Operation, *inside_it: str | int) -> str:
    """The pointer of a place in an operation of the document."""
    return pointer(*operation.steps, *inside_it)


def parameter_place(bench: Bench, operation: Operation, name: str) -> str:
    """The pointer of a parameter of an operation; that of the operation when it has none."""
    return _declared(bench, operation, name)[0]


def declared_parameter(bench: Bench, operation: Operation, name: str) -> JsonObject:
    """A parameter as the document has it; empty when the operation has none of that name."""
    return _declared(bench, operation, name)[1]


def _declared(bench: Bench, operation: Operation, name: str) -> tuple[str, JsonObject]:
    document = bench.contract.document
    item = resolve(document, document["paths"].get(operation.path, {}))
    for node, path in ((item.get(operation.method, {}), (operation.method,)), (item, ())):
        for number, declared in enumerate(node.get("parameters", ())):
            found = resolve(document, declared)
            if found.get("name") == name:
                return pointer("paths", operation.path, *path, "parameters", number), found
    return place_of(operation), {}


def first_faulty(attempt: Callable[[], Any], times: int = 2) -> Any:
    """What an attempt finds wrong, if it finds it every time: others write at the same time."""
    found = None
    for _ in range(times):
        found = attempt()
        if not found:
            return None
    return found
