"""What readers take with them, in each language: the contract, and its calls for other tools."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..contract.document import parse_document
from ..contract.served import json_below, yaml_below
from ..contract.writing import to_yaml
from .calls import calls_of
from .edition import Edition
from .httpfile import http_file
from .pages import Pages
from .postman import collection
from .views.places import slug

Maker = Callable[[], bytes]


def files(pages: Sequence[Pages]) -> Mapping[str, Maker]:
    """Every download of the site: path → what makes it."""
    found: dict[str, Maker] = {}
    for each in pages:
        makers = (contract_yaml, contract_json, postman_json, http_text)
        for path, maker in zip(paths(each.edition).values(), makers, strict=True):
            found[path] = partial(maker, each.edition)
    return found


def paths(edition: Edition) -> dict[str, str]:
    """Where the downloads of a language lie: yaml, json, postman and http, with their paths."""
    language = edition.language
    called = slug(str(edition.contract.document["info"].get("title", ""))) or "api"
    return {
        "yaml": f"downloads/openapi.{language}.yaml",
        "json": f"downloads/openapi.{language}.json",
        "postman": f"downloads/{called}.{language}.postman_collection.json",
        "http": f"downloads/{called}.{language}.http",
    }


def contract_yaml(edition: Edition) -> bytes:
    """The contract as YAML: its own file, comments and all, unless an overlay has changed it."""
    return yaml_below(_yaml(edition), edition.root) if edition.root else _yaml(edition)


def _yaml(edition: Edition) -> bytes:
    source = Path(edition.contract.source)
    if source.suffix in (".yaml", ".yml"):
        text = source.read_text("utf-8")
        if parse_document(text, str(source)) == edition.contract.document:
            return text.encode()
    return to_yaml(edition.contract.document).encode()


def contract_json(edition: Edition) -> bytes:
    """The contract as JSON."""
    if edition.root:
        return _json(json.loads(json_below(edition.contract.document, edition.root)))
    return _json(edition.contract.document)


def postman_json(edition: Edition) -> bytes:
    """The calls as a Postman collection."""
    return _json(collection(calls_of(edition)))


def http_text(edition: Edition) -> bytes:
    """The calls as an .http file."""
    return http_file(calls_of(edition)).encode()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
