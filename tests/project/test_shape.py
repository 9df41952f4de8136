"""Small by rule: no function over 60 lines, no file over 400, medians near 8 and 120."""

import ast
from functools import cache
from pathlib import Path
from statistics import median

from tests.tables import each

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "bench", "installing")
FILES = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
SOURCE = [p for p in FILES if p.is_relative_to(ROOT / "src")]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def functions_of(path: Path) -> list[tuple[str, int]]:
    tree = tree_of(path)
    return [
        (f"{path.name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@each("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_and_files_stay_small(path):
    assert len(path.read_text("utf-8").splitlines()) <= 400
    assert not [name for name, lines in functions_of(path) if lines > 60]


def test_the_medians_of_the_source_stay_low():
    lengths = [lines for path in SOURCE for _, lines in functions_of(path)]
    assert median(lengths) <= 10
    assert median(len(p.read_text("utf-8").splitlines()) for p in SOURCE) <= 140


@each("path", SOURCE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_opens_with_what_lives_in_it(path):
    assert ast.get_docstring(tree_of(path))
