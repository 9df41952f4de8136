"""The interface texts against what asks for them: each in every language, and none for nobody."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

import yaml

_HERE = Path(str(files(__package__ or "")))
_NAMED = re.compile(
    r"""(?P<asked>\bsay\(\s*)?f?(?P<quote>["'])(?P<area>[a-z_]+)\.(?P<name>\w*)"""
    r"""(?P<open>\{|(?P=quote)\s*[~+%])?(?P<end>(?P=quote))?"""
)
_WHOLE = re.compile(r"""\bwords\(["'](?P<area>[a-z_]+)["']\)""")

Words = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Area → name → language → text."""


def word_findings(languages: Sequence[str]) -> list[str]:
    """What is wrong with the interface texts of these languages, one line each.

    A language that no area knows is that of somebody else's contract: it reads English.
    """
    words, sources = _words(), _sources()
    spoken = {language for area in words.values() for texts in area.values() for language in texts}
    asked = [language for language in languages if language in spoken]
    return [*untranslated(words, asked), *unasked(words, sources), *unknown(words, sources)]


def untranslated(words: Words, languages: Sequence[str]) -> Iterator[str]:
    """Texts that a language lacks, and those whose {placeholders} are others than in English."""
    for area, names in words.items():
        for name, texts in names.items():
            for language in languages:
                if not texts.get(language):
                    yield f"words/{area}.yaml: '{name}' has no text in '{language}'"
                elif _placeholders(texts[language]) != _placeholders(texts["en"]):
                    yield f"words/{area}.yaml: '{name}' in '{language}' fills other places"


def unasked(words: Words, sources: Sequence[str]) -> Iterator[str]:
    """Texts that neither a template nor a view asks for. A name may be put together there."""
    whole: set[tuple[str, str]] = set()
    begun: set[tuple[str, str]] = set()
    for source in sources:
        for found in _NAMED.finditer(source):
            (begun if found["open"] else whole).add((found["area"], found["name"]))
        begun |= {(found["area"], "") for found in _WHOLE.finditer(source)}
    for area, names in words.items():
        beginnings = tuple(start for of, start in begun if of == area)
        for name in names:
            if (area, name) not in whole and not name.startswith(beginnings):
                yield f"words/{area}.yaml: nothing asks for '{name}'"


def unknown(words: Words, sources: Sequence[str]) -> Iterator[str]:
    """Texts that something asks for, and that are not there."""
    for source in sources:
        for found in _NAMED.finditer(source):
            if not found["asked"] or found["open"] or not found["end"]:
                continue
            if found["name"] not in words.get(found["area"], {}):
                yield f"words/{found['area']}.yaml: '{found['name']}' is asked for, and missing"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@cache
def _words() -> Words:
    return {
        file.stem: yaml.safe_load(file.read_text("utf-8"))
        for file in sorted((_HERE / "words").glob("*.yaml"))
    }


@cache
def _sources() -> tuple[str, ...]:
    """Everything that can ask: views, and templates."""
    found = [file for end in ("*.py", "*.j2", "*.md") for file in sorted(_HERE.rglob(end))]
    return tuple(file.read_text("utf-8") for file in found)
