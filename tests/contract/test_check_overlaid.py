"""Checking a document with an overlay that is part of it, as that of a folder is."""

from pathlib import Path

import pytest
import yaml

from bacasable.contract import ContractError, load_contract
from bacasable.contract.load import check_file, notes_on

DOCUMENT = """
openapi: 3.1.0
info: {title: Tools, version: '1'}
paths:
  /tools:
    get:
      operationId: listTools
      responses:
        '200': {description: Tools., content: {application/json: {schema: {type: array}}}}
"""


def overlay(folder: Path, **update: object) -> Path:
    action = {"target": "$.paths['/tools'].get", "update": update}
    document = {"overlay": "1.1.0", "info": {"title": "O", "version": "1"}, "actions": [action]}
    file = folder / "overlay.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return file


def test_what_an_overlay_states_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(DOCUMENT, "utf-8")
    assert check_file(file) == []
    fine = overlay(tmp_path, summary="List them")
    assert check_file(file, applied=fine) == []
    rule = {"id": "NEVER", "says": "It is never allowed.", "when": "path.toolId == 1"}
    wrong = overlay(tmp_path, **{"x-rules": [rule]})
    (finding,) = check_file(file, applied=wrong)
    assert "/paths/~1tools/get/x-rules/0/when: NEVER: " in finding
    # What it says cannot be kept: so it is not served without it.
    with pytest.raises(ContractError, match="x-rules/0/when: NEVER: "):
        load_contract(file, wrong)


def test_rules_of_an_overlay_that_nothing_enforces_are_told(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(DOCUMENT, "utf-8")
    assert notes_on(file) == []
    rule = {"id": "NEVER", "says": "It is never allowed."}
    (note,) = notes_on(file, overlay(tmp_path, **{"x-rules": [rule]}))
    assert "the rule NEVER of listTools has no expression" in note
