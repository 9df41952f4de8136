"""The harms that the kit must not do: each a server with one habit, and what must be as it was."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from bacasable.verify.model import Account


@dataclass
class Server:
    """A server at work. `harmed` tells what is not as it was; `left` what a run made and left."""

    app: Starlette
    harmed: Callable[[], list[str]]
    left: Callable[[], list[str]] = list


@dataclass(frozen=True)
class Harm:
    """A planted harm. `says` is one sentence: what a careless run does there.

    `called` are operations that the run must call all the same, `withheld` those that it must not.
    """

    id: str
    says: str
    document: dict[str, Any]
    make: Callable[[], Server]
    options: dict[str, Any] = field(default_factory=dict)
    called: tuple[str, ...] = ("listNotes", "createNote", "getNote", "deleteNote")
    withheld: tuple[str, ...] = ()
    leaves: bool = False
    """Whether something has to be left behind, and told."""


IDA = Account(email="ida@boxes.example", password="pass-word-1")
FOLDER = Path(__file__).parent


def catalogue() -> list[Harm]:
    """All harms, from the modules of this folder."""
    names = ("records", "keys", "beside", "sessions", "whole", "cleaning")
    modules = [import_module(f"{__package__}.{name}") for name in names]
    return [harm for module in modules for harm in module.HARMS]
