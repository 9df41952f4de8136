"""JSON Schema validation, compiled once (Draft 2020-12, the dialect of OpenAPI 3.1).

Messages never repeat the value at fault: it may be a password.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from .document import pointer, resolve
from .model import JsonObject, Violation
from .names import did_you_mean

CONTRACT_URI = "urn:bacasable:contract"
ANSWERS_URI = "urn:bacasable:answers"

Check = Callable[[Any], list[Violation]]
"""A compiled check: the violations of a value, none when it is valid."""


class SchemaSet:
    """All schemas of a document, ready to compile checks from.

    Answers are held to a stricter copy: an object that lists its properties may have no others,
    so that a member the contract does not name (a password hash, say) can never leave.
    """

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        resources = [(CONTRACT_URI, document), (ANSWERS_URI, _closed(document))]
        self._registry = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)

    def request_check(self, place: str) -> Check:
        """A check of request values against the schema at a pointer into the document."""
        return self._compile({"$ref": f"#{place}"}, CONTRACT_URI)

    def answer_check(self, place: str) -> Check:
        """A check of answers against the stricter copy of the schema at a pointer."""
        return self._compile({"$ref": f"#{place}"}, ANSWERS_URI)

    def check_for(self, schema: JsonObject) -> Check:
        """A check for a schema that may refer into the document by `#/components/...`."""
        return self._compile(schema, CONTRACT_URI)

    def _compile(self, schema: JsonObject, base: str) -> Check:
        validator = jsonschema_rs.Draft202012Validator(
            _absolute(schema, base),
            registry=self._registry,
            validate_formats=True,
            mask="the value",
        )

        def check(value: Any) -> list[Violation]:
            if validator.is_valid(value):
                return []
            errors = validator.iter_errors(value)
            return [v for error in errors for v in self._violations(error, schema)]

        return check

    def _violations(self, error: Any, schema: JsonObject) -> Iterator[Violation]:
        place = pointer(*error.instance_path)
        kind, facts = error.kind.name, error.kind.as_dict()
        if kind == "required":
            yield Violation(place + pointer(facts["property"]), "is required")
        elif kind == "additionalProperties":
            known = sorted(self._members(schema, list(error.instance_path)))
            for name in facts["unexpected"]:
                detail = f"is not a known member{did_you_mean(name, known)}"
                yield Violation(place + pointer(name), detail)
        else:
            yield Violation(place, str(error.message).removeprefix("the value "))

    def _members(self, schema: Any, path: list[str | int]) -> set[str]:
        """Names of the members that the schema knows at a path into the value."""
        schema = resolve(self._document, schema)
        if not isinstance(schema, dict):
            return set()
        branches = [b for key in ("oneOf", "anyOf", "allOf") for b in schema.get(key, [])]
        names = {name for branch in branches for name in self._members(branch, path)}
        if not path:
            return names | set(schema.get("properties", {}))
        step = schema.get("items") if isinstance(path[0], int) else None
        below = step or schema.get("properties", {}).get(path[0])
        return names | (self._members(below, path[1:]) if below else set())


def _absolute(node: Any, base: str) -> Any:
    if isinstance(node, dict):
        return {
            # A path template in a pointer has braces, which a URI may not have.
            key: base + quote(value, safe="#/~")
            if key == "$ref" and isinstance(value, str)
            else _absolute(value, base)
            for key, value in node.items()
        }
    return [_absolute(item, base) for item in node] if isinstance(node, list) else node


def _closed(node: Any) -> Any:
    """A copy in which every object schema that lists properties refuses all others."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _closed(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict) and "type" in node:
        copy.setdefault("additionalProperties", False)
    return copy
