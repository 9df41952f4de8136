"""What the form is told of an operation: enough for a right call, and nothing that is not true."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from bacasable.contract import Contract, load_contract
from bacasable.portal.edition import Edition
from bacasable.portal.views import console as module
from bacasable.portal.views.console import console
from tests.portal.contracts import odd
from tests.tables import each

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
BASE = "http://127.0.0.1:4010"
_CONTRACT = load_contract(CONTRACT)
OPERATIONS = sorted(_CONTRACT.operations)


def edition_of(contract: Contract = _CONTRACT, *, sandbox: bool = False) -> Edition:
    return Edition("en", ("en", "fr"), contract, BASE, sandbox)


EDITION = edition_of()


def small(folder: Path, document: dict[str, Any]) -> dict[str, Any]:
    """What the form is told of the only operation of a small document."""
    edition = odd(folder, **document)
    (operation,) = edition.contract.operations
    return console(edition, operation)


def posting(schema: Any, **more: Any) -> dict[str, Any]:
    """A small document whose operation takes a body."""
    body = {"content": {"application/json": {"schema": schema}}}
    operation = {
        "operationId": "act",
        "tags": ["Acts"],
        "requestBody": body,
        "responses": {"204": {"description": "Done."}},
    }
    return {"paths": {"/acts": {"post": operation | more.pop("operation", {})}}, **more}


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [found for inner in node for found in references(inner)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return own + [found for inner in node.values() for found in references(inner)]


@each("operation_id", OPERATIONS)
def test_every_operation_is_told_as_json_that_leads_nowhere_else(operation_id: str) -> None:
    told = json.loads(json.dumps(console(EDITION, operation_id)))
    operation = _CONTRACT.operations[operation_id]
    assert told["method"] == operation.method.upper()
    for reference in references({key: told[key] for key in ("parameters", "body", "$defs")}):
        assert reference.removeprefix("#/$defs/") in told["$defs"]


@each("operation_id", OPERATIONS)
def test_what_must_be_given_is_filled_in_with_what_the_contract_allows(operation_id: str) -> None:
    told = console(EDITION, operation_id)
    parts = [p for p in told["parameters"] if p["required"]]
    parts += [told["body"]] if told["body"] else []
    for part in parts:
        schema = {"$defs": told["$defs"], "allOf": [part["schema"]]}
        jsonschema_rs.Draft202012Validator(schema).validate(part["example"])
    names = {p["name"] for p in parts if p.get("in") == "path"}
    assert all(f"{{{name}}}" in told["path"] for name in names)
    assert told["path"].count("{") == len(names)


@each("operation_id", OPERATIONS)
def test_the_form_judges_as_the_contract_does(operation_id: str) -> None:
    told, operation = console(EDITION, operation_id), _CONTRACT.operations[operation_id]
    assert (told["body"] is None) == (operation.body is None)
    if operation.body is None:
        return
    ours = jsonschema_rs.Draft202012Validator(
        {"$defs": told["$defs"], "allOf": [told["body"]["schema"]]}
    )
    whole = {**_CONTRACT.document, "allOf": [operation.body.schema]}
    theirs = jsonschema_rs.Draft202012Validator(whole)
    example = told["body"]["example"]
    candidates = [example, None, 5, [], {}, {**example, "unknownMember": 1}]
    candidates += [{k: v for k, v in example.items() if k != name} for name in example]
    candidates += [example | {name: value} for name in example for value in (None, 7, "", [], {})]
    for candidate in candidates:
        assert ours.is_valid(candidate) == theirs.is_valid(candidate), candidate


def test_a_filter_that_nobody_asked_for_is_left_empty() -> None:
    told = console(EDITION, "listEnrollments")
    assert not any("example" in p for p in told["parameters"] if p["in"] == "query")


def test_if_match_is_offered_where_412_is_documented() -> None:
    names = {p["name"] for p in console(EDITION, "updateCompany")["parameters"]}
    assert "If-Match" in names
    names = {p["name"] for p in console(EDITION, "listCompanies")["parameters"]}
    assert "If-Match" not in names


def test_a_sandbox_is_the_first_server_and_calls_stay_on_its_origin() -> None:
    own = console(edition_of(sandbox=True), "login")
    assert own["sandbox"] is True
    assert own["servers"][0]["url"] == _CONTRACT.base_path
    elsewhere = console(EDITION, "login")
    assert elsewhere["sandbox"] is False
    assert elsewhere["servers"][0]["url"] == BASE + _CONTRACT.base_path
    urls = [server["url"] for server in elsewhere["servers"]]
    assert len(urls) == len(set(urls))


def test_logging_in_is_told_with_an_account_for_each_role() -> None:
    told = console(EDITION, "listUsers")
    assert told["login"]["path"] == _CONTRACT.operations["login"].path
    roles = _CONTRACT.document["components"]["schemas"]["Role"]["enum"]
    assert set(told["login"]["examples"]) == set(roles)
    assert told["tenantExample"] == "votre-tenant"
    assert told["roles"] == _CONTRACT.operations["listUsers"].roles


def test_a_declared_login_is_told_whatever_it_is_called() -> None:
    path = Path(__file__).parents[1] / "core" / "documents" / "strict" / "guild.yaml"
    login = console(edition_of(load_contract(path)), "listBadges")["login"]
    assert (login["path"], login["tenant"]) == ("/door/knock", True)
    assert login["token"] == ("result", "key")


def test_no_token_is_asked_for_where_none_is_needed() -> None:
    assert console(EDITION, "login")["security"] is None
    assert console(EDITION, "listUsers")["security"] == {
        "in": "header",
        "name": "Authorization",
        "prefix": "Bearer ",
    }


def test_members_called_as_keywords_of_schemas_stay(tmp_path: Path) -> None:
    names = ("title", "description", "example", "properties", "$ref")
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    told = small(tmp_path, posting(schema))
    assert told["body"]["schema"] == schema


def test_prose_is_left_out_and_values_stay_as_they_are(tmp_path: Path) -> None:
    value = {"description": "kept", "x-kept": 1, "$ref": "no reference"}
    schema = {"description": "Long.", "x-note": 1, "default": value, "enum": [value]}
    assert small(tmp_path, posting(schema))["body"]["schema"] == {"default": value, "enum": [value]}


def test_a_schema_that_contains_itself_is_told_once(tmp_path: Path) -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Tree"}}}
    document = posting(
        {"$ref": "#/components/schemas/Tree"}, components={"schemas": {"Tree": tree}}
    )
    told = small(tmp_path, document)
    assert told["body"]["schema"] == {"$ref": "#/$defs/Tree"}
    assert told["$defs"] == {
        "Tree": {"type": "object", "properties": {"below": {"$ref": "#/$defs/Tree"}}}
    }


def test_two_schemas_of_one_name_stay_two(tmp_path: Path) -> None:
    components = {
        "schemas": {"A": {"properties": {"B": {"type": "string"}}}, "B": {"type": "integer"}}
    }
    schema = {
        "type": "object",
        "properties": {
            "one": {"$ref": "#/components/schemas/A/properties/B"},
            "two": {"$ref": "#/components/schemas/B"},
        },
    }
    told = small(tmp_path, posting(schema, components=components))
    found = [
        told["$defs"][told["body"]["schema"]["properties"][name]["$ref"].removeprefix("#/$defs/")]
        for name in ("one", "two")
    ]
    assert found == [{"type": "string"}, {"type": "integer"}]


def test_a_contract_without_login_tenants_and_problems_is_told(tmp_path: Path) -> None:
    told = small(tmp_path, posting({"type": "object"}))
    assert told["login"] is None
    assert told["tenant"] == ""
    assert told["errors"] == ""
    assert told["security"] is None


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, ("header", "X-Key", "")),
        ({"type": "apiKey", "in": "query", "name": "key"}, ("query", "key", "")),
        ({"type": "http", "scheme": "Basic"}, ("header", "Authorization", "Basic ")),
        ({"type": "http", "scheme": "bearer"}, ("header", "Authorization", "Bearer ")),
        ({"type": "oauth2", "flows": {}}, ("header", "Authorization", "Bearer ")),
    ],
)
def test_schemes_of_others_say_where_the_token_goes(
    scheme: dict[str, Any], expected: tuple[str, ...], tmp_path: Path
) -> None:
    told = small(
        tmp_path,
        posting({}, security=[{"own": []}], components={"securitySchemes": {"own": scheme}}),
    )
    assert tuple(told["security"].values()) == expected


def test_servers_of_others_are_offered_with_their_variables_filled(tmp_path: Path) -> None:
    servers = [
        {"url": "https://{host}.example/v1/", "variables": {"host": {"default": "api"}}},
        {"url": "https://staging.example/v1", "description": "Staging."},
    ]
    found = [server["url"] for server in small(tmp_path, posting({}, servers=servers))["servers"]]
    assert "https://api.example/v1" in found
    assert "https://staging.example/v1" in found


def test_without_the_validator_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "bundled", lambda _name: False)
    assert console(EDITION, "login")["validator"] == ""


def test_every_text_that_the_scripts_ask_for_is_there() -> None:
    static = Path(module.__file__).parents[1] / "static"
    words = EDITION.words("console")
    for script in static.glob("console*.js"):
        for name in module_words(script.read_text("utf-8")):
            assert name in words, f"{script.name}: {name}"


def module_words(text: str) -> list[str]:
    """The names in `say("name"` of a script."""
    return [part.split('"', 1)[0] for part in text.split('say("')[1:]]
