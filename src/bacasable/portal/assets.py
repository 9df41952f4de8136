"""The files beside the pages: style sheet, scripts, and what is bundled of others.

Our own lie in `static/`; the first style sheet of a page begins with the design tokens. Those of
others lie in `vendor/`, which is filled when the package is built (see `web/`), and may be missing.
"""

from functools import cache
from importlib.resources import files

from .design.specimens import specimens
from .design.tokens import expanded, style_sheet

_HERE = files(__package__ or "")
_FIRST = ("app.css", "viewer.css")  # each is the first of its pages, and brings the tokens
SPECIMENS = "specimens.css"  # made of the tokens alone, for the page that shows them


@cache
def asset(name: str) -> bytes:
    """The bytes of an asset, such as app.css or vendor/minisearch.js.

    Raises FileNotFoundError where there is none, as for what was not bundled.
    """
    if name == SPECIMENS:
        return specimens().encode()
    folder = "" if name.startswith("vendor/") else "static/"
    found = (_HERE / f"{folder}{name}").read_bytes()
    if folder and name.endswith(".css"):
        own = expanded(found.decode())
        return (style_sheet() + own if name in _FIRST else own).encode()
    return found


def asset_names() -> list[str]:
    """Every asset there is, bundled ones included."""
    own = [item.name for item in (_HERE / "static").iterdir() if item.is_file()]
    vendor = _HERE / "vendor"
    bundled = (
        [f"vendor/{item.name}" for item in vendor.iterdir() if not item.name.startswith(".")]
        if vendor.is_dir()
        else []
    )
    return sorted([*own, SPECIMENS, *bundled])


def bundled(name: str) -> bool:
    """Whether a file of others was there when the package was built (vendor/NAME)."""
    return (_HERE / "vendor" / name).is_file()
