"""Bacasable: one contract, three readers. See README.md for use, ARCHITECTURE.md for the layout."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Sandbox as Sandbox

__version__ = "0.1.0"
__all__ = ["Sandbox", "__version__"]


def __getattr__(name: str) -> Any:
    """`Sandbox`, imported when it is asked for: importing the package alone stays quick."""
    if name != "Sandbox":
        raise AttributeError(f"module 'bacasable' has no attribute '{name}'")
    from .client import Sandbox

    return Sandbox
