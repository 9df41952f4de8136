"""A folder as a platform: its document, overlay, rules.py and guides, and their faults."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import ContractError
from bacasable.platforms import PlatformPackage
from tests.server.folders import opened, workshop, write
from tests.support import Api, in_process

SHORT = {"id": "SHORT", "says": "A name is short."}
CALM = {"id": "CALM", "says": "A name is calm.", "when": '!draft.name.contains("!")'}
RULES = """
from bacasable.platforms import Behaviour

def short(context):
    return len(context.draft["name"]) < 8

def shout(context):
    context.draft["name"] = context.draft["name"].upper()

RULES = {"SHORT": short}
HOOKS = {"Tool": Behaviour(prepare={"setTool": shout})}
"""


def add(api: Api, name: str) -> Any:
    return api.post("/tools", {"name": name})


def test_rules_of_the_contract_and_of_the_code_are_both_kept(tmp_path: Path) -> None:
    folder = write(tmp_path, workshop(rules=[SHORT, CALM]), rules=RULES)
    with in_process(opened(folder)) as api:
        assert add(api, "Saw").status == 201
        loud, long = add(api, "Saw!"), add(api, "Hammer drill")
        assert (loud.status, long.status) == (409, 409)
        assert b"A name is calm." in loud.content
        assert b"A name is short." in long.content
        assert b"calm" in add(api, "Hammer drill!").content
        assert api.put("/tools/1", {"name": "axe"}).json["name"] == "AXE"
        assert [tool["name"] for tool in api.get("/tools").json] == ["AXE"]


def test_without_code_a_rule_of_it_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with in_process(opened(write(tmp_path, workshop(rules=[SHORT])))) as api:
        assert add(api, "Hammer drill").status == 201
    assert "the rule SHORT of addTool has no expression (when)" in caplog.text


def test_a_rule_in_the_hooks_of_its_resource_is_one_too(tmp_path: Path) -> None:
    code = RULES.replace("RULES = {", "Z = {").replace(
        "prepare=", 'rules={"SHORT": short}, prepare='
    )
    with in_process(opened(write(tmp_path, workshop(rules=[SHORT]), rules=code))) as api:
        assert add(api, "Hammer drill").status == 409


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1\ny = (", ":2: is no Python: '(' was never closed"),
        ("x = 1\n\0", "is no Python"),
        ("\n\nimport nowhere_at_all", ":3: cannot be run: ModuleNotFoundError: No module"),
        ("def a():\n  1 / 0\n\na()", ":2: cannot be run: ZeroDivisionError"),
        ("raise SystemExit(0)", ":1: cannot be run: SystemExit: 0"),
        ("x = 1", ":1: defines neither RULES nor HOOKS"),
        ("RULE = {}", "did you mean 'RULES'?"),
        ("\nRULES = [1]", ":2: RULES is no dict"),
        ("RULES = {1: print}", "has the key 1, which is no text"),
        ('RULES = {\n "SHORT": 1}', ":2: RULES has under SHORT what is not a function"),
        ('HOOKS = {"Tool": {}}', ":1: HOOKS has under Tool what is not a Behaviour"),
        (
            'RULES = {\n "SHORTT": print}',
            ":2: no operation declares the rule SHORTT under x-rules; did you mean 'SHORT'?",
        ),
        ('RULES: dict = {\n "CALM": print}', ":2: the rule CALM has an expression"),
        (
            RULES.replace("setTool", "setTol"),
            ":11: prepare of Tool names setTol, which is no operation; did you mean 'setTool'?",
        ),
        ("RULES = {}\nHOOKS = {}\nRULES['S'] = print", ":1: no operation declares the rule S"),
        ("from bacasable.platforms import Behaviour\nHOOKS = {'Tool': Behaviour()}", "SHORT"),
    ],
)
def test_a_fault_in_the_code_is_one_line_with_its_line(
    tmp_path: Path, code: str, says: str
) -> None:
    folder = write(tmp_path, workshop(rules=[SHORT, CALM]), rules=code)
    with pytest.raises(ContractError) as refused:
        opened(folder)
    line = str(refused.value)
    assert says in line
    assert "\n" not in line
    assert line.startswith(f"{folder}/")


def test_an_overlay_is_applied_and_another_takes_its_place(tmp_path: Path) -> None:
    def titled(title: str) -> str:
        action = f"{{target: $.info, update: {{title: {title}}}}}"
        return f"{{overlay: 1.1.0, info: {{title: O, version: '1'}}, actions: [{action}]}}"

    folder = write(tmp_path, overlay=titled("Sheds"))
    assert opened(folder).engine.contract.title == "Sheds"
    other = tmp_path / "other.yaml"
    other.write_text(titled("Barns"), "utf-8")
    assert PlatformPackage.of(folder, other).overlay == other


@pytest.mark.parametrize("name", ["openapi.yml", "openapi.json", "openapi.yaml"])
def test_the_document_may_be_yaml_or_json(tmp_path: Path, name: str) -> None:
    write(tmp_path).joinpath("openapi.yaml").rename(tmp_path / name)
    package = PlatformPackage.of(tmp_path)
    assert (package.contract.name, package.name, package.guides) == (name, tmp_path.name, None)


def test_a_folder_without_a_document_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"holds no openapi.yaml; .* bacasable new FOLDER"):
        PlatformPackage.of(tmp_path)


def test_its_guides_are_pages_of_the_portal(tmp_path: Path) -> None:
    folder = write(tmp_path, guides_borrowing="# How to borrow\n\nAsk <b>us</b>.\n")
    with in_process(opened(folder)) as api:
        page = api.get("!/en/guides/borrowing.html").content.decode()
        assert "<h1>How to borrow</h1>" in page
        assert "Ask &lt;b&gt;us&lt;/b&gt;." in page
        assert b"How to borrow" in api.get("!/en/index.html").content
