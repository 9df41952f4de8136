"""From paths to operations: what each says, and what it does to a resource."""

import re
from collections.abc import Mapping
from dataclasses import replace

from .document import ContractError, follow, pointer, resolve, schema_at
from .extensions import fits
from .given import given_of
from .media import JSON, is_json
from .model import (
    Action,
    Answer,
    Body,
    Content,
    Encoding,
    Filter,
    Json,
    JsonObject,
    Operation,
    Parameter,
    ResourceType,
)
from .paths import is_variable, segments, starts, steps_to
from .preconditions import Given
from .resource_types import references_in, rules_of
from .schema import SchemaView
from .security import Scheme, requirements_of, roles_of

_VERBS = {"get": "get", "patch": "update", "put": "update", "delete": "delete"}
_RANGE = re.compile(r"default|[1-5]XX", re.IGNORECASE)


def operation_of(
    document: JsonObject,
    path: str,
    method: str,
    operation: JsonObject,
    resources: dict[str, ResourceType],
    *,
    schemes: Mapping[str, Scheme],
    strict: bool,
) -> Operation:
    """The operation at a path and method of the document. Raises ContractError without an id."""
    place = f"{method.upper()} {path}"
    if "operationId" not in operation:
        raise ContractError(f"{place}: has no operationId; give it one")
    item, at = follow(document, document["paths"][path], pointer("paths", path))
    declared = parameters_of(document, item, operation)
    security = requirements_of(document, operation, schemes)
    at += pointer(*steps_to(method))
    stated = operation.get("x-action", {})
    answers = {
        status: answer_of(document, response, at + pointer("responses", status), status)
        for status, response in operation.get("responses", {}).items()
        if status.isdecimal() or _RANGE.fullmatch(status)
    }
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        tag=(operation.get("tags") or [""])[0],
        summary=operation.get("summary", ""),
        roles=roles_of(document, operation, security),
        parameters=tuple(_parameter(document, p, stated) for p in declared),
        body=_body(document, operation, at + "/requestBody", strict=strict),
        answers={answer.status: answer for answer in answers.values() if answer.status},
        rules=rules_of(operation.get("x-rules", ())),
        emits=tuple(operation.get("x-emits", ())),
        action=_action(operation, method, path, resources),
        example_path=_example_path(document, path, declared),
        ranges={
            status if status == "default" else status.upper(): answer
            for status, answer in answers.items()
            if not answer.status
        },
        given=given_of(operation.get("x-given", {})) if strict else Given(),
        security=security,
    )


def raw_operation(document: JsonObject, operation: Operation) -> JsonObject:
    """The object of an operation in its document, with all that OpenAPI lets it say."""
    found: JsonObject = resolve(document, document["paths"][operation.path])
    for step in steps_to(operation.method):
        found = found[step]
    return found


def parameters_of(
    document: JsonObject, item: JsonObject, operation: JsonObject
) -> list[JsonObject]:
    """The parameters of an operation; one of its path yields to its own of the same name.

    Some headers are told elsewhere, and as parameters shall be ignored (OpenAPI, Parameter Object).
    """
    own = [resolve(document, p) for p in operation.get("parameters", [])]
    named = {(p["name"], p["in"]) for p in own}
    shared = [resolve(document, p) for p in item.get("parameters", [])]
    found = [*(p for p in shared if (p["name"], p["in"]) not in named), *own]
    return [p for p in found if p["in"] != "header" or p["name"].lower() not in _TOLD_ELSEWHERE]


_TOLD_ELSEWHERE = frozenset({"accept", "content-type", "authorization"})


def _parameter(document: JsonObject, declared: JsonObject, stated: JsonObject) -> Parameter:
    """A parameter, with what is stated of it beside the operation's action."""
    name, location = declared["name"], declared["in"]
    is_query = location == "query"
    filtered = stated.get("filters", {}).get(name) if is_query else None
    filtered = filtered or declared.get("x-filter")
    paging: Json = stated.get("paging", {}).get(name) or declared.get("x-paging")
    fields = (filtered.get("fields") or [filtered["field"]]) if filtered else []
    style = declared.get("style") or _STYLES.get(location, "form")
    content: JsonObject = {} if "schema" in declared else declared.get("content", {})
    media_type = next(iter(content), "")
    media: JsonObject = resolve(document, content[media_type]) if content else declared
    return Parameter(
        name=name,
        location=location,
        required=declared.get("required", False),
        schema=media.get("schema", {}),
        filter=Filter(tuple(fields), filtered["match"]) if filtered else None,
        style=style,
        explode=declared.get("explode", style in _EXPLODED) is True,
        media_type=media_type,
        may_be_empty=declared.get("allowEmptyValue") is True,
        reserved=declared.get("allowReserved") is True,
        is_tenant=location == "header" and declared.get("x-tenant") is True,
        paging=paging if is_query and fits("x-paging", paging) else "",
    )


_STYLES = {"path": "simple", "header": "simple"}
_EXPLODED = frozenset({"form", "cookie"})


