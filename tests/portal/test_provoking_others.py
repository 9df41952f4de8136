"""Pages of documents of others show for each of their problems a request that gets it."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract.catalogue import told_code
from bacasable.platforms import PlatformPackage
from bacasable.portal.views.catalogue import problem_entries
from bacasable.portal.views.problems import codes_of
from bacasable.server.launch import build_sandbox
from tests.portal.contracts import edition_of
from tests.support import credentials, in_process

DOCUMENTS = Path(__file__).parents[1] / "core" / "documents"


@pytest.mark.parametrize("name", ["ferry", "strict/observatory"])
def test_every_problem_of_a_document_is_got_by_the_request_that_its_page_shows(name: str) -> None:
    sandbox = build_sandbox(PlatformPackage.of(DOCUMENTS / f"{name}.yaml"))
    contract = sandbox.engine.contract
    entries = problem_entries(edition_of(contract))
    assert [entry.code for entry in entries] == list(contract.problems)
    with in_process(sandbox) as api:
        for entry in entries:
            assert entry.provocation is not None, entry.code
            answer: Any = None
            for request in entry.provocation.requests:
                called = next(
                    (o for o in contract.operations.values() if request.path.endswith(o.path)),
                    next(iter(contract.operations.values())),
                )
                headers = credentials(sandbox, called)[0] if request.credentials else {}
                answer = api.request(
                    request.method,
                    "!" + request.path,
                    content=request.body.encode() or None,
                    headers=dict(request.headers) | headers,
                )
            told = [
                told_code(contract, operation, answer.status, answer.json)
                for operation in (None, *contract.operations.values())
            ]
            assert entry.code in told, (entry.code, answer.status, answer.json)


def test_an_operation_tells_the_code_that_it_has_for_a_kind() -> None:
    contract = build_sandbox(PlatformPackage.of(DOCUMENTS / "ferry.yaml")).engine.contract
    edition = edition_of(contract)
    assert "4040" in codes_of(edition, "getCrossing")
    assert "4100" not in codes_of(edition, "getCrossing")
    assert "4100" in codes_of(edition, "cancelCrossing")
    assert "4040" not in codes_of(edition, "cancelCrossing")


def test_credentials_stand_where_the_document_wants_them() -> None:
    contract = build_sandbox(PlatformPackage.of(DOCUMENTS / "ferry.yaml")).engine.contract
    shown = {e.code: e.provocation for e in problem_entries(edition_of(contract))}
    assert "X-Pass: <access token, pass>" in shown["4040"].code.text
    assert "X-Pass" not in shown["4010"].code.text
