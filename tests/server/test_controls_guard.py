"""Who may call the controls: the key, this machine, no page of another origin. Their document."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import Contract, Operation
from bacasable.contract.load import check_file
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import fixture_path
from bacasable.sandbox.controls import controls_contract, operations
from bacasable.server.launch import build_sandbox
from tests.server.controlling import SMALL, Box, check_of, places
from tests.support import NOW, Answer, Api, in_process, over_socket

HOST = {"host": "127.0.0.1:4010"}


@contextmanager
def opened(contract: Contract, way: Any = in_process, **options: Any) -> Iterator[Api]:
    sandbox = build_sandbox(
        contract=contract,
        fixtures=[fixture_path("votre-tenant")],
        clock=FixedClock(parse_instant(NOW)),
        **options,
    )
    with way(sandbox) as api:
        yield api


@pytest.fixture(scope="module")
def locked(contract: Contract) -> Iterator[Api]:
    with opened(contract, key="une-cle-longue") as api:
        yield api


def tenants(api: Api, method: str = "GET", **headers: str) -> Answer:
    return api.request(method, "!/_sandbox/tenants", headers=headers)


def assert_refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert check_of("/components/schemas/Problem")(answer.json) == []


@pytest.fixture(scope="module")
def bare(contract: Contract) -> Iterator[Api]:
    with opened(contract, controls=False) as api:
        yield api


def told(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """An answer without what is another in each."""
    own = {"x-request-id", "date"}
    content = answer.content.replace(answer.headers.get("x-request-id", "-").encode(), b"")
    return answer.status, {n: v for n, v in answer.headers.items() if n not in own}, content


NEARLY = ["x", "une-cle-longu", "une-cle-longue ", "\xe9"]
KEYS = [None, "une-cle-longuee", *(pytest.param(k, marks=pytest.mark.sweep) for k in NEARLY)]


@pytest.mark.parametrize("key", KEYS)
def test_without_the_key_there_are_no_controls(locked: Api, bare: Api, key: str | None) -> None:
    paths = {o.path: o.method.upper() for o in controls_contract().operations.values()}
    paths |= {"": "GET", "/": "GET", "/none": "GET", "/openapi.json": "GET", "/openapi.yaml": "GET"}
    others: list[dict[str, str]] = [{}, {"accept": "text/html"}, {"origin": "http://page.example"}]
    others += [{"host": "sandbox.example"}, {"sec-fetch-site": "cross-site"}]
    for template, method in paths.items():
        path = re.sub(r"\{\w+\}", "x", template.replace("{tenant}", "votre-tenant"))
        for way in {method, "GET", "HEAD", "OPTIONS", "PROPFIND"}:
            for headers in others:
                given = headers | ({"X-Sandbox-Key": key} if key else {})
                seen = [
                    told(api.request(way, "!/_sandbox" + path, headers=given))
                    for api in (locked, bare)
                ]
                assert seen[0] == seen[1], (way, path, given)
                assert seen[0][0] >= 400 or way == "OPTIONS", (way, path, given)


def test_no_page_tells_whether_there_are_controls(locked: Api, bare: Api) -> None:
    for path in ("/", "/en/index.html", "/en/operations/createCourse.html", "/nowhere"):
        for accept in ("text/html", "application/json"):
            one, other = (
                told(api.get("!" + path, headers={"accept": accept})) for api in (locked, bare)
            )
            assert one == other, path


def test_the_key_opens_them(locked: Api) -> None:
    assert tenants(locked, **{"X-Sandbox-Key": "une-cle-longue"}).status == 200


def test_with_its_key_any_host_and_origin_may_call(locked: Api) -> None:
    key = {"X-Sandbox-Key": "une-cle-longue", "host": "sandbox.example"}
    assert tenants(locked, **key, origin="http://page.example").status == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/openapi.yaml"])
def test_the_document_is_there_for_who_has_the_key(locked: Api, path: str) -> None:
    key = {"X-Sandbox-Key": "une-cle-longue"}
    answer = locked.get("!/_sandbox" + path, headers={"host": "sandbox.example", **key})
    assert answer.status == 200
    assert yaml.safe_load(answer.content) == controls_contract().document
    head = locked.request("HEAD", "!/_sandbox" + path, headers=key)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert locked.post("!/_sandbox" + path).status in {404, 405}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:4010", "localhost", "localhost:4010", "LOCALHOST:80", "[::1]:4010"],
)
def test_this_machine_needs_no_key(near: Box, host: str) -> None:
    assert tenants(near.api, host=host).status == 200
    if host.islower():
        assert tenants(near.api, host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize(
    "host",
    [
        "sandbox.example",
        "localhost.sandbox.example",
        "127.0.0.1.sandbox.example",
        "127.0.0.2",
        "192.0.2.1:4010",
        "localhost@sandbox.example",
        "192.168.0.1",
        "[::1",
        "[x]",
        "a b",
        "é",
    ],
)
def test_a_name_that_only_leads_here_is_refused(near: Box, host: str) -> None:
    assert_refused(tenants(near.api, host=host), 403, "FOREIGN_ORIGIN")


@pytest.mark.parametrize(
    "origin",
    [
        "http://page.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:4011",
        "file://",
        "http://localhost:4010",
        "http://127.0.0.1:4010.page.example",
        "http://[::1",
        "",
    ],
)
def test_a_page_of_another_origin_is_refused(near: Box, origin: str) -> None:
    if not origin:
        assert tenants(near.api, **HOST).status == 200
        return
    for method in ("GET", "POST"):
        assert_refused(tenants(near.api, method, **HOST, origin=origin), 403, "FOREIGN_ORIGIN")


def test_a_page_learns_nothing_of_controls(box: Box) -> None:
    page = {"origin": "http://page.example", "access-control-request-method": "POST"}
    answers = [
        tenants(box.api, **page),
        tenants(box.api, "OPTIONS", **page),
        box.api.post(f"!/_sandbox{SMALL}/reset", headers=page),
        tenants(box.api),
        box.api.get("!/_sandbox/none", headers=page),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cache-control"] == "no-store"


def test_no_control_may_be_read_from_another_origin(near: Box) -> None:
    for operation in controls_contract().operations.values():
        path = re.sub(r"\{\w+\}", "x", operation.path.replace("{tenant}", "votre-tenant"))
        for headers in ({}, {"origin": "http://page.example"}, {"origin": "http://sandbox"}):
            for method in (operation.method.upper(), "OPTIONS"):
                answer = near.api.request(method, "!/_sandbox" + path, headers=headers)
                assert "access-control-allow-origin" not in answer.headers, operation.id


def test_remedies_are_ways_that_there_are() -> None:
    problems = controls_contract().problems
    assert "--key" not in problems["FOREIGN_ORIGIN"].remedy
    assert "--max-body-bytes" not in problems["BODY_TOO_LARGE"].remedy


def test_a_method_that_the_path_does_not_know(box: Box) -> None:
    refused = tenants(box.api, "PATCH")
    assert_refused(refused, 405, "METHOD_NOT_ALLOWED")
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    asked = tenants(box.api, "OPTIONS")
    assert (asked.status, asked.content) == (204, b"")
    assert asked.headers["allow"] == refused.headers["allow"]
    assert not [name for name in asked.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/none", "/tenants/a/b/c/d", "/tenants//clock"])
def test_a_path_that_there_is_not(near: Box, path: str) -> None:
    assert_refused(near.api.get("!/_sandbox" + path), 404, "UNKNOWN_PATH")


def test_head_is_get_without_its_body(box: Box) -> None:
    head, got = tenants(box.api, "HEAD"), tenants(box.api)
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_who_accepts_no_json_is_refused(near: Box) -> None:
    assert_refused(tenants(near.api, accept="image/png"), 406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("operation", controls_contract().operations.values(), ids=lambda o: o.id)
def test_a_parameter_that_there_is_not(near: Box, operation: Operation) -> None:
    path = re.sub(r"\{\w+\}", "x", operation.path.replace("{tenant}", "votre-tenant"))
    answer = near.call(operation.method.upper(), path + "?x=1")
    if operation.id == "followLink":  # mail programs add parameters to the links of a message
        assert_refused(answer, 404, "NOT_FOUND")
    else:
        assert_refused(answer, 400, "INVALID_REQUEST")
        assert "query/x" in places(answer)


def test_a_defect_is_a_documented_problem_and_takes_everything_back(
    near: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    estate = near.api.sandbox.hub.estate
    before = near.slugs()
    monkeypatch.setattr(type(estate), "describe", lambda *_: 1 / 0)
    answer = near.api.post(f"!/_sandbox{SMALL}/forks", {"slug": "essai"})
    assert_refused(answer, 500, "INTERNAL_ERROR")
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert near.slugs() == before
    assert near.post(f"{SMALL}/forks", {"slug": "essai"}).status == 201


@pytest.mark.parametrize("way", [in_process, over_socket])
def test_without_controls_there_are_none(contract: Contract, way: Any) -> None:
    with opened(contract, way, controls=False) as api:
        for path in ("/tenants", "/openapi.json", "/openapi.yaml", "/reset", "/log"):
            assert api.get("!/_sandbox" + path).status == 404
        assert api.post("!/_sandbox/reset").status in {404, 405}
        assert api.get("!/_sandbox/health").status == 200
        assert api.as_("ADMIN").get("/companies").status == 200


def test_the_health_of_a_locked_sandbox_is_open(locked: Api) -> None:
    assert locked.get("!/_sandbox/health", headers={"host": "sandbox.example"}).status == 200


def test_the_document_of_the_controls_is_without_findings_and_every_control_is_there() -> None:
    contract = controls_contract()
    assert check_file(Path(contract.source)) == []
    assert operations().keys() == contract.operations.keys()
