"""Whether a contract is sound: every finding with its place, none of them fatal to the search."""

from collections.abc import Iterable, Iterator
from typing import Any

from .accounts import account_findings
from .build import each_operation
from .catalogue import problem_findings
from .document import ContractError, Node, objects, pointer, resolve
from .extensions import misused_extensions
from .given import given_findings
from .grammar import GONE, rebuilt
from .media import MULTIPART
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
from .paging import paging_findings
from .paths import sent
from .renaming import renaming_findings
from .rules import rule_findings
from .schemas import SchemaSet


def document_findings(document: JsonObject) -> Iterator[Violation]:
    """What is wrong before a contract can be built: extensions and references."""
    yield from misused_extensions(document)
    yield from reference_findings(document)


def reference_findings(document: JsonObject) -> Iterator[Violation]:
    """References that lead nowhere, in a circle, or out of the document."""
    for path, node in objects(document):
        if "$ref" in node:
            try:
                resolve(document, node)
            except ContractError as error:
                yield Violation(pointer(*path), str(error))


def path_findings(document: JsonObject) -> Iterator[Violation]:
    """Paths of which a part is never sent, so that another operation may be met there."""
    operations = list(each_operation(document))
    taken = {(sent(path), method) for path, method, _ in operations if sent(path) == path}
    for path, method, _ in operations:
        way = sent(path)
        if way == path:
            continue
        said = f"'{path[len(way) :]}' is no part of a path that is sent; it is answered at {way}"
        if (way, method) in taken:
            said += f", where {method.upper()} is another operation: describe both in one"
        taken.add((way, method))
        yield Violation(pointer("paths", path), said)


def unread(contract: Contract) -> Iterator[Violation]:
    """Bodies that are kept as they come, though they have parts, and refusals that nobody told."""
    for operation in contract.operations.values():
        for content in operation.body.contents if operation.body else ():
            if content.media_type.startswith("multipart/") and content.media_type != MULTIPART:
                said = f"{content.media_type} is kept as it comes, and not divided into its parts"
                yield Violation(content.pointer.removesuffix("/schema"), said)
        told = operation.answers.keys() | {int(r[0]) for r in operation.ranges if r[0].isdecimal()}
        asks = operation.security and () not in operation.security
        if asks and told.isdisjoint(_DENIED) and "default" not in operation.ranges:
            said = "asks for a credential and documents no 401; who sends none is answered so"
            place = pointer(*operation.steps, "responses")
            yield Violation(place, said)


_DENIED = frozenset({4, 401})


def without_dead_references(document: JsonObject) -> tuple[JsonObject, list[Violation]]:
    """A document of others without references that lead nowhere, and what was wrong with each.

    A schema allows anything then, all else is left out. Raises ContractError for a reference of
    which the document tells in a place of its own.
    """
    found: list[Violation] = []
    while wrong := {one.pointer: one for one in reference_findings(document)}:
        left = set(wrong)

        def mended(
            kind: str, node: JsonObject, path: tuple[str | int, ...], left: set[str] = left
        ) -> Any:
            place = pointer(*path)
            if place not in left:
                return node
            left.discard(place)
            return {} if kind == "schema" else GONE

        document = rebuilt("document", document, mended)
        for one in left:
            raise ContractError(wrong[one].detail, one)
        found += wrong.values()
    return document, found


def contract_findings(contract: Contract) -> Iterator[Violation]:
    """What is wrong between the parts of a contract: names that name nothing.

    Of a document without our extensions nothing is asked that OpenAPI does not ask.
    """
    nodes = list(objects(contract.document))
    yield from problem_findings(contract, nodes)
    yield from paging_findings(contract, nodes)
    if not contract.strict:
        yield from _link_findings(contract, nodes)
        return
    roles = _roles(contract)
    yield from _extension_findings(contract, roles, nodes)
    for resource in contract.resources.values():
        yield from _resource_findings(contract, resource, roles)
    for operation in contract.operations.values():
        yield from _operation_findings(contract, operation)
        yield from given_findings(contract, operation)
        yield from _role_findings(
            operation.roles or (),
            roles,
            pointer(*operation.steps, "security"),
        )
    yield from account_findings(contract)
    yield from _link_findings(contract, nodes)
    yield from _fact_findings(contract)
    yield from rule_findings(contract)
    yield from renaming_findings(contract, nodes)


def example_findings(contract: Contract, schemas: SchemaSet) -> Iterator[Violation]:
    """Examples that break the schema beside them."""
    for path, node in objects(contract.document):
        examples = dict(_examples(contract.document, node)) if "schema" in node else {}
        if not examples:
            continue
        check = schemas.check_for(node["schema"])
        for key, value in examples.items():
            for violation in check(value):
                yield Violation(pointer(*path, *key) + violation.pointer, violation.detail)


