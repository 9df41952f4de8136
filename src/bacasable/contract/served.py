"""The contract as a file to be served: its servers lead to where a client sees them.

A proxy may put a path in front of all others; servers that are paths begin with it then.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from .document import Loader
from .model import Contract
from .wire import to_json


class Served:
    """The document of a contract as JSON and as YAML, below any prefix."""

    def __init__(self, contract: Contract) -> None:
        self._document = contract.document
        self._source = Path(contract.source).read_bytes()
        self._plain = to_json(contract.document)
        # A proxy has few prefixes, and one that has many is to cost no memory.
        kept = lru_cache(maxsize=8)
        self._json: Callable[[str], bytes] = kept(partial(json_below, self._document))
        self._yaml: Callable[[str], bytes] = kept(partial(yaml_below, self._source))

    def json(self, prefix: str) -> bytes:
        """The document as JSON."""
        return self._json(prefix) if prefix else self._plain

    def yaml(self, prefix: str) -> bytes:
        """The file of the document, comments and all; nothing but its servers is touched."""
        return self._yaml(prefix) if prefix else self._source


def json_below(document: dict[str, Any], prefix: str) -> bytes:
    """A document as JSON, with the prefix in front of its servers that are paths."""
    servers = document.get("servers") or [{"url": "/"}]
    below = [
        {**server, "url": prefix + server["url"]} if _is_path(server.get("url")) else server
        for server in servers
    ]
    return to_json(document | {"servers": below})


def yaml_below(source: bytes, prefix: str) -> bytes:
    """The text of a document with the prefix in front of its servers that are paths."""
    text = source.decode()
    root = yaml.compose(text, Loader=Loader)
    places = [node for server in _members(root, "servers") for node in _members(server, "url")]
    for node in sorted(places, key=lambda node: -int(node.start_mark.index)):
        if isinstance(node, yaml.ScalarNode) and _is_path(node.value):
            start, end = node.start_mark.index, node.end_mark.index
            text = text[:start] + to_json(prefix + node.value).decode() + text[end:]
    return text.encode()


def _members(node: Any, name: str) -> list[Any]:
    """What stands under a name in a mapping: the items of a list, or the one value."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == name:
            return list(value.value) if isinstance(value, yaml.SequenceNode) else [value]
    return []


def _is_path(url: object) -> bool:
    return isinstance(url, str) and url.startswith("/") and not url.startswith("//")
