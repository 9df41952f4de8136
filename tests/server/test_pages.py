"""Pages beside the API: health, and the contract. The portal has tests of its own."""

import json
from pathlib import Path

import pytest

import bacasable
from bacasable.resources import CONTRACT
from tests.server.problems import assert_problem
from tests.server.table import contract
from tests.support import Api

DOCUMENTS = ["!/openapi.json", "!/openapi.yaml", "!/_sandbox/health"]


def test_health_tells_nothing_of_tenants(api: Api) -> None:
    answer = api.get("!/_sandbox/health")
    assert answer.status == 200
    assert answer.json == {"status": "ok", "version": bacasable.__version__}


def test_the_contract_is_served_as_json(api: Api) -> None:
    answer = api.get("!/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.content) == contract().document


def test_the_contract_is_served_as_it_is_written(local: Api) -> None:
    answer = local.get("!/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    assert answer.content == Path(CONTRACT).read_bytes()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_pages_need_no_token_and_may_be_read_from_any_origin(api: Api, path: str) -> None:
    answer = api.get(path, headers={"Origin": "https://app.example"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert api.request("HEAD", path).status == 200


@pytest.mark.parametrize("path", ["!/nothing", "!/openapi", "!/swagger/nothing", "!/api"])
def test_an_unknown_page_is_a_problem_too(api: Api, path: str) -> None:
    assert_problem(api.get(path), "UNKNOWN_PATH")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_page_is_read_only(api: Api, path: str) -> None:
    answer = api.post(path)
    assert_problem(answer, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]
