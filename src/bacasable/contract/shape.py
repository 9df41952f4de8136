"""Where things lie in the answers of an operation: the record, the list's items, the total.

Read from the schemas of the answers; documents of others have other envelopes than ours.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from .media import is_sequence, is_xml, may_be_json
from .model import Action, Answer, Contract, Json, JsonObject, Operation, Parameter, ResourceType
from .names import plain
from .paging import paging_of
from .schema import ANYTHING, SchemaView, schema_view, whole

_RECORDS = ("data", "item", "result", "record", "payload")
_LISTS = ("data", "items", "results", "records", "content", "rows", "entries", "values", "list")
ENVELOPES = ("meta", "metadata", "pagination", "paging", "pageInfo", "page_info")
_SURE_LISTS = _LISTS[:3]
_TOLD = frozenset({"warnings", "errors", "messages", "links", "validationerrors"})
"""Lists of what is told beside the records."""
_TOTALS = frozenset(
    {"total", "totalcount", "totalitems", "totalelements", "totalresults", "totalrecords"}
)
_TOTAL_BESIDE = ("meta", "pagination", "page", "paging", "pageinfo")
_SORT = ("sort", "sortby", "orderby", "ordering", "order")
_DIRECTIONS = frozenset({"asc", "desc", "ascending", "descending"})

Sought = Literal["list", "record", "either"]
"""What an answer is: a list, a record, or whatever its schema makes of it."""
SOUGHT: dict[str, Sought] = {"list": "list", "custom": "either"}


@dataclass(frozen=True, slots=True)
class Shape:
    """Places in the JSON of a successful answer. None: it has no such thing.

    `record` and `items` lead to the record, or the list of records; `total` to the number of all.
    `id` is the member of a record that names it, as paths do. `page` and `per_page` are the query
    parameters that choose a page of a list (from `first`), `sort` the one that orders it; a list
    that is paged by the number of records to skip has `offset` in place of `page`, one that goes on
    from the answer before has `token`.
    """

    record: tuple[str, ...] | None
    items: tuple[str, ...] | None
    total: tuple[str, ...] | None
    id: str = "id"
    page: str = ""
    per_page: str = ""
    first: int = 1
    sort: str = ""
    offset: str = ""
    token: str = ""

    def page_query(self, number: int, size: int) -> dict[str, int]:
        """The query for a page of `size` records, counted from 1; empty where pages have none."""
        if not (self.page or self.offset) or not self.per_page:
            return {}
        if self.page:
            return {self.page: self.first + number - 1, self.per_page: size}
        return {self.offset: (number - 1) * size, self.per_page: size}


class _Same:
    """A value as a key that is equal to itself alone: contracts are large, and hold maps."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


def shape_of(contract: Contract, operation: Operation) -> Shape:
    """Where things lie in the successful answers of an operation."""
    return _shape(_Same(contract), _Same(operation))


@lru_cache(maxsize=1024)
def _shape(contract: _Same, operation: _Same) -> Shape:
    known: Contract = contract.value
    asked: Operation = operation.value
    sought = SOUGHT.get(asked.action.kind, "record")
    schema = success_schema(known.document, asked)
    found = places(schema, sought)
    if found.items is not None:
        found = _with_paging(known.document, asked, schema, found)
    record = record_schema(schema, found)
    return replace(found, id=_id_member(known, asked, record))


def success_schema(document: JsonObject, operation: Operation) -> SchemaView:
    """The whole schema of an operation's successful answer; one that says nothing else."""
    for status in sorted(operation.answers):
        answer = operation.answers[status]
        if status < 300 and answer.schema and holds_values(answer):
            return schema_view(document, answer.schema).whole
    if not any(status < 300 for status in operation.answers):
        rest = operation.ranges.get("2XX") or operation.ranges.get("default")
        if rest and rest.schema and holds_values(rest):
            return schema_view(document, rest.schema).whole
    return whole(document, ANYTHING)


