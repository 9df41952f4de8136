"""Reading the document: YAML to plain values, references, and the line of any place in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .model import JsonObject

try:
    from yaml import CSafeLoader as _BaseLoader
except ImportError:  # PyYAML without libyaml: the same values, several times slower
    from yaml import SafeLoader as _BaseLoader  # type: ignore[assignment]

_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Loader(_BaseLoader):
    """YAML as JSON sees it: a date stays text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared so by PyYAML
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in _BaseLoader.yaml_implicit_resolvers.items()
    }


class ContractError(Exception):
    """The contract cannot be used. One line: file, place, what is wrong, what to do."""


def read_document(path: Path) -> JsonObject:
    """Parse an OpenAPI document from a YAML or JSON file.

    Raises ContractError when the file is missing, is not UTF-8, or is no YAML mapping.
    """
    return parse_document(read_text(path), str(path))


def read_text(path: Path) -> str:
    """The text of a file; raises ContractError in one line when it cannot be had."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ContractError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise ContractError(
            f"{path}: is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error


def parse_document(text: str, name: str) -> JsonObject:
    """Parse YAML or JSON text into a mapping with string keys; `name` is used in errors."""
    try:
        document = yaml.load(text, Loader=Loader)  # noqa: S506 - CSafeLoader is a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "is not YAML"
        raise ContractError(f"{place}: {problem}; correct the YAML there") from error
    if not isinstance(document, dict):
        raise ContractError(f"{name}: is not a mapping; the document must be an object")
    return document


def resolve(document: JsonObject, node: Any) -> Any:
    """Follow `$ref` until a value that is none. Raises ContractError for a dead reference."""
    seen = 0
    while isinstance(node, dict) and "$ref" in node:
        seen += 1
        if seen > 50:
            raise ContractError(f"{node['$ref']}: references lead in a circle; break it")
        node = at_pointer(document, node["$ref"])
    return node


def at_pointer(document: JsonObject, reference: str) -> Any:
    """The value at a local reference such as `#/components/schemas/User`."""
    if not reference.startswith("#/"):
        raise ContractError(f"{reference}: only references within the document are supported")
    node: Any = document
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            node = node[int(key)] if isinstance(node, list) else node[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ContractError(f"{reference}: leads nowhere; correct the reference") from None
    return node


def pointer(*parts: str | int) -> str:
    """A JSON pointer (RFC 6901) from its parts."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def walk(
    node: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value in a document with the path that leads to it, the document itself included."""
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*path, index))


class Lines:
    """Where in a YAML text a JSON pointer stands; composed once, at the first question."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: Any = None

    def of(self, place: str) -> int:
        """The line, from 1, of a pointer; of its nearest ancestor when it is absent."""
        if self._root is None:
            self._root = yaml.compose(self._text, Loader=Loader)
        line, node = 1, self._root
        for part in place.split("/")[1:]:
            found = _child(node, part.replace("~1", "/").replace("~0", "~"))
            if found is None:
                break
            line, node = found
        return line


def _child(node: Any, key: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
        item = node.value[int(key)]
        return item.start_mark.line + 1, item
    return None


def as_json(document: JsonObject) -> str:
    """The document as JSON text, for publication."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
