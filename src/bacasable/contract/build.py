"""From the document to the contract: every extension read once, every inference made once."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from .complete import fresh
from .document import ContractError, follow, pointer, resolve, schema_at
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

    Raises ContractError, with the place, for what stops the reading; what is merely wrong is
    found by `check`.
    """
    with reading("/components/schemas"):
        schemas = document.get("components", {}).get("schemas", {})
        resources = dict(_resources(document, schemas))
    operations: dict[str, Operation] = {}
    with reading("/paths"):
        for path, method, operation in each_operation(document):
            with reading(pointer("paths", path, method)):
                built = _operation(document, path, method, operation, resources)
                if built.id in operations:
                    raise ContractError(f"operationId {built.id} is given twice; rename one")
                operations[built.id] = built
    with reading("/servers"):
        base_path = _base_path(document)
    with reading("/components/schemas/ProblemCode"):
        problems = _problems(schemas)
    with reading("/webhooks"):
        facts = dict(_facts(document))
    timed: dict[str, Operation] = {}
    for name in resources:
        with reading(pointer("components", "schemas", name)):
            for timer in _timed_operations(name, schemas[name]):
                if timer.id in timed:
                    raise ContractError(f"timer {timer.id} is given twice; rename one")
                timed[timer.id] = timer
    with reading("/info"):
        info = document.get("info", {})
        title, version = str(info.get("title", "")), str(info.get("version", ""))
    return Contract(
        document, source, base_path, operations, resources, problems, facts, timed, title, version
    )


@contextmanager
def reading(place: str) -> Iterator[None]:
    """What goes wrong within is a ContractError that knows the innermost place being read."""
    try:
        yield
    except ContractError as error:
        error.place = place if error.place is None else error.place
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        said = f"is not as OpenAPI has it ({type(error).__name__}: {error}); compare it there"
        raise ContractError(said, place) from error


def each_operation(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Path, method and object of every operation, in the order of the document."""
    for path, declared in document.get("paths", {}).items():
        with reading(pointer("paths", path)):
            item = resolve(document, declared)
            found = [(method, item[method]) for method in item if method in METHODS]
        for method, operation in found:
            yield path, method, operation


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


def _facts(document: JsonObject) -> Iterator[tuple[str, str]]:
    for name, declared in document.get("webhooks", {}).items():
        with reading(pointer("webhooks", name)):
            item = resolve(document, declared)
            if "post" not in item:
                raise ContractError("has no post; facts are told by POST")
            yield name, item["post"].get("summary", "")


# --- resources


def _resources(document: JsonObject, schemas: JsonObject) -> Iterator[tuple[str, ResourceType]]:
    for name, schema in schemas.items():
        with reading(pointer("components", "schemas", name)):
            if isinstance(schema, dict) and "x-resource" in schema:
                yield name, _resource(document, name, schema)


def _resource(document: JsonObject, name: str, schema: JsonObject) -> ResourceType:
    declared = schema["x-resource"]
    properties = {
        key: schema_at(document, value) for key, value in schema.get("properties", {}).items()
    }
    parent = declared.get("parent")
    lifecycle = _lifecycle(schema["x-lifecycle"], properties) if "x-lifecycle" in schema else None
    masked = {k: tuple(v["x-masked-for"]) for k, v in properties.items() if "x-masked-for" in v}
    initial = _initial_values(document, properties, lifecycle)
    return ResourceType(
        name=name,
        collection=declared["collection"],
        id_prefix=declared["idPrefix"],
        id_format=declared.get("idFormat", "random"),
        scope=declared["scope"],
        parent=Parent(parent["resource"], parent["field"]) if parent else None,
        cascades=declared.get("onParentDelete") == "cascade",
        unique=tuple(declared.get("unique", ())),
        visibility={
            role: {name: _values(value) for name, value in fields.items()}
            for role, fields in declared.get("visibility", {}).items()
        },
        lifecycle=lifecycle,
        references=tuple(references_in(document, schema)),
        masked=masked,
        blind_roles=frozenset(role for roles in masked.values() for role in roles),
        properties=properties,
        initial=initial,
        containers=tuple(k for k, v in initial.items() if isinstance(v, list | dict)),
        timers=tuple(t for t in lifecycle.transitions.values() if t.at) if lifecycle else (),
    )


def _values(declared: str | list[str]) -> tuple[str, ...]:
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _initial_values(
    document: JsonObject, properties: JsonObject, lifecycle: Lifecycle | None
) -> JsonObject:
    """Values known before anybody speaks: the declared default, null where null is allowed."""
    values: JsonObject = {}
    for name, member in properties.items():
        if "default" in member:
            values[name] = fresh(member["default"])
        elif _takes_null(document, member):
            values[name] = None
    if lifecycle:
        values[lifecycle.field] = lifecycle.initial[0]
    return values


def _takes_null(document: JsonObject, schema: JsonObject) -> bool:
    kind = schema.get("type")
    nullable = kind == "null" or (isinstance(kind, list) and "null" in kind)
    return nullable or any(
        _takes_null(document, schema_at(document, branch)) for branch in schema.get("anyOf", [])
    )


def _lifecycle(declared: JsonObject, properties: JsonObject) -> Lifecycle:
    transitions = {}
    for entry in declared["transitions"]:
        target = entry.get("to", [])
        name = entry.get("timer") or entry["operation"]
        transitions[name] = Transition(
            operation=name,
            sources=tuple(entry["from"]),
            targets=tuple([target] if isinstance(target, str) else target),
            fact=entry.get("fact"),
            stamps=entry.get("stamps"),
            sets=entry.get("sets", {}),
            at=entry.get("at", ""),
            after=tuple(entry.get("after", ("PT0S",))),
            timed="timer" in entry,
        )
    states = tuple(properties.get(declared["field"], {}).get("enum", ()))
    return Lifecycle(declared["field"], states, tuple(declared["initial"]), transitions)


def _timed_operations(name: str, schema: JsonObject) -> Iterator[Operation]:
    """The timers of a resource as operations of the platform's own, without path and answers."""
    for entry in schema.get("x-lifecycle", {}).get("transitions", ()):
        if "timer" in entry:
            yield Operation(
                id=entry["timer"],
                method="timer",
                path="",
                tag="",
                summary="",
                roles=None,
                parameters=(),
                body=None,
                answers={},
                rules=_rules(entry.get("rules", ())),
                emits=(),
                action=Action("transition", name),
                example_path="",
            )


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
    item, at = follow(document, document["paths"][path], pointer("paths", path))
    declared = _parameters(document, item, operation)
    responses = operation.get("responses", {})
    at += pointer(method)
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        tag=(operation.get("tags") or [""])[0],
        summary=operation.get("summary", ""),
        roles=_roles(document, operation),
        parameters=tuple(_parameter(p) for p in declared),
        body=_body(document, operation, at + "/requestBody"),
        answers={
            int(status): _answer(document, int(status), response, at + pointer("responses", status))
            for status, response in responses.items()
            if status.isdigit()
        },
        rules=_rules(operation.get("x-rules", ())),
        emits=tuple(operation.get("x-emits", ())),
        action=infer_action(method, path, resources),
        example_path=_example_path(path, declared),
    )


