"""A contract is read once and compiled once, whoever asks; a file that changed is read anew."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import ContractError, load_contract
from bacasable.contract.build import build_contract
from bacasable.contract.compiled import compiled, sound
from bacasable.contract.foreign import completed
from bacasable.contract.inference import inferred
from bacasable.contract.schemas import SchemaSet
from tests.contract.test_foreign import FOLDER
from tests.contract.toy import toy, write
from tests.support import make_sandbox

BAKERY = Path(__file__).parents[1] / "core" / "documents" / "bakery.yaml"


def test_a_second_sandbox_of_a_contract_compiles_nothing(
    contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sandbox(contract)
    made: list[object] = []
    monkeypatch.setattr(SchemaSet, "_validator", lambda _self, schema, _base: made.append(schema))
    second = make_sandbox(contract)
    assert made == []
    assert second.engine.schemas is compiled(contract).schemas


def test_limits_are_those_of_each_reader(contract) -> None:
    operation, ready = contract.operations["createCompany"], compiled(contract)
    small = ready.reader(operation, max_body_bytes=10)
    assert ready.reader(operation, max_body_bytes=10) is small
    assert ready.reader(operation) is not small


def test_what_was_compiled_goes_with_its_contract(tmp_path: Path) -> None:
    known = []
    for number in range(10):
        loaded = load_contract(write(tmp_path, toy({"/info/title": f"Rooms {number}"})))
        known.append(weakref.ref(compiled(loaded)))
    del loaded
    gc.collect()
    assert known[0]() is None
    assert known[-1]() is not None  # its contract is one of the last that were read


def test_a_file_is_read_anew_when_its_text_changed(tmp_path: Path) -> None:
    path = write(tmp_path)
    first = load_contract(path)
    assert load_contract(path) is first
    write(tmp_path, toy({"/info/title": "Halls"}))
    assert load_contract(path).title == "Halls"
    assert load_contract(write(tmp_path)) is first


def test_a_document_of_others_is_read_anew_for_its_other_files_can_change() -> None:
    path = FOLDER / "several/openapi.yaml"
    assert load_contract(path) is not load_contract(path)


def test_a_file_at_fault_is_at_fault_again(tmp_path: Path) -> None:
    path = write(tmp_path, toy({"/info/x-logo": 1}))
    for _ in range(2):
        with pytest.raises(ContractError, match="x-logo"):
            load_contract(path)


def test_an_operation_whose_schema_is_none_is_left_out_and_told() -> None:
    contract = inferred(load_contract(BAKERY))
    kept, (finding,) = sound(contract)
    assert list(kept.operations) == ["listBreads", "stopOven"]
    assert finding.pointer == "/components/schemas/Loaf/properties/grams/dependentRequired"
    assert finding.detail.endswith("; POST /loaves is left out")
    assert "\n" not in finding.detail
    assert sound(kept) == (kept, [])


def test_of_a_large_document_checks_are_compiled_when_they_are_needed() -> None:
    """All of them at once took gigabytes where every schema leads to all others."""
    word = {"type": "object", "properties": {"text": {"type": "string"}}}
    wrong = {"type": "object", "properties": {"text": {"dependentRequired": "strong"}}}
    answer = {"description": "", "content": {"application/json": {"schema": word}}}
    broken = {"description": "", "content": {"application/json": {"schema": wrong}}}
    paths: Any = {f"/words/{n}": {"get": {"responses": {"200": answer}}} for n in range(300)}
    paths["/wrong"] = {"get": {"responses": {"200": broken}}}
    document = completed({"openapi": "3.1.0", "info": {}, "paths": paths})
    contract, left_out = sound(build_contract(document, "test"))
    assert len(contract.operations) == 300
    assert [finding.detail.partition("; ")[2] for finding in left_out] == ["GET /wrong is left out"]
    schema = contract.operations["getWords7"].succeeds.schema
    assert schema is not None
    check = compiled(contract).answer_check(schema)
    assert [check({"text": "a"}), len(check({"text": 1}))] == [[], 1]
