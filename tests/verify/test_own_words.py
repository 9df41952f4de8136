"""The kit on documents whose codes, pages and names of members are declared to be their own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import load_contract
from bacasable.platforms import PlatformPackage
from bacasable.server.launch import build_sandbox
from bacasable.verify.bench import Subject
from bacasable.verify.checks import all_checks
from bacasable.verify.model import ANONYMOUS, Exchange, Options, Request, Response
from bacasable.verify.run import verify
from tests.support import credentials, over_socket

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents"
FERRY, SKY = DOCUMENTS / "ferry.yaml", DOCUMENTS / "strict" / "observatory.yaml"


@pytest.mark.parametrize(("path", "listed"), [(FERRY, "listCrossings"), (SKY, "watchStars")])
def test_a_sandbox_keeps_what_its_document_declares(path: Path, listed: str) -> None:
    """Records are made, found again under their ids, filtered, and turned page by page."""
    sandbox = build_sandbox(PlatformPackage.of(path))
    contract = load_contract(path)
    headers, _ = credentials(sandbox, contract.operations[listed]) if path is FERRY else ({}, {})
    with over_socket(sandbox) as api:
        base = api.url + contract.base_path
        report = verify(contract, Options(base, headers=tuple(headers.items())))
    assert [(f.check, f.operations, f.title) for f in report.findings] == []
    judged = {(o.check, o.operation) for o in report.outcomes if o.verdict == "passed"}
    assert ("list-limits", listed) in judged
    assert ("unknown-path", "") in judged
    assert any(check == "created-readable" for check, _ in judged)


def causes(path: Path, operation: str, status: int, body: Any) -> list[str]:
    contract = load_contract(path)
    subject = Subject(contract, Options("http://server.example"), ANONYMOUS)
    called = contract.operations[operation]
    response = Response(status, (("content-type", "application/json"),), json.dumps(body).encode())
    target = contract.base_path + re.sub(r"\{\w+\}", "1", called.path)
    request = Request(called.method.upper(), target)
    exchange = Exchange(1, request, response, "", called, ANONYMOUS, "fuzz", "any")
    judge = all_checks()["problem-shape"].judge
    assert judge is not None
    return [fault.cause for fault in judge(subject, exchange)]


@pytest.mark.parametrize(
    ("path", "operation", "status", "code", "said"),
    [
        (SKY, "readStar", 404, "no.star", []),
        (SKY, "readStar", 404, "bad.question", ["bad.question with 404"]),
        (FERRY, "getCrossing", 404, 4040, []),
        (FERRY, "getCrossing", 404, 4000, ["4000 with 404"]),
        (FERRY, "cancelCrossing", 410, 4100, []),
        (FERRY, "cancelCrossing", 404, 4100, ["4100 with 404"]),
    ],
)
def test_a_code_goes_with_the_status_that_the_document_has_for_it(
    path: Path, operation: str, status: int, code: Any, said: list[str]
) -> None:
    body = {"error": code, "message": "x"} if path is SKY else {"fault": {"number": code}}
    if path is FERRY:
        body["fault"]["text"] = "x"
    assert causes(path, operation, status, body) == said
