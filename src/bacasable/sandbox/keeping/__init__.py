"""Keeping the state of a sandbox in a file: what changes is appended, and read at start."""

from .file import StateRefused
from .keeper import Keeper

__all__ = ["Keeper", "StateRefused"]
