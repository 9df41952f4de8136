"""Contracts and editions for tests of views: the packaged one, and odd ones made by hand."""

import json
from pathlib import Path
from typing import Any

from bacasable.contract import Contract, load_contract
from bacasable.portal import Edition

HEAD = {"openapi": "3.1.0", "info": {"title": "Odd", "version": "1"}}
NODE = {"$ref": "#/components/schemas/Node"}


def edition_of(contract: Contract, language: str = "en") -> Edition:
    """A language of a contract, served on this machine."""
    return Edition(language, ("en", "fr"), contract, "http://127.0.0.1:4010")


def odd(folder: Path, **members: Any) -> Edition:
    """The edition of an OpenAPI 3.1 document with these members."""
    file = folder / "odd.json"
    file.write_text(json.dumps({**HEAD, **members}), "utf-8")
    return edition_of(load_contract(file))


def operation(schema: Any = None, *, answers: Any = None, **members: Any) -> dict[str, Any]:
    """An operation that takes JSON of a schema, and answers what is given."""
    body = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    responses = answers or {"204": {"description": "Done."}}
    return {"operationId": "act", "responses": responses, **(body if schema else {}), **members}


def acting(folder: Path, schema: Any, **schemas: Any) -> Edition:
    """The edition of a document whose one operation takes JSON of a schema."""
    components = {"schemas": schemas}
    return odd(folder, paths={"/act": {"post": operation(schema)}}, components=components)