def _examples(document: JsonObject, node: JsonObject) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The examples in a media type, parameter or header. One that lies elsewhere is not read."""
    if "example" in node:
        yield ("example",), node["example"]
    named = node.get("examples")
    for name, declared in named.items() if isinstance(named, dict) else ():
        example = resolve(document, declared)
        if isinstance(example, dict) and "value" in example:
            yield ("examples", name, "value"), example["value"]


def _roles(contract: Contract) -> tuple[str, ...] | None:
    """The grants of accounts; None when the contract has no accounts, and no role is checked."""
    return contract.principal.known if contract.principal else None


def _role_findings(
    named: Iterable[str], roles: tuple[str, ...] | None, place: str
) -> Iterator[Violation]:
    for role in named if roles is not None else ():
        if role not in (roles or ()):
            yield Violation(place, f"'{role}' is no role{did_you_mean(role, roles or ())}")


def _extension_findings(
    contract: Contract, roles: tuple[str, ...] | None, nodes: list[Node]
) -> Iterator[Violation]:
    """Extensions that stand anywhere in a schema, in records or in bodies."""
    for path, node in nodes:
        target = node.get("x-references")
        if target is not None and target not in contract.resources:
            near = did_you_mean(target, contract.resources)
            yield Violation(pointer(*path, "x-references"), f"'{target}' is no resource{near}")
        if "x-lifecycle" in node and "x-resource" not in node:
            yield Violation(pointer(*path, "x-lifecycle"), "stands on a schema without x-resource")
        masked = node.get("x-masked-for", ())
        yield from _role_findings(masked, roles, pointer(*path, "x-masked-for"))


def _resource_findings(
    contract: Contract, resource: ResourceType, roles: tuple[str, ...] | None
) -> Iterator[Violation]:
    place = pointer("components", "schemas", resource.name)
    if resource.parent and resource.parent.resource not in contract.resources:
        said = f"'{resource.parent.resource}' is no resource"
        yield Violation(place + "/x-resource/parent", said)
    if resource.parent and resource.parent.field not in resource.properties:
        said = f"'{resource.parent.field}' is no property"
        yield Violation(place + "/x-resource/parent", said)
    yield from _role_findings(resource.visibility, roles, place + "/x-resource/visibility")
    for field in (*resource.unique, *(f for w in resource.visibility.values() for f in w)):
        if field not in resource.properties:
            yield Violation(place + "/x-resource", f"'{field}' is no property")
    if resource.collection.count("{") > 1:
        said = "has several parameters; a collection lies under one record at most"
        yield Violation(place + "/x-resource/collection", said)
    yield from _hidden_masks(resource, place)
    if resource.lifecycle:
        place += "/x-lifecycle"
        yield from _state_findings(resource.lifecycle, place)
        for transition in resource.lifecycle.transitions.values():
            yield from _transition_findings(contract, resource, transition, place)


def _hidden_masks(resource: ResourceType, place: str) -> Iterator[Violation]:
    """Masks below the first level: a whole member is masked, or nothing of it."""
    for name, schema in resource.properties.items():
        for path, part in objects(schema):
            if path and "x-masked-for" in part:
                at = place + pointer("properties", name, *path, "x-masked-for")
                yield Violation(at, "masks a part of a member; put it on the member itself")


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
    if not transition.timed and name not in contract.operations:
        near = did_you_mean(name, contract.operations)
        yield Violation(place, f"'{name}' is no operation{near}")
    if transition.timed and name in contract.operations:
        yield Violation(place, f"'{name}' is an operation; give the timer a name of its own")
    yield from _timer_findings(resource, transition, place)
    states = resource.lifecycle.states if resource.lifecycle else ()
    for state in (*transition.sources, *transition.targets):
        if state not in states:
            yield Violation(place, f"{name}: '{state}' is missing in the enum")
    if transition.fact and transition.fact not in contract.facts:
        near = did_you_mean(transition.fact, contract.facts)
        yield Violation(place, f"{name}: '{transition.fact}' is no webhook{near}")
    if transition.stamps and transition.stamps not in resource.properties:
        yield Violation(place, f"{name}: '{transition.stamps}' is no property")


def _timer_findings(
    resource: ResourceType, transition: Transition, place: str
) -> Iterator[Violation]:
    name, kind = transition.operation, resource.properties.get(transition.at, {})
    for field in transition.sets:
        if field not in resource.properties:
            yield Violation(place, f"{name}: '{field}' is no property")
    if transition.at and kind.get("format") not in {"date", "date-time"}:
        said = f"{name}: '{transition.at}' is no property that holds a date or a date-time"
        yield Violation(place, said)
    if transition.at and resource.scope != "tenant":
        yield Violation(place, f"{name}: timers need the clock of a tenant")


def _operation_findings(contract: Contract, operation: Operation) -> Iterator[Violation]:
    place = pointer(*operation.steps)
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
    tags = [tag.get("name") for tag in contract.document.get("tags", []) if isinstance(tag, dict)]
    if operation.tag not in tags:
        yield Violation(place + "/tags", f"'{operation.tag}' is not declared under tags")
    if not any(status < 300 for status in operation.answers):
        yield Violation(place + "/responses", "has no answer of success")


def _link_findings(contract: Contract, nodes: list[Node]) -> Iterator[Violation]:
    for path, node in nodes:
        links = node.get("links")
        for name, link in links.items() if isinstance(links, dict) else ():
            target = link.get("operationId") if isinstance(link, dict) else None
            if isinstance(target, str) and target not in contract.operations:
                near = did_you_mean(target, contract.operations)
                place = pointer(*path, "links", name)
                yield Violation(place, f"'{target}' is no operation{near}")


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
    for resource in contract.resources.values():
        recorded |= {timer.fact or "" for timer in resource.timers}
    for fact in sorted(set(contract.facts) - recorded):
        yield Violation(pointer("webhooks", fact), "is recorded by no operation")
