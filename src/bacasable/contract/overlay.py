"""Overlays (OpenAPI Overlay 1.0 and 1.1): a document of changes, applied to a parsed document.

A change says by JSONPath (RFC 9535) where it happens. The original is left as it is; what each
change wrote is told too, so that a translation can be checked against the texts it translates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .document import ContractError, parse_document, pointer, read_text
from .lines import Lines, describe
from .model import Json, JsonObject, Violation

_STEPS = tuple[str | int, ...]
_KINDS = ("remove", "update", "copy")


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay as it was read: its file, its text for the sake of lines, and what it holds."""

    path: Path
    text: str
    content: JsonObject

    @property
    def actions(self) -> list[JsonObject]:
        """The actions, in the order in which they are applied."""
        actions: list[JsonObject] = self.content["actions"]
        return actions


@dataclass(frozen=True, slots=True)
class Change:
    """One place of the document that was written or removed, and the place in the overlay."""

    path: _STEPS
    source: _STEPS


class _Fault(Exception):
    """What is wrong with an action; `place` are the steps from the action."""

    def __init__(self, place: _STEPS, said: str) -> None:
        super().__init__(said)
        self.place = place


def read_overlay(path: Path) -> Overlay:
    """The overlay in a file. Raises ContractError in one line for what is none."""
    text = read_text(path)
    content = parse_document(text, str(path))
    for place, said in _misshapen(content):
        raise ContractError(describe(path, Lines(text), Violation(place, said)))
    return Overlay(path, text, content)


def overlaid(document: JsonObject, path: Path) -> JsonObject:
    """A document with the overlay in a file applied to it, as a new one.

    Raises ContractError in one line (file, line, pointer, remedy) for the first action that cannot
    be applied or has no effect.
    """
    overlay = read_overlay(path)
    changed, _, faults = apply_overlay(document, overlay)
    for fault in faults:
        raise ContractError(describe(path, Lines(overlay.text), fault))
    return changed


def apply_overlay(
    document: JsonObject, overlay: Overlay
) -> tuple[JsonObject, list[Change], list[Violation]]:
    """A new document with the actions applied, what they changed, and the actions that failed.

    An action that fails is left out; the pointer of its fault is one of the overlay.
    """
    result: JsonObject = _copied(document)
    changes: list[Change] = []
    faults: list[Violation] = []
    for index, action in enumerate(overlay.actions):
        try:
            changes += _applied(result, action, ("actions", index))
        except _Fault as fault:
            faults.append(Violation(pointer("actions", index, *fault.place), str(fault)))
    return result, changes, faults


def _misshapen(content: JsonObject) -> Iterator[tuple[str, str]]:
    """What keeps a document from being an overlay of a version that is known here."""
    version = content.get("overlay")
    if not isinstance(version, str):
        yield "", "is no overlay; begin it with 'overlay: 1.0.0'"
    elif version.split(".")[:2] not in (["1", "0"], ["1", "1"]):
        yield "/overlay", f"is {version!r}; write the overlay in version 1.0 or 1.1"
    info = content.get("info")
    if not isinstance(info, dict) or not {"title", "version"} <= info.keys():
        yield "/info", "is incomplete; an overlay has a title and a version there"
    actions = content.get("actions")
    if not isinstance(actions, list) or not actions:
        yield "/actions", "is no list of actions; write at least one"
    for index, action in enumerate(actions if isinstance(actions, list) else ()):
        if not isinstance(action, dict) or not isinstance(action.get("target"), str):
            yield pointer("actions", index), "has no target; say by JSONPath what it changes"


