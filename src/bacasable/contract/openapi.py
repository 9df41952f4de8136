"""What OpenAPI itself asks of a document, by openapi-spec-validator: each fault with its place.

The validator tells where in a schema something is wrong, but not where the schema stands; and it
reads patterns as Python does, while those of JSON Schema are ECMA-262 with the flag u. So its
places are completed here, and patterns and defaults are judged by what serves and verifies too.
"""

import copy
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema_rs

from .document import ContractError, at_pointer, pointer
from .extensions import is_strict
from .grammar import rebuilt
from .model import Json, JsonObject, Violation
from .schemas import SchemaSet

_Steps = tuple[str | int, ...]


def openapi_findings(document: JsonObject) -> Iterator[Violation]:
    """What the validator finds. It is imported here because that takes half a second."""
    version = str(document.get("openapi", ""))
    if is_strict(document) and not version.startswith("3.1."):
        yield Violation("/openapi", f"is {version!r}; write the contract in OpenAPI 3.1")
        return
    if isinstance(document.get("paths"), dict):
        # An extension among the paths is allowed, but the validator stumbles over it.
        paths = {path: item for path, item in document["paths"].items() if path[:2] != "x-"}
        document = {**document, "paths": paths}
    errors = _validator(version[2:3])(rebuilt("document", document, _unpatterned)).iter_errors()
    try:
        for error in errors:
            # The first line says what is wrong, the others quote the schema.
            said = error.message.partition("\n")[0]
            yield Violation(_standing(document, error.absolute_path), said[:300])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # After its findings about a part of a wrong shape the validator stumbles over it.
        yield Violation("", f"could not be read further ({type(error).__name__}: {error})"[:300])


def pattern_findings(document: JsonObject) -> Iterator[Violation]:
    """Patterns that are no regular expressions of ECMA-262, read with its flag u."""
    for path, schema in _schemas(document):
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and (wrong := wrong_pattern(pattern)):
            yield Violation(pointer(*path, "pattern"), wrong)
        named = schema.get("patternProperties")
        for name in named if isinstance(named, dict) else ():
            if wrong := wrong_pattern(name):
                yield Violation(pointer(*path, "patternProperties", name), wrong)


def default_findings(document: JsonObject, schemas: SchemaSet) -> Iterator[Violation]:
    """Defaults that break the schema they stand in."""
    for path, schema in _schemas(document):
        if "default" in schema:
            for violation in schemas.check_for(schema)(schema["default"]):
                yield Violation(pointer(*path, "default") + violation.pointer, violation.detail)


def _schemas(document: JsonObject) -> list[tuple[_Steps, JsonObject]]:
    found: list[tuple[_Steps, JsonObject]] = []

    def note(kind: str, node: JsonObject, path: _Steps) -> Json:
        if kind == "schema":
            found.append((path, node))
        return node

    rebuilt("document", document, note)
    return found


def _unpatterned(kind: str, node: JsonObject, _path: _Steps) -> Json:
    """A schema without its pattern, which the validator would read as Python does."""
    if kind == "schema" and isinstance(node.get("pattern"), str):
        return {key: value for key, value in node.items() if key != "pattern"}
    return node


@lru_cache(maxsize=4096)
def wrong_pattern(pattern: str) -> str:
    """What is wrong with a pattern, or nothing. Only what compiles can be served and verified."""
    shown = pattern if len(pattern) <= 80 else f"{pattern[:79]}…"
    if not _REGULAR.is_valid(pattern):
        return f"'{shown}' is no regular expression (ECMA-262 with the flag u); correct it"
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return f"'{shown}' is a regular expression that cannot be read here; write it otherwise"
    return ""


_REGULAR = jsonschema_rs.Draft202012Validator({"format": "regex"}, validate_formats=True)


def _standing(document: JsonObject, path: Any) -> str:
    """The pointer to where something stands itself, when the path to it leads over references."""
    place = ""
    for step in path:
        try:
            node = at_pointer(document, f"#{place}") if place else document
            for _ in range(50):
                if not isinstance(node, dict) or "$ref" not in node or step in node:
                    break
                place = node["$ref"].removeprefix("#")
                node = at_pointer(document, node["$ref"])
        except ContractError:
            pass
        place += pointer(step)
    return place


def _validator(minor: str) -> Any:
    """The validator of a version of OpenAPI, whose errors know their whole path."""
    import openapi_spec_validator

    plain = getattr(openapi_spec_validator, f"OpenAPIV3{minor}SpecValidator")
    kinds = {name: _placing(name, kind) for name, kind in plain.keyword_validators.items()}
    return type(plain.__name__, (plain,), {"keyword_validators": kinds})


def _placing(name: str, kind: Any) -> Any:
    """A validator of one kind of object that puts the place of the object before its errors."""

    def call(self: Any, *given: Any, **more: Any) -> Iterator[Any]:
        place = next(part for part in given if hasattr(part, "parts")).parts
        for error in kind.__call__(self, *given, **more):
            if not hasattr(error, "is_placed"):
                error.path = error.relative_path = deque([*place, *error.absolute_path])
                error.parent, error.is_placed = None, True
            yield error

    members: dict[str, Any] = {"__call__": call}
    if name == "default":
        members["__call__"] = lambda *_: iter(())  # judged by `default_findings`
    if hasattr(kind, "schema_validator_format_checker"):
        members["schema_validator_format_checker"] = _unread(kind.schema_validator_format_checker)
    return type(kind.__name__, (kind,), members)


def _unread(formats: Any) -> Any:
    """Formats without that of patterns, which `pattern_findings` judges."""
    unread = copy.copy(formats)
    unread.checkers = {name: one for name, one in formats.checkers.items() if name != "regex"}
    return unread
