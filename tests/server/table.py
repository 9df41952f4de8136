"""The contract as generated tests read it when pytest collects: operations, examples, ids."""

import re
from functools import cache
from typing import Any
from urllib.parse import quote

from bacasable.contract import Contract, Operation, load_contract
from bacasable.contract.document import resolve
from bacasable.resources import CONTRACT

ROLES = ("SUPER_ADMIN", "ADMIN", "TRAINER", "LEARNER", "AUDITOR")
UNKNOWN = "unknown00000000000000"


@cache
def contract() -> Contract:
    return load_contract(CONTRACT)


def operations() -> list[Operation]:
    return list(contract().operations.values())


def secured() -> list[Operation]:
    return [o for o in operations() if o.roles is not None]


def example_body(operation: Operation) -> Any:
    """The first documented body of an operation, or None."""
    if operation.body is None:
        return None
    document = contract().document
    declared = document["paths"][operation.path][operation.method]["requestBody"]
    media = resolve(document, declared)["content"]["application/json"]
    examples = media.get("examples") or {"only": {"value": media.get("example")}}
    return resolve(document, next(iter(examples.values())))["value"]


def resource_of(value: str) -> str | None:
    """The resource whose ids begin like this value."""
    prefix = value.partition("_")[0] + "_"
    found = [r.name for r in contract().resources.values() if r.id_prefix == prefix]
    return found[0] if found else None


def ids_in_path(operation: Operation) -> dict[str, str]:
    """Path parameters that hold ids, with the resource that each one names."""
    values = operation.example_path.split("/")
    names = operation.path.split("/")
    found = {
        name[1:-1]: resource_of(value)
        for name, value in zip(names, values, strict=True)
        if name.startswith("{")
    }
    return {name: resource for name, resource in found.items() if resource}


def filled(operation: Operation, **values: str) -> str:
    """The path with these values, its other parameters as documented."""
    examples = dict(zip(operation.path.split("/"), operation.example_path.split("/"), strict=True))
    return re.sub(
        r"\{(\w+)\}",
        lambda match: quote(values.get(match[1], examples[match[0]])),
        operation.path,
    )


def unknown_path(operation: Operation) -> str:
    """The path with ids of the right form that name nothing."""
    prefixes = {r.name: r.id_prefix for r in contract().resources.values()}
    return filled(
        operation, **{n: prefixes[r] + UNKNOWN for n, r in ids_in_path(operation).items()}
    )
