"""Small by rule: no function over 60 lines, no file over 400, medians near 8 and 120."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from tests.tables import each

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "bench", "installing")
FILES = [p for folder in FOLDERS for p in sorted((ROOT / folder).rglob("*.py"))]
SOURCE = [p for p in FILES if p.is_relative_to(ROOT / "src")]


@dataclass(frozen=True)
class Shape:
    """What is judged of a file. Its tree is not kept: 700 of them would burden all other tests."""

    lines: int
    functions: tuple[tuple[str, int], ...]
    opening: str | None


@cache
def shape_of(path: Path) -> Shape:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    functions = tuple(
        (f"{path.name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return Shape(len(text.splitlines()), functions, ast.get_docstring(tree))


@each("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_and_files_stay_small(path):
    assert shape_of(path).lines <= 400
    assert not [name for name, lines in shape_of(path).functions if lines > 60]


def test_the_medians_of_the_source_stay_low():
    lengths = [lines for path in SOURCE for _, lines in shape_of(path).functions]
    assert median(lengths) <= 10
    assert median(shape_of(path).lines for path in SOURCE) <= 140


@each("path", SOURCE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_opens_with_what_lives_in_it(path):
    assert shape_of(path).opening
