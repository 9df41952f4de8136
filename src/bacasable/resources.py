"""Where contract, overlays and fixtures lie: in the package, or at the top of a checkout."""

from pathlib import Path

_PACKAGED = Path(__file__).parent / "data"
_ROOT = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2]

CONTRACT = _ROOT / "openapi.yaml"
FIXTURES = _ROOT / "fixtures"
LANGUAGES = ("en", "fr")


def overlays_of(contract: Path) -> dict[str, Path]:
    """The overlays of a contract by their language: `fr.overlay.yaml` in `locales/`.

    Those of the packaged contract lie among the fixtures, those of another beside its file.
    """
    folder = (FIXTURES if contract.resolve() == CONTRACT.resolve() else contract.parent) / "locales"
    found = sorted(folder.glob("*.overlay.yaml"))
    return {path.name.removesuffix(".overlay.yaml"): path for path in found}


def fixture_path(name: str) -> Path:
    """The file of a fixture: a path as it is, or the slug of one that comes with the package."""
    packaged = FIXTURES / f"{name}.yaml"
    return packaged if packaged.is_file() and "/" not in name else Path(name)
