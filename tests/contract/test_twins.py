"""Whether a translation is whole: the French texts of the contract, and what `check` says."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bacasable.contract import ContractError, load_contract
from bacasable.contract.document import read_document
from bacasable.contract.load import check_file
from bacasable.contract.openapi import openapi_findings
from bacasable.contract.overlay import overlaid
from bacasable.contract.texts import texts
from bacasable.resources import CONTRACT, overlays_of
from tests.contract.toy import ABSENT, toy, write

FRENCH = overlays_of(CONTRACT)["fr"]
NAMES = re.compile(
    r"`[^`]+`|\b[A-Z]+_[A-Z_0-9]+\b|\b[a-z]+[A-Z]\w+\b|\bX-[\w-]+|/[a-z]\w*(?:/\w+)*|\b\d{2,}\b"
)
# No straight apostrophe between letters; no plain space before or inside these signs.
UNTYPOGRAPHIC = re.compile(r"\w'\w| [:;!?%»]|« |\.\.\.")


@pytest.fixture(scope="module")
def english() -> dict[str, Any]:
    return read_document(CONTRACT)


@pytest.fixture(scope="module")
def french(english: dict[str, Any]) -> dict[str, Any]:
    return overlaid(english, FRENCH)


def test_every_text_of_the_contract_has_its_french_twin() -> None:
    assert check_file(CONTRACT, [FRENCH]) == []


@pytest.mark.sweep
def test_the_french_document_is_a_sound_contract_with_the_same_operations(
    french: dict[str, Any],
) -> None:
    assert list(openapi_findings(french)) == []
    here, there = load_contract(CONTRACT), load_contract(CONTRACT, FRENCH)
    for part in ("operations", "resources", "problems", "facts"):
        assert getattr(here, part).keys() == getattr(there, part).keys()


def test_the_documents_differ_in_nothing_but_texts(
    english: dict[str, Any], french: dict[str, Any]
) -> None:
    assert silent(french) == silent(english)


def silent(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a document without its texts."""
    document = deepcopy(document)
    for text in list(texts(document)):
        node: Any = document
        for step in text.path[:-1]:
            node = node[step]
        node.pop(text.path[-1], None)
    return document


def test_no_identifier_code_or_number_is_lost_in_translation(
    english: dict[str, Any], french: dict[str, Any]
) -> None:
    there = {text.path: text.value for text in texts(french)}
    lost = {
        text.path: names
        for text in texts(english)
        if not text.value.startswith("Only records with this ")  # the parameter's own name
        and (names := {n for n in NAMES.findall(text.value) if n not in there[text.path]})
    }
    assert lost == {}


def test_the_french_is_set_as_french_is(french: dict[str, Any]) -> None:
    """Full stops are where the English has them; code between backquotes is left alone."""
    for text in texts(french):
        plain = re.sub(r"`[^`]*`|Authorization: |Content-Type: ", "", text.value)
        assert not UNTYPOGRAPHIC.search(plain), text


def test_sentences_stay_sentences(english: dict[str, Any], french: dict[str, Any]) -> None:
    there = {text.path: text.value for text in texts(french)}
    for text in texts(english):
        assert there[text.path].endswith(".") == text.value.endswith("."), text


# A small translation, to bend -------------------------------------------------------------------


def translation(document: dict[str, Any]) -> dict[str, Any]:
    """An overlay with an action for each text of a document, which puts « » around it."""
    actions = [
        {"target": target(t.path), "update": {t.path[-1]: f"«{t.value}»"}} for t in texts(document)
    ]
    return {"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": actions}


def target(path: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{step!r}]" for step in path[:-1])


def findings(folder: Path, overlay: dict[str, Any], changes: Any = None) -> list[str]:
    """What check says of the toy with an overlay, without the folder."""
    file = folder / "o.yaml"
    file.write_text(yaml.safe_dump(overlay, sort_keys=False, allow_unicode=True), "utf-8")
    path = write(folder, toy(changes))
    return [said.replace(f"{folder}/", "") for said in check_file(path, [file])]