def holds_values(answer: Answer) -> bool:
    """Whether an answer is in a media type that values are written in."""
    name = answer.media_type or ""
    return may_be_json(name) or is_xml(name) or is_sequence(name)


def places(schema: SchemaView, sought: Sought) -> Shape:
    """Where record, items and total lie in values of a whole schema."""
    if "array" in schema.kinds:
        return Shape(None, (), None)
    if not schema.is_object:
        return Shape(None, None, None)
    below = schema.members
    items = None if sought == "record" else _items(below, sought)
    if items is not None:
        return Shape(None, items, _total(below))
    named = [name for name in _RECORDS if name in below and below[name].is_object]
    if not named and any(name in below and below[name].is_object for name in ENVELOPES):
        # Beside what tells of the answer, a member of such a name is all that is answered.
        rest = [name for name in below if name not in ENVELOPES]
        named = rest if len(rest) == 1 and rest[0] in _RECORDS + _LISTS else []
    # A record that has an id of its own beside it is no envelope.
    if named and "id" not in below:
        return Shape((named[0],), None, None)
    return Shape((), None, None)


def lists_record(schema: SchemaView, kind: ResourceType) -> bool:
    """Whether answers of a whole schema show a record as the only item of a list.

    So have it those that answer one record as they answer many: `{"accounts": [{…}]}`.
    """
    found, own = places(schema, "list"), kind.id_member
    if not (own and found.items) or own in schema.members:
        return False
    return bool(record_schema(schema, found).members.keys() == kind.properties.keys())


def sought_in(document: JsonObject, answer: Answer, action: Action, kind: ResourceType) -> Sought:
    """What an answer is that shows a record, or several."""
    sought = SOUGHT.get(action.kind, "record")
    if sought == "record" and answer.schema:
        schema = schema_view(document, answer.schema).whole
        return "list" if lists_record(schema, kind) else "record"
    return sought


def wrapper(schema: SchemaView) -> str:
    """The only member of a whole schema, if it holds a record (`{"product": {…}}`); else empty."""
    rest = [name for name in schema.members if name not in ENVELOPES]
    inner = schema.members[rest[0]] if len(rest) == 1 else None
    return rest[0] if inner and inner.is_object and len(inner.members) > 1 else ""


def record_schema(schema: SchemaView, shape: Shape) -> SchemaView:
    """The schema of the record, or of one item, in values of a whole schema."""
    place = shape.items if shape.record is None else shape.record
    if place is None:
        return whole(schema.document, ANYTHING)
    for name in place:
        schema = schema.members[name]
    return schema.items if shape.record is None else schema


def inside(value: Json, place: tuple[str, ...] | None) -> Json:
    """What lies at a place in a value; None where nothing does."""
    if place is None:
        return None
    for name in place:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def _items(
    below: Mapping[str, SchemaView], sought: Sought, *, outermost: bool = True
) -> tuple[str, ...] | None:
    arrays = [name for name, part in below.items() if "array" in part.kinds]
    named = [name for name in (_LISTS if sought == "list" else _SURE_LISTS) if name in arrays]
    if named and (sought == "list" or "id" not in below):
        return (named[0],)
    if sought != "list":
        return None
    full = [name for name in arrays if below[name].items.is_object]
    if len(full) > 1:
        full = [name for name in full if plain(name) not in _TOLD]
    if len(full) == 1:
        return (full[0],)
    for name in ("data", "_embedded", "result") if outermost else ():
        if name in below and below[name].is_object:
            deeper = _items(below[name].members, sought, outermost=False)
            return (name, *deeper) if deeper else None
    return None


