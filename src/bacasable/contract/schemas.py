"""JSON Schema validation, compiled once (Draft 2020-12, the dialect of OpenAPI 3.1).

Messages never repeat the value at fault: it may be a password.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

import jsonschema_rs

from .closed import closed, each
from .direction import READ_ONLY, WRITE_ONLY, without
from .document import ContractError, pointer
from .files import visible
from .model import JsonObject, ResourceType, Violation
from .names import did_you_mean
from .schema import SchemaView

CONTRACT_URI = "urn:bacasable:contract"
ANSWERS_URI = "urn:bacasable:answers"

TOLD = 1000
"""So many violations are told; those that follow stand in a list to be counted."""
_UNTOLD = Violation("", "one more violation, not told here")
_HELPED = 20
"""For so many unknown members the closest known name is sought, which takes its time."""
_LARGE = 20_000
"""A value with more parts is judged up to its first violation: a thousand cost 10 milliseconds.

Texts and numbers in an object are no parts: unknown members, however many, are one violation.
"""
_UNSOUGHT = Violation("", f"has more than {_LARGE} parts; further violations are not sought")
_MANY = 2_000
"""Members and items that are judged once it is known that something is wrong.

To tell what, the library writes down all of them, and lets nobody act meanwhile.
"""
_CUT = Violation("", f"has very many members; after {_MANY} of them violations are not sought")
_DEEPEST = 60

_STEPS = 10_000

Check = Callable[[Any], list[Violation]]
"""A compiled check: the violations of a value, none when it is valid."""


class NoSchema(ContractError, ValueError):
    """What stands at a place of a document is no schema."""


class SchemaSet:
    """All schemas of a document, ready to compile checks from.

    Answers are held to a stricter copy, in which an object that lists its properties may have no
    others. That is our promise, not one of OpenAPI: documents of others are not `closing`. Of
    theirs, requests lack what is `readOnly`, and answers what is `writeOnly` (`direction.py`).
    """

    def __init__(self, document: JsonObject, *, closing: bool = True) -> None:
        self._document = document
        self.is_closing = closing

    @cached_property
    def _requests(self) -> jsonschema_rs.Registry:
        return _registry(CONTRACT_URI, self._directed(self._document, CONTRACT_URI))

    @cached_property
    def _answers(self) -> jsonschema_rs.Registry:
        answers = closed(self._document) if self.is_closing else self._document
        return _registry(ANSWERS_URI, self._directed(answers, ANSWERS_URI))

    def _directed(self, node: Any, base: str) -> Any:
        """A schema, or the document, as it is for requests or for answers."""
        if self.is_closing:
            return node
        return without(self._document, node, READ_ONLY if base == CONTRACT_URI else WRITE_ONLY)

    def request_check(self, place: str) -> Check:
        """A check of request values against the schema at a pointer into the document."""
        return self._compile(_at(place), CONTRACT_URI)

    def answer_check(self, place: str) -> Check:
        """A check of answers against the stricter copy of the schema at a pointer."""
        return self._compile(_at(place), ANSWERS_URI)

    def record_check(self, resource: ResourceType) -> Check:
        """A check of whole records of a resource, as they are answered."""
        if resource.schema is not None:
            check = self._compile(resource.schema, ANSWERS_URI)
            return lambda record: check(visible(record))
        return self.answer_check(pointer("components", "schemas", resource.name))

    def check_for(self, schema: Any) -> Check:
        """A check for a schema that may refer into the document by `#/components/...`."""
        return self._compile(schema, CONTRACT_URI)

    def test_for(self, schema: Any) -> Callable[[Any], bool]:
        """Whether a value fits a schema that may refer into the document, and no more."""
        test: Callable[[Any], bool] = self._validator(schema, CONTRACT_URI).is_valid
        return test

    def keywords_for(self, schema: Any) -> Callable[[Any], list[tuple[str, str]]]:
        """Which keywords a value breaks: pointers, and of `required` the member that is absent.

        A pointer leads into the document where a reference was followed, else into the schema.
        """
        validator = self._validator(schema, CONTRACT_URI)

        def broken(value: Any) -> list[tuple[str, str]]:
            if validator.is_valid(value):
                return []
            errors = islice(validator.iter_errors(value), 1 if _is_large(value) else TOLD)
            found = (
                (pointer(*e.schema_path), e.kind.as_dict().get("property", "")) for e in errors
            )
            return list(dict.fromkeys(found))

        return broken

    def _validator(self, schema: Any, base: str) -> Any:
        """A compiled schema. Raises NoSchema, with the place, for what is none."""
        try:
            return jsonschema_rs.Draft202012Validator(
                _absolute(self._directed(schema, base), base),
                registry=self._answers if base == ANSWERS_URI else self._requests,
                validate_formats=True,
                mask="the value",
                # Patterns are matched in linear time; those that look around or back, which cannot
                # be, in so many steps at most: a text that needs more does not fit.
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS),
            )
        except jsonschema_rs.ValidationError as error:
            said = error.message.replace("the value", "what stands here", 1)
            raise NoSchema(said, pointer(*error.instance_path)) from error

    def _compile(self, schema: Any, base: str) -> Check:
        validator = self._validator(schema, base)

        def check(value: Any) -> list[Violation]:
            if validator.is_valid(value):
                return []
            if _is_large(value):
                less = _less(value, self._names, items=_MANY)
                first = self._violations(islice(validator.iter_errors(less), 1), schema)
                return [*first, _UNSOUGHT]
            less = _less(value, self._names)
            found = self._violations(validator.iter_errors(less), schema)
            # First, for of very many violations only some are told.
            return found if less is value else [_CUT, *found]

        return check

    @cached_property
    def _names(self) -> frozenset[str]:
        """The names of all properties in the document: without one, a value may lack something."""
        found: set[str] = set()
        rest: list[Any] = [self._document]
        while rest:
            node = rest.pop()
            if isinstance(node, dict):
                named = node.get("properties")
                found.update(named if isinstance(named, dict) else ())
                rest.extend(node.values())
            elif isinstance(node, list):
                rest.extend(node)
        return frozenset(found)

    def _violations(self, errors: Iterable[Any], schema: Any) -> list[Violation]:
        found: list[Violation] = []
        helped = 0
        for error in errors:
            place = pointer(*error.instance_path)
            kind = error.kind.name
            if kind == "required":
                name = error.kind.as_dict()["property"]
                found.append(Violation(place + pointer(name), "is required"))
            elif kind in {"additionalProperties", "unevaluatedProperties"}:
                unknown = error.kind.as_dict()["unexpected"]
                told = unknown[: max(0, TOLD - len(found))]
                near = told[: _HELPED - helped]
                known = sorted(self._members(schema, error.instance_path)) if near else []
                found += [_unknown(place, name, known) for name in near]
                found += [_unknown(place, name, []) for name in told[len(near) :]]
                found += [_UNTOLD] * (len(unknown) - len(told))
                helped += len(near)
            elif kind == "propertyNames":
                said = _said(error.kind.as_dict()["error"])
                found.append(Violation(place, f"has a member whose name {said}"))
            else:
                found.append(Violation(place, _said(error)))
        return found

    def _members(self, schema: Any, path: Iterable[str | int]) -> set[str]:
        """Names of the members that the schema knows at a path into the value."""
        return {n for one in SchemaView(self._document, schema).at(path) for n in one.members}


def _registry(uri: str, document: JsonObject) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(uri, document)], draft=jsonschema_rs.Draft202012)


def _at(place: str) -> JsonObject:
    return {"$ref": "#" + quote(place, safe="/~")}


def _said(error: Any) -> str:
    return str(error.message).removeprefix("the value ")


def _unknown(place: str, name: str, known: list[str]) -> Violation:
    near = did_you_mean(name, known) if known else ""
    return Violation(place + pointer(name), f"is not a known member{near}")


def _is_large(value: Any) -> bool:
    """Whether a value has more than _LARGE parts at all depths: items, objects and lists."""
    parts, rest = 0, [value]
    while rest and parts <= _LARGE:
        node = rest.pop()
        if isinstance(node, dict):
            inside = [value for value in node.values() if isinstance(value, dict | list)]
        else:
            inside = node if isinstance(node, list) else []
        parts += len(inside)
        rest.extend(inside)
    return parts > _LARGE


def _less(value: Any, names: frozenset[str], items: int | None = None, depth: int = 0) -> Any:
    """A value with fewer of the members that no schema names, and of its items; itself if none go.

    Only so many `items` of a list are kept, if any number is given.
    """
    if depth == _DEEPEST or not isinstance(value, dict | list) or not value:
        return value
    if isinstance(value, list):
        kept = value[:items]
        less = [_less(item, names, items, depth + 1) for item in kept]
        same = len(less) == len(value) and all(a is b for a, b in zip(less, value, strict=True))
        return value if same else less
    known = value
    if len(value) > _MANY:
        others = islice((name for name in value if name not in names), _MANY)
        chosen = {*others, *(names & value.keys())}
        known = {name: inner for name, inner in value.items() if name in chosen}
    members = {name: _less(inner, names, items, depth + 1) for name, inner in known.items()}
    same = len(members) == len(value) and all(members[n] is value[n] for n in members)
    return value if same else members


def _absolute(node: Any, base: str) -> Any:
    """A copy whose references lead into a resource of the registry."""
    if isinstance(node, list):
        return [_absolute(item, base) for item in node]
    if not isinstance(node, dict):
        return node
    copy = each(node, lambda _, value: _absolute(value, base))
    if isinstance(node.get("$ref"), str):
        # A path in a pointer has braces, or even a fragment, which a URI may not have.
        copy["$ref"] = base + "#" + quote(unquote(node["$ref"][1:]), safe="/~")
    return copy
