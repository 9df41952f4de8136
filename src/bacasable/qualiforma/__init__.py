"""The rules of QualiForma: one file per tag that has rules of its own.

A module is found by lying here. It holds BEHAVIOURS, or `behaviours(tokens)` when it signs tokens;
no other file names it. Longer letters stand beside the rules of their tag, in files of their own.
"""

from importlib import import_module
from pkgutil import iter_modules

from ..core import Behaviour, Tokens


def behaviours(tokens: Tokens) -> dict[str, Behaviour]:
    """Every behaviour of this package by the resource, or the name, it belongs to."""
    found: dict[str, Behaviour] = {}
    for info in sorted(iter_modules(__path__), key=lambda module: module.name):
        module = import_module(f"{__name__}.{info.name}")
        if hasattr(module, "behaviours"):
            found |= module.behaviours(tokens)
        found |= getattr(module, "BEHAVIOURS", {})
    return found
