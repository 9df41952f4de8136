"""Bodies that are values one after the other: JSON in lines, in text sequences, in events.

OpenAPI 3.2 calls them sequential media types: their schema is that of the list of all values.
"""

from .media import EVENTS, essence, is_records
from .model import Json, Violation
from .parsing import parse
from .wire import to_json

_MARK = b"\x1e"
"""What stands before each value of a text sequence (RFC 7464)."""
_FIELDS = ("event", "id", "retry", "data")


def written(value: Json, media_type: str) -> bytes:
    """A list as a sequence of its items; anything else as the only one."""
    items = value if isinstance(value, list) else [value]
    if essence(media_type) == EVENTS:
        return b"".join(map(_event, items))
    before = _MARK if is_records(media_type) else b""
    return b"".join(before + to_json(item) + b"\n" for item in items)


def items_of(body: bytes, media_type: str, max_depth: int) -> tuple[list[Json], list[Violation]]:
    """The values of a sequence in JSON, and its numbers that cannot be kept.

    Raises Refusal MALFORMED_BODY.
    """
    pieces = body.split(_MARK if is_records(media_type) else b"\n")
    found: list[Json] = []
    lost: list[Violation] = []
    for piece in filter(None, map(bytes.strip, pieces)):
        value, violations = parse(piece, max_depth)
        lost += (Violation(f"/{len(found)}{v.pointer}", v.detail) for v in violations)
        found.append(value)
    return found, lost


def _event(item: Json) -> bytes:
    """One event: an object of the fields that events have, or any value as its data."""
    fields = item if isinstance(item, dict) and "data" in item else {"data": item}
    lines = []
    for name in _FIELDS:
        if name in fields:
            value = fields[name]
            text = value if isinstance(value, str) else to_json(value).decode()
            lines += [f"{name}: {line}" for line in text.splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()
