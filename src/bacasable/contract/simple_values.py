"""Texts and numbers as a schema has them, as short as can be."""

import re
from collections.abc import Iterator
from itertools import chain
from random import Random

from .model import Json, JsonObject
from .patterns import sampler

_FORMATS = {
    "date": "2026-09-01",
    "date-time": "2026-09-01T09:00:00Z",
    "time": "09:00:00Z",
    "duration": "P1D",
    "email": "name@example.com",
    "hostname": "www.example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://www.example.com/",
    "url": "https://www.example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "byte": "ZXhhbXBsZQ==",
    "password": "a long passphrase",
}
_TRIED = ("example", "Example", "EXAMPLE", "a", "A", "1", "12", "123", "1234", "12345", "1.0")
_LONGEST, _SAMPLES = 400, 40
_GROUPS = re.compile(r"\)[*+{]")
_BRIEF = 10


def number_of(declared: JsonObject) -> int | float:
    """The least number of a schema, from 1."""
    step = declared.get("multipleOf", 1)
    low = declared.get("minimum", declared.get("exclusiveMinimum", 1))
    if not isinstance(low, int | float) or isinstance(low, bool):
        low = 1
    if "maximum" in declared and "minimum" not in declared:
        low = min(low, declared["maximum"])
    value: int | float = -(-low // step) * step
    if value == declared.get("exclusiveMinimum"):
        value += step
    whole = declared.get("type") == "integer" or value == int(value)
    return int(value) if whole else value


def text_of(declared: JsonObject) -> str:
    """A text of a schema: by format and pattern."""
    usual = _FORMATS.get(declared.get("format", ""))
    text = usual or "example"
    if "pattern" in declared:
        tried = chain([usual] if usual else [], _matching(str(declared["pattern"])))
        found = next((one for one in tried if allows(declared, one)), None)
        if found is not None:
            return found
        # What is tried in too many ways to be sure of is most likely one.
        text = usual or next(_sampled(str(declared["pattern"])), text)
    text = text.ljust(min(declared.get("minLength", 0), _LONGEST), "x")
    return text[: declared.get("maxLength", len(text))]


def beginning(pattern: str) -> str:
    """What a text of a pattern begins with, as far as the pattern says it literally."""
    prefix = re.match(r"\^?((?:[\w/-]|\\/)*)", pattern)
    return prefix[1].replace("\\", "") if prefix else ""


def allows(schema: JsonObject, text: str) -> bool:
    """Whether a text has the length and the pattern that a schema names."""
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(text))
    bounds = [one for one in (least, most) if not isinstance(one, int | float)]
    if not bounds and not least <= len(text) <= most:
        return False
    return "pattern" not in schema or matches(str(schema["pattern"]), text)


def _matching(pattern: str) -> Iterator[str]:
    """Texts that a pattern may have, the plain ones first."""
    begins = beginning(pattern)
    yield from [begins] if "/" in begins else []  # a path is whole as it stands
    yield from (begins + text for text in ("1", *_TRIED, ""))
    yield from (*_TRIED, *_FORMATS.values())
    yield from (digit * count for count in range(1, 21) for digit in "1aA")
    yield from _sampled(pattern)


def _sampled(pattern: str) -> Iterator[str]:
    """Texts that are made of a pattern, always the same."""
    sample = sampler(pattern)
    if sample is not None:
        yield from (sample(Random(number)) for number in range(_SAMPLES))  # noqa: S311


def matches(pattern: str, text: str) -> bool:
    """Whether a text has a pattern; none has a pattern that only ECMA-262 knows.

    A group that is repeated may be tried in as many ways as a text is long, to the power of its
    branches: longer texts are not tried then.
    """
    if _GROUPS.search(pattern) and len(text) > _BRIEF:
        return False
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def variants(value: Json, schema: JsonObject) -> Iterator[Json]:
    """Values of a schema that differ from one another, as far as some can be told."""
    listed = schema.get("enum")
    if isinstance(listed, list) and listed:
        yield from listed
    elif isinstance(value, str):
        pattern = str(schema.get("pattern", ""))
        others = [f"{value[:-1]}{n}" for n in range(10)] + [f"{value}{n}" for n in range(20)]
        yield from dict.fromkeys([value, *(one for one in others if matches(pattern, one))])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        step = schema.get("multipleOf", 1)
        yield from (value + step * number for number in range(100))
    else:
        yield from ([value] if not isinstance(value, bool) else [value, not value])
