"""Rules among the findings of the check: each at its line, with what it may name instead."""

import subprocess
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, cast

import pytest

from bacasable.contract import ContractError, load_contract
from bacasable.contract.check import contract_findings
from bacasable.contract.extensions import misused_extensions
from bacasable.contract.load import check_file, notes_on
from bacasable.contract.rules import rule_findings, rules_of_contract, unenforced
from bacasable.contract.rules.cel import program
from tests.contract.toy import built, toy

CREATE = "/paths/~1rooms/post/x-rules"
TIMER = {"timer": "roomForgotten", "from": ["OPEN"], "at": "opensAt"}
STEPS = "/components/schemas/Room/x-lifecycle/transitions"


def rule(when: str = "") -> dict[str, str]:
    return {"id": "A_RULE", "says": "A sentence."} | ({"when": when} if when else {})


def findings(changes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(v.pointer, v.detail) for v in contract_findings(built(changes))]


SOUND = [
    (CREATE, "draft.name != '' && body.name == draft.name && now == now"),
    ("/paths/~1rooms~1{roomId}/get/x-rules", "record.name != '' && path.roomId == record.id"),
    ("/paths/~1rooms~1{roomId}~1close/post/x-rules", "record.status != draft.status"),
    (CREATE, "'ADMIN' in me.roles && me.id != '' && me.tenantId != ''"),
    (CREATE, "get('Room', draft.annexOf).name != draft.name"),
]
WRONG = [
    (CREATE, "record.name == ''", "'record' is not there: the operation names none in its path"),
    (CREATE, "parent.name == ''", "'parent' is not there: no record lies above"),
    (CREATE, "path.id == ''", "'path' is no variable"),
    (CREATE, "'ADMINN' in me.roles", "'ADMINN' is none of its values; did you mean 'ADMIN'?"),
    (CREATE, "get('Rom', 'a').name == ''", "'Rom' is no kind of record; did you mean 'Room'?"),
    (CREATE, "draft.nmae == ''", "'nmae' is no member; did you mean 'name'? (character 7)"),
    (
        "/paths/~1rooms~1{roomId}/get/x-rules",
        "draft.name == ''",
        "'draft' is not there: the operation writes no record",
    ),
    (
        "/paths/~1rooms~1{roomId}~1close/post/x-rules",
        "body.name == ''",
        "'body' is not there: the operation takes none",
    ),
]


@pytest.mark.parametrize(("place", "when"), SOUND)
def test_an_expression_that_says_what_it_may_is_no_finding(place: str, when: str) -> None:
    assert findings({place: [rule(when)]}) == []


@pytest.mark.parametrize(("place", "when", "said"), WRONG)
def test_a_wrong_expression_is_a_finding_at_its_place(place: str, when: str, said: str) -> None:
    ((pointer, detail),) = findings({place: [rule(), rule(when)]})
    assert pointer == f"{place}/1/when"
    assert detail.startswith("A_RULE: ")
    assert said in detail


def test_the_rules_of_a_timer_are_found_at_theirs() -> None:
    number = len(toy()["components"]["schemas"]["Room"]["x-lifecycle"]["transitions"])
    kept = TIMER | {"rules": [rule("record.name != 'A' && draft.status == 'OPEN'")]}
    assert findings({f"{STEPS}/-": kept}) == []
    wrong = TIMER | {"rules": [rule("body.name == ''")]}
    ((pointer, detail),) = findings({f"{STEPS}/-": wrong})
    assert pointer == f"{STEPS}/{number}/rules/0/when"
    assert "'body' is not there" in detail
    bare = built({f"{STEPS}/-": TIMER | {"rules": [rule()]}})
    assert [v.pointer for v in unenforced(bare)] == [f"{STEPS}/{number}/rules/0"]


def test_an_expression_is_a_text_of_some_length() -> None:
    for wrong in ("", 5, "x" * 3000):
        document = toy({CREATE: [rule() | {"when": wrong}]})
        assert [v.pointer for v in misused_extensions(document)] == [f"{CREATE}/0/when"]


def test_each_contract_is_compiled_once() -> None:
    contract = built({CREATE: [rule("draft.name != ''")]})
    assert rules_of_contract(contract) is rules_of_contract(contract)
    assert rules_of_contract(contract).sought == {}
    assert list(rule_findings(contract)) == []


def file(folder: Path, when: str) -> Path:
    text = (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")
    path = folder / "openapi.yaml"
    path.write_text(text.replace('when: parent.status == "PUBLISHED"', when), "utf-8")
    return path


def test_a_start_and_a_check_tell_the_line(tmp_path: Path) -> None:
    path = file(tmp_path, 'when: parnt.status == "PUBLISHED"')
    lines = path.read_text("utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, 1) if "parnt" in line)
    said = "PATH_NOT_PUBLISHED: 'parnt' is no variable; did you mean 'parent'? (character 1)"
    with pytest.raises(ContractError) as caught:
        load_contract(path)
    assert str(caught.value).startswith(f"{path}:{number}: ")
    assert said in str(caught.value)
    (told,) = check_file(path)
    assert told == str(caught.value)


def test_a_rule_that_only_code_enforces_is_named(tmp_path: Path) -> None:
    path = file(tmp_path, "")
    assert check_file(path) == []
    (told,) = notes_on(path)
    assert "the rule PATH_NOT_PUBLISHED of createPathAssignment has no expression" in told
    assert told.startswith(f"{path}:")


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cel.cel")
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: None)
    with pytest.raises(ModuleNotFoundError, match="common-expression-language"):
        program("true")
    monkeypatch.setattr("bacasable.contract.rules.cel.find_spec", lambda *_: None)
    with pytest.raises(ModuleNotFoundError, match="common-expression-language"):
        program("true")


def test_only_the_extension_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Extension:
        def create_module(self, _: ModuleSpec) -> None:
            return None

        def exec_module(self, module: Any) -> None:
            module.compile = str.upper

    monkeypatch.delitem(sys.modules, "cel.cel")
    spec = ModuleSpec("cel.cel", cast("Any", Extension()))
    monkeypatch.setattr(PathFinder, "find_spec", lambda *_: spec)
    assert str(program("a == b")) == "A == B"


def test_the_library_is_loaded_once_and_without_its_console() -> None:
    code = """
import sys
from bacasable.contract.rules.cel import program
assert program("1 == 1").execute() is True
assert "prompt_toolkit" not in sys.modules
import cel
assert cel.Program is type(program("1 == 1"))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