def _applied(document: JsonObject, action: JsonObject, place: _STEPS) -> list[Change]:
    """Apply one action to the document in place; raises _Fault before anything is changed."""
    kind = next((kind for kind in _KINDS if _given(action, kind)), None)
    if kind is None:
        raise _Fault((), "has no effect; give it 'update', 'remove: true' or 'copy', or delete it")
    paths = _selected(document, action["target"], "target")
    if not paths:
        said = f"{action['target']} selects nothing; correct it, or delete the action"
        raise _Fault(("target",), said)
    if kind == "remove":
        _remove(document, paths)
        return [Change(path, (*place, "remove")) for path in paths]
    value = action["update"] if kind == "update" else _to_copy(document, action["copy"])
    targets = [_at(document, path) for path in paths]
    for target in targets:
        _check_fit(target, value, (kind,))
    if len({_shape(target) for target in targets}) > 1:
        raise _Fault(("target",), "selects values of several kinds; write an action for each")
    changes = [change for path in paths for change in _write(document, path, value, (*place, kind))]
    if not changes:
        raise _Fault((kind,), "changes nothing; say what is to be there, or delete the action")
    return changes


def _given(action: JsonObject, kind: str) -> bool:
    return action.get(kind) is True if kind == "remove" else kind in action


def _selected(document: JsonObject, query: Any, key: str) -> list[_STEPS]:
    """The paths of the nodes that a JSONPath selects, each once."""
    import jsonpath  # a twentieth of a second that a start without overlay does not pay

    try:
        found = jsonpath.compile(query, strict=True).finditer(document)
        return list(dict.fromkeys(tuple(match.parts) for match in found))
    except (jsonpath.JSONPathError, TypeError) as error:
        # Not str(error): it quotes the query over several lines, and fails for an empty one.
        said = f"{query!r} is no JSONPath ({error.args[0]}); write one of RFC 9535"
        raise _Fault((key,), said) from None


def _to_copy(document: JsonObject, query: Any) -> Json:
    paths = _selected(document, query, "copy")
    if len(paths) != 1:
        raise _Fault(("copy",), f"{query} selects {len(paths)} values; select the one to copy")
    return _copied(_at(document, paths[0]))


def _remove(document: JsonObject, paths: list[_STEPS]) -> None:
    """Take nodes out of what holds them; the places in a list shift only when all are known."""
    held: dict[_STEPS, tuple[Any, set[str | int]]] = {}
    for path in paths:
        if not path:
            raise _Fault(("target",), "selects the whole document, which cannot be removed")
        held.setdefault(path[:-1], (_at(document, path[:-1]), set()))[1].add(path[-1])
    for holder, keys in held.values():
        if isinstance(holder, list):
            holder[:] = [item for index, item in enumerate(holder) if index not in keys]
        else:
            for key in keys:
                del holder[key]


def _check_fit(target: Json, value: Json, place: _STEPS) -> None:
    """Refuse a value that cannot be merged: before anything is written."""
    if isinstance(target, list):
        return
    if _shape(target) != _shape(value):
        said = f"is {_shape(value)} where the document has {_shape(target)}; write the same kind"
        raise _Fault(place, said)
    if isinstance(target, dict) and isinstance(value, dict):
        for key in value.keys() & target.keys():
            inner = target[key]
            if isinstance(inner, list) and not isinstance(value[key], list):
                said = "is no list where the document has one; its items are added to those there"
                raise _Fault((*place, key), said)
            _check_fit(inner, value[key], (*place, key))


def _shape(value: Json) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "a plain value"


def _write(document: JsonObject, path: _STEPS, value: Json, source: _STEPS) -> Iterator[Change]:
    """Write a value that fits to a node: objects are merged, lists grow, the rest is replaced."""
    node = _at(document, path)
    if isinstance(node, list):
        items = value if isinstance(value, list) else [value]
        for item in items:
            yield Change((*path, len(node)), source)
            node.append(_copied(item))
    elif isinstance(node, dict) and isinstance(value, dict):
        for key, item in value.items():
            if key in node and isinstance(item, dict | list):
                yield from _write(document, (*path, key), item, (*source, key))
            else:
                node[key] = _copied(item)
                yield Change((*path, key), (*source, key))
    else:
        _at(document, path[:-1])[path[-1]] = value
        yield Change(path, source)


def _at(document: Any, path: _STEPS) -> Any:
    for step in path:
        document = document[step]
    return document


def _copied(value: Any) -> Any:
    """A copy that shares no object and no list; copy.deepcopy takes ten times as long."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value
