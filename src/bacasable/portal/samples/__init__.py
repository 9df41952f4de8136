"""Code samples: for each operation a complete program in several languages.

A language is a file of this folder: it declares LANGUAGE and a function `write` that gives a
program in it. `program.py` says what the program does, in no language.
"""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from ..edition import Edition
from ..highlight import code
from ..model import Sample
from .model import Language, Program
from .program import program_of

__all__ = ["Language", "Program", "languages", "program_of", "samples_of", "write"]


def samples_of(edition: Edition, operation_id: str) -> tuple[Sample, ...]:
    """The samples of an operation, one for each language; none for a call they cannot show."""
    program = program_of(edition, edition.contract.operations[operation_id])
    if program is None:
        return ()
    return tuple(_sample(language, write(program, language)) for language in languages())


def languages() -> tuple[Language, ...]:
    """The languages there are, in order."""
    return tuple(_writers())


def write(program: Program, language: Language) -> str:
    """A program in a language, as text that ends with a line break."""
    return _writers()[language](program)


def _sample(language: Language, text: str) -> Sample:
    return Sample(language.id, language.label, code(text, language.lexer))


@cache
def _writers() -> Mapping[Language, Callable[[Program], str]]:
    modules: list[Any] = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    found = [module for module in modules if hasattr(module, "LANGUAGE")]
    return {m.LANGUAGE: m.write for m in sorted(found, key=lambda m: m.LANGUAGE.order)}
