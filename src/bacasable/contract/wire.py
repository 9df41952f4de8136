"""JSON on the wire and for digests."""

import orjson

from .model import Json


def to_json(value: Json) -> bytes:
    """Compact JSON in UTF-8."""
    return orjson.dumps(value)


def canonical_json(value: Json) -> bytes:
    """JSON that is the same for equal values: members sorted by name."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def from_json(text: bytes) -> Json:
    """The value of JSON text; None for no text at all."""
    return orjson.loads(text) if text else None
