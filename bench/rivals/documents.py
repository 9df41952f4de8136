"""The documents that all are measured on, and what is asked of each: two written, one generated.

The large one has 40 collections of 5 operations each, with nested records, references and
examples: the same text on every run.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "documents"
COLLECTIONS = 40
_SHOWN = 10
_WORDS = ("amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "inlet", "jetty")

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked of a document: a list, a record of its examples, two bodies to create with."""

    name: str
    collection: str
    item: str
    valid: Json
    refused: Json


ASKED = (
    Asked(
        "ferry",
        "/crossings",
        "/crossings/c1",
        {"from": "North Quay", "to": "Heron Rock", "minutes": 35, "cars": 4, "open": True},
        {"from": "", "to": "Heron Rock", "minutes": 0},
    ),
    Asked(
        "music",
        "/lessons",
        "/lessons/lesson-1",
        {
            "title": "Cello for beginners",
            "teacherId": "teacher-1",
            "level": "first",
            "price": 32.5,
            "slot": {"day": "monday", "start": "10:15", "minutes": 45},
            "pieces": [{"title": "Lullaby", "bars": 24}],
        },
        {"title": "", "level": "tenth", "slot": {"day": "monday", "start": "10:15"}},
    ),
    Asked(
        "estate",
        "/kind20",
        "/kind20/kind20-1",
        {
            "name": "A new one",
            "status": "open",
            "weight": 12.5,
            "tags": ["amber"],
            "place": {"street": "1 Mill Lane", "city": "Heron", "code": "12345"},
        },
        {"name": "", "status": "lost", "tags": "amber"},
    ),
)


def written(asked: Asked, folder: Path) -> Path:
    """The file of a document; the large one is written into the folder."""
    if asked.name != "estate":
        return FOLDER / f"{asked.name}.yaml"
    path = folder / "estate.yaml"
    if not path.exists():
        path.write_text(yaml.dump(large(), Dumper=_Plain, sort_keys=False, width=100), "utf-8")
    return path


class _Plain(yaml.SafeDumper):
    """Writes what is there twice twice: people do not write YAML's anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's name
        return True


def large() -> Json:
    """An OpenAPI document of 200 operations."""
    paths: Json = {}
    schemas: Json = {
        "Status": {"type": "string", "enum": ["open", "held", "closed"]},
        "Place": {
            "type": "object",
            "required": ["street", "city"],
            "properties": {
                "street": {"type": "string", "minLength": 1, "maxLength": 120},
                "city": {"type": "string", "minLength": 1, "maxLength": 80},
                "code": {"type": "string", "pattern": "^[0-9]{5}$"},
            },
        },
        "Problem": {
            "type": "object",
            "required": ["title"],
            "properties": {"title": {"type": "string"}, "detail": {"type": "string"}},
        },
    }
    for number in range(COLLECTIONS):
        name = f"kind{number}"
        new = f"NewKind{number}"
        schemas[new] = _new(number)
        schemas[f"Kind{number}"] = {
            "allOf": [
                {"$ref": f"#/components/schemas/{new}"},
                {
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "readOnly": True}},
                },
            ]
        }
        paths[f"/{name}"], paths[f"/{name}/{{id}}"] = _collection(number), _item(number)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Estate", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _new(number: int) -> Json:
    """What creates a record of a kind."""
    return {
        "type": "object",
        "description": f"What is told of a record of kind {number} when it is made.",
        "required": ["name", "status"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 120},
            "status": {"$ref": "#/components/schemas/Status"},
            "weight": {"type": "number", "minimum": 0},
            "tags": {"type": "array", "maxItems": 10, "items": {"type": "string"}},
            "place": {"$ref": "#/components/schemas/Place"},
            f"only{number}": {"type": "integer", "minimum": 0, "description": "Of this kind."},
        },
    }


def _record(number: int, index: int) -> Json:
    """A record that examples show."""
    word = _WORDS[index % len(_WORDS)]
    return {
        "id": f"kind{number}-{index}",
        "name": f"The {word} one of kind {number}",
        "status": ("open", "held", "closed")[index % 3],
        "weight": index + 0.5,
        "tags": [word, _WORDS[(index + 3) % len(_WORDS)]],
        "place": {"street": f"{index} Mill Lane", "city": word.title(), "code": f"{10000 + index}"},
    }


def _answer(description: str, schema: Json, example: Any = None) -> Json:
    content: Json = (
        {"schema": schema} if example is None else {"schema": schema, "example": example}
    )
    return {"description": description, "content": {"application/json": content}}


def _collection(number: int) -> Json:
    of = {"$ref": f"#/components/schemas/Kind{number}"}
    shown = [_record(number, index) for index in range(1, _SHOWN + 1)]
    limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": _SHOWN}
    return {
        "get": {
            "operationId": f"listKind{number}",
            "summary": f"The records of kind {number}",
            "description": "A page of them, in the order in which they were made.",
            "parameters": [
                {"name": "limit", "in": "query", "schema": limit},
                {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}},
            ],
            "responses": {"200": _answer("A page.", {"type": "array", "items": of}, shown)},
        },
        "post": {
            "operationId": f"addKind{number}",
            "summary": f"Make a record of kind {number}",
            "requestBody": _body(number),
            "responses": {"201": _answer("Made.", of, _record(number, 1)), "400": _problem()},
        },
    }


def _item(number: int) -> Json:
    of = {"$ref": f"#/components/schemas/Kind{number}"}
    one = _answer("A record.", of, _record(number, 1))
    return {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "get": {
            "operationId": f"getKind{number}",
            "responses": {"200": one, "404": _problem()},
        },
        "put": {
            "operationId": f"replaceKind{number}",
            "requestBody": _body(number),
            "responses": {"200": one, "400": _problem(), "404": _problem()},
        },
        "delete": {
            "operationId": f"dropKind{number}",
            "responses": {"204": {"description": "Gone."}, "404": _problem()},
        },
    }


def _body(number: int) -> Json:
    schema = {"$ref": f"#/components/schemas/NewKind{number}"}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _problem() -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return _answer("What is wrong.", schema, {"title": "Correct the request."})


def loaded(path: Path) -> Json:
    """A document as plain values."""
    document: Json = yaml.safe_load(path.read_text("utf-8"))
    return document


def as_text(body: Json) -> str:
    """A body as JSON, without spaces."""
    return json.dumps(body, separators=(",", ":"))
