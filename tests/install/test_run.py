"""`run.py` tells an older Python what is needed, whatever else it holds."""

import ast
import runpy
import sys

import pytest
from installing.environment import ROOT

FILES = [ROOT / "run.py", *(ROOT / "installing").glob("*.py")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_older_python_can_read_it(path):
    text = path.read_text("utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    assert "from __future__ import annotations" in text or len(tree.body) == 1


def test_an_older_python_is_told_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(sys, "argv", ["run.py", "serve"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "run.py"), run_name="__main__")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "run.py: Python 3.11 or later is needed; this is 3.9\n"
