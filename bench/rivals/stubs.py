"""Canned answers for WireMock: one mapping for each operation, from the examples of the document.

It reads no OpenAPI itself. A mapping is found by method and path, as cheaply as WireMock can: a
path without parameters is compared whole, one with parameters by its template.
"""

import json
from pathlib import Path
from typing import Any

from .documents import loaded

Json = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def stubs(document: Json) -> list[Json]:
    """The mappings of a document, each with the first answer of its operation that is 2xx."""
    return [
        {"request": _request(method, path), "response": _response(document, operation)}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def _request(method: str, path: str) -> Json:
    by = "urlPathTemplate" if "{" in path else "urlPath"
    return {"method": method.upper(), by: path}


def _response(document: Json, operation: Json) -> Json:
    status, answer = next(
        (status, _followed(document, answer))
        for status, answer in operation["responses"].items()
        if str(status).startswith("2")
    )
    shown = answer.get("content", {}).get("application/json", {})
    response: Json = {"status": int(status)}
    if "example" in shown:
        response["headers"] = {"Content-Type": "application/json"}
        response["body"] = json.dumps(shown["example"], separators=(",", ":"), default=str)
    return response


def _followed(document: Json, value: Json) -> Json:
    while "$ref" in value:
        found = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def write_stubs(document: Path, root: Path) -> None:
    """The folder that WireMock is started on, once."""
    folder = root / "mappings"
    if folder.exists():
        return
    folder.mkdir(parents=True)
    text = json.dumps({"mappings": stubs(loaded(document))})
    (folder / "all.json").write_text(text, "utf-8")
