"""From the document to the contract: every extension read once, every inference made once."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .document import ContractError, pointer, resolve
from .model import (
    Action,
    Answer,
    Body,
    Contract,
    Filter,
    JsonObject,
    Lifecycle,
    Operation,
    Parameter,
    Parent,
    ProblemKind,
    Reference,
    ResourceType,
    Rule,
    Transition,
)

METHODS = ("get", "put", "post", "delete", "patch")
_VERBS = {"get": "get", "patch": "update", "put": "update", "delete": "delete"}


def build_contract(document: JsonObject, source: str) -> Contract:
    """The contract of an OpenAPI 3.1 document; `source` names it in messages.

    Raises ContractError for what stops the reading; what is merely wrong is found by `check`.
    """
    schemas = document.get("components", {}).get("schemas", {})
    resources = {
        name: _resource(document, name, schema)
        for name, schema in schemas.items()
        if "x-resource" in schema
    }
    operations: dict[str, Operation] = {}
    for path, method, operation in each_operation(document):
        built = _operation(document, path, method, operation, resources)
        if built.id in operations:
            raise ContractError(f"{source}: operationId {built.id} is given twice; rename one")
        operations[built.id] = built
    return Contract(
        document=document,
        source=source,
        base_path=_base_path(document),
        operations=operations,
        resources=resources,
        problems=_problems(schemas),
        facts={
            name: item["post"].get("summary", "")
            for name, item in document.get("webhooks", {}).items()
        },
    )


def each_operation(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Path, method and object of every operation, in the order of the document."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _base_path(document: JsonObject) -> str:
    servers = document.get("servers") or [{"url": ""}]
    path: str = urlsplit(servers[0]["url"]).path
    return path.rstrip("/")


def _problems(schemas: JsonObject) -> dict[str, ProblemKind]:
    entries = schemas.get("ProblemCode", {}).get("oneOf", [])
    return {
        e["const"]: ProblemKind(e["const"], e["x-status"], e["title"], e["description"])
        for e in entries
    }


# --- resources


def _resource(document: JsonObject, name: str, schema: JsonObject) -> ResourceType:
    declared = schema["x-resource"]
    properties = {
        key: resolve(document, value) for key, value in schema.get("properties", {}).items()
    }
    parent = declared.get("parent")
    lifecycle = _lifecycle(schema["x-lifecycle"], properties) if "x-lifecycle" in schema else None
    masked = {k: tuple(v["x-masked-for"]) for k, v in properties.items() if "x-masked-for" in v}
    return ResourceType(
        name=name,
        collection=declared["collection"],
        id_prefix=declared["idPrefix"],
        id_format=declared.get("idFormat", "random"),
        scope=declared["scope"],
        parent=Parent(parent["resource"], parent["field"]) if parent else None,
        cascades=declared.get("onParentDelete") == "cascade",
        unique=tuple(declared.get("unique", ())),
        visibility=declared.get("visibility", {}),
        lifecycle=lifecycle,
        references=tuple(references_in(document, schema)),
        masked=masked,
        blind_roles=frozenset(role for roles in masked.values() for role in roles),
        properties=properties,
        initial=_initial_values(schema, properties, lifecycle),
    )


def _initial_values(
    schema: JsonObject, properties: JsonObject, lifecycle: Lifecycle | None
) -> JsonObject:
    """Values known before anybody speaks: the declared default, null where null is allowed."""
    values: JsonObject = {}
    for name, declared in schema.get("properties", {}).items():
        member = properties[name]
        if "default" in member or "default" in declared:
            values[name] = member.get("default", declared.get("default"))
        elif _takes_null(member):
            values[name] = None
    if lifecycle:
        values[lifecycle.field] = lifecycle.initial[0]
    return values


def _takes_null(schema: JsonObject) -> bool:
    kind = schema.get("type")
    nullable = kind == "null" or (isinstance(kind, list) and "null" in kind)
    return nullable or any(_takes_null(branch) for branch in schema.get("anyOf", []))


def _lifecycle(declared: JsonObject, properties: JsonObject) -> Lifecycle:
    transitions = {}
    for entry in declared["transitions"]:
        target = entry.get("to", [])
        transitions[entry["operation"]] = Transition(
            operation=entry["operation"],
            sources=tuple(entry["from"]),
            targets=tuple([target] if isinstance(target, str) else target),
            fact=entry.get("fact"),
            stamps=entry.get("stamps"),
        )
    states = tuple(properties.get(declared["field"], {}).get("enum", ()))
    return Lifecycle(declared["field"], states, tuple(declared["initial"]), transitions)


def references_in(
    document: JsonObject, schema: Any, path: tuple[str, ...] = ()
) -> Iterator[Reference]:
    """Every place in values of a schema that names a record (extension x-references)."""
    if len(path) > 20:
        raise ContractError(f"{'/'.join(path)}: schema is nested without end; break the recursion")
    schema = resolve(document, schema)
    if not isinstance(schema, dict):
        return
    if "x-references" in schema:
        yield Reference(path, schema["x-references"])
    for name, member in schema.get("properties", {}).items():
        yield from references_in(document, member, (*path, name))
    if "items" in schema:
        yield from references_in(document, schema["items"], (*path, "*"))
    for branch in [b for key in ("oneOf", "anyOf", "allOf") for b in schema.get(key, [])]:
        yield from references_in(document, branch, path)


# --- operations


def _operation(
    document: JsonObject,
    path: str,
    method: str,
    operation: JsonObject,
    resources: dict[str, ResourceType],
) -> Operation:
    place = f"{method.upper()} {path}"
    if "operationId" not in operation:
        raise ContractError(f"{place}: has no operationId; give it one")
    declared = [resolve(document, p) for p in operation.get("parameters", [])]
    responses = operation.get("responses", {})
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        tag=(operation.get("tags") or [""])[0],
        summary=operation.get("summary", ""),
        roles=_roles(document, operation),
        parameters=tuple(_parameter(p) for p in declared),
        body=_body(document, path, method, operation),
        answers={
            int(status): _answer(document, int(status), response, (path, method, status))
            for status, response in responses.items()
            if status.isdigit()
        },
        rules=tuple(Rule(rule["id"], rule["says"]) for rule in operation.get("x-rules", [])),
        emits=tuple(operation.get("x-emits", ())),
        action=infer_action(method, path, resources),
        example_path=_example_path(path, declared),
    )


def _roles(document: JsonObject, operation: JsonObject) -> tuple[str, ...] | None:
    requirements = operation.get("security", document.get("security", []))
    if not requirements or {} in requirements:
        return None
    return tuple(role for requirement in requirements for role in requirement.get("bearer", ()))


def _parameter(declared: JsonObject) -> Parameter:
    filtered = declared.get("x-filter")
    fields = (filtered.get("fields") or [filtered["field"]]) if filtered else []
    return Parameter(
        name=declared["name"],
        location=declared["in"],
        required=declared.get("required", False),
        schema=declared.get("schema", {}),
        filter=Filter(tuple(fields), filtered["match"]) if filtered else None,
    )


def _body(document: JsonObject, path: str, method: str, operation: JsonObject) -> Body | None:
    if "requestBody" not in operation:
        return None
    body = resolve(document, operation["requestBody"])
    media_type = next(iter(body["content"]))
    schema = body["content"][media_type]["schema"]
    return Body(
        media_type=media_type,
        pointer=pointer("paths", path, method, "requestBody", "content", media_type, "schema"),
        schema=schema,
        required=body.get("required", False),
        references=tuple(references_in(document, schema)),
    )


def _answer(
    document: JsonObject, status: int, response: JsonObject, place: tuple[str, str, str]
) -> Answer:
    path, method, key = place
    at = pointer("paths", path, method, "responses", key)
    if "$ref" in response:
        at = response["$ref"].removeprefix("#")
    described = resolve(document, response)
    headers, content = frozenset(described.get("headers", ())), described.get("content")
    if not content:
        return Answer(status, None, None, headers)
    media_type = next(iter(content))
    return Answer(status, media_type, at + pointer("content", media_type, "schema"), headers)


def _example_path(path: str, parameters: list[JsonObject]) -> str:
    examples = {p["name"]: p.get("example") for p in parameters if p["in"] == "path"}
    return re.sub(r"\{(\w+)\}", lambda m: str(examples.get(m[1]) or m[0]), path)


def infer_action(method: str, path: str, resources: dict[str, ResourceType]) -> Action:
    """What an operation does, from its path, method and the collections of the resources."""
    owner, rest = None, []
    for resource in resources.values():
        tail = _after(resource.collection, path)
        if tail is not None and (owner is None or len(tail) < len(rest)):
            owner, rest = resource, tail
    if owner is None:
        return Action("custom")
    parent_param = re.findall(r"\{(\w+)\}", owner.collection)
    parent = parent_param[-1] if parent_param else None
    if not rest:
        kind = {"get": "list", "post": "create"}.get(method, "custom")
        return Action(kind, owner.name, None, parent)
    if not rest[0].startswith("{"):
        return Action("custom", owner.name, None, parent)
    item = rest[0][1:-1]
    if len(rest) == 1:
        return Action(_VERBS.get(method, "custom"), owner.name, item, parent)
    # Whatever changes a single record is a transition, if only from a state to itself.
    kind = "custom" if method == "get" else "transition"
    return Action(kind, owner.name, item, parent)


def _after(collection: str, path: str) -> list[str] | None:
    """The segments of a path behind a collection, or None when it does not lie under it."""
    ours, theirs = collection.strip("/").split("/"), path.strip("/").split("/")
    if len(theirs) < len(ours):
        return None
    for a, b in zip(ours, theirs, strict=False):
        if a != b and not (a.startswith("{") and b.startswith("{")):
            return None
    return theirs[len(ours) :]
