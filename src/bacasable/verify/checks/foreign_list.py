"""No list shows or counts a record of another tenant, whatever it is filtered by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...contract import Operation
from ...contract.model import Json, JsonObject, Parameter
from ...contract.shape import Shape, inside, shape_of
from ..bench import Bench, Subject
from ..maker import Record
from ..model import Exchange, Fault
from . import Check
from ._access import attempt, place_of, target
from ._foreign import foreign, no_tenants, numbered_alike, owned, same
from ._seen import items_of, largest

_PAGES = 5


def _applies(subject: Subject, operation: Operation | None) -> str:
    reason = no_tenants(subject, operation)
    if reason or operation is None:
        return reason
    if operation.action.kind != "list":
        return "it is no list"
    if not owned(subject.contract, operation.action.resource):
        return "its records belong to no tenant"
    if shape_of(subject.contract, operation).items is None:
        return "nothing tells where its records lie in the answer"
    return ""


@dataclass(frozen=True, slots=True)
class _List:
    """A list, and the foreign record that it must not show."""

    bench: Bench
    operation: Operation
    shape: Shape
    record: Record

    def page(self, number: int, query: Mapping[str, object]) -> Exchange:
        """A page of the largest size, from 1."""
        aim = target(self.bench, self.operation)
        asked = {**largest(self.operation, self.shape, number), **query}
        return attempt(self.bench, aim, aim.identity, query=asked)

    @property
    def size(self) -> int:
        """How many records a page holds at most; 0 where the list has no pages."""
        return largest(self.operation, self.shape).get(self.shape.per_page, 0)

    def items(self, exchange: Exchange) -> list[JsonObject]:
        """The records that an answer shows."""
        return items_of(self.bench, exchange)


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """List everything, then by each filter with the values of a foreign record."""
    if operation is None or operation.action.resource is None:
        return
    _owner, record = foreign(bench, operation.action.resource)
    listed = _List(bench, operation, shape_of(bench.contract, operation), record)
    yield from _all_pages(listed)
    for name, value in _filters(listed)[: bench.subject.options.profile.samples]:
        what = f"the filter {name}"
        yield from _shown(listed, listed.page(1, {name: value}), what, name)
        yield from _miscounted(listed, {name: value}, what)


def _all_pages(listed: _List) -> Iterator[Fault]:
    for number in range(1, _PAGES + 1):
        exchange = listed.page(number, {})
        found = list(_shown(listed, exchange, "the list", ""))
        yield from found
        if found or not listed.size or len(listed.items(exchange)) < listed.size:
            break
    yield from _miscounted(listed, {}, "the list")


def _filters(listed: _List) -> list[tuple[str, Json]]:
    """The list's filters, each with the value that a foreign record has; ids come first."""
    record = listed.record
    kind = listed.bench.contract.resources[record.resource]
    references = {reference.path[-1] for reference in kind.references}
    found = []
    for parameter in listed.operation.parameters:
        if parameter.location == "query":
            field, value = _value(parameter, record.value)
            if value is not None:
                found.append((field not in references, parameter.name, value))
    return [(name, value) for _, name, value in sorted(found, key=lambda entry: entry[0])]


def _value(parameter: Parameter, record: JsonObject) -> tuple[str, Json]:
    fields = parameter.filter.fields if parameter.filter else (parameter.name,)
    for field in fields:
        value = record.get(field)
        if isinstance(value, list) and value:
            value = value[0]
        if value not in (None, "", []) and not isinstance(value, dict | list):
            return field, value
    return "", None


def _shown(listed: _List, exchange: Exchange, what: str, name: str) -> Iterator[Fault]:
    """The fault of a list that shows the foreign record; `name` is that of a filter, if any."""
    items, record = listed.items(exchange), listed.record
    found = [item for item in items if str(item.get(listed.shape.id)) == record.id]
    if not found or (not same(found[0], record) and numbered_alike(listed.bench, record)):
        return
    yield Fault(
        cause=f"{what} shows a foreign record",
        title=f"{what[0].upper()}{what[1:]} shows a record of another tenant",
        expected="records of the caller's tenant alone",
        received=f"{record.resource} of another tenant among {len(items)}",
        place=place_of(listed.bench.contract, listed.operation, *(["parameters"] if name else [])),
        exchanges=(exchange,),
    )


def _miscounted(listed: _List, query: Mapping[str, object], what: str) -> Iterator[Fault]:
    """The fault of a total that counts more than a list shows which is all on its first page.

    Records come and go, and some servers give smaller pages than they were asked for: it is looked
    at twice, and at the second page.
    """
    for _ in range(2):
        exchange = listed.page(1, query)
        total, items = inside(exchange.json, listed.shape.total), listed.items(exchange)
        counted = isinstance(total, int) and not isinstance(total, bool)
        if not exchange.ok or not counted or not listed.size or len(items) >= listed.size:
            return
        if total <= len(items) or listed.items(listed.page(2, query)):
            return
    yield Fault(
        cause=f"{what} counts records that it does not show",
        title=f"The total of {what} counts records of another tenant",
        expected=f"total {len(items)}, for all are on this page",
        received=f"total {total}",
        place=place_of(listed.bench.contract, listed.operation, "responses", str(exchange.status)),
        exchanges=(exchange,),
    )


CHECK = Check(
    id="foreign-list",
    enforces="A list shows and counts records of the caller's tenant alone, also when filtered.",
    stands="The tenants of the contract; the list's filters.",
    severity="error",
    repair="Put the tenant into the query before every filter, and count what the query finds.",
    kind="operation",
    applies=_applies,
    probe=probe,
    writes=False,
)
