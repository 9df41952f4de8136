"""Collections of records in documents that declare none: found by paths and schemas.

A collection is a path, its item the same with one parameter more, and its record what an answer of
either shows. What is found is *sure* where nothing else could be meant; what is only likely is good
enough to serve, and not to judge a server by.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from .document import at_pointer, schema_at
from .members import is_object, kinds, merged
from .model import Contract, JsonObject, Operation, Parent, ResourceType
from .names import plain
from .operations import is_variable
from .resource_types import CREATED, UPDATED, containers_in, initial_values, stamp_in
from .shape import (
    Shape,
    Sought,
    id_member,
    is_json,
    likely_id_member,
    noun,
    places,
    record_schema,
    success_schema,
)
from .values import made

Path = tuple[str, ...]
ITEM_METHODS = ("get", "put", "patch", "post", "delete")
KEY = "{}"
"""The member that holds what a record is kept under, where its id alone is not enough."""
_SCHEMA = re.compile(r"#/components/schemas/([^/]+)")
_ENDING = re.compile(r"\.(json|xml|csv|html?|\{format\})$")
_IN_BRACKETS = re.compile(r"^([^({]+)\('?(\{[^{}]+\})'?\)$")


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of records: its resource, where it lies, and the types of its records' ids.

    `path` leads to the list, `item` to one record; one of both may be missing. `above` are the
    parameters on the way, in order. `creates` tells that PUT makes the record that is not there.
    """

    resource: ResourceType
    path: Path
    item: Path
    id_kinds: frozenset[str]
    above: tuple[str, ...] = ()
    is_sure: bool = True
    creates: bool = False
    record_name: str = ""


def segments(path: str, *, sure: bool = True) -> Path:
    """The parts of a path. Where one may guess, endings like `.json` are none of them."""
    if not path.strip("/"):
        return ()
    if sure:
        return tuple(path.strip("/").split("/"))
    parts: list[str] = []
    for part in _ENDING.sub("", path.strip("/")).split("/"):
        called = _IN_BRACKETS.match(part)  # OData's Things('{id}')
        parts += called.groups() if called else (part,)
    return tuple(parts)


def by_path(contract: Contract, *, sure: bool) -> dict[Path, dict[str, Operation]]:
    """The operations by path and method, of a path that is written twice the first.

    Where one may guess, parameters at the same place are the same, whatever they are called.
    """
    found: dict[Path, dict[str, Operation]] = {}
    called: dict[Path, str] = {}
    for operation in contract.operations.values():
        path = segments(operation.path, sure=sure)
        if not sure:
            alike: Path = ()
            for part in path:
                name = called.setdefault(alike, part) if is_variable(part) else part
                alike = (*alike, name)
            path = alike
        found.setdefault(path, {}).setdefault(operation.method, operation)
    return found


def collections_in(contract: Contract, *, sure: bool) -> list[Collection]:
    """Every collection, those that others lie below first; with `sure`, those alone that are."""
    finder = _Finder(contract, sure=sure)
    for path in sorted(finder.paths, key=len):  # which keeps the document's order otherwise
        finder.try_item(path)
    if not sure:
        for path in sorted(finder.paths, key=len):
            finder.try_alone(path)
    return finder.found


