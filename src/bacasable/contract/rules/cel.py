"""The library that evaluates CEL (common-expression-language, in Rust), and what it does not bound.

It guarantees that evaluation ends, as CEL has no loop but over what is there, that nothing outside
of what is bound can be reached, and that a text nested too deep is refused when it is compiled. It
bounds neither steps nor memory, cannot be interrupted, and `map` and `filter` take the square of a
list's length (4 s for 10,000). So every expression is read first (`syntax.py`), only what
`checking.py` knows is handed on, and what it reads and loops over is counted (`binding.py`).
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cel import Program


def program(source: str) -> "Program":
    """An expression compiled. Raises ValueError."""
    made: Program = _library().compile(source)
    return made


def _library() -> Any:
    """The extension alone: the package about it imports a console, which takes half a second."""
    name = "cel.cel"
    if name not in sys.modules:
        package = find_spec("cel")
        folders = package.submodule_search_locations if package else None
        spec = PathFinder.find_spec(name, folders)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError("common-expression-language is not installed")
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]
