"""QualiForma: a platform for professional training, with the rules that its contract cannot say.

Not affiliated. There is one file per tag that has rules of its own. A module is found by lying
here. It holds BEHAVIOURS, or `behaviours(tokens)` when it signs tokens; no other file names it.
Longer letters stand beside the rules of their tag, in files of their own.
"""

from importlib import import_module
from pkgutil import iter_modules

from ...core import Behaviour, Tokens
from ...resources import CONTRACT, DEFAULT_TENANTS, FIXTURES
from .. import PlatformPackage
from .auth import open_session
from .population import training_body


def behaviours(tokens: Tokens) -> dict[str, Behaviour]:
    """Every behaviour of this package by the resource, or the name, it belongs to."""
    found: dict[str, Behaviour] = {}
    for info in sorted(iter_modules(__path__), key=lambda module: module.name):
        module = import_module(f"{__name__}.{info.name}")
        if hasattr(module, "behaviours"):
            found |= module.behaviours(tokens)
        found |= getattr(module, "BEHAVIOURS", {})
    return found


PLATFORM = PlatformPackage(
    name="qualiforma",
    contract=CONTRACT,
    fixtures=FIXTURES,
    tenants=DEFAULT_TENANTS,
    behaviours=behaviours,
    populations={"training-body": training_body},
    sign_in=open_session,
)
