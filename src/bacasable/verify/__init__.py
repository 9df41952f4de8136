"""The contract test kit: finds out whether a server keeps the contract.

It reads the contract and speaks HTTP; of the sandbox it knows nothing, for it must judge any
server. `run.verify` is a whole run, `suite.verify_suite` the same as tests of pytest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .suite import verify_suite as verify_suite

__all__ = ["verify_suite"]


def __getattr__(name: str) -> Any:
    """`verify_suite`, imported when it is asked for: most of the kit does without pytest."""
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.suite"), name)
