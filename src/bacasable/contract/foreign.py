"""Documents of others, without extensions of ours: made into what the rest of the program reads.

They may be written in OpenAPI 3.0, lie in several files, and leave out what is optional: ids of
operations, tags, schemas of bodies. All of that is filled in here, in a new document. A contract
that uses our extensions is never treated so: of that we want to know what is missing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

from .build import each_operation
from .bundle import bundled
from .document import ContractError, objects, pointer, reading, resolve
from .grammar import TEXTS, rebuilt
from .keywords import sane
from .model import Json, JsonObject
from .paths import METHODS
from .upgrade import upgrade

_Steps = tuple[str | int, ...]
DEFAULT_TAG = "default"
"""The tag of operations that have none, as other tools call it."""


def gathered(
    document: JsonObject, path: Path, root: Path | None = None
) -> tuple[JsonObject, list[ContractError]]:
    """A document of others in one piece: what it refers to in other files, in `root`, is in it.

    Beside it what is left out because it lies on other hosts.

    Raises ContractError, with the place, also when it is no OpenAPI 3 or not made as OpenAPI is.
    """
    version = str(document.get("openapi", ""))
    if re.match(r"3\.[012](\.|$)", version) is None:
        raise ContractError(_other_version(document, version), "/openapi")
    return bundled(document, path, root)


def _other_version(document: JsonObject, version: str) -> str:
    """What is said of a document that is no OpenAPI 3: what it is, and what to do."""
    wanted = "write it in OpenAPI 3.0, 3.1 or 3.2, or in Swagger 2.0"
    if version:
        return f"is {version!r}; {wanted}"
    if "swagger" in document:
        return f"is missing, and swagger is {document['swagger']!r}; {wanted}"
    if "asyncapi" in document:
        return f"is missing: this is AsyncAPI, which describes messages and no HTTP API; {wanted}"
    if "info" in document and "item" in document:
        return "is missing: this is a Postman collection; export it as OpenAPI first"
    return f"is missing; {wanted}"


def completed(document: JsonObject) -> JsonObject:
    """A gathered document in OpenAPI 3.1, with an id and a tag for every operation.

    Raises ContractError, with the place, for paths that cannot be read.
    """
    if str(document["openapi"]).startswith("3.0"):
        document = upgrade(document)
    document = rebuilt("document", document, _tidied)
    if "paths" in document:
        document["paths"] = dict(_paths(document))
    document["tags"] = _tags(document)
    return document


def derived_id(method: str, path: str, taken: set[str]) -> str:
    """An id for an operation without: method and path in camelCase, numbered if that is taken."""
    plain = normalize("NFKD", path).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", plain) or ["root" if path == "/" else "path"]
    name = wanted = method + "".join(word[0].upper() + word[1:] for word in words)
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name


def _tidied(kind: str, node: JsonObject, _path: _Steps) -> Json:
    """An object whose texts are texts, a schema that is one, a body whose media types have some."""
    if kind == "schema":
        node = sane(node)
    for key in TEXTS if kind != "callback" else ():
        if key in node and not isinstance(node[key], str):
            value = node.pop(key)
            if value is not None:
                node[key] = str(value)
    if kind == "mediaType" and "itemSchema" in node and "schema" not in node:
        # So has OpenAPI 3.2 it: the whole of a sequence is the list of its items.
        node["schema"] = {"type": "array", "items": node["itemSchema"]}
    if kind == "info" and "version" in node:
        node["version"] = str(node["version"])
    if kind == "requestBody" and "$ref" not in node:
        node["content"] = {
            name: media if "schema" in media or "$ref" in media else {**media, "schema": {}}
            for name, media in node["content"].items()
        }
    return node


def _paths(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Every path with its own operations, each with id and tags, whatever it was declared by."""
    given = {node.get("operationId") for _, node in objects(document)}
    taken = {name for name in given if name}
    seen: set[str] = set()
    for path, declared in document["paths"].items():
        if path.startswith("x-"):
            yield path, declared
            continue
        with reading(pointer("paths", path)):
            item = dict(resolve(document, declared))
            more = {n.upper(): one for n, one in item.get("additionalOperations", {}).items()}
            if more:
                item["additionalOperations"] = more
            named = [(item, method, method) for method in METHODS if method in item]
            for holder, key, method in [*named, *((more, n, n.lower()) for n in more)]:
                operation = dict(holder[key])
                # Each needs an id of its own, also where a path stands for several, or an author
                # has given one twice, which `check` tells.
                again = operation.get("operationId") in seen
                if again or not operation.get("operationId"):
                    operation["operationId"] = derived_id(method, path, taken)
                    taken.add(operation["operationId"])
                seen.add(operation["operationId"])
                operation["tags"] = operation.get("tags") or [DEFAULT_TAG]
                holder[key] = operation
        yield path, item


def _tags(document: JsonObject) -> list[Any]:
    """The declared tags, and after them those that are only used, in the order of their use."""
    declared = document.get("tags", [])
    names = {tag["name"] for tag in declared}
    used = (name for _, _, operation in each_operation(document) for name in operation["tags"])
    return [*declared, *({"name": name} for name in dict.fromkeys(used) if name not in names)]
