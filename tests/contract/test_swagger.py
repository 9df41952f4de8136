"""Swagger 2.0 is read as the OpenAPI 3 that says the same; faults are told at its own places."""

from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import ContractError, load_contract
from bacasable.contract.load import _loaded, check_file
from bacasable.contract.swagger import converted, is_swagger, place_in_swagger, unconverted

HIVES: dict[str, Any] = yaml.safe_load(
    """
swagger: "2.0"
info: {title: Hives, version: "1"}
host: hives.example
basePath: /v1/
schemes: [https, http]
x-own: 1
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  key: {type: apiKey, in: header, name: X-Key}
  password: {type: basic, description: By name.}
  oauth: {type: oauth2, flow: accessCode, authorizationUrl: "https://a.example/a",
          tokenUrl: "https://a.example/t", scopes: {read: Reads.}}
security: [{key: []}]
parameters:
  Page: {name: page, in: query, type: integer, minimum: 1, default: 1}
  Hive: {name: hive, in: body, required: true, schema: {$ref: "#/definitions/Hive"}}
responses:
  Gone: {description: There is none., schema: {$ref: "#/definitions/Problem"}}
definitions:
  Hive:
    type: object
    required: [name]
    discriminator: kind
    properties:
      name: {type: string, example: Lime}
      kind: {type: string}
      queen: {type: string, x-nullable: true}
      combs: {type: array, items: {$ref: "#/definitions/Comb"}}
      notes: {type: object, additionalProperties: {type: string, x-nullable: false}}
  Big: {allOf: [{$ref: "#/definitions/Hive"}, {properties: {floors: {type: integer}}}]}
  Comb: {type: object, properties: {weight: {type: number, minimum: 0, exclusiveMinimum: true}}}
  Problem: {type: object, properties: {detail: {type: string}}}
paths:
  /hives:
    parameters: [{$ref: "#/parameters/Page"}]
    get:
      operationId: listHives
      parameters:
        - {name: tag, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: id, in: query, type: array, items: {type: integer}, collectionFormat: pipes}
        - {name: X-Trace, in: header, type: array, items: {type: string}, x-example: [a]}
      responses:
        "200":
          description: Hives.
          schema: {type: array, items: {$ref: "#/definitions/Hive"}}
          headers: {X-Total: {type: integer, description: How many.}}
          examples: {application/json: [{name: Lime}]}
    post:
      operationId: createHive
      parameters: [{$ref: "#/parameters/Hive"}]
      responses:
        "201": {description: Made., schema: {$ref: "#/definitions/Hive"}}
        default: {$ref: "#/responses/Gone"}
  /hives/{id}/picture:
    parameters:
      - {name: id, in: path, required: true, type: string}
      - {name: note, in: formData, type: string, description: A note.}
    put:
      operationId: setPicture
      consumes: [multipart/form-data, application/x-www-form-urlencoded]
      parameters:
        - {name: file, in: formData, type: file, required: true}
        - {name: tags, in: formData, type: array, items: {type: string, collectionFormat: csv}}
      responses: {"204": {description: Kept.}}
    get:
      operationId: getPicture
      produces: [image/png]
      responses: {"200": {description: It., schema: {type: file}}}
    patch:
      operationId: renamePicture
      consumes: [text/plain]
      parameters: [{name: name, in: formData, type: string}]
      responses: {"204": {description: Kept.}}
"""
)


def bent(**changes: Any) -> dict[str, Any]:
    return deepcopy(HIVES) | changes


def test_it_is_told_by_its_version() -> None:
    assert is_swagger({"swagger": "2.0"})
    assert is_swagger({"swagger": 2})
    assert not is_swagger({"swagger": "1.2"})
    assert not is_swagger({"openapi": "3.0.0"})


def test_addresses_and_schemes_stand_where_openapi_3_has_them() -> None:
    new = converted(HIVES)
    assert [s["url"] for s in new["servers"]] == [
        "https://hives.example/v1",
        "http://hives.example/v1",
    ]
    assert new["x-own"] == 1
    schemes = new["components"]["securitySchemes"]
    assert schemes["password"] == {"type": "http", "scheme": "basic", "description": "By name."}
    assert schemes["key"] == HIVES["securityDefinitions"]["key"]
    flow = {"authorizationUrl": "https://a.example/a", "tokenUrl": "https://a.example/t"}
    assert schemes["oauth"]["flows"] == {"authorizationCode": flow | {"scopes": {"read": "Reads."}}}
    for given_, url in (({}, "/"), ({"basePath": "/v2"}, "/v2"), ({"host": "h"}, "https://h")):
        document = {"swagger": "2.0"} | given_
        assert [s["url"] for s in converted(document)["servers"]] == [url]


