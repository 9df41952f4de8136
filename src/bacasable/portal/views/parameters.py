"""The parameters of an operation and the headers of its answers, as rows of tables."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...contract.document import resolve
from ...contract.model import Contract, JsonObject, Operation
from ...contract.schema import whole
from ..edition import Edition
from ..model import Link, Member, ParameterGroup
from .limits import kinds_of
from .members import ANSWER, REQUEST, described, members
from .places import chosen_media, places, raw_parameters

_PLACES = ("path", "query", "header", "cookie")
_DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


def parameter_groups(edition: Edition, operation: Operation) -> tuple[ParameterGroup, ...]:
    """The parameters of an operation by their place: path, query, headers, cookies."""
    declared = raw_parameters(edition.contract, operation)
    return tuple(
        ParameterGroup(
            place,
            edition.say(f"reference.place_{place}"),
            tuple(_parameter(edition, operation, one) for one in declared if one["in"] == place),
        )
        for place in _PLACES
        if any(one["in"] == place for one in declared)
    )


def headers_of(edition: Edition, response: JsonObject) -> tuple[Member, ...]:
    """The headers of an answer. Content-Type is told by its content."""
    document = edition.contract.document
    named = [(name, resolve(document, h)) for name, h in response.get("headers", {}).items()]
    return tuple(
        _row(edition, name, header, ANSWER)
        for name, header in named
        if name.lower() != "content-type"
    )


def _parameter(edition: Edition, operation: Operation, declared: JsonObject) -> Member:
    row = _row(edition, declared["name"], declared, REQUEST)
    told = (*_styles(edition, declared), *_filters(edition, declared))
    named = row.names or _named(edition, operation, declared)
    return replace(row, limits=row.limits + told, names=named)


def _row(edition: Edition, name: str, declared: JsonObject, way: str) -> Member:
    """A parameter or header: its own description comes before that of its schema."""
    schema = _schema_of(declared)
    row = members(edition).row(name, schema, required=declared.get("required") is True, way=way)
    if declared.get("description"):
        row = replace(row, html=described(str(declared["description"])))
    if declared.get("deprecated") is True:
        row = replace(row, limits=(*row.limits, edition.say("reference.deprecated")))
    return replace(row, read_only=False, write_only=False)


def _schema_of(declared: JsonObject) -> Any:
    if "schema" in declared:
        return declared["schema"]
    return chosen_media(declared.get("content", {}))[1].get("schema", {})


def _styles(edition: Edition, declared: JsonObject) -> Iterator[str]:
    """How a list or object is written, where it is not the way that OpenAPI has by default."""
    place = declared["in"]
    usual = _DEFAULT_STYLE.get(place, "simple")
    style = declared.get("style", usual)
    explode = declared.get("explode", style == "form")
    kinds = kinds_of(whole(edition.contract.document, _schema_of(declared)).keywords)
    if not {"array", "object"} & set(kinds) or (style == usual and explode == (usual == "form")):
        return
    key = {"spaceDelimited": "space", "pipeDelimited": "pipe", "deepObject": "deep"}.get(style)
    if style == "form":
        key = "comma" if not explode else "members" if "object" in kinds else "repeated"
    key = f"reference.style_{key or 'other'}"
    yield edition.say(key, name=declared["name"], style=f"{style}{', explode' if explode else ''}")


def _filters(edition: Edition, declared: JsonObject) -> Iterator[str]:
    found = declared.get("x-filter")
    if isinstance(found, dict) and "match" in found:
        fields = found.get("fields") or [found["field"]]
        yield edition.say(f"reference.filter_{found['match']}", fields=", ".join(fields))


def _named(edition: Edition, operation: Operation, declared: JsonObject) -> Link | None:
    """The resource whose id a parameter holds: the path's record or parent, a filtered field's."""
    contract = edition.contract
    owner = contract.resources.get(operation.action.resource or "")
    if owner is None:
        return None
    name = ""
    if declared["in"] == "path":
        name = _in_path(contract, operation, declared["name"])
    elif isinstance(declared.get("x-filter"), dict):
        field = owner.properties.get(declared["x-filter"].get("field", ""), {})
        name = str(field.get("x-references", ""))
    return places(edition).models.get(name)


def _in_path(contract: Contract, operation: Operation, name: str) -> str:
    action = operation.action
    if name == action.item_param:
        return action.resource or ""
    parent = contract.resources[action.resource or ""].parent
    return parent.resource if parent and name == action.parent_param else ""
