"""The controls: their document, and one file of functions for each of its tags.

A control is a function named after its operationId, in the file named after its tag: from the hub
and the values of the request to an answer. It raises Refusal with a code of the document's
catalogue; what it wrote is then undone.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from ...contract import Contract, ContractError, load_contract
from ...contract.names import snake
from ...contract.request import Values
from ...core.portions import Portions
from ..hub import Answer, Hub

Control = Callable[[Hub, Values], Answer | Portions[Answer]]
"""One that may take long gives portions, and writes nothing but in the last of them."""


@cache
def controls_contract() -> Contract:
    """The document of the controls, read once."""
    return load_contract(Path(__file__).with_name("controls.yaml"))


def operations() -> dict[str, Control]:
    """Every control by its operationId. Raises ContractError when document and code differ."""
    declared = controls_contract().operations.values()
    modules = {o.tag: import_module(f"{__name__}.{o.tag.lower()}") for o in declared}
    written = {name for module in modules.values() for name in _public(module)}
    wanted = {snake(o.id): o for o in declared}
    if written != wanted.keys():
        differing = ", ".join(sorted(written ^ wanted.keys()))
        raise ContractError(f"controls.yaml and sandbox/controls/ differ: {differing}")
    return {o.id: getattr(modules[o.tag], name) for name, o in wanted.items()}


def _public(module: ModuleType) -> list[str]:
    """The functions that a file holds for others."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
