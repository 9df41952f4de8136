"""Whether an overlay is a whole translation: every text of a document has its twin, and only texts.

The overlay may say so: `x-same` at its root lists texts that are alike in both languages, and
`x-translates` on an action is a digest of the texts as they were when its twins were written.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from .document import pointer
from .model import JsonObject, Violation
from .overlay import Change, Overlay, apply_overlay
from .texts import texts

_STEPS = tuple[str | int, ...]


def twin_findings(
    document: JsonObject, overlay: Overlay
) -> tuple[list[Violation], list[Violation]]:
    """What an overlay lacks as a translation: places in the document, and places in the overlay."""
    translated, changes, faults = apply_overlay(document, overlay)
    here = {text.path: text.value for text in texts(document)}
    there = {text.path: text.value for text in texts(translated)}
    declared = overlay.content.get("x-same")
    same = declared if isinstance(declared, list) else []
    written = {change.path for change in changes}
    missing = [
        Violation(pointer(*path), f"has no twin in {overlay.path}; translate {value[:60]!r} there")
        for path, value in here.items()
        if path not in written and value not in same
    ]
    last = list({change.path: change for change in changes}.values())
    wrong = [*faults, *_foreign(last, here, there), *_alike(last, here, there, same)]
    wrong += _unused(same, here, there)
    wrong += _stale(overlay, changes, here)
    return missing, wrong


def _foreign(
    changes: list[Change], here: dict[_STEPS, str], there: dict[_STEPS, str]
) -> Iterator[Violation]:
    """Changes of something else than a text, or to something that is no text."""
    for change in changes:
        place = pointer(*change.source)
        if change.path not in here:
            said = f"{pointer(*change.path)} is no text of the contract; correct or delete it"
            yield Violation(place, said)
        elif not there.get(change.path, "").strip():
            yield Violation(place, "leaves no text; write one")


def _alike(
    changes: list[Change], here: dict[_STEPS, str], there: dict[_STEPS, str], same: list[Any]
) -> Iterator[Violation]:
    for change in changes:
        text = here.get(change.path)
        if text is not None and there.get(change.path) == text and text not in same:
            said = f"{text[:60]!r} is not translated; do so, or list it under x-same"
            yield Violation(pointer(*change.source), said)


def _unused(
    same: list[Any], here: dict[_STEPS, str], there: dict[_STEPS, str]
) -> Iterator[Violation]:
    alike = {text for path, text in here.items() if there.get(path) == text}
    for index, text in enumerate(same):
        if text not in alike:
            yield Violation(pointer("x-same", index), f"no text of both languages is {text!r}")


def _stale(overlay: Overlay, changes: list[Change], here: dict[_STEPS, str]) -> Iterator[Violation]:
    for index, action in enumerate(overlay.actions):
        if "x-translates" not in action:
            continue
        places = {pointer(*c.path): c.path for c in changes if c.source[1] == index}
        now = _digest([here.get(places[place], "") for place in sorted(places)])
        if places and action["x-translates"] != now:
            said = f"the texts have changed since; compare the twins, then write {now} here"
            yield Violation(pointer("actions", index, "x-translates"), said)


def _digest(originals: list[str]) -> str:
    """Eight hexadecimal digits that change with any of the texts, and a word: YAML reads text."""
    return "sha-" + sha256("\0".join(originals).encode()).hexdigest()[:8]
