"""Whether a contract is sound: every finding with its place, none of them fatal to the search."""

from collections.abc import Iterator
from typing import Any

from .build import each_operation
from .document import ContractError, pointer, resolve, walk
from .extensions import misused_extensions
from .model import (
    Contract,
    JsonObject,
    Lifecycle,
    Operation,
    ResourceType,
    Transition,
    Violation,
)
from .names import did_you_mean
from .schemas import SchemaSet


def document_findings(document: JsonObject) -> Iterator[Violation]:
    """What is wrong before a contract can be built: extensions and references."""
    yield from misused_extensions(document)
    for path, node in walk(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            try:
                resolve(document, node)
            except ContractError as error:
                yield Violation(pointer(*path), str(error))


def contract_findings(contract: Contract) -> Iterator[Violation]:
    """What is wrong between the parts of a contract: names that name nothing."""
    for resource in contract.resources.values():
        yield from _resource_findings(contract, resource)
    for operation in contract.operations.values():
        yield from _operation_findings(contract, operation)
    yield from _link_findings(contract)
    yield from _fact_findings(contract)


def openapi_findings(document: JsonObject) -> Iterator[Violation]:
    """What openapi-spec-validator finds. Imported here because it takes half a second."""
    from openapi_spec_validator import OpenAPIV31SpecValidator

    version = str(document.get("openapi", ""))
    if not version.startswith("3.1."):
        yield Violation("/openapi", f"is {version!r}; write the contract in OpenAPI 3.1")
        return
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield Violation(pointer(*error.absolute_path), error.message[:300])


def example_findings(contract: Contract, schemas: SchemaSet) -> Iterator[Violation]:
    """Examples that break the schema beside them."""
    for path, node in walk(contract.document):
        if not isinstance(node, dict) or "schema" not in node or "examples" in path:
            continue
        check = schemas.check_for(node["schema"])
        examples: dict[tuple[str, ...], Any] = {}
        if "example" in node:
            examples["example",] = node["example"]
        for name, example in node.get("examples", {}).items():
            examples["examples", name, "value"] = resolve(contract.document, example)["value"]
        for key, value in examples.items():
            for violation in check(value):
                yield Violation(pointer(*path, *key) + violation.pointer, violation.detail)


def _resource_findings(contract: Contract, resource: ResourceType) -> Iterator[Violation]:
    place = pointer("components", "schemas", resource.name)
    for reference in resource.references:
        if reference.resource not in contract.resources:
            near = did_you_mean(reference.resource, contract.resources)
            at = place + pointer("properties", *reference.path, "x-references")
            yield Violation(at, f"'{reference.resource}' is no resource{near}")
    if resource.parent and resource.parent.resource not in contract.resources:
        said = f"'{resource.parent.resource}' is no resource"
        yield Violation(place + "/x-resource/parent", said)
    for field in (*resource.unique, *(f for w in resource.visibility.values() for f in w)):
        if field not in resource.properties:
            yield Violation(place + "/x-resource", f"'{field}' is no property")
    if resource.lifecycle:
        place += "/x-lifecycle"
        yield from _state_findings(resource.lifecycle, place)
        for transition in resource.lifecycle.transitions.values():
            yield from _transition_findings(contract, resource, transition, place)


def _state_findings(lifecycle: Lifecycle, place: str) -> Iterator[Violation]:
    if not lifecycle.states:
        yield Violation(place + "/field", f"'{lifecycle.field}' is no property with an enum")
    for state in lifecycle.initial:
        if state not in lifecycle.states:
            yield Violation(place + "/initial", f"'{state}' is missing in the enum")


def _transition_findings(
    contract: Contract, resource: ResourceType, transition: Transition, place: str
) -> Iterator[Violation]:
    name = transition.operation
    if name not in contract.operations:
        near = did_you_mean(name, contract.operations)
        yield Violation(place, f"'{name}' is no operation{near}")
    states = resource.lifecycle.states if resource.lifecycle else ()
    for state in (*transition.sources, *transition.targets):
        if state not in states:
            yield Violation(place, f"{name}: '{state}' is missing in the enum")
    if transition.fact and transition.fact not in contract.facts:
        near = did_you_mean(transition.fact, contract.facts)
        yield Violation(place, f"{name}: '{transition.fact}' is no webhook{near}")
    if transition.stamps and transition.stamps not in resource.properties:
        yield Violation(place, f"{name}: '{transition.stamps}' is no property")


def _operation_findings(contract: Contract, operation: Operation) -> Iterator[Violation]:
    place = pointer("paths", operation.path, operation.method)
    roles = resolve(contract.document, {"$ref": "#/components/schemas/Role"})["enum"]
    for role in operation.roles or ():
        if role not in roles:
            yield Violation(place + "/security", f"'{role}' is no role{did_you_mean(role, roles)}")
    for fact in operation.emits:
        if fact not in contract.facts:
            near = did_you_mean(fact, contract.facts)
            yield Violation(place + "/x-emits", f"'{fact}' is no webhook{near}")
    resource = contract.resources.get(operation.action.resource or "")
    for parameter in operation.parameters:
        for field in parameter.filter.fields if parameter.filter else ():
            if resource is None or field not in resource.properties:
                yield Violation(
                    place + "/parameters",
                    f"{parameter.name} filters '{field}', which is no property",
                )
    tags = {tag["name"] for tag in contract.document.get("tags", [])}
    if operation.tag not in tags:
        yield Violation(place + "/tags", f"'{operation.tag}' is not declared under tags")
    if not any(status < 300 for status in operation.answers):
        yield Violation(place + "/responses", "has no answer of success")


def _link_findings(contract: Contract) -> Iterator[Violation]:
    for path, node in walk(contract.document):
        if path and path[-1] == "links" and isinstance(node, dict):
            for name, link in node.items():
                target = link.get("operationId") if isinstance(link, dict) else None
                if target is not None and target not in contract.operations:
                    near = did_you_mean(target, contract.operations)
                    yield Violation(pointer(*path, name), f"'{target}' is no operation{near}")


def _fact_findings(contract: Contract) -> Iterator[Violation]:
    """Every change leaves a fact, and every fact is recorded by some operation."""
    recorded: set[str] = set()
    for path, method, declared in each_operation(contract.document):
        operation = contract.operations[declared["operationId"]]
        facts = set(operation.emits)
        resource = contract.resources.get(operation.action.resource or "")
        if resource and resource.lifecycle and operation.id in resource.lifecycle.transitions:
            facts |= {resource.lifecycle.transitions[operation.id].fact or ""} - {""}
        if operation.method != "get" and resource and not facts:
            yield Violation(
                pointer("paths", path, method), "changes records without a fact (x-emits)"
            )
        recorded |= facts
    for fact in sorted(set(contract.facts) - recorded):
        yield Violation(pointer("webhooks", fact), "is recorded by no operation")
