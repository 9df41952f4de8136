"""All planted defects, from the files of the folder beside."""

from importlib import import_module
from pathlib import Path

from .defective import Defect

FOLDER = Path(__file__).parent / "defects"
CATALOGUE: list[Defect] = [
    defect
    for file in sorted(FOLDER.glob("[a-z]*.py"))
    for defect in import_module(f"tests.verify.defects.{file.stem}").DEFECTS
]