def test_bodies_have_a_place_of_their_own() -> None:
    paths = converted(HIVES)["paths"]
    made = paths["/hives"]["post"]["requestBody"]
    assert made["required"] is True
    assert made["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Hive"}
    assert "parameters" not in paths["/hives"]["post"]
    picture = paths["/hives/{id}/picture"]
    assert [p["name"] for p in picture["parameters"]] == ["id"]
    ((media, form),) = picture["put"]["requestBody"]["content"].items()
    assert media == "multipart/form-data"
    assert form["schema"]["required"] == ["file"]
    assert form["schema"]["properties"]["note"] == {"type": "string", "description": "A note."}
    assert form["schema"]["properties"]["file"] == {"type": "string", "format": "binary"}
    assert form["schema"]["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert set(picture["patch"]["requestBody"]["content"]) == {"application/x-www-form-urlencoded"}
    assert "requestBody" not in picture["get"] or "required" not in picture["get"]["requestBody"]
    answer = picture["get"]["responses"]["200"]["content"]
    assert answer == {"image/png": {"schema": {"type": "string", "format": "binary"}}}


def test_lists_in_parameters_are_written_as_they_were() -> None:
    tag, id_, trace = converted(HIVES)["paths"]["/hives"]["get"]["parameters"]
    assert (tag["style"], tag["explode"]) == ("form", True)
    assert (id_["style"], id_["explode"]) == ("pipeDelimited", False)
    assert trace["schema"] == {"type": "array", "items": {"type": "string"}}
    assert trace["example"] == ["a"]
    assert "explode" not in trace
    optional = {"get": {"parameters": [{"name": "a", "in": "path", "type": "string"}]}}
    (a,) = converted({"swagger": "2.0", "paths": {"/{a}": optional}})["paths"]["/{a}"]["get"][
        "parameters"
    ]
    assert a["required"] is True


def test_schemas_say_the_same() -> None:
    new = converted(HIVES)
    hive = new["components"]["schemas"]["Hive"]
    assert hive["discriminator"] == {"propertyName": "kind"}
    assert hive["properties"]["queen"] == {"type": "string", "nullable": True}
    assert hive["properties"]["combs"]["items"] == {"$ref": "#/components/schemas/Comb"}
    assert hive["properties"]["notes"]["additionalProperties"] == {"type": "string"}
    answer = new["paths"]["/hives"]["get"]["responses"]["200"]
    assert answer["headers"]["X-Total"]["schema"] == {"type": "integer"}
    assert answer["content"]["application/json"]["example"] == [{"name": "Lime"}]
    assert new["paths"]["/hives"]["post"]["responses"]["default"] == {
        "$ref": "#/components/responses/Gone"
    }


def written(document: dict[str, Any], folder: Path) -> Path:
    path = folder / "hives.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return path


def test_it_is_loaded_and_checked_as_any_document(tmp_path: Path) -> None:
    path = written(HIVES, tmp_path)
    contract = load_contract(path)
    assert contract.base_path == "/v1"
    assert set(contract.operations) == {
        "listHives", "createHive", "setPicture", "getPicture", "renamePicture"
    }  # fmt: skip
    assert check_file(path) == []


def test_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    document = bent()
    document["paths"]["/hives"]["get"]["schemes"] = ["https"]  # of addresses, which are ours here
    document["paths"]["/hives"]["get"]["parameters"][0]["collectionFormat"] = "tsv"
    found = {v.pointer: v.detail for v in unconverted(document)}
    assert set(found) == {"/paths/~1hives/get/parameters/0/collectionFormat"}
    assert len(check_file(written(document, tmp_path))) == 1
    load_contract(written(document, tmp_path))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/components/schemas/Hive/type", "/definitions/Hive/type"),
        ("/components/securitySchemes/key", "/securityDefinitions/key"),
        ("/components/requestBodies/A", "/parameters/A"),
        ("/paths/~1hives/post/requestBody/content", "/paths/~1hives/post/parameters"),
        ("/paths/~1hives/get", "/paths/~1hives/get"),
        ("/components", "/components"),
        ("", ""),
    ],
)
def test_places_are_those_of_the_file(place: str, said: str) -> None:
    assert place_in_swagger(place) == said


def test_a_fault_is_told_where_it_stands(tmp_path: Path) -> None:
    document = bent(definitions={"Comb": {"properties": {"bee": {"$ref": "#/definitions/Bee"}}}})
    document["paths"] = {}
    path = written(document, tmp_path)
    said = next(s for s in load_contract(path).mended if "/definitions/Comb/" in s)
    line = path.read_text("utf-8").splitlines().index("      bee:") + 1
    assert said.startswith(f"{path}:{line}: /definitions/Comb/properties/bee: ")
    assert said.endswith("leads nowhere; correct the reference")


ODD = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab/#", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return found + [place for key, value in children for place in places(value, (*at, key))]


@given(st.sampled_from(places(HIVES)), ODD, st.data())
def test_a_bent_document_is_read_or_refused_in_one_line(place: Any, value: Any, data: Any) -> None:
    document = bent()
    node = document
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    path = Path(data.draw(st.just("hives.yaml")))
    text = yaml.safe_dump(document)
    with suppress(Told):
        try:
            _loaded(path, text, None, None)
        except ContractError as error:
            raise Told(error) from error


class Told(Exception):
    def __init__(self, error: ContractError) -> None:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "paths",
    [[], {"/a": []}, {"/a": {"get": []}}, {"/a": {"get": {"responses": []}}}],
)
def test_what_is_no_object_stays_for_the_checks_that_follow(paths: Any) -> None:
    assert converted({"swagger": "2.0", "paths": paths})["paths"] == paths


@pytest.mark.parametrize(
    "odd", [[], {"$ref": 1}, {"$ref": "other.yaml#/definitions/A"}, {"$ref": "#/x/A"}]
)
def test_what_cannot_be_a_part_stays_too(odd: Any) -> None:
    get = {"parameters": [odd], "responses": {"200": odd}}
    document = {
        "definitions": {"A": odd},
        "securityDefinitions": {"k": odd},
        "paths": {"/a": {"get": get}},
    }
    document["responses"] = {"R": {"description": "It.", "headers": {"X": odd}}}
    new = converted({"swagger": "2.0"} | document)
    assert new["components"]["schemas"]["A"] == odd
    assert new["paths"]["/a"]["get"]["parameters"] == [odd]
