"""What documents of others say of records, though they have no words for it.

Ours declare their resources. Here they are read off paths and schemas (`collections.py`), and then
what each operation does to them. All else stays what it is, an operation of its own. Whoever judges
a server by it asks for what is sure alone; a sandbox takes what is likely, too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from .collections import Collection, collections_in, kind_of, schema_name, speaks_json, takes_object
from .model import (
    Action,
    Body,
    Contract,
    Filter,
    Operation,
    Parameter,
    Reference,
    ResourceType,
)
from .names import plain
from .operations import infer_action, located, settled
from .paging import paging_of
from .paths import Path, is_variable, segments, starts
from .renaming import renamed
from .schema import SchemaView, whole
from .shape import noun, places, record_schema, success_schema

_CREATING = re.compile(r"(?i)create|add|insert|upsert")
_SAVING = re.compile(r"(?i)update|change|save|upsert|create_?or_?update")
_SEARCHING = re.compile(r"(?i)^(find|search|list|query|filter|by|all$|lookup)")
_TEXTS = frozenset({"q", "query", "search", "keyword", "keywords", "term", "text", "searchterm"})


def inferred(contract: Contract, *, likely: bool = False) -> Contract:
    """A contract of others with resources, and the actions of its operations on them.

    Roles, which mean something else in each of them, become "any caller who is logged in". With
    `likely`, also what may be wrong: good to serve, not to judge by. What the document states by
    extensions stays. A contract of ours is given back as it is.
    """
    return contract if contract.strict else infer(contract, likely=likely)[0]


def infer(contract: Contract, *, likely: bool = True) -> tuple[Contract, list[Collection]]:
    """The same contract with what can be inferred, and the collections that it has then."""
    found = collections_in(contract, sure=not likely)
    resources = {c.resource.name: c.resource for c in found}
    ids = {c.resource.name: c.id_kinds for c in found if c.resource.parent is None and c.item}
    for name, resource in resources.items():
        stated = {reference.path for reference in resource.references}
        members = {n: whole(contract.document, p) for n, p in resource.properties.items()}
        more = _references(members, resources, ids, besides=name, sure=not likely)
        references = (*resource.references, *(r for r in more if r.path not in stated))
        resources[name] = replace(resource, references=references)
    reader = _Reader(contract, found, resources, ids, sure=not likely)
    operations = {o.id: reader.operation(o) for o in contract.operations.values()}
    return replace(contract, resources=resources, operations=operations), found


class _Reader:
    """Tells what operations do to the collections that were found."""

    def __init__(
        self,
        contract: Contract,
        found: list[Collection],
        resources: dict[str, ResourceType],
        ids: Mapping[str, frozenset[str]],
        *,
        sure: bool,
    ) -> None:
        self._document, self._found, self._sure = contract.document, found, sure
        self._resources, self._ids = resources, ids

    def operation(self, operation: Operation) -> Operation:
        """An operation with its action, and with what its parameters and body name."""
        if operation.action.is_stated:
            action = settled(operation.action, operation.path, self._resources)
        else:
            action = self._sure_action(operation) if self._sure else self._likely(operation)
        resource = self._resources.get(action.resource or "")
        parameters = operation.parameters
        if action.kind == "list" and resource:
            schema = success_schema(self._document, operation)
            place = places(schema, "list")
            aliases = renamed(record_schema(schema, place))
            parameters = tuple(self._filtering(p, resource, aliases) for p in parameters)
            parameters = self._paged(operation, parameters, schema)
        return replace(
            operation,
            action=action,
            roles=None if operation.roles is None else (),
            parameters=parameters,
            body=self._body(operation.body, action),
        )

    def _sure_action(self, operation: Operation) -> Action:
        action = infer_action(operation.method, operation.path, self._resources)
        kind = kind_of(self._document, operation, action.kind, sure=True)
        return replace(action, kind=kind if speaks_json(operation) else "custom")

    def _likely(self, operation: Operation) -> Action:
        """What an operation does to the collection that its path lies nearest to."""
        path = segments(operation.path, sure=False)
        collection = self._nearest(path)
        if collection is None:
            return self._elsewhere(operation, path) or Action("custom")
        rest = path[len(collection.path) :]
        action = located(collection.resource, operation.path, self._resources)
        if not rest:
            return self._whole(operation, collection, action)
        if collection.resource.is_single or not is_variable(rest[0]):
            return self._beside(operation, collection, action, path)
        if not collection.item:
            return Action("custom")
        if len(rest) == 1:
            return self._item(operation, collection, action)
        return self._on_item(operation, collection, action)

    def _nearest(self, path: Path) -> Collection | None:
        """The collection that a path lies in or below, of several the deepest."""
        below = [c for c in self._found if starts(path, c.path)]
        return max(below, key=lambda c: len(c.path), default=None)

    def _single(self, operation: Operation) -> str:
        if operation.method == "get":
            return "get"
        changes = operation.method in ("put", "patch", "post")
        return "update" if changes and takes_object(self._document, operation) else "custom"

    def _whole(self, operation: Operation, collection: Collection, action: Action) -> Action:
        if collection.resource.is_single:
            return replace(action, kind=self._single(operation))
        kind = {"get": "list", "post": "create"}.get(operation.method, "custom")
        if operation.method == "put" and _CREATING.match(operation.id):
            kind = "create"
        elif self._changes_by_body(operation, collection):
            creates = _CREATING.search(operation.id) is not None
            return replace(action, kind="update", by_body=True, creates=creates)
        return replace(action, kind=kind_of(self._document, operation, kind, sure=False))

    def _changes_by_body(self, operation: Operation, collection: Collection) -> bool:
        """Whether an operation on a collection changes the record whose id is in its body."""
        body, method = operation.body, operation.method
        if body is None or not collection.item or not takes_object(self._document, operation):
            return False
        saves = method == "post" and _SAVING.match(operation.id)
        if method not in ("put", "patch") and not saves:
            return False
        members = whole(self._document, body.schema).members
        listed = (member.items.members for member in members.values())
        return any(collection.resource.id_member in named for named in (members, *listed))

    def _item(self, operation: Operation, collection: Collection, action: Action) -> Action:
        method = operation.method
        kind = {"get": "get", "delete": "delete"}.get(method, "update")
        kind = kind_of(self._document, operation, kind, sure=False)
        replaces = method == "put"
        creates = replaces and collection.creates and kind == "update"
        return replace(action, kind=kind, replaces=replaces, creates=creates)

    def _on_item(self, operation: Operation, collection: Collection, action: Action) -> Action:
        """What is done to a record by a path of its own: it changes what its body names."""
        if operation.method == "get":
            return action
        schema = success_schema(self._document, operation)
        shape = places(schema, "record")
        shows = schema_name(self._document, operation, shape) == collection.record_name
        same = bool(collection.record_name) and shows and "array" not in schema.kinds
        silent = operation.succeeds.schema is None and operation.body is None
        return replace(action, kind="transition") if same or silent else action

    def _beside(
        self, operation: Operation, collection: Collection, action: Action, path: Path
    ) -> Action:
        """What lies beside the items of a collection: a search in it, or something of its own."""
        rest = path[len(collection.path) :]
        searches = operation.method == "get" and len(rest) == 1 and _SEARCHING.match(rest[0])
        if searches and self._lists(operation, collection):
            return replace(action, kind="list")
        return self._elsewhere(operation, path) or Action("custom", action.resource)

    def _elsewhere(self, operation: Operation, path: Path) -> Action | None:
        """A list of records that lie in a collection of another path; None for anything else.

        Its path must lead to no more than members of the records, or their places.
        """
        if operation.method != "get":
            return None
        for collection in self._found:
            if not (collection.item or collection.path) or collection.resource.is_single:
                continue
            if not self._lists(operation, collection):
                continue
            kind = collection.resource
            asked = [part[1:-1] for part in path if is_variable(part)]
            members = {plain(name): name for name in kind.properties}
            members |= {plain(name): name for name in kind.places}
            if kind.parent and kind.parent.is_hidden:
                members[plain(kind.parent.field)] = kind.parent.field
            held = [members.get(plain(name), "") for name in asked]
            if asked and all(member and self._is_text(kind, member) for member in held):
                return Action("list", kind.name, places=tuple(zip(asked, held, strict=True)))
            if not asked and path[-1:] == collection.path[-1:]:
                return Action("list", kind.name)
        return None

    def _is_text(self, kind: ResourceType, member: str) -> bool:
        schema = kind.properties.get(member)
        return schema is None or "string" in whole(self._document, schema).kinds

    def _lists(self, operation: Operation, collection: Collection) -> bool:
        """Whether an operation lists what is kept in a collection."""
        shape = places(success_schema(self._document, operation), "list")
        name = collection.record_name
        return (
            shape.items is not None
            and bool(name)
            and schema_name(self._document, operation, shape) == name
        )

    def _paged(
        self, operation: Operation, parameters: tuple[Parameter, ...], schema: SchemaView
    ) -> tuple[Parameter, ...]:
        """Parameters with what they choose of a list's pages."""
        roles = {p.name: role for role, p in paging_of(operation, schema).items()}
        return tuple(
            replace(p, paging=roles[p.name]) if p.location == "query" and p.name in roles else p
            for p in parameters
        )

    def _filtering(
        self, parameter: Parameter, resource: ResourceType, aliases: dict[str, str]
    ) -> Parameter:
        """A parameter as a filter, where it names a member that is one of few values, or a record.

        One that names a text or a number may search in it, or be a bound: it is likely a filter.
        """
        if parameter.location != "query" or parameter.filter:
            return parameter
        shown = {name: name for name in resource.properties} | aliases
        called = {plain(name): member for name, member in shown.items()}
        named = parameter.name
        name = shown.get(named, named) if self._sure else called.get(plain(named), named)
        member = resource.properties.get(name)
        if member is None:
            return parameter if self._sure else self._searching(parameter, resource)
        asked, had = whole(self._document, parameter.schema), whole(self._document, member)
        same = set(asked.kinds) == set(had.kinds) - {"null"}
        few = "boolean" in asked.kinds or (
            "enum" in asked and set(map(str, asked["enum"])) <= set(map(str, had.get("enum", ())))
        )
        names_record = any(r.path == (name,) for r in resource.references)
        if same and (few or names_record):
            return replace(parameter, filter=Filter((name,), "equals"))
        if not self._sure and not {"object"} & {*asked.kinds, *had.kinds}:
            return replace(parameter, filter=Filter((name,), "like"))
        return parameter

    def _searching(self, parameter: Parameter, resource: ResourceType) -> Parameter:
        """A parameter that seeks a text, in all members that hold one."""
        if plain(parameter.name) not in _TEXTS:
            return parameter
        texts = [
            name
            for name, schema in resource.properties.items()
            if (found := whole(self._document, schema)).kinds == ["string"] and "enum" not in found
        ]
        return replace(parameter, filter=Filter(tuple(texts), "like")) if texts else parameter

    def _body(self, body: Body | None, action: Action) -> Body | None:
        if body is None:
            return None
        known = whole(self._document, body.schema).members
        own = action.resource or ""
        references = tuple(
            _references(known, self._resources, self._ids, besides=own, sure=self._sure)
        )
        return replace(body, references=references)


def _references(
    members: Mapping[str, SchemaView],
    resources: Mapping[str, ResourceType],
    ids: Mapping[str, frozenset[str]],
    *,
    besides: str,
    sure: bool,
) -> Iterator[Reference]:
    """Members such as `bookId` that name a record of the one resource that is called so.

    Good for making bodies; that a server refuses an unknown one is not said by their name.
    """
    stems = {other: {plain(other), plain(noun(resources[other].collection))} for other in ids}
    for name, schema in members.items():
        stem = plain(name).removesuffix("id") if plain(name).endswith("id") else ""
        called = [other for other in ids if other != besides and stem in stems[other]]
        if len(called) == 1 and ids[called[0]] == set(schema.kinds) - {"null"}:
            yield Reference((name,), called[0], enforced=sure)
