"""Members of a record that go by another name in an answer or a body (extension x-from)."""

from collections.abc import Iterator, Mapping

from .compiled import compiled
from .document import Node, pointer
from .model import Contract, JsonObject, Operation, ResourceType, Violation
from .names import did_you_mean
from .representation import schema_shown
from .schema import ANYTHING, SchemaView, whole
from .shape import wrapper


def renamed(schema: SchemaView) -> dict[str, str]:
    """The names that members of a record have in values of a schema, each with its own."""
    told = {name: member.get("x-from") for name, member in schema.members.items()}
    return {name: member for name, member in told.items() if isinstance(member, str)}


def names_shown(contract: Contract, operation: Operation) -> Mapping[str, str]:
    """The same of what an operation answers of each record."""
    return renamed(_answered(contract, operation))


def names_taken(contract: Contract, operation: Operation) -> Mapping[str, str]:
    """The same of the body that an operation takes."""
    return renamed(_asked(contract, operation))


def unique_taken(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The members of a record that are unique, as the body of an operation names them."""
    kind = contract.resources.get(operation.action.resource or "")
    taken = {member: name for name, member in names_taken(contract, operation).items()}
    return tuple(taken.get(member, member) for member in kind.unique) if kind else ()


def stored(value: JsonObject, names: Mapping[str, str]) -> JsonObject:
    """What is shown or sent of a record under the names of its own."""
    return {names.get(name, name): member for name, member in value.items()} if names else value


def renaming_findings(contract: Contract, nodes: list[Node]) -> Iterator[Violation]:
    """Properties that are shown from no member of their record, or belong to none."""
    found = [(path, node) for path, node in nodes if "x-from" in node]
    owners = _owners(contract) if found else {}
    for path, node in found:
        place, kinds = pointer(*path, "x-from"), owners.get(id(node), {})
        if not kinds:
            yield Violation(place, "stands on no property of a record; put it on one that is shown")
        for kind in kinds.values():
            member = kind.properties.get(node["x-from"])
            if member is None:
                near = did_you_mean(str(node["x-from"]), kind.properties)
                yield Violation(place, f"'{node['x-from']}' is no member of {kind.name}{near}")
            elif "x-from" in member:
                said = f"'{node['x-from']}' is itself another name of {member['x-from']}; name that"
                yield Violation(place, said)


def _owners(contract: Contract) -> dict[int, dict[str, ResourceType]]:
    """The resources whose records a property belongs to, by the identity of its schema."""
    owners: dict[int, dict[str, ResourceType]] = {}
    for operation in contract.operations.values():
        kind = contract.resources.get(operation.action.resource or "")
        if kind is None:
            continue
        for schema in (_answered(contract, operation), _asked(contract, operation)):
            for member in schema.members.values():
                owners.setdefault(id(member.schema), {})[kind.name] = kind
    return owners


def _answered(contract: Contract, operation: Operation) -> SchemaView:
    answer = operation.succeeds
    template = compiled(contract).template(operation, answer)
    kind = contract.resources.get(operation.action.resource or "")
    if template is None or kind is None:
        return whole(contract.document, ANYTHING)
    is_list = operation.action.kind == "list"
    return schema_shown(contract.document, answer, template, kind, is_list=is_list)[0]


def _asked(contract: Contract, operation: Operation) -> SchemaView:
    kind = contract.resources.get(operation.action.resource or "")
    if operation.body is None or kind is None:
        return whole(contract.document, ANYTHING)
    schema = whole(contract.document, operation.body.schema)
    around = wrapper(schema)
    return schema if not around or around in kind.properties else schema.members[around]
