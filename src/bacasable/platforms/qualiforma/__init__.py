"""QualiForma: a platform for professional training, with the rules that its contract cannot say.

Not affiliated. There is one file per tag that has rules of its own. A module is found by lying
here, and holds BEHAVIOURS; no other file names it. Longer letters stand beside the rules of their
tag, in files of their own.
"""

from importlib import import_module
from pkgutil import iter_modules

from ...contract.model import JsonObject
from ...core import Behaviour, Tokens
from ...resources import CONTRACT, FIXTURES
from .. import PlatformPackage
from .identity import People, assert_fictional
from .population import training_body


def behaviours(_tokens: Tokens) -> dict[str, Behaviour]:
    """Every behaviour of this package by the resource, or the name, it belongs to."""
    found: dict[str, Behaviour] = {}
    for info in sorted(iter_modules(__path__), key=lambda module: module.name):
        found |= getattr(import_module(f"{__name__}.{info.name}"), "BEHAVIOURS", {})
    return found


def _training_body(sizes: JsonObject, seed: int, domain: str) -> list[JsonObject]:
    return training_body(sizes, People(seed, domain))


PLATFORM = PlatformPackage(
    name="qualiforma",
    contract=CONTRACT,
    fixtures=FIXTURES,
    tenants=("votre-tenant", "qualiforma-demo", "atelier-nord", "vide", "suspendu"),
    behaviours=behaviours,
    populations={"training-body": _training_body},
    judge=assert_fictional,
)
