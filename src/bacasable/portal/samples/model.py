"""A program that makes one call of the API, in no language yet.

It has settings at its head, and requests, of which later ones use what earlier ones have answered.
"""

from dataclasses import dataclass
from typing import Any

Json = Any
"""A JSON value; a Text may stand in place of a string."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A name for a value, in snake_case. A setting stands at the head of the program."""

    name: str
    setting: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the values of variables in it."""

    parts: tuple[str | Variable, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A value at the head of a program; None is read from the environment, named in capitals."""

    variable: Variable
    value: str | None


@dataclass(frozen=True, slots=True)
class Take:
    """What is kept of an answer: the variable, and the place in the JSON body."""

    variable: Variable
    place: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One request.

    `path` is percent-encoded and stands behind the API's address; names and values of `query` are
    not encoded yet. `fresh` is made anew before the request, by chance. `basic` holds user and
    password. `body` is sent as JSON when `sends`. `shows` tells what the answer is worth showing:
    json, text, or its status alone. `status` is None where the contract names no single one.
    """

    name: str
    comment: str
    method: str
    path: Text
    query: tuple[tuple[str, str | float | Text], ...] = ()
    headers: tuple[tuple[str, str | Text], ...] = ()
    basic: tuple[Variable, Variable] | None = None
    fresh: Variable | None = None
    fresh_comment: str = ""
    sends: bool = False
    body: Json = None
    takes: tuple[Take, ...] = ()
    shows: str = "json"
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """A complete program. The last step is the call it is about."""

    api_url: str
    settings: tuple[Setting, ...]
    settings_comment: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """A language of samples.

    `order` is its place among them, `lexer` its name for Pygments. `run` tells how a sample that
    is saved in a file is run, and what it needs first; {name} stands for the file's name.
    """

    id: str
    order: int
    label: str
    lexer: str
    run: str


def members(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Pairs as a mapping; a name that is given several times holds the list of its values."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
