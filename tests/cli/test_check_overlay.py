"""`check` and the translations of a contract: given by an option, or lying beside its file."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from bacasable.cli import main
from bacasable.contract.texts import texts
from tests.contract.toy import toy, write


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def translate(path: Path, *, without: str = "") -> Path:
    """An overlay of the toy with a twin for each text but one."""
    update = {
        "target": "$.info",
        "update": {"title": "Salles"},
    }
    actions = [update] + [
        {
            "target": "$" + "".join(f"[{step!r}]" for step in text.path[:-1]),
            "update": {text.path[-1]: f"«{text.value}»"},
        }
        for text in texts(toy())
        if text.value != without
    ]
    path.parent.mkdir(exist_ok=True)
    content = {"overlay": "1.1.0", "info": {"title": "T", "version": "1"}, "actions": actions}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return path


@pytest.mark.parametrize("place", ["given", "beside"])
def test_a_translation_is_checked_with_its_contract(tmp_path: Path, place: str) -> None:
    contract = write(tmp_path)
    file = tmp_path / ("fr.yaml" if place == "given" else "locales/fr.overlay.yaml")
    arguments = [contract, "--overlay", file] if place == "given" else [contract]
    translate(file)
    assert check(*arguments).exit_code == 0
    translate(file, without="A room was closed.")
    done = check(*arguments)
    assert done.exit_code == 1
    assert f"/webhooks/room.closed/post/summary: has no twin in {file}" in done.output
    assert check(contract).exit_code == (1 if place == "beside" else 0)


def test_an_overlay_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    done = check(write(tmp_path), "--overlay", tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert "none.yaml: cannot be read" in done.output