class _Finder:
    """Looks for collections, path by path."""

    def __init__(self, contract: Contract, *, sure: bool) -> None:
        self._contract, self._sure = contract, sure
        self.paths = by_path(contract, sure=sure)
        self.found: list[Collection] = []
        stated = contract.resources.values()
        self._stated = {segments(kind.collection, sure=sure): kind for kind in stated}

    def try_item(self, path: Path) -> None:
        """Note the collection whose records lie at a path, if there is one."""
        above = path[:-1]
        if not (path and is_variable(path[-1])) or self._is_known(above):
            return
        if not above or is_variable(above[-1]) or (self._sure and above not in self.paths):
            return
        owner, places_above = self._owner(above)
        if self._sure and places_above:
            return
        whole, item = self.paths.get(above, {}), self.paths[path]
        first = next((item[method] for method in ITEM_METHODS if method in item), None)
        name, record = self._record(whole, item)
        if first is None or not is_object(record):
            return
        put = item.get("put")
        document = self._contract.document
        creates = not self._sure and put is not None and _creates(document, put, whole)
        if not creates and not any(_can_be_had(document, whole, sure=self._sure)):
            return
        id_of = self._id(first, above, name, record, creates=creates)
        if id_of is None:
            return
        member, id_kinds = id_of
        listed = next(iter(whole.values())).path if whole else "/" + "/".join(above)
        at = (listed, first.path)
        made = _Making(self._contract, name, above, at, record, owner, places_above)
        kind = made.resource(member, self._taken(), sure=self._sure, creates=creates)
        variables = tuple(part[1:-1] for part in above if is_variable(part))
        found = Collection(kind, above, path, id_kinds, variables, self._sure, creates, name)
        self.found.append(found)

    def try_alone(self, path: Path) -> None:
        """Note what has no items: a list that can be added to, or one thing that can be changed."""
        methods = self.paths[path]
        if not path or is_variable(path[-1]) or self._is_known(path) or "get" not in methods:
            return
        document, get = self._contract.document, methods["get"]
        is_list = places(document, success_schema(document, get), "list").items is not None
        changing = [methods[m] for m in ("put", "patch") if m in methods]
        single = not is_list and any(takes_object(document, o) for o in changing)
        listed = is_list and "post" in methods and _adds(document, methods["post"])
        name, record = self._record(methods, {}) if listed else self._record({}, methods)
        if not (single or listed) or not is_object(record):
            return
        owner, places_above = self._owner(path)
        member = "" if single else likely_id_member(record, "id", name, noun("/".join(path)))
        made = _Making(self._contract, name, path, (get.path, ""), record, owner, places_above)
        kind = made.resource(member, self._taken(), sure=False, creates=False, single=single)
        variables = tuple(part[1:-1] for part in path if is_variable(part))
        found = Collection(kind, path, (), frozenset(), variables, is_sure=False, record_name=name)
        self.found.append(found)

    def _is_known(self, path: Path) -> bool:
        return path in self._stated or any(one.path == path for one in self.found)

    def _taken(self) -> set[str]:
        return {*self._contract.resources, *(one.resource.name for one in self.found)}

    def _owner(self, above: Path) -> tuple[ResourceType | None, tuple[int, ...]]:
        """The resource that a path lies below, and the places in it that name no record."""
        at = [index for index, part in enumerate(above) if is_variable(part)]
        for last in reversed(at):
            lies = above[:last]
            kinds_ = [(one.path, one.resource) for one in self.found if one.item]
            kinds_ += list(self._stated.items())
            owner = next((kind for path, kind in kinds_ if matches(path, lies)), None)
            if owner:
                return owner, tuple(index for index in at if index > last)
        return None, tuple(at)

    def _record(
        self, whole: Mapping[str, Operation], item: Mapping[str, Operation]
    ) -> tuple[str, JsonObject]:
        """The name and the merged schema of a record, from the first answer that shows one."""
        sources = [
            *((item[m], "record") for m in ("get",) if m in item),
            *((whole[m], s) for m, s in (("post", "record"), ("get", "list")) if m in whole),
            *((item[m], "record") for m in ("put", "patch") if m in item),
        ]
        return _record_of(self._contract.document, sources)

    def _id(
        self, first: Operation, above: Path, name: str, record: JsonObject, *, creates: bool
    ) -> tuple[str, frozenset[str]] | None:
        """The member that names a record and its types; None where paths name it otherwise."""
        document = self._contract.document
        parameter = segments(first.path, sure=self._sure)[-1][1:-1]
        word = noun("/" + "/".join(above))
        if self._sure:
            member = id_member(record, parameter, name, word)
        else:
            member = likely_id_member(record, parameter, name, word)
        declared = next((p for p in first.parameters if p.name == parameter), None)
        asked = kinds(merged(document, declared.schema)) if declared else []
        if not member and creates:
            return "", frozenset(asked)
        had = frozenset(kinds(merged(document, record["properties"].get(member, {}))))
        fits = had & set(asked) or (not self._sure and ("string" in asked or not asked))
        return (member, had) if member and fits else None


