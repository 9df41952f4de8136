"""One language of the site: its contract, its words, its addresses. What every view is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from ..contract import Contract

_WORDS = files(__package__ or "") / "words"


class Missing(LookupError):
    """A page asks for words that no file of words holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """One language of the site.

    `contract` has its texts in `language` (a tag of BCP 47: en, fr). `languages` are all of the
    site. `base_url` is the address in front of the contract's base path in samples, without a
    slash at its end, such as http://127.0.0.1:4010. `sandbox` tells that the pages are served by
    a sandbox, whose controls, request log and inbox are then beside them. `guides` is a folder of
    Markdown files that belong to the contract.
    """

    language: str
    languages: tuple[str, ...]
    contract: Contract
    base_url: str
    sandbox: bool = False
    guides: Path | None = None

    @property
    def api_url(self) -> str:
        """Where the operations' paths begin: base address and base path."""
        return self.base_url + self.contract.base_path

    @property
    def root(self) -> str:
        """The path in front of all others of the sandbox; empty where there is none."""
        return urlsplit(self.base_url).path if self.sandbox else ""

    def say(self, key: str, **values: Any) -> str:
        """The interface text of a key (`area.name`), with its {placeholders} filled.

        Raises Missing for a key that the area's file does not hold in this language.
        """
        area, _, name = key.partition(".")
        words = _words(area)
        try:
            text = words[name][self.language if self.language in words[name] else "en"]
        except KeyError as error:
            raise Missing(f"words/{area}.yaml has no '{name}'") from error
        return text.format(**values) if values else text

    def words(self, area: str) -> dict[str, str]:
        """All interface texts of an area by name, for a script to show."""
        return {name: self.say(f"{area}.{name}") for name in _words(area)}


@cache
def _words(area: str) -> Mapping[str, Mapping[str, str]]:
    """The interface texts of one area: name → language → text."""
    found: dict[str, dict[str, str]] = yaml.safe_load((_WORDS / f"{area}.yaml").read_text("utf-8"))
    return found
