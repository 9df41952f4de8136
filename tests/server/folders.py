"""Folders as platforms, written for tests: a workshop with tools and loans of them."""

from pathlib import Path
from typing import Any

import yaml

from bacasable.platforms import PlatformPackage
from bacasable.server.launch import Assembly, build_sandbox

TOOL = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "name": {"type": "string", "maxLength": 20},
        "worn": {"type": "boolean", "default": False},
    },
}
LOAN = {
    "type": "object",
    "required": ["who"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "who": {"type": "string"},
    },
}


def collection(path: str, name: str, item: str, **create: Any) -> dict[str, Any]:
    """The paths of a collection and its items."""
    schema = {"$ref": f"#/components/schemas/{name}"}
    above = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "integer"}}
        for part in path.split("/")
        if part.startswith("{")
    ]
    own = {"name": item, "in": "path", "required": True, "schema": {"type": "integer"}}

    def answer(what: Any) -> dict[str, Any]:
        return {"description": "It.", "content": {"application/json": {"schema": what}}}

    def body() -> dict[str, Any]:
        return {"required": True, "content": {"application/json": {"schema": schema}}}

    return {
        path: {
            "parameters": above,
            "get": {
                "operationId": f"list{name}s",
                "responses": {"200": answer({"type": "array", "items": schema})},
            },
            "post": {
                "operationId": f"add{name}",
                "requestBody": body(),
                "responses": {"201": answer(schema)},
                **create,
            },
        },
        f"{path}/{{{item}}}": {
            "parameters": [*above, own],
            "get": {"operationId": f"read{name}", "responses": {"200": answer(schema)}},
            "put": {
                "operationId": f"set{name}",
                "requestBody": body(),
                "responses": {"200": answer(schema)},
            },
            "delete": {"operationId": f"drop{name}", "responses": {"204": {"description": "."}}},
        },
    }


def workshop(tool: Any = None, *, rules: Any = (), secured: bool = False) -> dict[str, Any]:
    """A document. `rules` are those of adding a tool."""
    paths = collection("/tools", "Tool", "toolId", **({"x-rules": [*rules]} if rules else {}))
    paths |= collection("/tools/{toolId}/loans", "Loan", "loanId")
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Workshop", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Tool": tool or TOOL, "Loan": LOAN}},
    }
    if secured:
        scheme = {"type": "apiKey", "in": "header", "name": "X-Key"}
        document["components"]["securitySchemes"] = {"key": scheme}
        document["security"] = [{"key": []}]
    return document


def write(folder: Path, document: Any = None, **files: str) -> Path:
    """A folder with a document and other files: `rules` is rules.py, `fixtures_a` fixtures/a."""
    folder.mkdir(exist_ok=True)
    file = folder / "openapi.yaml"
    if document or not file.exists():
        text = document if isinstance(document, str) else yaml.safe_dump(document or workshop())
        file.write_text(text, "utf-8")
    endings = {"rules": "rules.py", "overlay": "overlay.yaml"}
    for name, content in files.items():
        above, _, stem = name.partition("_")
        ending = ".md" if above == "guides" else ".yaml"
        file = folder / endings.get(name, f"{above}/{stem}{ending}")
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, "utf-8")
    return folder


def opened(folder: Path, **options: Any) -> Assembly:
    """The sandbox of a folder."""
    return build_sandbox(PlatformPackage.of(folder), **options)
