"""Pages beside the API: health, the contract, Swagger UI without a network."""

import json
import re
from pathlib import Path

import pytest

import bacasable
from bacasable.resources import CONTRACT
from tests.server.problems import assert_problem
from tests.server.table import contract
from tests.support import Api

SOCKET = pytest.mark.parametrize("api", ["socket"], indirect=True)
DOCUMENTS = ["!/openapi.json", "!/openapi.yaml", "!/swagger", "!/_sandbox/health"]


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


def test_the_front_page_leads_to_swagger(api: Api) -> None:
    answer = api.get("!/")
    assert answer.status in {302, 307}
    assert answer.headers["location"] == "/swagger"


# The in-process caller of these tests cannot wait for a file, so assets come over a socket.
@SOCKET
def test_swagger_needs_no_other_host(api: Api) -> None:
    page = api.get("!/swagger")
    assert page.headers["content-type"].startswith("text/html")
    text = page.content.decode()
    assert contract().document["info"]["title"] in text
    assert "://" not in text
    targets = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(targets) == 3
    for target in targets:
        asset = api.get("!" + target)
        assert asset.status == 200
        assert asset.content
    start = api.get("!/swagger/start.js").content.decode()
    assert '"/openapi.json"' in start
    assert "://" not in start


@pytest.mark.parametrize("path", ["!/nothing", "!/openapi", "!/swagger/nothing", "!/api"])
def test_an_unknown_page_is_a_problem_too(api: Api, path: str) -> None:
    assert_problem(api.get(path), "UNKNOWN_PATH")


@SOCKET
@pytest.mark.parametrize(
    "path",
    [
        "!/swagger/assets/nothing.js",
        "!/swagger/assets/",
        "!/swagger/assets/%2e%2e/%2e%2e/pyproject.toml",
    ],
)
def test_an_unknown_asset_is_a_problem_too(api: Api, path: str) -> None:
    assert_problem(api.get(path), "UNKNOWN_PATH")


@SOCKET
@pytest.mark.parametrize("path", [*DOCUMENTS, "!/swagger/assets/swagger-ui.css"])
def test_a_page_is_read_only(api: Api, path: str) -> None:
    answer = api.post(path)
    assert_problem(answer, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]
