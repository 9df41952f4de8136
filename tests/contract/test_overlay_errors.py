"""Overlays that cannot be read or applied: one line each, with file, line, place and remedy."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import ContractError, load_contract
from bacasable.contract.overlay import overlaid, read_overlay
from tests.contract.toy import toy, write

DOCUMENT = {"info": {"title": "Rooms"}, "tags": [{"name": "Rooms"}], "x-a": 1}
INFO = {"title": "T", "version": "1"}
DO = [{"target": "$.info", "update": {"title": "Salles"}}]


def file_of(folder: Path, content: Any) -> Path:
    path = folder / "o.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return path


def said_of(path: Path) -> str:
    """The error of an overlay, without its file; one line, which ends with what to do."""
    with pytest.raises(ContractError) as error:
        overlaid(DOCUMENT, path)
    said = str(error.value)
    assert re.fullmatch(re.escape(str(path)) + r":\d+: /[^\n]*", said)
    return said.removeprefix(f"{path}:")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"openapi": "3.1.0"}, "1: /: is no overlay"),
        ({"overlay": 1.0, "info": INFO, "actions": DO}, "1: /: is no overlay"),
        ({"overlay": "2.0.0", "info": INFO, "actions": DO}, "1: /overlay: is '2.0.0'; write"),
        ({"overlay": "1.10.0", "info": INFO, "actions": DO}, "1: /overlay: is '1.10.0'; write"),
        ({"overlay": "1.0.0", "info": {"title": "T"}, "actions": DO}, "2: /info: is incomplete"),
        ({"overlay": "1.0.0", "info": "T", "actions": DO}, "2: /info: is incomplete"),
        ({"overlay": "1.0.0", "info": INFO}, "1: /actions: is no list of actions; write"),
        ({"overlay": "1.0.0", "info": INFO, "actions": []}, "5: /actions: is no list of actions"),
        ({"overlay": "1.0.0", "info": INFO, "actions": ["$"]}, "6: /actions/0: has no target"),
        ({"overlay": "1.0.0", "info": INFO, "actions": [*DO, {"update": 1}]}, "/actions/1: has no"),
    ],
)
def test_what_is_no_overlay_is_refused(tmp_path: Path, content: Any, said: str) -> None:
    assert said in said_of(file_of(tmp_path, content))


@pytest.mark.parametrize("version", ["1.0.0", "1.0.1", "1.1.0", "1.1.7"])
def test_both_versions_are_understood(tmp_path: Path, version: str) -> None:
    path = file_of(tmp_path, {"overlay": version, "info": INFO, "actions": DO})
    assert read_overlay(path).content["overlay"] == version
    assert overlaid(DOCUMENT, path)["info"] == {"title": "Salles"}


@pytest.mark.parametrize(
    ("action", "line", "place", "said"),
    [
        ({"target": "$.nowhere", "update": {}}, 9, "/target", "selects nothing; correct it"),
        ({"target": "$.tags[?@.name=='X']", "remove": True}, 9, "/target", "selects nothing"),
        ({"target": "$.a[", "remove": True}, 9, "/target", "'$.a[' is no JSONPath"),
        ({"target": "", "remove": True}, 9, "/target", "'' is no JSONPath"),
        ({"target": "info", "remove": True}, 9, "/target", "'info' is no JSONPath"),
        ({"target": "$.info"}, 9, "", "has no effect; give it"),
        ({"target": "$.info", "remove": False}, 9, "", "has no effect; give it"),
        ({"target": "$.info", "update": {}}, 10, "/update", "changes nothing"),
        ({"target": "$.tags", "update": []}, 10, "/update", "changes nothing"),
        ({"target": "$", "remove": True}, 9, "/target", "the whole document"),
        ({"target": "$.info", "update": 1}, 10, "/update", "is a plain value where the document"),
        ({"target": "$['x-a']", "update": {}}, 10, "/update", "is an object where the document"),
        ({"target": "$", "update": {"info": {"title": []}}}, 12, "/update/info/title", "is a list"),
        ({"target": "$", "update": {"tags": 1}}, 11, "/update/tags", "is no list where"),
        ({"target": "$['info','tags']", "update": {}}, 9, "/target", "of several kinds"),
        ({"target": "$.info", "copy": "$.nowhere"}, 10, "/copy", "selects 0 values"),
        ({"target": "$.info", "copy": "$.*"}, 10, "/copy", "selects 3 values"),
        ({"target": "$.info", "copy": 7}, 10, "/copy", "7 is no JSONPath"),
        ({"target": "$.info", "copy": "$.tags"}, 10, "/copy", "is a list where the document"),
    ],
)
def test_an_action_that_cannot_be_applied_is_named_with_its_line(
    tmp_path: Path, action: dict[str, Any], line: int, place: str, said: str
) -> None:
    content = {"overlay": "1.1.0", "info": INFO, "actions": [*DO, action]}
    assert said_of(file_of(tmp_path, content)).startswith(f"{line}: /actions/1{place}: ")
    assert said in said_of(file_of(tmp_path, content))


def test_a_file_that_is_missing_or_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="cannot be read"):
        read_overlay(tmp_path / "none.yaml")
    (tmp_path / "o.yaml").write_text("overlay: [", "utf-8")
    with pytest.raises(ContractError, match=r"o\.yaml:\d+: "):
        read_overlay(tmp_path / "o.yaml")


def test_a_contract_is_loaded_with_its_overlay(tmp_path: Path) -> None:
    path = write(tmp_path, toy())
    overlay = file_of(tmp_path, {"overlay": "1.0.0", "info": INFO, "actions": DO})
    assert load_contract(path, overlay).title == "Salles"
    assert load_contract(path).title == "Rooms"


def test_a_contract_that_an_overlay_breaks_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, toy())
    action = {"target": "$.info", "update": {"x-stauts": 400}}
    overlay = file_of(tmp_path, {"overlay": "1.0.0", "info": INFO, "actions": [action]})
    with pytest.raises(ContractError, match="is no known extension"):
        load_contract(path, overlay)
