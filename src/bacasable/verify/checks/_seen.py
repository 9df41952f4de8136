"""What a role sees of a resource, as the contract declares it."""

from collections.abc import Mapping

from ...contract import Operation
from ...contract.model import JsonObject, ResourceType
from ...contract.shape import Shape, inside, shape_of
from ..bench import Bench
from ..model import Exchange, Identity

ME = "$me"


def view_of(kind: ResourceType, who: Identity) -> Mapping[str, tuple[str, ...]] | None:
    """What a record must have for a caller to see it, field by field; None when it is not known.

    It is not known where it is about the caller's own id, and nobody told that.
    """
    view, me = kind.visibility.get(who.role, {}), who.account.get("id", "")
    if not me and any(ME in values for values in view.values()):
        return None
    return {field: tuple(me if v == ME else v for v in values) for field, values in view.items()}


def fits(value: JsonObject, view: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a record is one that a view shows."""
    return all(value.get(field) in values for field, values in view.items())


def items_of(bench: Bench, exchange: Exchange) -> list[JsonObject]:
    """The records that a list shows."""
    if exchange.operation is None or not exchange.ok:
        return []
    found = inside(exchange.json, shape_of(bench.contract, exchange.operation).items)
    return [i for i in found if isinstance(i, dict)] if isinstance(found, list) else []


def record_of(bench: Bench, exchange: Exchange) -> JsonObject:
    """The record that an answer holds; nothing without one."""
    if exchange.operation is None or not exchange.ok:
        return {}
    found = inside(exchange.json, shape_of(bench.contract, exchange.operation).record)
    return found if isinstance(found, dict) else {}


def largest(operation: Operation, shape: Shape, number: int = 1) -> dict[str, int]:
    """The query for a page, from 1, as large as the list has them; at most of 100 records."""
    declared = [p.schema for p in operation.parameters if p.name == shape.per_page != ""]
    most = declared[0].get("maximum", 100) if declared and isinstance(declared[0], dict) else 100
    return shape.page_query(number, int(min(most, 100)))
