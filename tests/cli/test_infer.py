"""`bacasable infer`: from what is guessed of a document to what it says."""

from pathlib import Path

import pytest

from tests.cli.test_cli import run

HARBOUR = Path(__file__).parents[1] / "core" / "documents" / "harbour.yaml"


def test_what_is_inferred_is_printed_or_written_once(tmp_path: Path) -> None:
    printed = run("infer", str(HARBOUR))
    assert printed.returncode == 0
    assert f"bacasable serve {HARBOUR} --overlay" in printed.stdout
    file = tmp_path / "overlay.yaml"
    assert run("infer", str(HARBOUR), "-o", str(file)).returncode == 0
    assert file.read_text("utf-8") == printed.stdout
    again = run("infer", str(HARBOUR), "-o", str(file))
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "is there already" in again.stderr
    left = run("infer", str(HARBOUR), "--overlay", str(file))
    assert (left.returncode, left.stdout) == (1, "")
    assert "nothing is inferred" in left.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["nowhere.yaml"], "cannot be read"),
        ([str(HARBOUR), "-o", "/nowhere/overlay.yaml"], "cannot be written"),
        ([str(HARBOUR), "--overlay", str(HARBOUR)], "is no overlay"),
    ],
)
def test_a_mistake_is_one_line(given: list[str], said: str) -> None:
    done = run("infer", *given)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr


def test_an_overlay_needs_its_document() -> None:
    done = run("serve", "--overlay", "overlay.yaml")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "give it as FILE" in done.stderr
