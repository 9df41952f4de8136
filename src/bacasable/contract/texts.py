"""The texts of a document: every sentence or name that a reader sees, with its place.

What is data (examples, defaults, values of an enum) or a name in the program (a property called
`title`, the name of a tag as operations give it) is no text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .document import objects
from .model import JsonObject

_STEPS = tuple[str | int, ...]
_KEYS = ("title", "summary", "description")


@dataclass(frozen=True, slots=True)
class Text:
    """A text and where it stands: the steps from the root of the document.

    The place of a tag's name is its `x-displayName`, whether that is there or not: the name itself
    is what operations call the tag by, and is shown where nothing else is said.
    """

    path: _STEPS
    value: str


def texts(document: JsonObject) -> Iterator[Text]:
    """Every text of an OpenAPI document, in the order in which a reader meets its objects."""
    for path, node in objects(document):
        if _is_data(path):
            continue
        for key in _KEYS:
            if isinstance(node.get(key), str):
                yield Text((*path, key), node[key])
        if len(path) == 2 and path[0] == "tags":
            yield from _tag_name(path, node)
        yield from _rules(path, node)
        if path[-1:] == ("scopes",):
            yield from (Text((*path, key), v) for key, v in node.items() if isinstance(v, str))
    yield from _problems(document.get("x-problems"))


def _is_data(path: _STEPS) -> bool:
    """Whether an object holds names or values of others: a mapping, or the body that a link sends.

    A link stands under an answer or among the components, never among properties.
    """
    sent = any(
        step == "links" and path[at - 1 : at] != ("properties",) and path[at + 2] == "requestBody"
        for at, step in enumerate(path[:-2])
    )
    return sent or path[-2:] == ("discriminator", "mapping")


def _tag_name(path: _STEPS, tag: JsonObject) -> Iterator[Text]:
    shown = tag.get("x-displayName", tag.get("name"))
    if isinstance(shown, str):
        yield Text((*path, "x-displayName"), shown)


def _rules(path: _STEPS, node: JsonObject) -> Iterator[Text]:
    """The sentences of business rules: those of an operation, and those of a lifecycle's timers."""
    yield from _said((*path, "x-rules"), node.get("x-rules"))
    lifecycle = node.get("x-lifecycle")
    transitions = lifecycle.get("transitions") if isinstance(lifecycle, dict) else None
    for index, transition in enumerate(transitions if isinstance(transitions, list) else ()):
        if isinstance(transition, dict):
            place = (*path, "x-lifecycle", "transitions", index, "rules")
            yield from _said(place, transition.get("rules"))


def _problems(declared: Any) -> Iterator[Text]:
    """What is told of the kinds of problem."""
    for code, one in declared.items() if isinstance(declared, dict) else ():
        for key in ("title", "cause", "remedy") if isinstance(one, dict) else ():
            if isinstance(one.get(key), str):
                yield Text(("x-problems", code, key), one[key])


def _said(path: _STEPS, rules: Any) -> Iterator[Text]:
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if isinstance(rule, dict) and isinstance(rule.get("says"), str):
            yield Text((*path, index, "says"), rule["says"])
