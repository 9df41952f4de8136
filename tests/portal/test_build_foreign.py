"""The documentation of contracts of others: it is built, and free of findings."""

from pathlib import Path

import pytest

from bacasable.portal import load_site
from bacasable.portal.build import build
from bacasable.portal.checking import findings

FOLDER = Path(__file__).parents[1] / "contract" / "foreign"
DECLARED = FOLDER.parents[1] / "core" / "documents"
CONTRACTS = [
    *sorted(FOLDER.glob("*.*")),
    FOLDER / "several" / "openapi.yaml",
    DECLARED / "ferry.yaml",
    DECLARED / "strict" / "observatory.yaml",
]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.stem)
def test_a_contract_of_others_is_documented_without_findings(contract, tmp_path):
    site = load_site(contract, {})
    assert findings(site) == []
    assert build(site, tmp_path / "site").files > 40


def test_an_api_without_operations_has_its_pages_too(tmp_path):
    contract = tmp_path / "empty.json"
    contract.write_text(
        '{"openapi":"3.1.0","info":{"title":"X","version":"1"},"paths":{}}', "utf-8"
    )
    assert findings(load_site(contract, {})) == []
