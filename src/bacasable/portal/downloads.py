"""What readers take with them, in each language: the contract, and its calls for other tools."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from ..contract.document import Loader, parse_document
from ..contract.served import json_below, yaml_below
from .calls import calls_of
from .edition import Edition
from .httpfile import http_file
from .pages import Pages
from .postman import collection
from .views.places import slug

try:
    from yaml import CSafeDumper as _BaseDumper
except ImportError:  # PyYAML without libyaml: the same text, several times slower
    from yaml import SafeDumper as _BaseDumper  # type: ignore[assignment]

Maker = Callable[[], bytes]


class _Dumper(_BaseDumper):
    """YAML as people write it: texts of several lines as blocks, and no anchors."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Everything is written where it stands."""
        return True


def _text(dumper: Any, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
# What YAML 1.1 takes for something else than a text is quoted, and what YAML 1.2 does, as 0E0.
for _first, _kinds in Loader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _kinds:
        _Dumper.add_implicit_resolver(_tag, _pattern, [_first])


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
    return dumped(edition.contract.document).encode()


def dumped(document: Any) -> str:
    """A document as YAML that people can read, in its own order."""
    text: str = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


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
