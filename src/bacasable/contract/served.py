"""The contract as a file to be served: its servers lead to where a client sees them.

A proxy may put a path in front of all others; servers that are paths begin with it then.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from .document import Loader
from .model import Contract, JsonObject
from .wire import to_json

Moved = Mapping[tuple[str, ...], str]
_ANCHOR = re.compile(r"(?:[&!]\S*\s+)+")


class Served:
    """The document of a contract as JSON and as YAML, below any prefix.

    `moved` names, by their places in the document, addresses that are paths of this server instead.
    """

    def __init__(self, contract: Contract, moved: Moved | None = None) -> None:
        self._document = contract.document
        self._source = Path(contract.source).read_bytes()
        self._plain = to_json(contract.document)
        self._moved = moved or {}
        # A proxy has few prefixes, and one that has many is to cost no memory.
        kept = lru_cache(maxsize=8)
        self._json: Callable[[str, str], bytes] = kept(self._make_json)
        self._yaml: Callable[[str, str], bytes] = kept(self._make_yaml)

    def json(self, prefix: str, address: str = "") -> bytes:
        """The document as JSON. `address` is that of this server, with the prefix."""
        if not self._moved:
            address = ""
        return self._json(prefix, address) if prefix or self._moved else self._plain

    def yaml(self, prefix: str, address: str = "") -> bytes:
        """The file of the document, comments and all; nothing but its addresses is touched."""
        if not self._moved:
            address = ""
        return self._yaml(prefix, address) if prefix or self._moved else self._source

    def _make_json(self, prefix: str, address: str) -> bytes:
        document = with_addresses(self._document, self._moved, address)
        return json_below(document, prefix) if prefix else to_json(document)

    def _make_yaml(self, prefix: str, address: str) -> bytes:
        return yaml_below(self._source, prefix, self._moved, address)


def with_addresses(document: JsonObject, moved: Moved, address: str) -> JsonObject:
    """A document in which the addresses at some places are those of paths of this server."""
    for place, path in moved.items():
        document = _with(document, place, address + path)
    return document


def _with(node: Any, place: tuple[str, ...], text: str) -> Any:
    """A copy of a node with another text at a place; the node itself where there is none."""
    if not place:
        return text
    if not isinstance(node, dict) or place[0] not in node:
        return node
    return node | {place[0]: _with(node[place[0]], place[1:], text)}


def json_below(document: dict[str, Any], prefix: str) -> bytes:
    """A document as JSON, with the prefix in front of its servers that are paths."""
    servers = document.get("servers") or [{"url": "/"}]
    below = [
        {**server, "url": prefix + server["url"]} if _is_path(server.get("url")) else server
        for server in servers
    ]
    return to_json(document | {"servers": below})


def yaml_below(source: bytes, prefix: str, moved: Moved | None = None, base: str = "") -> bytes:
    """The text of a document with the prefix in front of its servers that are paths.

    At the places of `moved` there are addresses of this server.
    """
    text = source.decode()
    root = yaml.compose(text, Loader=Loader)
    servers = [node for server in _members(root, "servers") for node in _members(server, "url")]
    changed = [(node, prefix + str(node.value)) for node in servers if _is_path(node.value)]
    for place, path in (moved or {}).items():
        changed += [(node, base + path) for node in _at(root, place)]
    # What aliases stand for is one place.
    new = {
        (node.start_mark.index, node.end_mark.index): to_json(url).decode()
        for node, url in changed
        if isinstance(node, yaml.ScalarNode)
    }
    for (start, end), written in sorted(new.items(), reverse=True):
        # An anchor belongs to the node, and is named elsewhere.
        anchor = _ANCHOR.match(text, start, end)
        text = text[: anchor.end() if anchor else start] + written + text[end:]
    return text.encode()


def _at(root: Any, place: tuple[str, ...]) -> list[Any]:
    """What stands at a place, or at that of Swagger 2.0, which has no flows below a scheme."""
    swagger = ("securityDefinitions", place[2], place[-1])
    found = []
    for steps in (place, swagger):
        nodes = [root]
        for step in steps:
            nodes = [below for node in nodes for below in _members(node, step)]
        found += nodes
    return found


def _members(node: Any, name: str) -> list[Any]:
    """What stands under a name in a mapping: the items of a list, or the one value."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == name:
            return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]
    return []


def _is_path(url: object) -> bool:
    return isinstance(url, str) and url.startswith("/") and not url.startswith("//")
