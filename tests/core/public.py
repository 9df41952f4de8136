"""Small documents of the kinds that public ones are of, and a sandbox that serves one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bacasable.platforms import PlatformPackage
from bacasable.server.launch import build_sandbox
from tests.support import Api, in_process

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
BOAT = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
REF = {"$ref": "#/components/schemas/Boat"}
EXAMPLE = ("x-sandbox-answer", "example")


def answer(schema: Any = None, media_type: str = "application/json", **more: Any) -> Any:
    content = {} if schema is None else {"content": {media_type: {"schema": schema}}}
    return {"description": "So.", **content, **more}


def taking(schema: Any, media_type: str = "application/json") -> Any:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def operation(schema: Any = None, *, body: Any = None, status: str = "200", **more: Any) -> Any:
    found = {"responses": {status: answer(schema)}, **more}
    return found | ({"requestBody": taking(body)} if body else {})


def document(paths: Any, *, version: str = "3.1.0", **schemas: Any) -> Any:
    named = {"Boat": BOAT} | schemas
    info = {"title": "Harbour", "version": "1"}
    return {"openapi": version, "info": info, "paths": paths, "components": {"schemas": named}}


def written(folder: Path, made: Any) -> Path:
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(made, sort_keys=False), "utf-8")
    return path


@contextmanager
def served(folder: Path, made: Any) -> Iterator[Api]:
    package = PlatformPackage.of(written(folder, made))
    with in_process(build_sandbox(package, open_access=True)) as api:
        yield api


LIST = {"type": "array", "items": REF}
BOATS = {
    "/boats": {"get": operation(LIST), "post": operation(REF, body=REF, status="201")},
    "/boats/{id}": {"parameters": [ID], "get": operation(REF)},
}
