"""What was inferred of a document as an overlay of it (OpenAPI Overlay 1.0): to keep and correct.

With the overlay applied the document states what was inferred, and is served the same.
"""

from collections.abc import Iterator
from typing import Any

from .collections import Collection
from .inference import infer
from .model import Contract, Json, JsonObject, Operation, ResourceType
from .operations import located
from .paths import steps_to

_WHY = {
    "list": "it answers a list of them",
    "create": "it takes one, at the path of their list",
    "get": "it shows the one that its path names",
    "update": "it takes members of the one that its path names",
    "byBody": "its body names the one to be changed",
    "delete": "it is DELETE on the one that its path names",
    "transition": "it answers the one that its path names, or nothing",
    "custom": "it answers something else of the one that its path names",
}


def inferred_overlay(contract: Contract) -> JsonObject:
    """The overlay that states what is inferred of a document, each action with its reason.

    Of a document that leaves nothing to infer there are no actions.
    """
    known, found = infer(contract)
    actions = [*_resources(contract, known, found), *_operations(contract, known)]
    if contract.strict:
        actions = []
    title = f"What Bacasable infers of {contract.title or contract.source}"
    return {"overlay": "1.0.0", "info": {"title": title, "version": "1"}, "actions": actions}


def _resources(
    contract: Contract, known: Contract, found: list[Collection]
) -> Iterator[JsonObject]:
    schemas = contract.document.get("components", {}).get("schemas", {})
    for collection in found:
        if not collection.declared:
            continue
        kind, declared = known.resources[collection.resource.name], dict(collection.declared)
        likely = {r.path[0]: r.resource for r in kind.references if not r.enforced}
        declared |= {"references": likely} if likely else {}
        why = _why(kind)
        named = f"#/components/schemas/{kind.name}"
        if declared["schema"] == {"$ref": named} and kind.name in schemas:
            del declared["schema"]
            at = f"$.components.schemas{_step(kind.name)}"
            yield {"target": at, "description": why, "update": {"x-resource": declared}}
        else:
            update = {"x-resources": {kind.name: declared}}
            yield {"target": "$", "description": why, "update": update}


def _why(kind: ResourceType) -> str:
    """Why a resource is believed to be one."""
    if kind.is_single:
        return f"{kind.name}: {kind.collection} is read and changed as a whole."
    if not kind.item:
        return f"{kind.name}: {kind.collection} is listed and added to."
    named = f"{kind.id_member} names it there" if not kind.key else "its path alone names it"
    return f"{kind.name}: {kind.collection} holds records, {kind.item} is one of them, and {named}."


def _operations(contract: Contract, known: Contract) -> Iterator[JsonObject]:
    for operation in known.operations.values():
        before, action = contract.operations[operation.id], operation.action
        if action.is_stated or not action.resource:
            continue
        reason = _WHY["byBody" if action.by_body else action.kind]
        why = f"{operation.id}: of {action.resource}, for {reason}."
        yield {
            "target": f"$.paths{_step(operation.path)}.{'.'.join(steps_to(operation.method))}",
            "description": why,
            "update": {"x-action": _action(known, before, operation)},
        }


def _action(known: Contract, before: Operation, operation: Operation) -> JsonObject:
    """The action of an operation as `x-action` has it."""
    action = operation.action
    told: dict[str, Any] = {"does": "nothing" if action.kind == "custom" else action.kind}
    told["resource"] = action.resource
    if action.replaces is not None:
        told["replaces"] = action.replaces
    told |= {"creates": True} if action.creates else {}
    told |= {"byBody": True} if action.by_body else {}
    kind = known.resources[action.resource or ""]
    if action.places != located(kind, operation.path, known.resources).places:
        told["places"] = dict(action.places)
    stated = {p.name for p in before.parameters if p.filter}
    filters: dict[str, Json] = {
        p.name: {"fields": list(p.filter.fields), "match": p.filter.match}
        for p in operation.parameters
        if p.filter and p.name not in stated
    }
    told |= {"filters": filters} if filters else {}
    known_before = {p.name for p in before.parameters if p.paging}
    paging = {p.name: p.paging for p in operation.parameters if p.paging}
    paging = {name: role for name, role in paging.items() if name not in known_before}
    return told | ({"paging": paging} if paging else {})


def _step(name: str) -> str:
    """A member in a JSONPath (RFC 9535)."""
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"