def test_a_whole_translation_has_no_findings(tmp_path: Path) -> None:
    assert findings(tmp_path, translation(toy())) == []


def test_a_text_without_its_twin_is_named_in_the_contract(tmp_path: Path) -> None:
    overlay = translation(toy())
    (said,) = findings(tmp_path, overlay, {"/info/summary": "Rooms to let."})
    line = 1 + (tmp_path / "toy.yaml").read_text("utf-8").splitlines().index(
        "  summary: Rooms to let."
    )
    assert said == (
        f"toy.yaml:{line}: /info/summary: has no twin in {tmp_path.name}/o.yaml; translate"
        " 'Rooms to let.' there"
    ).replace(f"{tmp_path.name}/", "")


def test_a_twin_that_equals_the_text_is_named_in_the_overlay(tmp_path: Path) -> None:
    overlay = translation(toy())
    overlay["actions"][0]["update"] = {"title": "Rooms"}
    (said,) = findings(tmp_path, overlay)
    assert re.match(r"o\.yaml:\d+: /actions/0/update/title: 'Rooms' is not translated", said)
    assert findings(tmp_path, overlay | {"x-same": ["Rooms"]}) == []
    del overlay["actions"][0]
    assert findings(tmp_path, overlay | {"x-same": ["Rooms"]}) == []
    assert len(findings(tmp_path, overlay | {"x-same": "Rooms"})) == 1


def test_a_later_twin_counts(tmp_path: Path) -> None:
    overlay = translation(toy())
    overlay["actions"].insert(0, {"target": "$.info", "update": {"title": "Rooms"}})
    assert findings(tmp_path, overlay) == []


def test_a_text_is_not_declared_the_same_in_vain(tmp_path: Path) -> None:
    (said,) = findings(tmp_path, translation(toy()) | {"x-same": ["Halls"]})
    assert re.match(r"o\.yaml:\d+: /x-same/0: no text of both languages is 'Halls'", said)


def test_an_action_whose_target_is_gone_is_named_as_is_what_now_lacks_its_twin(
    tmp_path: Path,
) -> None:
    said = findings(
        tmp_path, translation(toy()), {"/webhooks/room.closed/post": ABSENT, "/info/title": "New"}
    )
    assert any(re.match(r"o\.yaml:\d+: /actions/\d+/target: .* selects nothing", s) for s in said)


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"descripton": "x"}, "/info/descripton is no text of the contract"),
        ({"version": "2"}, "/info/version is no text of the contract"),
        ({"contact": {"name": "x"}}, "/info/contact is no text of the contract"),
        ({"title": " "}, "leaves no text"),
        ({"title": 7}, "leaves no text"),
    ],
)
def test_what_is_no_text_is_not_changed(tmp_path: Path, update: Any, said: str) -> None:
    overlay = translation(toy())
    overlay["actions"].append({"target": "$.info", "update": update})
    (found,) = findings(tmp_path, overlay)
    assert said in found


def test_a_twin_of_a_text_that_has_changed_is_stale(tmp_path: Path) -> None:
    overlay = translation(toy())
    overlay["actions"][0]["x-translates"] = "sha-00000000"
    (said,) = findings(tmp_path, overlay)
    now = re.match(r"o\.yaml:\d+: /actions/0/x-translates: .* write (sha-[0-9a-f]{8}) here", said)
    assert now
    overlay["actions"][0]["x-translates"] = now[1]
    assert findings(tmp_path, overlay) == []
    (said,) = findings(tmp_path, overlay, {"/info/title": "Halls"})
    assert "the texts have changed since" in said


def test_an_overlay_that_is_none_stops_the_check(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="is no overlay"):
        findings(tmp_path, {"actions": [{"target": "$", "update": {}}]})