def _rules(declared: Iterable[JsonObject]) -> tuple[Rule, ...]:
    return tuple(Rule(rule["id"], rule["says"]) for rule in declared)


def _roles(document: JsonObject, operation: JsonObject) -> tuple[str, ...] | None:
    requirements = operation.get("security", document.get("security", []))
    if not requirements or {} in requirements:
        return None
    return tuple(role for requirement in requirements for role in requirement.get("bearer", ()))


def _parameters(document: JsonObject, item: JsonObject, operation: JsonObject) -> list[JsonObject]:
    """The parameters of an operation; one of its path yields to its own of the same name."""
    own = [resolve(document, p) for p in operation.get("parameters", [])]
    named = {(p["name"], p["in"]) for p in own}
    shared = [resolve(document, p) for p in item.get("parameters", [])]
    return [*(p for p in shared if (p["name"], p["in"]) not in named), *own]


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


def _body(document: JsonObject, operation: JsonObject, place: str) -> Body | None:
    if "requestBody" not in operation:
        return None
    body, at = follow(document, operation["requestBody"], place)
    media_type = next(iter(body["content"]), None)
    if media_type is None:
        raise ContractError("has no media type; name application/json", at + "/content")
    at += pointer("content", media_type)
    if "schema" not in body["content"][media_type]:
        raise ContractError("has no schema; give it one", at)
    schema = body["content"][media_type]["schema"]
    return Body(
        media_type=media_type,
        pointer=at + "/schema",
        schema=schema,
        required=body.get("required", False),
        references=tuple(references_in(document, schema)),
    )


def _answer(document: JsonObject, status: int, response: JsonObject, place: str) -> Answer:
    described, at = follow(document, response, place)
    headers, content = frozenset(described.get("headers", ())), described.get("content")
    if not content:
        return Answer(status, None, None, headers)
    media_type = next(iter(content))
    has_schema = "schema" in content[media_type]
    schema = at + pointer("content", media_type, "schema") if has_schema else None
    return Answer(status, media_type, schema, headers)


def _example_path(path: str, parameters: list[JsonObject]) -> str:
    examples = {p["name"]: p.get("example") for p in parameters if p["in"] == "path"}

    def filled(found: re.Match[str]) -> str:
        example = examples.get(found[1])
        return found[0] if example is None else str(example)

    return re.sub(r"\{([^}]+)\}", filled, path)


def infer_action(method: str, path: str, resources: dict[str, ResourceType]) -> Action:
    """What an operation does, from its path, method and the collections of the resources."""
    owner, rest = None, []
    for resource in resources.values():
        tail = _after(resource.collection, path)
        if tail is not None and (owner is None or len(tail) < len(rest)):
            owner, rest = resource, tail
    if owner is None:
        return Action("custom")
    # As this path names it: another of the same collection may call it otherwise.
    above = path.strip("/").split("/")
    parents = [part[1:-1] for part in above[: len(above) - len(rest)] if part.startswith("{")]
    parent = parents[-1] if parents else None
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
