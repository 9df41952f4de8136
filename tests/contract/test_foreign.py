"""Documents of others, without our extensions: each is read as OpenAPI means it."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator

from bacasable.cli import main
from bacasable.contract import Contract, ContractError, load_contract
from bacasable.contract.examples import shown_answers
from bacasable.contract.grammar import operation_in
from bacasable.contract.load import check_file
from bacasable.contract.model import Answer
from bacasable.server.launch import build_sandbox

FOLDER = Path(__file__).with_name("foreign")
DOCUMENTS = sorted([*FOLDER.glob("*.yaml"), *FOLDER.glob("*.json"), *FOLDER.glob("*/openapi.yaml")])


def loaded(name: str) -> Contract:
    return load_contract(FOLDER / name)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_a_document_of_others_loads_and_has_no_findings(path: Path) -> None:
    contract = load_contract(path)
    assert contract.operations
    assert not contract.strict
    assert (contract.resources, contract.problems, contract.timed) == ({}, {}, {})
    assert check_file(path) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_what_is_read_is_a_valid_document_in_which_everything_has_a_place(path: Path) -> None:
    contract = load_contract(path)
    document = contract.document
    if not document["openapi"].startswith("3.2"):
        paths = {p: item for p, item in document["paths"].items() if p.startswith("/")}
        assert not list(OpenAPIV31SpecValidator({**document, "paths": paths}).iter_errors())
    tags = [tag["name"] for tag in document["tags"]]
    for operation in contract.operations.values():
        declared = operation_in(document["paths"][operation.path], operation.method)
        assert declared["operationId"] == operation.id
        assert declared["tags"][0] == operation.tag
        assert operation.tag in tags
        assert operation.success in (operation.answers or {200: None}) or operation.success == 200


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_its_operations_are_listed(path: Path) -> None:
    done = CliRunner().invoke(main, ["routes", str(path)])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) == len(load_contract(path).operations)
    with pytest.raises(ContractError, match=r"^[^\n]*serve it by itself: bacasable serve .*$"):
        build_sandbox(contract=path, fixtures=())


def test_ids_are_derived_from_method_and_path() -> None:
    assert list(loaded("bare.yaml").operations) == [
        "getRoot",
        "getHarbours",
        "postHarbours",
        "getHarboursHarbourIdTides",
        "getHarboursHarbourIdTides2",
    ]


def test_derived_ids_meet_no_other() -> None:
    assert list(loaded("names.yaml").operations) == [
        "getEvenementsEte",
        "getEvenementsEte2",
        "repos/list-for-owner",
        "getEvenementsEte3",
        "getEvenementsEte4",
        "getPath",
    ]


def test_operations_without_a_tag_have_the_one_that_other_tools_give_them() -> None:
    assert {operation.tag for operation in loaded("bare.yaml").operations.values()} == {"default"}
    assert loaded("bare.yaml").document["tags"] == [{"name": "default"}]


def test_tags_that_are_only_used_follow_those_that_are_declared() -> None:
    tags = [tag["name"] for tag in loaded("names.yaml").document["tags"]]
    assert tags == ["Été", "Hiver", "default"]
    tags = [tag["name"] for tag in loaded("shared.yaml").document["tags"]]
    assert tags == ["Books", "default", "Shelves"]


def test_answers_for_ranges_stand_beside_those_for_one_status() -> None:
    operations = loaded("answers.json").operations
    readings = operations["readings"]
    assert list(readings.answers) == [200]
    assert readings.answers[200].headers == {"X-Remaining"}
    assert list(readings.ranges) == ["4XX", "5XX", "default"]
    schema = "/components/responses/Fault/content/application~1problem+json/schema"
    fault = Answer(0, "application/problem+json", schema, frozenset())
    assert readings.ranges["4XX"] == readings.ranges["default"] == fault
    assert operations["forget"].success == 200
    assert loaded("answers.json").title == "Weather 🌦 station"


def test_a_path_that_stands_for_two_has_operations_of_its_own() -> None:
    contract = loaded("shared.yaml")
    ids = ["getBooksIsbn", "putBooksIsbn", "getVolumesIsbn", "putVolumesIsbn", "getShelvesShelf"]
    assert list(contract.operations) == ids
    assert [p.name for p in contract.operations["getVolumesIsbn"].parameters] == ["isbn"]
    assert contract.document["paths"]["x-note"] == "no path at all"


def test_parameters_come_from_the_path_cookies_and_content() -> None:
    shelf = loaded("shared.yaml").operations["getShelvesShelf"]
    found = {p.name: (p.location, p.required) for p in shelf.parameters}
    assert found == {
        "shelf": ("path", True),
        "lang": ("query", True),
        "reader": ("cookie", False),
        "where": ("query", False),
    }
    assert shelf.parameters[-1].schema["properties"] == {"row": {"type": "integer"}}
    assert shelf.example_path == "/shelves/a 1"


def test_bodies_need_not_be_json_and_json_is_preferred() -> None:
    operations = loaded("bodies.yaml").operations
    bodies = {name: o.body and o.body.media_type for name, o in operations.items()}
    assert bodies == {
        "addJob": "multipart/form-data",
        "listJobs": None,
        "setPreview": "application/octet-stream",
        "ping": None,
    }
    assert operations["setPreview"].body.schema == {}  # type: ignore[union-attr]
    assert operations["listJobs"].answers[200].media_type == "application/json"
    assert operations["setPreview"].answers[200].media_type == "image/png"


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([{"url": "https://a.example/{v}", "variables": {"v": {"default": 2}}}], "/2"),
        ([{"url": "https://a.example/{v}"}], "/v"),
        ([{"url": "../v1/"}], "/v1"),
        ([{"url": "v1"}], "/v1"),
        ([{"url": "."}], ""),
        ([], ""),
    ],
)
def test_the_base_path_has_the_defaults_of_variables(
    tmp_path: Path, servers: Any, base: str
) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(f"openapi: 3.0.0\ninfo: {{}}\nservers: {servers}\n", "utf-8")
    assert load_contract(path).base_path == base
    assert loaded("servers.yaml").base_path == "/live/v3"


def test_security_is_public_or_wants_a_token() -> None:
    operations = loaded("security.yaml").operations
    assert {name: operation.roles for name, operation in operations.items()} == {
        "doors": (),
        "addDoor": (),
        "status": None,
        "news": None,
        "guards": ("chief",),
    }


def test_examples_that_lie_elsewhere_are_not_shown() -> None:
    contract = loaded("shared.yaml")
    operation = contract.operations["getShelvesShelf"]
    assert shown_answers(contract, operation)[200].bodies == {"near": {"row": 1}}


def test_webhooks_that_are_posts_are_facts() -> None:
    assert loaded("events.yaml").facts == {"strike": "Nobody carries."}


def test_rare_methods_are_operations_too() -> None:
    methods = [o.method for o in loaded("methods.yaml").operations.values()]
    assert methods == ["head", "options", "trace"]
    ask = loaded("next.yaml").operations["ask"]
    assert ask.method == "query"
    assert ask.body is not None
    assert ask.body.pointer == "/components/mediaTypes/Ask/schema"


def test_texts_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    info = "{title: 2026, version: 3.10, description: }"
    path.write_text(f"openapi: 3.1\ninfo: {info}\npaths: {{/a: {{summary: 1}}}}\n", "utf-8")
    document = load_contract(path).document
    assert document["info"] == {"title": "2026", "version": "3.1"}
    assert document["paths"]["/a"] == {"summary": "1"}


def test_a_large_document_loads(tmp_path: Path) -> None:
    answer = (
        "{'200': {description: Yes., content: {a/b: {schema: {$ref: '#/components/schemas/S'}}}}}"
    )
    paths = "\n".join(f"  /p{n}/{{id}}: {{get: {{responses: {answer}}}}}" for n in range(1000))
    head = "openapi: 3.0.3\ninfo: {title: Large, version: '1'}\n"
    components = "components: {schemas: {S: {type: string, nullable: true}}}\n"
    path = tmp_path / "openapi.yaml"
    path.write_text(f"{head}{components}paths:\n{paths}\n", "utf-8")
    assert len(load_contract(path).operations) == 1000
