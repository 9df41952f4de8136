"""Where contract and fixtures lie: in the installed package, or at the top of a checkout."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "data"
_ROOT = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2]

CONTRACT = _ROOT / "openapi.yaml"
FIXTURES = _ROOT / "fixtures"
DEFAULT_TENANTS = ("votre-tenant", "qualiforma-demo", "atelier-nord", "vide", "suspendu")


def fixture_path(name: str) -> Path:
    """The file of a fixture: a path as it is, or the slug of one that comes with the package."""
    packaged = FIXTURES / f"{name}.yaml"
    return packaged if packaged.is_file() and "/" not in name else Path(name)
