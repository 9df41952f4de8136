"""The extensions of the contract: known keys, their schemas, and where a document misuses them."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import jsonschema_rs

from .document import pointer, walk
from .model import JsonObject, Violation
from .names import did_you_mean


@cache
def definitions() -> JsonObject:
    """Every known extension with its JSON Schema, by key."""
    text = files(__package__).joinpath("extensions.schema.json").read_text("utf-8")
    return dict(json.loads(text))


def misused_extensions(document: JsonObject) -> Iterator[Violation]:
    """Unknown `x-` keys, with the closest known one, and values that break an extension's schema.

    Examples and the names of properties and headers are data, not keys of the contract.
    """
    known = definitions()
    validators = {key: jsonschema_rs.Draft202012Validator(schema) for key, schema in known.items()}
    for path, node in walk(document):
        if not isinstance(node, dict) or _is_data(path):
            continue
        for key in [k for k in node if isinstance(k, str) and k.startswith("x-")]:
            place = pointer(*path, key)
            if key not in known:
                yield Violation(place, f"is no known extension{did_you_mean(key, known)}")
                continue
            for error in validators[key].iter_errors(node[key]):
                yield Violation(place + pointer(*error.instance_path), error.message)


def _is_data(path: tuple[str | int, ...]) -> bool:
    return bool(path) and (
        path[-1] in {"properties", "headers"} or any(p in {"example", "examples"} for p in path)
    )
