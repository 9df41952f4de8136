"""Parameters in every style: readers of one parameter, and what a refusal says of it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from bacasable.contract import RawRequest, Refusal, RequestReader, Violation
from bacasable.contract.operations import operation_of
from bacasable.contract.schemas import SchemaSet
from bacasable.contract.styles import path_texts

NUMBERS = {"type": "array", "items": {"type": "integer"}}
POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}


def reader(
    declared: dict[str, Any], *others: dict[str, Any], lenient: bool = True
) -> RequestReader:
    parameters = [declared, *others]
    path = "/x/{color}" if declared["in"] == "path" else "/x"
    operation = {"operationId": "x", "parameters": parameters, "responses": {}}
    document = {"openapi": "3.1.0", "paths": {path: {"get": operation}}}
    made = operation_of(document, path, "get", operation, {}, schemes={}, strict=False)
    return RequestReader(made, SchemaSet(document, closing=False), document, lenient=lenient)


def color(place: str, style: str, explode: bool, schema: Any, **more: Any) -> dict[str, Any]:
    required = {"required": True} if place == "path" else {}
    return {
        "name": "color",
        "in": place,
        "style": style,
        "explode": explode,
        "schema": schema,
        **required,
        **more,
    }


def texts_of_path(declared: dict[str, Any]) -> Callable[[list[str]], dict[str, str]]:
    """What makes of the segment of a path, as it was sent, the text that is read."""
    operation = {"operationId": "x", "parameters": [declared], "responses": {}}
    document = {"openapi": "3.1.0", "paths": {"/x/{color}": {"get": operation}}}
    made = operation_of(document, "/x/{color}", "get", operation, {}, schemes={}, strict=False)
    return path_texts(document, made) or (lambda sent: {"color": unquote(sent[0])})


def violations(made: RequestReader, **request: Any) -> list[Violation]:
    with pytest.raises(Refusal) as refusal:
        made.read(RawRequest(path=request.pop("path", {}), **request))
    assert refusal.value.code == "INVALID_REQUEST"
    return list(refusal.value.violations)
