"""The collections of a contract of others: other credentials, odd paths, nothing to show."""

import json

import pytest
from jsonschema_rs import Draft202012Validator

from bacasable.contract import load_contract
from bacasable.portal import downloads
from bacasable.portal.calls import calls_of, path_values
from bacasable.portal.edition import Edition
from tests.portal.postman_schema import COLLECTION
from tests.portal.sending import HttpReader, PostmanReader

BINARY = {"multipart/form-data": {"schema": {"type": "object"}}}


def operation(**declared):
    return {"responses": {"default": {"description": "Something."}}, **declared}


def text(name, place, **more):
    return {"name": name, "in": place, "required": place == "path", **more} | {
        "schema": {"type": "string"}
    }


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Dépôt / “Files” {{x}}", "version": "7"},
    "paths": {
        "/files/{name}.{end}/{part}": {
            "parameters": [text("name", "path", example="a b"), text("end", "path", example="txt")],
            "get": operation(
                operationId="read",
                security=[{"basic": []}],
                parameters=[
                    text("part", "path", example="x/y"),
                    text("q", "query", example="é&=", required=True),
                    text("X-More", "header", example="some"),
                ],
            ),
        },
        "/upload": {
            "post": operation(
                operationId="upload-it",
                summary="Send\na file",
                requestBody={"required": True, "content": BINARY},
            )
        },
        "/key": {"get": operation(operationId="key", security=[{"query": []}])},
        "/head/": {"get": operation(operationId="head", security=[{"header": []}])},
        "/me": {"get": operation(operationId="me", security=[{"bearer": []}])},
        "/list": {
            "put": operation(
                operationId="replace",
                requestBody={"content": {"application/json": {"example": ["{{not}}", 1]}}},
            )
        },
    },
    "components": {
        "securitySchemes": {
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "query": {"type": "apiKey", "in": "query", "name": "api key"},
            "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
        }
    },
}


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    file = tmp_path_factory.mktemp("foreign") / "openapi.json"
    file.write_text(json.dumps(DOCUMENT), "utf-8")
    return Edition("en", ("en",), load_contract(file), "https://files.example")


@pytest.fixture
def items(edition):
    reader = PostmanReader(downloads.postman_json(edition))
    assert list(Draft202012Validator(COLLECTION).iter_errors(reader.collection)) == []
    return reader, {item["id"]: item for item in reader.items()}


def test_every_operation_is_there_even_one_that_cannot_be_shown(items, edition):
    _, found = items
    assert found.keys() == edition.contract.operations.keys()
    upload = found["upload-it"]["request"]
    assert (upload["method"], upload["url"]["raw"]) == ("POST", "{{baseUrl}}/upload")
    http = downloads.http_text(edition).decode()
    assert "### Send a file\n# @name upload_it\n#" in http
    assert "\nPOST {{baseUrl}}/upload" not in http


def test_parts_of_a_path_that_are_no_whole_parts_are_written(items):
    url = items[1]["read"]["request"]["url"]
    assert url["path"] == ["files", "a%20b.txt", ":part"]
    assert url["variable"] == [{"key": "part", "value": "x%2Fy", "description": ""}]


def test_credentials_are_variables_that_wait_for_their_values(items):
    reader, found = items
    auth = found["read"]["request"]["auth"]
    assert auth == {
        "type": "basic",
        "basic": [
            {"key": "username", "value": "{{api_user}}"},
            {"key": "password", "value": "{{api_password}}"},
        ],
    }
    assert reader.values == {
        "baseUrl": "https://files.example",
        "api_user": "",
        "api_password": "",
        "api_key": "",
        "token": "",
    }
    assert found["key"]["request"]["url"]["raw"] == "{{baseUrl}}/key?api key={{api_key}}"
    (header,) = found["head"]["request"]["header"]
    assert reader.request(found["head"]).url == "https://files.example/head/"
    assert (header["key"], header["value"]) == ("X-Key", "{{api_key}}")
    assert "auth" not in found["me"]["request"]
    assert reader.collection["auth"]["type"] == "bearer"


def test_the_http_file_says_the_same(edition):
    reader = HttpReader(downloads.http_text(edition).decode())
    reader.values |= {"api_user": "me", "api_password": "secret", "api_key": "k", "token": "t"}
    read = reader.request("read", {})
    assert read.url == "https://files.example/files/a%20b.txt/x%2Fy?q=%C3%A9%26%3D"
    assert read.headers == {"Authorization": "Basic me secret"}
    assert reader.request("key", {}).url == "https://files.example/key?api%20key=k"
    assert reader.request("head", {}).url == "https://files.example/head/"
    assert reader.request("head", {}).headers == {"X-Key": "k"}
    assert reader.request("me", {}).headers == {"Authorization": "Bearer t"}


def test_what_looks_like_a_variable_in_an_example_is_sent_as_it_is(items, edition):
    reader, found = items
    assert json.loads(reader.request(found["replace"]).content) == ["{{not}}", 1]
    http = HttpReader(downloads.http_text(edition).decode())
    assert json.loads(http.request("replace", {}).content) == ["{{not}}", 1]


def test_path_values_are_those_of_the_sample(edition):
    (calls,) = [below for _, below in calls_of(edition).tags]
    read = next(call for call in calls if call.operation.id == "read")
    assert path_values(read) == {"name": "a%20b", "end": "txt", "part": "x%2Fy"}


def test_names_of_files_are_plain_whatever_the_title(edition):
    assert set(downloads.paths(edition).values()) == {
        "downloads/openapi.en.yaml",
        "downloads/openapi.en.json",
        "downloads/depot-files-x.en.postman_collection.json",
        "downloads/depot-files-x.en.http",
    }
