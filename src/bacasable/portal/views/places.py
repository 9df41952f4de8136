"""Where things stand in one language of the site: tags, operations and models, with their paths.

Paths are made from what no overlay translates (names of tags, operation ids, names of schemas), so
they are equal in all languages. Texts of links are in the language of the edition.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...contract.document import resolve, schema_at
from ...contract.foreign import DEFAULT_TAG
from ...contract.grammar import operation_in
from ...contract.model import Contract, JsonObject, Operation
from ...contract.operations import parameters_of
from ..edition import Edition
from ..model import Link

_SCHEMAS = "#/components/schemas/"
_LONGEST = 100
"""Characters of a name in a path: disks take 255 bytes, of which an ending needs some."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that has operations, in the contract's order. `name` is the one that is shown."""

    name: str
    slug: str
    description: str
    operations: tuple[Operation, ...]

    @property
    def href(self) -> str:
        """The place of its page."""
        return f"api/{self.slug}.html"


@dataclass(frozen=True, slots=True)
class Places:
    """Everything of a contract that has a place: tags, operations by id, models by schema name."""

    tags: tuple[Tag, ...]
    tag_of: Mapping[str, Tag]
    operations: Mapping[str, Link]
    anchors: Mapping[str, str]
    models: Mapping[str, Link]


@lru_cache(maxsize=16)
def places(edition: Edition) -> Places:
    """The places of an edition."""
    contract = edition.contract
    tags = tuple(_tags(edition))
    tag_of = {operation.id: tag for tag in tags for operation in tag.operations}
    files = _unique(contract.operations, _file_name)
    operations = {
        name: Link(operation.summary or name, f"api/{tag_of[name].slug}/{files[name]}.html")
        for name, operation in contract.operations.items()
    }
    shown = [*contract.resources, *_shown_schemas(contract)]
    slugs = _unique(shown, kebab)
    models = {
        name: Link(schema_title(contract, name), f"models/{slugs[name]}.html") for name in slugs
    }
    anchors = {name: f"op-{files[name]}" for name in files}
    return Places(tags, tag_of, operations, anchors, models)


def raw_operation(contract: Contract, operation: Operation) -> JsonObject:
    """The object of an operation in the document, with all that OpenAPI lets it say."""
    item = resolve(contract.document, contract.document["paths"][operation.path])
    found: JsonObject = operation_in(item, operation.method)
    return found


def raw_parameters(contract: Contract, operation: Operation) -> list[JsonObject]:
    """The parameters of an operation; one of its path yields to its own of the same name."""
    item = resolve(contract.document, contract.document["paths"][operation.path])
    return parameters_of(contract.document, item, operation_in(item, operation.method))


def responses_of(contract: Contract, operation: Operation) -> dict[str, JsonObject]:
    """The documented answers of an operation by status, `default` and ranges such as 4XX too."""
    declared = raw_operation(contract, operation).get("responses", {})
    return {
        str(status): resolve(contract.document, response)
        for status, response in declared.items()
        if not str(status).startswith("x-")
    }


def chosen_media(content: JsonObject) -> tuple[str, JsonObject]:
    """The media type that is shown of a body or answer, JSON before others; empty for none."""
    if not content:
        return "", {}
    name = next((name for name in content if "json" in name), next(iter(content)))
    return name, content[name] or {}


def is_envelope(schema: JsonObject) -> bool:
    """Whether an answer's schema wraps its payload: `data` with `meta` beside it."""
    return set(schema.get("properties", ())) == {"data", "meta"}


def payload_of(document: JsonObject, schema: Any) -> tuple[Any, bool]:
    """The payload of an answer's schema, and whether it stands in an envelope."""
    whole = schema_at(document, schema)
    return (whole["properties"]["data"], True) if is_envelope(whole) else (schema, False)


def schema_name(schema: Any) -> str:
    """The name of the component schema that a schema refers to, or an empty string."""
    reference = schema.get("$ref", "") if isinstance(schema, dict) else ""
    name = reference.removeprefix(_SCHEMAS) if isinstance(reference, str) else ""
    return "" if name == reference or "/" in name else name


def schema_title(contract: Contract, name: str) -> str:
    """What a component schema is called: its title, or its name taken apart."""
    schema = contract.document.get("components", {}).get("schemas", {}).get(name, {})
    return str(schema_at(contract.document, schema).get("title") or spaced(name))


def spaced(name: str) -> str:
    """A name in camel case or with underscores as words: "CourseModule" as "Course module"."""
    words = _words(name)
    return " ".join([words[0], *(w if w.isupper() else w.lower() for w in words[1:])])


def kebab(name: str) -> str:
    """A name as a part of a path: "CourseModule" as "course-module"."""
    return slug(" ".join(_words(name)))


def slug(text: str) -> str:
    """A text as a part of a path: small letters without accents, numbers and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-")


def _words(name: str) -> list[str]:
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z\W_]+|[^\W_]", name)
    return found or [name]


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:_LONGEST].strip("-")


def _unique(names: Iterable[str], made: Any) -> dict[str, str]:
    """Name → what is made of it, with a number where two are alike but for their case."""
    found: dict[str, str] = {}
    taken: set[str] = {"index"}
    for name in dict.fromkeys(names):
        first = made(name) or "x"
        text, number = first, 2
        while text.lower() in taken:
            text, number = f"{first}-{number}", number + 1
        taken.add(text.lower())
        found[name] = text
    return found


def _tags(edition: Edition) -> Iterator[Tag]:
    contract = edition.contract
    declared = {tag["name"]: tag for tag in contract.document.get("tags", ())}
    used = dict.fromkeys(operation.tag for operation in contract.operations.values())
    names = [name for name in declared if name in used]
    names += [name for name in used if name not in declared]
    slugs = _unique(names, lambda name: slug(name) or "other")
    for name in names:
        tag = declared.get(name, {})
        shown = tag.get("x-displayName") or name
        if name == DEFAULT_TAG and not tag.get("description"):
            shown = edition.say("reference.untagged")
        below = tuple(o for o in contract.operations.values() if o.tag == name)
        yield Tag(str(shown), slugs[name], tag.get("description", ""), below)


def _shown_schemas(contract: Contract) -> Iterator[str]:
    """The component schemas of objects that are the payload of an answer, or its elements."""
    document = contract.document
    for operation in contract.operations.values():
        for response in responses_of(contract, operation).values():
            _, media = chosen_media(response.get("content", {}))
            payload, _ = payload_of(document, media.get("schema", {}))
            name = schema_name(payload) or schema_name(
                schema_at(document, payload).get("items", {})
            )
            if name and _is_object(document, name):
                yield name


def _is_object(document: JsonObject, name: str) -> bool:
    schema = schema_at(document, {"$ref": _SCHEMAS + name})
    return bool({"properties", "allOf", "oneOf", "anyOf"} & schema.keys()) and (
        schema.get("type", "object") == "object"
    )
