"""Samples of any contract: who logs in, what proves the caller, values without an example."""

from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from bacasable.contract import load_contract
from bacasable.contract.build import build_contract
from bacasable.contract.values import made
from bacasable.portal.edition import Edition
from bacasable.portal.samples import languages, program_of, samples_of
from bacasable.portal.samples.model import Take, Text, Variable
from bacasable.resources import CONTRACT
from tests.portal.hearing import ENVIRONMENT, hear
from tests.tables import each

CONTRACT_ = load_contract(CONTRACT)
LANGUAGES = [language.id for language in languages()]
COMMENTS = {"python": "# ", "curl": "# ", "typescript": "// ", "php": "// "}
BASIC = [ENVIRONMENT["API_USER"], ENVIRONMENT["API_PASSWORD"]]


def edition(contract=CONTRACT_, language="en") -> Edition:
    return Edition(language, ("en", "fr"), contract, "https://api.example")


def foreign(operation, method="get", path="/things", **components) -> Edition:
    """A contract of others, with one operation `call`."""
    responses = {"200": {"description": "Done.", "content": {"application/json": {}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {path: {method: {"operationId": "call", "responses": responses, **operation}}},
        "components": components,
    }
    return edition(build_contract(document, "test"))


def sent(told: Edition, folder: Path) -> list[dict]:
    """What the samples of `call` send, one of each language."""
    samples = samples_of(told, "call")
    assert [sample.language for sample in samples] == LANGUAGES
    return [hear(sample.language, [sample.code.text], folder)[0] for sample in samples]


def test_every_file_that_declares_a_language_is_one():
    assert LANGUAGES == ["python", "curl", "typescript", "php"]


def test_every_operation_has_a_sample_in_every_language():
    told = edition()
    for operation in CONTRACT_.operations:
        samples = samples_of(told, operation)
        assert [sample.language for sample in samples] == LANGUAGES, operation
        for sample in samples:
            assert sample.code.text.endswith("\n")
            assert not sample.code.text.endswith("\n\n")
            assert max(map(len, sample.code.text.splitlines())) <= 105, sample.code.text


# --- languages of the site


@each("operation", CONTRACT_.operations)
def test_french_and_english_samples_differ_in_comments_only(operation):
    summaries = {
        name: replace(o, summary=f"Résumé\nde « {o.summary} ».")
        for name, o in CONTRACT_.operations.items()
    }
    french = edition(replace(CONTRACT_, operations=summaries), "fr")
    pairs = zip(samples_of(edition(), operation), samples_of(french, operation), strict=True)
    for english, other in pairs:
        mark = COMMENTS[english.language]
        assert _code(english.code.text, mark) == _code(other.code.text, mark)
        assert f"{mark}Résumé de « {CONTRACT_.operations[operation].summary} »\n" in other.code.text


def _code(text: str, mark: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith(mark)]


# --- logging in


def account(operation: str) -> str:
    return program_of(edition(), CONTRACT_.operations[operation]).steps[0].body["email"]


def test_an_administrator_logs_in_where_one_may_and_else_who_may():
    assert account("listCourses") == "admin@example.com"
    assert account("listTenants") == "superadmin@example.com"
    assert account("login") == "admin@example.com"


def test_what_a_link_of_the_login_provides_is_taken_from_its_answer():
    token = Take(Variable("access_token"), ("data", "accessToken"))
    other = Take(Variable("refresh_token"), ("data", "refreshToken"))
    taken = {
        name: program_of(edition(), CONTRACT_.operations[name]).steps[0].takes
        for name in ("listCourses", "refresh", "logout")
    }
    assert taken == {"listCourses": (token,), "refresh": (other,), "logout": (token, other)}
    last = program_of(edition(), CONTRACT_.operations["refresh"]).steps[-1]
    assert last.body == {"refreshToken": Text((Variable("refresh_token"),))}
    assert "Authorization" not in dict(last.headers)


# --- contracts of others


SCHEMES = {
    "header": ({"type": "apiKey", "in": "header", "name": "X-Key"}, {"X-Key": "a key"}, []),
    "query": ({"type": "apiKey", "in": "query", "name": "key"}, {}, [("key", "a key")]),
    "cookie": (
        {"type": "apiKey", "in": "cookie", "name": "sid"},
        {"Cookie": "sid=a key"},
        [],
    ),
    "bearer": ({"type": "http", "scheme": "Bearer"}, {"Authorization": "Bearer a token"}, []),
    "oauth": ({"type": "oauth2", "flows": {}}, {"Authorization": "Bearer a token"}, []),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_credentials_come_from_the_environment(name, tmp_path):
    scheme, headers, query = SCHEMES[name]
    told = foreign({"security": [{name: []}]}, securitySchemes={name: scheme})
    for heard in sent(told, tmp_path):
        assert (heard["headers"], heard["query"]) == (headers, query)


def test_basic_credentials_too(tmp_path):
    scheme = {"type": "http", "scheme": "basic"}
    told = foreign({"security": [{"b": []}]}, securitySchemes={"b": scheme})
    for heard, language in zip(sent(told, tmp_path), LANGUAGES, strict=True):
        if language == "typescript":
            assert heard["headers"] == {"Authorization": "Basic YSB1c2VyOmEgcGFzcyB3b3Jk"}
        else:
            assert heard["auth"] == BASIC


def test_no_credentials_where_none_are_needed(tmp_path):
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    for security in ([], [{}, {"key": []}]):
        told = foreign({"security": security}, securitySchemes=schemes)
        assert [heard["headers"] for heard in sent(told, tmp_path)] == [{}] * 4


WRONG = {
    "an upload": {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": {}}}}
    },
    "a certificate": {"security": [{"tls": []}]},
    "an unknown scheme": {"security": [{"nowhere": []}]},
    "a matrix": {
        "parameters": [
            {"name": "a", "in": "query", "required": True, "style": "spaceDelimited"}
            | {"explode": False, "schema": {"type": "object"}, "example": {"b": 1}}
        ]
    },
}


@pytest.mark.parametrize("name", WRONG)
def test_no_sample_rather_than_a_wrong_one(name):
    told = foreign(WRONG[name], "post", securitySchemes={"tls": {"type": "mutualTLS"}})
    assert samples_of(told, "call") == ()


def test_a_body_that_is_no_json_is_left_out_where_it_may_be(tmp_path):
    body = {"content": {"application/xml": {"schema": {}}}}
    for heard in sent(foreign({"requestBody": body}, "post"), tmp_path):
        assert heard["body"] is None


def test_parameters_travel_by_their_style(tmp_path):
    many = {"type": "array", "items": {"type": "string"}}
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {}, "example": "a b/é"},
        {"name": "tag", "in": "query", "required": True, "schema": many, "example": ["x", "y&"]},
        {"name": "sort", "in": "query", "required": True, "explode": False, "schema": many}
        | {"example": ["a", "-b"]},
        {"name": "filter", "in": "query", "required": True, "style": "deepObject"}
        | {"schema": {"type": "object"}, "example": {"open": True}},
        {"name": "left", "in": "query", "schema": {"type": "string"}},
    ]
    told = foreign({"parameters": parameters}, path="/things/{id}")
    expected = [("tag", "x"), ("tag", "y&"), ("sort", "a,-b"), ("filter[open]", "true")]
    for heard in sent(told, tmp_path):
        assert heard["path"] == "/things/a%20b%2F%C3%A9"
        assert heard["query"] == expected


def test_without_examples_values_are_made_from_the_schema(tmp_path):
    thing = {
        "type": "object",
        "required": ["id", "name", "size", "parent", "when"],
        "properties": {
            "id": {"type": "string", "readOnly": True},
            "name": {"type": "string"},
            "size": {"type": "integer", "minimum": 3},
            "parent": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Thing"}]},
            "when": {"type": "string", "format": "date"},
        },
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    told = foreign({"requestBody": body}, "post", schemas={"Thing": thing})
    samples = samples_of(told, "call")  # a schema without end has an end here
    assert [sample.language for sample in samples] == LANGUAGES


UNUSABLE = {
    "wants credentials": {"security": [{"b": []}]},
    "takes no JSON": {"requestBody": {"required": True, "content": {"text/plain": {"schema": {}}}}},
    "gives no token": {"responses": {"204": {"description": "Welcome."}}},
}


@pytest.mark.parametrize("why", UNUSABLE)
def test_a_login_that_no_program_can_use_is_left_out(why, tmp_path):
    answer = {"content": {"application/json": {"schema": {}, "example": {"token": "x"}}}}
    body = {"content": {"application/json": {"schema": {}, "example": {"user": "a"}}}}
    usable = {"operationId": "login", "requestBody": body, "responses": {"200": answer}}
    schemes = {"b": {"type": "http", "scheme": "bearer"}}
    for login, calls in ((usable, 2), (usable | UNUSABLE[why], 1)):
        told = foreign({"security": [{"b": []}]}, securitySchemes=schemes)
        document = told.contract.document
        document["paths"]["/login"] = {"post": login}
        told = edition(build_contract(document, "test"))
        assert len(program_of(told, told.contract.operations["call"]).steps) == calls
        assert len(samples_of(told, "call")) == len(LANGUAGES)


SCHEMAS = [
    {"type": "string", "minLength": 12},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": "^cmp_[A-Za-z0-9]+$"},
    {"type": "string", "pattern": "^[0-9]{14}$"},
    {"type": "string", "enum": ["A", "B"]},
    {"type": ["null", "integer"], "exclusiveMinimum": 4},
    {"type": "integer", "maximum": -5},
    {"type": "number", "minimum": 0.5, "multipleOf": 0.5},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    {"allOf": [{"required": ["a"], "properties": {"a": {"const": 1}}, "type": "object"}]},
    {"oneOf": [{"type": "null"}, {"type": "string", "format": "uuid"}]},
    {"type": "object", "required": ["x"], "properties": {"x": {"default": [1]}}},
    {"$ref": "#/components/schemas/Any"},
    {"type": "string", "pattern": "^\\\\p{L}+$", "minLength": 10**12},
    {"type": "array", "items": True, "minItems": 10**12},
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_a_made_value_fits_its_schema(schema):
    components = {"schemas": {"Any": {"type": "string", "format": "date-time"}}}
    value = made({"components": components}, schema)
    endless = any(schema.get(key, 0) > 10**6 for key in ("minLength", "minItems"))
    assert endless or jsonschema_rs.is_valid({**schema, "components": components}, value)