def _total(below: Mapping[str, SchemaView], depth: int = 2) -> tuple[str, ...] | None:
    for name, part in below.items():
        if plain(name) in _TOTALS and "integer" in part.kinds:
            return (name,)
    # `count` alone may be that of the page; beside links to the next one it is that of all.
    if "next" in below and "count" in below and "integer" in below["count"].kinds:
        return ("count",)
    for name, part in below.items():
        if depth and plain(name) in _TOTAL_BESIDE and part.is_object:
            deeper = _total(part.members, depth - 1)
            if deeper:
                return (name, *deeper)
    return None


def _with_paging(
    document: JsonObject, operation: Operation, schema: SchemaView, shape: Shape
) -> Shape:
    asked = {plain(p.name): p for p in operation.parameters if p.location == "query"}
    sorts = (asked[name] for name in _SORT if name in asked)
    sort = next((p for p in sorts if not _is_direction(document, p)), None)
    found = paging_of(operation, schema)
    names = {role: parameter.name for role, parameter in found.items()}
    return replace(
        shape,
        page=names.get("page", ""),
        per_page=names.get("size", ""),
        first=_first_page(document, found["page"]) if "page" in found else 1,
        sort=sort.name if sort else "",
        offset=names.get("offset", ""),
        token=names.get("token", ""),
    )


def _first_page(document: JsonObject, page: Parameter) -> int:
    schema = whole(document, page.schema)
    return 0 if 0 in (schema.get("default"), schema.get("minimum")) else 1


def _is_direction(document: JsonObject, parameter: Parameter) -> bool:
    """Whether a parameter says ascending or descending, and not by what."""
    values = whole(document, parameter.schema).get("enum", ())
    return bool(values) and all(str(value).lower() in _DIRECTIONS for value in values)


def _id_member(contract: Contract, operation: Operation, record: SchemaView) -> str:
    """The member of a record that paths name it by."""
    action = operation.action
    same = (o.action for o in contract.operations.values() if o.action.resource == action.resource)
    named = action.item_param or next((a.item_param for a in same if a.item_param), None) or ""
    resource = contract.resources.get(action.resource or "")
    if resource is None:
        return id_member(record.members, "")
    own = (n for n, m in record.members.items() if m.get("x-from") == resource.id_member)
    found = next(own, "")
    return found or id_member(record.members, named, resource.name, noun(resource.collection))


def noun(path: str) -> str:
    """The last word of a collection's path, in the singular where English has an easy one."""
    words = [part for part in path.strip("/").split("/") if not part.startswith("{")]
    word = words[-1] if words else ""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def id_member(members: Collection[str], parameter: str, *resource: str) -> str:
    """The member of records, of those that they have, that a path's parameter names them by.

    It is the one that is called like the parameter, `id`, or `{resource}Id` for one of the names
    of their resource; else `id`.
    """
    if parameter in members:
        return parameter
    if "id" in members:
        return "id"
    wanted = [plain(parameter), *(plain(name) + "id" for name in resource if name), "id", "uuid"]
    called = {plain(name): name for name in members}
    return next((called[name] for name in wanted if name and name in called), "id")


_NAMING = (
    *("id", "gid", "uid", "uuid", "guid", "sid", "key", "name", "slug", "code", "number", "no"),
    *("login", "username", "handle", "identifier", "reference", "ref", "email", "isbn", "sku"),
)


def likely_id_member(members: Collection[str], parameter: str, *resource: str) -> str:
    """The same where one may be wrong; empty where there is none.

    Also a member that ends the parameter's name (`gid` for `task_gid`), or that names things
    elsewhere, where the parameter is called like the resource (`/branches/{branch}` by `name`).
    """
    found = id_member(members, parameter, *resource)
    if found in members:
        return found
    called: dict[str, str] = {plain(name): name for name in members}
    asked, nouns = plain(parameter), {plain(name) for name in resource if name}
    ends = [name for name in _NAMING if name in called and asked.endswith(name)]
    if ends:
        return called[max(ends, key=len)]
    if asked in nouns or asked in _NAMING:
        return next((called[name] for name in _NAMING if name in called), "")
    return ""
