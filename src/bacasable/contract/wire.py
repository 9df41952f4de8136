"""JSON on the wire and for digests."""

import json
from typing import Any

import orjson

from .model import Json

dumps = orjson.dumps
"""The same as `to_json`, for what is written thousands of times a second."""


def to_json(value: Json) -> bytes:
    """Compact JSON in UTF-8, of numbers of any size: documents have bounds that no machine has."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def made_json(made: bytes) -> Any:
    """JSON that was made before, to stand in a larger value that is given to `to_json`."""
    return orjson.Fragment(made)


def canonical_json(value: Json) -> bytes:
    """JSON that is the same for equal values: members sorted by name."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def from_json(text: bytes) -> Json:
    """The value of JSON text; None for no text at all."""
    return orjson.loads(text) if text else None
