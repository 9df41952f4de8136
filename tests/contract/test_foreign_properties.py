"""Whatever others write: it loads, or is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from bacasable.contract import ContractError, load_contract
from bacasable.contract.load import check_file
from bacasable.contract.upgrade import upgrade
from tests.contract.foreign_documents import bent_documents, documents

FAST = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("foreign") / "openapi.json"


def refusal(file: Path) -> str | None:
    try:
        load_contract(file)
    except ContractError as error:
        return str(error)
    return None


@FAST
@given(document=documents())
def test_a_valid_document_loads_with_all_its_operations(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document), "utf-8")
    contract = load_contract(file)
    declared = [(path, m) for path, item in document["paths"].items() for m in item]
    found = {(o.path, o.method): o for o in contract.operations.values()}
    assert sorted(found) == sorted(declared)
    for (path, method), operation in found.items():
        told = document["paths"][path][method]
        answers = {*map(str, operation.answers), *operation.ranges}
        assert answers == set(told["responses"])
        assert operation.tag == (told.get("tags") or ["default"])[0]
        assert len(operation.parameters) == len(told.get("parameters", []))
        assert (operation.body is not None) == bool(told.get("requestBody", {}).get("content"))
    assert not list(OpenAPIV31SpecValidator(contract.document).iter_errors())


@FAST
@given(document=documents(("3.0.3",)))
def test_what_is_valid_in_3_0_is_valid_when_upgraded(document: Any) -> None:
    assume(not list(OpenAPIV30SpecValidator(document).iter_errors()))
    before = json.dumps(document)
    assert not list(OpenAPIV31SpecValidator(upgrade(document)).iter_errors())
    assert json.dumps(document) == before


@settings(FAST, max_examples=40)
@given(document=bent_documents())
def test_a_bent_document_loads_or_is_refused_in_one_line(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document), "utf-8")
    said = refusal(file)
    assert said is None or (said.startswith(f"{file}:1: /") and "\n" not in said)


@settings(FAST, max_examples=30)
@given(document=bent_documents())
def test_the_check_of_a_bent_document_says_what_is_wrong(file: Path, document: Any) -> None:
    file.write_text(json.dumps(document), "utf-8")
    found = check_file(file)
    assert all(line.startswith(f"{file}:1: /") and "\n" not in line for line in found)
    assert found or refusal(file) is None
