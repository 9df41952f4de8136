"""The downloads: the contract is the contract, and every request of the collections works."""

import json
import re
from urllib.parse import urlsplit

import pytest
from jsonschema_rs import Draft202012Validator

from bacasable.contract.document import parse_document
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.portal import downloads
from bacasable.portal.calls import calls_of
from bacasable.resources import CONTRACT
from tests.portal.postman_schema import COLLECTION
from tests.portal.sending import HttpReader, PostmanReader
from tests.support import in_process, make_sandbox

EXAMPLES_AT = "2026-09-01T09:00:00Z"
LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module", params=LANGUAGES)
def edition(request, site):
    return site.pages_in(request.param).edition


@pytest.fixture(scope="module")
def sandbox(contract):
    """A sandbox at the instant of the examples."""
    clock = FixedClock(parse_instant(EXAMPLES_AT))
    with in_process(
        make_sandbox(contract, ("votre-tenant", "vide", "suspendu"), clock=clock)
    ) as api:
        yield api


def send(sandbox, sent):
    address = urlsplit(sent.url)
    assert sent.url.startswith("http://127.0.0.1:4010/api/v1/"), sent.url
    path = f"!{address.path}" + (f"?{address.query}" if address.query else "")
    return sandbox.request(sent.method, path, content=sent.content, headers=sent.headers)


def succeeds(answer, operation):
    assert answer.status == operation.success, (operation.id, answer.content)


def test_every_request_of_the_postman_collection_succeeds(sandbox, edition):
    reader = PostmanReader(downloads.postman_json(edition))
    items = {item["id"]: item for item in reader.items()}
    assert list(items) == list(dict.fromkeys(items))
    assert items.keys() == edition.contract.operations.keys()
    for name, item in items.items():
        assert sandbox.post("!/_sandbox/reset").status == 200
        for each in (items["login"], item):
            answer = send(sandbox, reader.request(each))
            succeeds(answer, edition.contract.operations[each["id"]])
            reader.keep(each, answer.json)
        assert name == item["id"]


def test_every_optional_parameter_is_there_and_switched_off(edition):
    reader = PostmanReader(downloads.postman_json(edition))
    for item in reader.items():
        operation = edition.contract.operations[item["id"]]
        url, header = item["request"]["url"], item["request"]["header"]
        for place, there in (
            ("query", url["query"]),
            ("header", header),
            ("path", url["variable"]),
        ):
            declared = {p.name: p.required for p in operation.parameters if p.location == place}
            found = {each["key"]: not each.get("disabled") for each in there}
            assert declared.keys() <= found.keys(), (operation.id, place)
            on = {name for name, required in declared.items() if required}
            assert on <= {name for name, enabled in found.items() if enabled}
            if place == "query":
                assert found == declared


def test_every_request_of_the_http_file_succeeds(sandbox, edition):
    reader = HttpReader(downloads.http_text(edition).decode())
    assert reader.requests.keys() == edition.contract.operations.keys()
    for name in reader.requests:
        assert sandbox.post("!/_sandbox/reset").status == 200
        answers = {}
        for each in ("login", name):
            answer = send(sandbox, reader.request(each, answers))
            succeeds(answer, edition.contract.operations[each])
            answers[each] = answer.json


def test_a_request_without_its_login_is_refused(sandbox, edition):
    """So that the tests above can fail: a collection that kept no token would."""
    reader = PostmanReader(downloads.postman_json(edition))
    item = next(item for item in reader.items() if item["id"] == "listCourses")
    assert send(sandbox, reader.request(item)).status == 401


def test_the_collection_keeps_the_rules_of_its_format(edition):
    collection = json.loads(downloads.postman_json(edition))
    errors = [str(error) for error in Draft202012Validator(COLLECTION).iter_errors(collection)]
    assert errors == []
    declared = {each["key"] for each in collection["variable"]} | {"$guid"}
    assert set(re.findall(r"\{\{([^{}]*)\}\}", json.dumps(collection))) <= declared
    for item in PostmanReader(downloads.postman_json(edition)).items():
        url = item["request"]["url"]
        named = {part[1:] for part in url["path"] if part.startswith(":")}
        assert named == {each["key"] for each in url["variable"]}


def test_texts_are_those_of_the_language(edition):
    contract = edition.contract
    for item in PostmanReader(downloads.postman_json(edition)).items():
        operation = contract.operations[item["id"]]
        declared = contract.document["paths"][operation.path][operation.method]
        assert item["name"] == operation.summary
        assert item["request"]["description"].startswith(declared["description"])
    text = downloads.http_text(edition).decode()
    assert all(f"### {o.summary}\n" in text for o in contract.operations.values())


def test_the_contract_is_downloaded_as_it_is(edition):
    text = downloads.contract_yaml(edition).decode()
    assert parse_document(text, "download") == edition.contract.document
    assert json.loads(downloads.contract_json(edition)) == edition.contract.document
    if edition.language == "en":
        assert text == CONTRACT.read_text("utf-8")
    else:
        order = list(parse_document(text, "download"))
        assert order == list(edition.contract.document)
        # Texts of several lines are blocks, not one line with escapes.
        assert re.search(r"^  description: \|", text, re.MULTILINE)


def test_files_are_named_after_the_contract(site):
    made = downloads.files(site.pages)
    assert len(made) == 4 * len(LANGUAGES)
    for path in made:
        assert re.fullmatch(
            r"downloads/(openapi\.(en|fr)\.(yaml|json)"
            r"|[a-z-]+\.(en|fr)\.(postman_collection\.json|http))",
            path,
        )


def test_one_account_logs_in_for_all(edition):
    calls = calls_of(edition)
    roles = [o.roles for o in edition.contract.operations.values() if o.roles]
    assert calls.login is not None
    assert all("SUPER_ADMIN" in each for each in roles)
    assert "superadmin@example.com" in calls.body(calls.login.step.body)
