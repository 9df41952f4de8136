"""Collections of records in documents that declare none: found by paths and schemas.

A collection is a path, its item the same with one parameter more, and its record what an answer of
either shows. What is found is *sure* where nothing else could be meant; what is only likely is good
enough to serve, and not to judge a server by. Each is told as `x-resource` would declare it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .media import FORM, MULTIPART, essence, is_json, may_be_json
from .model import Body, Contract, JsonObject, Operation, ResourceType
from .names import plain
from .paths import Path, is_variable, matches, segments
from .resource_types import KEY, resource_of
from .schema import ANYTHING, SchemaView, whole
from .shape import (
    Shape,
    Sought,
    id_member,
    likely_id_member,
    noun,
    places,
    record_schema,
    success_schema,
    wrapper,
)

ITEM_METHODS = ("get", "put", "patch", "post", "delete")
_SCHEMA = re.compile(r"#/components/schemas/([^/]+)")


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of records: its resource, where it lies, and the types of its records' ids.

    `path` leads to the list, `item` to one record; one of both may be missing. `creates` tells that
    PUT makes the record that is not there; `record_name` is what the document calls the schema of a
    record. `declared` is what was inferred of it, nothing where the document states it.
    """

    resource: ResourceType
    path: Path
    item: Path
    id_kinds: frozenset[str]
    creates: bool = False
    record_name: str = ""
    declared: JsonObject = field(default_factory=dict)


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
        self._contract, self._document, self._sure = contract, contract.document, sure
        self._called: dict[Path, str] = {}
        self.paths: dict[Path, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            if sure and not speaks_json(operation):
                continue
            at = self._canonical(segments(operation.path, sure=sure))
            known = self.paths.setdefault(at, {})
            before = known.get(operation.method)
            # Of paths that are the same but for their parameters, one that says it names by id.
            if before is None or (_names_by_id(operation) and not _names_by_id(before)):
                known[operation.method] = operation
        self.found = [self._stated(kind) for kind in contract.resources.values()]

    def _canonical(self, path: Path) -> Path:
        """A path in which parameters at the same place are called the same, where one may guess."""
        if self._sure:
            return path
        alike: Path = ()
        for part in path:
            name = self._called.setdefault(alike, part) if is_variable(part) else part
            alike = (*alike, name)
        return alike

    def _stated(self, kind: ResourceType) -> Collection:
        """The collection of a resource that the document declares."""
        path = self._canonical(segments(kind.collection, sure=self._sure))
        items = [one for one in self.paths if one[:-1] == path and is_variable(one[-1])]
        schema = whole(self._document, kind.properties.get(kind.id_member))
        has_items = items and not kind.is_single and (kind.id_member != KEY or kind.item)
        item = items[0] if has_items else ()
        put = self.paths.get(item, {}).get("put")
        above = self.paths.get(path, {})
        creates = not self._sure and put is not None and _creates(self._document, put, above)
        return Collection(kind, path, item, frozenset(schema.kinds), creates, kind.name)

    def try_item(self, path: Path) -> None:
        """Note the collection whose records lie at a path, if there is one."""
        above = path[:-1]
        if not (path and is_variable(path[-1])) or self._is_known(above):
            return
        if not above or is_variable(above[-1]) or (self._sure and above not in self.paths):
            return
        owner, unnamed = self._owner(above)
        if self._sure and unnamed:
            return
        whole, item = self.paths.get(above, {}), self.paths[path]
        first = next((item[method] for method in ITEM_METHODS if method in item), None)
        name, record = self._record(whole, item)
        if first is None or not record.is_object:
            return
        put = item.get("put")
        creates = not self._sure and put is not None and _creates(self._document, put, whole)
        if not creates and not any(_can_be_had(self._document, whole, sure=self._sure)):
            return
        id_of = self._id(first, above, name, record, creates=creates)
        if id_of is None:
            return
        listed = next(iter(whole.values())).path if whole else "/" + "/".join(above)
        declared = self._declared(name, record, listed, above)
        declared |= {"item": first.path, "idMember": id_of[0]}
        if creates and (owner or unnamed):
            declared["idWithin"] = "place"
        self._note(declared, name, above, path, id_of[1], creates=creates)

    def try_alone(self, path: Path) -> None:
        """Note what has no items: a list that can be added to, or one thing that can be changed."""
        methods = self.paths[path]
        if not path or is_variable(path[-1]) or self._is_known(path) or "get" not in methods:
            return
        document, get = self._document, methods["get"]
        is_list = places(success_schema(document, get), "list").items is not None
        changing = [methods[m] for m in ("put", "patch") if m in methods]
        single = not is_list and any(takes_object(document, o) for o in changing)
        listed = is_list and "post" in methods and _adds(document, methods["post"])
        name, record = self._record(methods, {}) if listed else self._record({}, methods)
        if not (single or listed) or not record.is_object:
            return
        declared = self._declared(name, record, get.path, path)
        if single:
            declared |= {"single": True, "idMember": ""}
        else:
            member = likely_id_member(record.members, "id", name, noun("/".join(path)))
            # Where something lies below that is no item for certain, nothing names one.
            below = any(one[:-1] == path and is_variable(one[-1]) for one in self.paths if one)
            declared["idMember"] = "" if below else member
        self._note(declared, name, path, (), frozenset())

    def _note(
        self,
        declared: JsonObject,
        record_name: str,
        path: Path,
        item: Path,
        id_kinds: frozenset[str],
        *,
        creates: bool = False,
    ) -> None:
        taken = {one.resource.name for one in self.found}
        name = _named(record_name, "/" + "/".join(path), taken)
        kind = resource_of(self._document, name, declared)
        found = Collection(kind, path, item, id_kinds, creates, record_name, declared)
        self.found.append(found)

    def _declared(
        self,
        name: str,
        record: SchemaView,
        collection: str,
        path: Path,
    ) -> JsonObject:
        """What `x-resource` would say of a collection, but for what names its records."""
        owner, unnamed = self._owner(path)
        raw = segments(collection, sure=self._sure)
        schema = {"$ref": f"#/components/schemas/{name}"} if name else record.schema
        declared: JsonObject = {"schema": schema, "collection": collection}
        if owner:
            at = max(i for i, p in enumerate(path) if is_variable(p) and i not in unnamed)
            # As this path calls it: another may call it as its own records call themselves.
            parameter = raw[at][1:-1]
            named = (plain(parameter), plain(owner.name) + "id")
            fields = (k for k in record.members if plain(k) in named)
            field = next(fields, "") if parameter != "id" and not owner.key else ""
            declared["parent"] = {"resource": owner.name, "field": field or raw[at]}
            if not self._sure:
                declared["onParentDelete"] = "cascade"
        if unnamed:
            declared["places"] = [raw[index][1:-1] for index in unnamed]
        return declared

    def _is_known(self, path: Path) -> bool:
        return any(one.path == path for one in self.found)

    def _owner(self, above: Path) -> tuple[ResourceType | None, tuple[int, ...]]:
        """The resource that a path lies below, and the places in it that name no record."""
        at = [index for index, part in enumerate(above) if is_variable(part)]
        for last in reversed(at):
            lies = above[:last]
            owner = next((c.resource for c in self.found if c.item and matches(c.path, lies)), None)
            if owner:
                return owner, tuple(index for index in at if index > last)
        return None, tuple(at)

    def _record(
        self, whole: Mapping[str, Operation], item: Mapping[str, Operation]
    ) -> tuple[str, SchemaView]:
        """The name and the whole schema of a record, from the first answer that shows one."""
        if not self._sure and self._answers_alike(whole, item):
            return _record_of(self._document, [(whole["get"], "list")], sure=False)
        sources = [
            *((item[m], "record") for m in ("get",) if m in item),
            *((whole[m], s) for m, s in (("post", "record"), ("get", "list")) if m in whole),
            *((item[m], "record") for m in ("put", "patch") if m in item),
        ]
        return _record_of(self._document, sources, sure=self._sure)

    def _answers_alike(self, whole: Mapping[str, Operation], item: Mapping[str, Operation]) -> bool:
        """Whether one record is answered as many are, in a list with a name."""
        if "get" not in whole or "get" not in item:
            return False
        many, one = (success_schema(self._document, of["get"]) for of in (whole, item))
        return bool(places(many, "list").items) and many.whole.together == one.whole.together

    def _id(
        self, first: Operation, above: Path, name: str, record: SchemaView, *, creates: bool
    ) -> tuple[str, frozenset[str]] | None:
        """The member that names a record and its types; None where paths name it otherwise."""
        parameter = segments(first.path, sure=self._sure)[-1][1:-1]
        word = noun("/" + "/".join(above))
        if self._sure:
            member = id_member(record.members, parameter, name, word)
        else:
            member = likely_id_member(record.members, parameter, name, word)
        declared = next((p for p in first.parameters if p.name == parameter), None)
        asked = whole(self._document, declared.schema).kinds if declared else []
        if not member and creates:
            return "", frozenset(asked)
        had = frozenset(record.members[member].kinds if member in record.members else ())
        fits = had & set(asked) or (not self._sure and ("string" in asked or not asked))
        return (member, had) if member and fits else None


def _names_by_id(operation: Operation) -> bool:
    path = segments(operation.path)
    return bool(path) and is_variable(path[-1]) and plain(path[-1]).endswith("id")


def speaks_json(operation: Operation) -> bool:
    """Whether what an operation answers with is JSON, or nothing."""
    answer = operation.succeeds
    return answer.schema is None or may_be_json(answer.media_type or "")


def takes_object(document: JsonObject, operation: Operation) -> bool:
    """Whether an operation takes an object in its body."""
    body = operation.body
    return body is not None and whole(document, body.schema).is_object


def _adds(document: JsonObject, post: Operation) -> bool:
    """Whether POST on a list adds to it: some of them ask for a list by what is in their body."""
    shape = places(success_schema(document, post), "list")
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
    is_list = "array" in schema.kinds
    if not sure and writes and takes_object(document, operation):
        return not is_list and set(operation.answers) != {202}
    if not any(200 <= status < 300 and status != 202 for status in operation.answers):
        # Accepted for later, or not said at all.
        return not sure and kind in ("delete", "list", "get") and _shows(schema, kind)
    if writes and operation.body:
        shown = _shows(schema, "get")
        told = shown or kind == "update" or 201 in operation.answers
        # A file alone says nothing of a record but that there is one.
        return not is_list and (told if _has_members(operation.body) else shown)
    return not writes and _shows(schema, kind)


def _has_members(body: Body) -> bool:
    """Whether a body may have the members of a record: in JSON, a form, or parts."""
    types = [content.media_type for content in body.contents]
    return any(is_json(one) or essence(one) in (FORM, MULTIPART) or one == "*/*" for one in types)


def _shows(schema: SchemaView, kind: str) -> bool:
    """Whether an answer of a schema shows what such an operation gives."""
    if kind == "list":
        return places(schema, "list").items is not None
    return kind == "delete" or (kind == "get" and places(schema, "record").record is not None)


def _record_of(
    document: JsonObject, sources: Iterable[tuple[Operation, str]], *, sure: bool
) -> tuple[str, SchemaView]:
    for operation, kind in sources:
        sought: Sought = "list" if kind == "list" else "record"
        schema = success_schema(document, operation)
        shape = places(schema, sought)
        if (shape.items is not None) != (sought == "list"):
            continue
        record = record_schema(schema, shape)
        around = "" if sure else wrapper(record)
        if around:
            record = record.members[around]
        if record.is_object:
            return schema_name(document, operation, shape, sure=sure), record
    return "", whole(document, ANYTHING)


def schema_name(
    document: JsonObject, operation: Operation, shape: Shape, *, sure: bool = False
) -> str:
    """What the document calls the schema of a record; empty where it has no name."""
    record = record_schema(success_schema(document, operation), shape)
    around = "" if sure else wrapper(record)
    node = record.members[around].schema if around else record.schema
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
