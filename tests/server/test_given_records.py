"""Records that a fixture lists: they are there from the beginning, and told of when they misfit."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import ContractError
from bacasable.server.launch import SLUG
from tests.server.folders import TOOL, opened, workshop, write
from tests.support import in_process

NAMES = st.text("abc XYZ", min_size=1, max_size=20)
TOOLS = st.fixed_dictionaries({"name": NAMES}, optional={"worn": st.booleans()})


def given_in(folder: Path, **records: Any) -> Path:
    return write(folder, fixtures_first=yaml.safe_dump({"records": records}))


@given(st.dictionaries(st.integers(1, 10**6), TOOLS, max_size=6))
def test_all_are_there_as_they_are_told_in_their_order(
    tmp_path_factory: pytest.TempPathFactory, tools: dict[int, Any]
) -> None:
    listed = [{"id": number, **tool} for number, tool in tools.items()]
    sandbox = opened(given_in(tmp_path_factory.mktemp("w"), Tool=listed))
    space = sandbox.hub.estate.space(SLUG)
    found = list(space.collection("Tool"))
    assert found == [{"worn": False, **tool} for tool in listed]
    assert sandbox.first.counts == ({"/tools": len(listed)} if listed else {})


def test_they_come_before_examples_and_win_over_them(tmp_path: Path) -> None:
    shown = TOOL | {"examples": [{"id": 1, "name": "Shown"}, {"id": 2, "name": "Other"}]}
    records = {"Tool": [{"id": 1, "name": "Given"}, {"name": "Without an id"}]}
    text = yaml.safe_dump({"records": records})
    folder = write(tmp_path, workshop(shown), fixtures_b=text, fixtures_c="records: {Loan: []}")
    with in_process(opened(folder, records=1)) as api:
        found = {tool["id"]: tool["name"] for tool in api.get("/tools").json}
        assert found[1] == "Given"
        assert found[2] == "Other"
        assert "Without an id" in found.values()
        assert len(found) == 4
        new = api.post("/tools", {"name": "New"}).json["id"]
        assert new not in found


def test_a_record_lies_below_the_one_that_it_names(tmp_path: Path) -> None:
    loans = [{"id": 5, "who": "Ada", "{toolId}": 2}, {"id": 6, "who": "Bo", "{toolId}": 1}]
    tools = [{"id": 1, "name": "Saw"}, {"id": 2, "name": "Axe"}]
    with in_process(opened(given_in(tmp_path, Loan=loans, Tool=tools))) as api:
        assert api.get("/tools/2/loans").json == [{"id": 5, "who": "Ada"}]
        assert api.get("/tools/1/loans/6").json == {"id": 6, "who": "Bo"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "/: a fixture of this document lists its records by resource"),
        ("records: []", "a fixture of this document lists its records by resource"),
        ("id: tnt_1\nrecords: {}", ":1: /id: a fixture of this document"),
        ("records:\n  Tol: []", ":2: /records/Tol: is no resource of the document; did you mean"),
        ("records: {Nothing: []}", "there are Tool, Loan"),
        ("records: {Tool: {}}", "/records/Tool: is no list of records"),
        ("records:\n  Tool:\n    - 1", ":3: /records/Tool/0: is no record"),
        ("records: {Tool: [{}]}", "/records/Tool/0: is no record"),
        (
            "records:\n  Tool:\n    - {name: a}\n    - {nam: b}",
            ":4: /records/Tool/1/nam: is no member of Tool; did you mean 'name'?",
        ),
        ("records: {Tool: [{id: x, name: a}]}", "/records/Tool/0/id: does not fit its schema"),
        (
            "records: {Tool: [{id: 1, name: a}, {id: 1, name: b}]}",
            "/records/Tool/1/id: is the id of another one",
        ),
        ("records: {Tool: [{id: 1, name: 7}]}", "/records/Tool/0/name: "),
        ("records: {Tool: [{id: 1, name: abcdefghijklmnopqrstu}]}", "/records/Tool/0/name: "),
        ("records: [", "first.yaml"),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ContractError) as refused:
        opened(
            write(tmp_path, workshop(TOOL | {"additionalProperties": False}), fixtures_first=text)
        )
    line = str(refused.value)
    assert says in line
    assert line.startswith(f"{tmp_path}/fixtures/first.yaml")
    assert "\n" not in line