@dataclass(frozen=True, slots=True)
class _Making:
    """What a resource is made of."""

    contract: Contract
    name: str
    path: Path
    at: tuple[str, str]
    """The paths of the list and of an item, as the document has them."""
    record: JsonObject
    owner: ResourceType | None
    places_above: tuple[int, ...]

    def resource(
        self, member: str, taken: set[str], *, sure: bool, creates: bool, single: bool = False
    ) -> ResourceType:
        """The resource, by the member that names its records."""
        document, record = self.contract.document, self.record
        properties = {k: schema_at(document, v) for k, v in record["properties"].items()}
        collection, item = self.at
        name = _named(self.name, "/" + "/".join(self.path), taken)
        parent = self._parent(properties)
        hidden_places = tuple(self.path[index] for index in self.places_above)
        is_placed = bool(hidden_places or parent)
        key = KEY if single or not member or (creates and is_placed) else ""
        created, updated = stamp_in(properties, CREATED), stamp_in(properties, UPDATED)
        initial = initial_values(document, properties, None)
        initial.pop(member, None)  # made for each record
        for required in record.get("required", ()):
            if required in properties and required not in initial and required != member:
                initial[required] = made(document, properties[required])
        if single:
            shown = made(document, record)
            initial = {n: made(document, p) for n, p in properties.items()} | initial
            initial |= shown if isinstance(shown, dict) else {}
        return ResourceType(
            name=name,
            collection=collection,
            id_prefix="",
            id_format=_id_format(merged(document, properties.get(member, {}))),
            # Nothing is known of tenants: nobody is expected to be kept from a record.
            scope="platform",
            parent=parent,
            cascades=not sure,
            unique=(),
            visibility={},
            lifecycle=None,
            references=(),
            masked={},
            blind_roles=frozenset(),
            properties=properties,
            initial=initial,
            containers=containers_in(initial),
            id_member=member or KEY,
            created=created,
            updated=updated,
            is_open=record.get("additionalProperties", True) is not False,
            schema=record,
            item=item,
            places=hidden_places,
            key=key,
            is_single=single,
        )

    def _parent(self, properties: JsonObject) -> Parent | None:
        """The parent, and the member that holds its id: one of the document's or a hidden one."""
        if self.owner is None:
            return None
        at = max(i for i, part in enumerate(self.path) if is_variable(part) and self._is_own(i))
        parameter, owner = self.path[at][1:-1], self.owner.name
        fields = (k for k in properties if plain(k) in (plain(parameter), plain(owner) + "id"))
        field = next(fields, "") if parameter != "id" and not self.owner.key else ""
        return Parent(owner, field or self.path[at])

    def _is_own(self, index: int) -> bool:
        return index not in self.places_above


def matches(template: Path, path: Path) -> bool:
    """Whether two paths are the same but for the names of their parameters."""
    return len(template) == len(path) and all(
        a == b or (is_variable(a) and is_variable(b)) for a, b in zip(template, path, strict=True)
    )


def takes_object(document: JsonObject, operation: Operation) -> bool:
    """Whether an operation takes an object in its body."""
    body = operation.body
    return body is not None and is_object(merged(document, body.schema))


def _adds(document: JsonObject, post: Operation) -> bool:
    """Whether POST on a list adds to it: some of them ask for a list by what is in their body."""
    shape = places(document, success_schema(document, post), "list")
    return takes_object(document, post) and shape.items is None


