"""What the served contract says, as attackers need it: operations, ids, bodies, references."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
_PREFIX = re.compile(r"\^([a-z]{3}_)")


@dataclass
class Operation:
    """One operation of the contract, references resolved one level deep."""

    id: str
    method: str
    path: str
    roles: tuple[str, ...]
    parameters: list[dict[str, Any]]
    body: dict[str, Any] | None  # the schema
    example: Any
    document: "Document" = field(repr=False, default=None)  # type: ignore[assignment]

    def in_path(self) -> dict[str, str | None]:
        """Names of the path's parameters, each with the prefix of the ids it takes."""
        found: dict[str, str | None] = {}
        for one in self.parameters:
            if one["in"] == "path":
                pattern = _PREFIX.match(one["schema"].get("pattern", ""))
                found[one["name"]] = pattern[1] if pattern else None
        return found

    def query(self) -> list[dict[str, Any]]:
        return [one for one in self.parameters if one["in"] == "query"]

    def filled(self, values: dict[str, Any]) -> str:
        """The path with these values, those it has no value for left as 1."""
        return re.sub(r"\{(\w+)\}", lambda m: str(values.get(m[1], 1)), self.path)


class Document:
    """The contract that a sandbox serves."""

    def __init__(self, served: dict[str, Any]) -> None:
        self.served = served
        self.schemas: dict[str, Any] = served["components"]["schemas"]
        self.resources = {n: s["x-resource"] for n, s in self.schemas.items() if "x-resource" in s}
        self.operations = list(self._operations())

    def resolve(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            target: Any = self.served
            for step in value["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            others = {k: v for k, v in value.items() if k != "$ref"}
            value = {**target, **others} if others else target
        return value

    def resource_of(self, prefix: str | None) -> str | None:
        return next((n for n, r in self.resources.items() if r["idPrefix"] == prefix), None)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.served["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method, item[method], shared)

    def _operation(
        self, path: str, method: str, said: dict[str, Any], shared: list[Any]
    ) -> Operation:
        roles = tuple(role for one in said.get("security", []) for role in one.get("bearer", []))
        content = self.resolve(said.get("requestBody", {})).get("content", {})
        body = content.get("application/json", {})
        examples = [self.resolve(one).get("value") for one in body.get("examples", {}).values()]
        return Operation(
            said["operationId"],
            method.upper(),
            path,
            roles,
            [self.resolve(one) for one in [*shared, *said.get("parameters", [])]],
            self.resolve(body["schema"]) if "schema" in body else None,
            copy.deepcopy(body.get("example", examples[0] if examples else None)),
            self,
        )

    def references(self, schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, str]]:
        """Places in values of a schema that name records, '*' for any item, with their resource."""
        schema = self.resolve(schema)
        if not isinstance(schema, dict) or len(path) > 6:
            return
        if isinstance(schema.get("x-references"), str):
            yield path, schema["x-references"]
        for name, one in schema.get("properties", {}).items():
            yield from self.references(one, (*path, name))
        if "items" in schema:
            yield from self.references(schema["items"], (*path, "*"))
        for one in [*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])]:
            yield from self.references(one, path)


def put_at(value: Any, path: tuple[str, ...], new: Any) -> Any:
    """A copy of a body with another value at a place; parts that are not there are made."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if step == "*":
        items = list(value) if isinstance(value, list) and value else [None]
        return [put_at(items[0], rest, new), *items[1:]]
    held = dict(value) if isinstance(value, dict) else {}
    held[step] = put_at(held.get(step), rest, new)
    return held