def _body(document: JsonObject, operation: JsonObject, place: str, *, strict: bool) -> Body | None:
    if "requestBody" not in operation:
        return None
    body, at = follow(document, operation["requestBody"], place)
    if not body["content"] and not strict:
        return None
    if not body["content"]:
        raise ContractError("has no media type; name application/json", at + "/content")
    contents = tuple(
        _content(document, name, body["content"][name], at + pointer("content", name))
        for name in _by_preference(body["content"])
    )
    first = contents[0]
    return Body(
        media_type=first.media_type,
        pointer=first.pointer,
        schema=first.schema,
        required=body.get("required", False),
        # Nothing names records where there are no resources, and schemas may be without end.
        references=tuple(references_in(SchemaView(document, first.schema))) if strict else (),
        contents=contents,
    )


def _content(document: JsonObject, media_type: str, declared: Json, place: str) -> Content:
    media, at = follow(document, declared, place)
    if "schema" not in media:
        raise ContractError("has no schema; give it one", at)
    encoding = {
        name: Encoding(
            one.get("contentType", ""),
            one.get("style") or ("form" if "explode" in one else ""),
            one.get("explode", one.get("style", "form") in _EXPLODED) is True,
        )
        for name, one in media.get("encoding", {}).items()
    }
    return Content(media_type, at + "/schema", media["schema"], encoding)


def answer_of(document: JsonObject, response: JsonObject, place: str, status: str) -> Answer:
    """A documented answer, which stands at a place of the document."""
    described, at = follow(document, response, place)
    stated = response.get("x-problem", described.get("x-problem", {}))
    problems = {k: str(code) for k, code in stated.items()} if fits("x-problem", stated) else {}
    number = int(status) if status.isdecimal() else 0
    headers, content = frozenset(described.get("headers", ())), described.get("content")
    if not content:
        return Answer(number, None, None, headers, problems=problems)
    contents = {}
    for name in _by_preference(content):
        media, where = follow(document, content[name], at + pointer("content", name))
        contents[name] = where
        if len(contents) == 1:
            schema = where + "/schema" if "schema" in media else None
    first = next(iter(contents))
    return Answer(number, first, schema, headers, contents, problems)


def _by_preference(content: JsonObject) -> list[str]:
    """The media types of a body, first the one that it is read and shown in: JSON where it can."""
    return sorted(content, key=lambda name: (name != JSON, not is_json(name)))


def _example_path(document: JsonObject, path: str, parameters: list[JsonObject]) -> str:
    examples = {p["name"]: _example(document, p) for p in parameters if p["in"] == "path"}

    def filled(found: re.Match[str]) -> str:
        example = examples.get(found[1])
        return found[0] if example is None else str(example)

    return re.sub(r"\{([^}]+)\}", filled, path)


def _example(document: JsonObject, parameter: JsonObject) -> Json:
    """The example of a parameter, or the first of those it has by name."""
    if "example" in parameter:
        return parameter["example"]
    named: JsonObject = next(iter(parameter.get("examples", {}).values()), {})
    return schema_at(document, named).get("value")


def _action(
    operation: JsonObject, method: str, path: str, resources: dict[str, ResourceType]
) -> Action:
    """What an operation does: as it is declared, or by its method and path."""
    declared = operation.get("x-action")
    if not isinstance(declared, dict) or not fits("x-action", declared):
        return infer_action(method, path, resources)
    does = str(declared["does"])
    stated = Action(
        "custom" if does == "nothing" else does,
        declared.get("resource"),
        places=tuple(declared.get("places", {}).items()),
        replaces=declared.get("replaces"),
        creates=declared.get("creates", False),
        by_body=declared.get("byBody", False),
        is_stated=True,
    )
    return settled(stated, path, resources)


def settled(stated: Action, path: str, resources: Mapping[str, ResourceType]) -> Action:
    """A stated action with what its path says of its resource, once that is known."""
    resource = resources.get(stated.resource or "")
    if resource is None or stated.places:
        return stated
    lies = located(resource, path, resources)
    told = {n: getattr(stated, n) for n in ("kind", "replaces", "creates", "by_body", "is_stated")}
    return replace(lies, **told)


def located(resource: ResourceType, path: str, resources: Mapping[str, ResourceType]) -> Action:
    """An action on a resource, with the parameters of a path that lead to its records there."""
    collection, parts = segments(resource.collection, sure=False), segments(path, sure=False)
    if not starts(parts, collection):
        return Action("custom", resource.name)
    at = [index for index, part in enumerate(collection) if is_variable(part)]
    names = [parts[index][1:-1] for index in at]
    pairs = [(name, collection[index]) for name, index in zip(names, at, strict=True)]
    above = [name for name, member in pairs if member not in resource.places]
    owner = resources.get(resource.parent.resource) if resource.parent else None
    parent = above[-1] if owner and above else None
    upto = tuple(names[: names.index(parent) + 1]) if parent else ()
    rest = parts[len(collection) :]
    item = rest[0][1:-1] if rest and is_variable(rest[0]) and not resource.is_single else None
    return Action(
        "custom",
        resource.name,
        item_param=item,
        parent_param=parent,
        parent_key=upto if owner and owner.key else (),
        item_key=(*names, *([item] if item else [])) if resource.key else (),
        places=tuple((name, member) for name, member in pairs if member in resource.places),
    )


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
    parents = [part[1:-1] for part in above[: len(above) - len(rest)] if is_variable(part)]
    parent = parents[-1] if parents else None
    if not rest:
        kind = {"get": "list", "post": "create"}.get(method, "custom")
        return Action(kind, owner.name, None, parent)
    if not is_variable(rest[0]):
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
        if a != b and not (is_variable(a) and is_variable(b)):
            return None
    return theirs[len(ours) :]