def _creates(document: JsonObject, put: Operation, whole: Mapping[str, Operation]) -> bool:
    """Whether PUT on a record makes it: what is made otherwise is only replaced so."""
    return takes_object(document, put) and (201 in put.answers or "post" not in whole)


def _can_be_had(
    document: JsonObject, whole: Mapping[str, Operation], *, sure: bool
) -> Iterator[bool]:
    """Whether records of a collection can be listed, and whether they can be made."""
    yield "get" in whole and kind_of(document, whole["get"], "list", sure=sure) == "list"
    yield "post" in whole and kind_of(document, whole["post"], "create", sure=sure) == "create"


def kind_of(document: JsonObject, operation: Operation, kind: str, *, sure: bool) -> str:
    """What an operation on a resource does for certain; custom when it may be something else."""
    return kind if _is_kind(document, operation, kind, sure=sure) else "custom"


def _is_kind(document: JsonObject, operation: Operation, kind: str, *, sure: bool) -> bool:
    schema, writes = success_schema(document, operation), kind in ("create", "update")
    is_list = "array" in kinds(schema)
    if not sure and writes and takes_object(document, operation):
        return not is_list and set(operation.answers) != {202}
    if not any(200 <= status < 300 and status != 202 for status in operation.answers):
        # Accepted for later, or not said at all.
        return not sure and kind in ("delete", "list", "get") and _shows(document, schema, kind)
    if writes and operation.body and is_json(operation.body.media_type):
        created = _shows(document, schema, "get") or 201 in operation.answers
        return not is_list and (created or kind == "update")
    return not writes and _shows(document, schema, kind)


def _shows(document: JsonObject, schema: JsonObject, kind: str) -> bool:
    """Whether an answer of a schema shows what such an operation gives."""
    if kind == "list":
        return places(document, schema, "list").items is not None
    return kind == "delete" or (
        kind == "get" and places(document, schema, "record").record is not None
    )


def _record_of(
    document: JsonObject, sources: Iterable[tuple[Operation, str]]
) -> tuple[str, JsonObject]:
    for operation, kind in sources:
        sought: Sought = "list" if kind == "list" else "record"
        schema = success_schema(document, operation)
        shape = places(document, schema, sought)
        if (shape.items is not None) != (sought == "list"):
            continue
        record = record_schema(document, schema, shape)
        if is_object(record):
            return schema_name(document, operation, shape), record
    return "", {}


def schema_name(document: JsonObject, operation: Operation, shape: Shape) -> str:
    """What the document calls the schema of a record; empty where it has no name."""
    answers = (operation.answers[s] for s in sorted(operation.answers) if s < 300)
    pointer = next((a.schema for a in answers if a.schema), None)
    node = at_pointer(document, "#" + pointer) if pointer else {}
    steps = list(shape.items if shape.record is None and shape.items else shape.record or ())
    for step in steps:
        node = merged(document, node).get("properties", {}).get(step, {})
    if shape.record is None:
        node = merged(document, node).get("items", {})
    named = _SCHEMA.fullmatch(str(node.get("$ref", ""))) if isinstance(node, dict) else None
    return named[1] if named else ""


def _named(name: str, collection: str, taken: set[str]) -> str:
    """A name of its own for a resource: that of its schema, or else one from its path."""
    if not name or name in taken:
        words = re.findall(r"[A-Za-z0-9]+", noun(collection))
        name = "".join(word[:1].upper() + word[1:] for word in words)
    wanted, number = name or "Record", 1
    while name in taken or not name:
        number += 1
        name = f"{wanted}{number}"
    return name


def _id_format(schema: JsonObject) -> str:
    """How ids are made: running numbers for numbers, else what their schema takes."""
    if "string" not in kinds(schema) and {"integer", "number"} & set(kinds(schema)):
        return "integer"
    return "uuid" if schema.get("format") == "uuid" else "random"
