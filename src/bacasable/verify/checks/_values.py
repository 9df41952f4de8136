"""Values to put into members, and when two values say the same."""

import json
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from ...contract.model import Json
from ...contract.schema import SchemaView, whole
from ...contract.values import made
from ..bench import Subject

_WORDS = ("Delta", "bravo", "Foxtrot", "Alpha", "echo", "Charlie")
"""Words in an order that no sort gives, in two cases."""
_NUMBERS = (9, 10, 2, 101, 33, 4)
"""Numbers that stand in another order as texts."""
_DAYS = (30, 60, 10, 50, 20, 40)
_MOST = 12
_NONE: Any = object()
"""Stands for a value that was not found: null may be one."""
_DEEP = 4


def variants(subject: Subject, schema: Any, most: int = 6) -> list[Json]:
    """Different valid values of a schema, none of them null; fewer than `most` if it has no more.

    They are the same in every run of one day.
    """
    valid = subject.schemas.test_for(schema)
    found: list[Json] = []
    for value in islice(_candidates(whole(subject.contract.document, schema), 0), 40):
        if value is not None and value not in found and valid(value):
            found.append(value)
    return found[:most]


def _candidates(found: SchemaView, depth: int) -> Iterator[Json]:
    if "const" in found or "enum" in found:
        yield from found.get("enum", [found.get("const")])
        return
    kind = next((k for k in found.kinds if k != "null"), "object" if found.is_object else "")
    if kind == "boolean":
        yield from (True, False)
    elif kind in ("integer", "number"):
        yield from _numbers(found)
    elif kind == "string":
        yield from _texts(found)
    elif kind == "array" and depth < _DEEP:
        items = list(islice(_candidates(found.items, depth + 1), 6))
        yield items[:2]
        yield from ([item] for item in items)
        yield from (items[:count] for count in range(3, len(items)))
    elif kind == "object" and depth < _DEEP:
        yield from _objects(found, depth)
    yield from (found[key] for key in ("example", "default") if key in found)
    yield made(found.document, found.schema)


def _numbers(schema: SchemaView) -> Iterator[Json]:
    step = schema.get("multipleOf", 1)
    yield from (number * step for number in _NUMBERS)
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    for number in (low, high):
        if isinstance(number, int | float):
            yield from (number, number + step, number - step, number + 2 * step, number - 2 * step)


def _texts(schema: SchemaView) -> Iterator[str]:
    day = datetime.now(UTC).date()
    of_format = {
        "date": "{day}",
        "date-time": "{day}T10:00:00Z",
        "email": "{low}@mail.example",
        "uri": "https://{low}.example/",
        "url": "https://{low}.example/",
        "uuid": "6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a{number:02d}",
        "hostname": "{low}.example",
        "time": "{number:02d}:00:00Z",
        "duration": "PT{number}H",
    }
    pattern = of_format.get(schema.get("format", ""), "{word} of the tests")
    for number, word in enumerate(_WORDS):
        then = day + timedelta(days=_DAYS[number])
        text = pattern.format(word=word, low=word.lower(), day=then, number=number + 10)
        yield text
    most, least = schema.get("maxLength", 100), schema.get("minLength", 0)
    yield from (word[:most].ljust(least, "x") for word in _WORDS)
    yield from (digit * max(least, 1) for digit in "ABab12")
    yield from _altered(schema.get("example"))


def _altered(example: Json) -> Iterator[str]:
    """Texts like one that a pattern allows: another digit or letter at one of its places."""
    if not isinstance(example, str):
        return
    for place in range(len(example) - 1, -1, -1):
        kind = "0123456789" if example[place].isdigit() else ""
        kind = "abcxyz" if example[place].islower() else kind
        for other in kind[:4]:
            yield example[:place] + other + example[place + 1 :]


def _objects(schema: SchemaView, depth: int) -> Iterator[Json]:
    names = schema.required or list(schema.members)[:_MOST]
    columns = {
        name: list(islice(_candidates(schema.members[name], depth + 1), 6))
        for name in names
        if not schema.members[name].get("readOnly")
    }
    for number in range(4):
        yield {name: each[number % len(each)] for name, each in columns.items() if each}


def fold(text: str) -> str:
    """A text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFKD", bare.casefold())


def instant(text: Json) -> datetime | None:
    """The instant of an ISO 8601 text, or the first one of a day; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def same(sent: Json, got: Json) -> bool:
    """Whether a server kept a value: as it was sent, or written in another way.

    Case and outer spaces of a text, the zone of an instant, the order of a list and members that
    the server adds to an object make no difference: no contract forbids to normalise those.
    """
    if isinstance(sent, bool) or isinstance(got, bool):
        return sent is got
    if isinstance(sent, str) and isinstance(got, str):
        return _same_text(sent, got)
    if isinstance(sent, dict) and isinstance(got, dict):
        return all(value is None or same(value, got.get(name)) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(got, list):
        left = list(got)
        for value in sent:
            match = next((other for other in left if same(value, other)), _NONE)
            if match is _NONE:
                return False
            left.remove(match)
        return not left
    return bool(sent == got)


def _same_text(sent: str, got: str) -> bool:
    if fold(sent.strip()) == fold(got.strip()):
        return True
    one, other = instant(sent), instant(got)
    return one is not None and one == other


def brief(value: Json, most: int = 60) -> str:
    """A value as one short text."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else text[: most - 1] + "…"
