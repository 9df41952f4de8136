"""Files beside the folder of a document are read where `--root` says so, by every command."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bacasable import Sandbox
from bacasable.cli import main
from bacasable.client.errors import SandboxError
from tests.contract.test_foreign_files import canal

SAID = "name a folder that holds both: --root DIR"
COMMANDS = [["check"], ["routes"], ["docs", "build", "--out", "{out}", "--contract"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
def test_a_command_reads_as_far_up_as_it_may(tmp_path: Path, command: list[str]) -> None:
    file = canal(tmp_path)
    line = [part.format(out=tmp_path / "site") for part in command] + [str(file)]
    refused = CliRunner().invoke(main, line)
    assert refused.exit_code == (1 if command == ["check"] else 2)
    assert SAID in refused.output
    done = CliRunner().invoke(main, [*line, "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output


def test_nothing_is_inferred_of_a_file_that_is_not_read(tmp_path: Path) -> None:
    file = canal(tmp_path)
    assert SAID in CliRunner().invoke(main, ["infer", str(file)]).output
    done = CliRunner().invoke(main, ["infer", str(file), "--root", str(tmp_path)])
    assert "nothing is inferred" in done.output


def test_a_server_is_judged_by_it(tmp_path: Path) -> None:
    line = ["verify", "http://127.0.0.1:1", "--contract", str(canal(tmp_path)), "--quiet"]
    assert SAID in CliRunner().invoke(main, line).output
    assert SAID not in CliRunner().invoke(main, [*line, "--root", str(tmp_path)]).output


def test_a_root_is_that_of_a_document() -> None:
    refused = CliRunner().invoke(main, ["serve", "--root", "."])
    assert "--root needs the document that it is for; give it as FILE" in refused.output


def test_a_sandbox_reads_as_far_up(tmp_path: Path) -> None:
    file = canal(tmp_path)
    with pytest.raises(SandboxError, match="--root DIR"):
        Sandbox(file, socket=False).start()
    with Sandbox(file, root=tmp_path, socket=False) as sandbox:
        assert sandbox.tenant("sandbox").client().get("/locks").status_code == 200
