"""The line of any place in a YAML text."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from .document import Loader
from .model import Violation

_HALVES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class Lines:
    """Where in a YAML text a JSON pointer stands; composed once, at the first question."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._root: Any = None

    def of(self, place: str) -> int:
        """The line, from 1, of a pointer; of its nearest ancestor when it is absent."""
        if self._root is None:
            # JSON writes some characters as two halves, of which YAML knows none; of a text that
            # is JSON only, for yet another reason, every place stands in the first line.
            with suppress(yaml.YAMLError):
                self._root = yaml.compose(_HALVES.sub("?", self._text), Loader=Loader)
        line, node = 1, self._root
        for part in place.split("/")[1:]:
            found = _child(node, part.replace("~1", "/").replace("~0", "~"))
            if found is None:
                break
            line, node = found
        return line


def describe(path: Path, lines: Lines, finding: Violation) -> str:
    """A finding in one line: file, line, pointer, what is wrong."""
    return f"{path}:{lines.of(finding.pointer)}: {finding.pointer or '/'}: {finding.detail}"


def _child(node: Any, key: str) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        item = node.value[int(key)]
        return item.start_mark.line + 1, item
    return None
