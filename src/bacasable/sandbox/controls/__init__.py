"""The controls: one file per tag of `controls.yaml`, found by lying here.

A file holds OPERATIONS: by operationId, a function from the hub and the values of the request to
an answer. It raises Refusal with a code of the document's catalogue; what it wrote is then undone.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from ...contract import Contract, ContractError, load_contract
from ...contract.request import Values
from ...core.portions import Portions
from ..hub import Answer, Hub

Operation = Callable[[Hub, Values], Answer | Portions[Answer]]
"""A control. One that may take long gives portions, and writes nothing but in the last of them."""


@cache
def controls_contract() -> Contract:
    """The document of the controls, read once."""
    return load_contract(Path(__file__).with_name("controls.yaml"))


def operations() -> dict[str, Operation]:
    """Every control by its operationId. Raises ContractError when document and code differ."""
    found: dict[str, Operation] = {}
    for info in sorted(iter_modules(__path__), key=lambda module: module.name):
        found |= import_module(f"{__name__}.{info.name}").OPERATIONS
    declared = controls_contract().operations.keys()
    if found.keys() != declared:
        differing = ", ".join(sorted(found.keys() ^ declared))
        raise ContractError(f"controls.yaml and sandbox/controls/ differ: {differing}")
    return found
