"""What breaks one keyword of JSON Schema: for a schema and a valid value, values that are near it.

Nothing here is sure to be refused: `mutations.py` tries every candidate against the contract.
"""

import re
from collections.abc import Callable, Iterator

from ..contract.model import Json, JsonObject
from .places import ABSENT

Candidates = Iterator[tuple[str, Json]]
"""A few words on each value, and the value."""
UNKNOWN_MEMBER = "unexpectedMember"
_LONGEST = 20_000
_MOST_ITEMS = 300

_FORMATS = {
    "date": {
        "a day that does not exist": "2023-02-29",
        "a month that does not exist": "2024-13-01",
        "a day as it is spoken": "17/05/2031",
        "an instant in place of a day": "2031-05-17T09:30:00Z",
        "a text": "tomorrow",
    },
    "date-time": {
        "an instant without zone": "2031-05-17T09:30:00",
        "a day in place of an instant": "2031-05-17",
        "an instant that does not exist": "2031-02-30T09:30:00Z",
        "an hour that does not exist": "2031-05-17T25:00:00Z",
        "a text": "tomorrow",
        "seconds as text": "1936776600",
    },
    "email": {
        "no @": "nobody",
        "nothing after @": "nobody@",
        "nothing before @": "@mail.example",
        "a space": "no body@mail.example",
        "two @": "no@body@mail.example",
    },
    "uri": {
        "no scheme": "www.example/page",
        "a space": "https://www.example/a page",
        "a text": "no",
    },
    "uuid": {
        "too short": "6f1d2b3c-4a5e-4f60-8b7a",
        "no hexadecimal digit": "6f1d2b3c-4a5e-4f60-8b7a-9c8d7e6f5a4z",
        "a text": "no",
    },
    "time": {"an hour that does not exist": "25:00:00Z", "a text": "noon"},
    "duration": {"nothing after P": "P", "a text": "an hour"},
    "ipv4": {"a number above 255": "192.0.2.256", "a text": "no address"},
    "ipv6": {"three colons": "2001:::7", "a text": "no address"},
    "hostname": {"a hyphen first": "-www.example", "a space": "www example"},
    "uri-reference": {"a space": "/a page"},
}


def _types(bound: Json, value: Json) -> Candidates:
    kinds = [bound] if isinstance(bound, str) else list(bound)
    if "null" not in kinds:
        yield "null", None
    if "number" in kinds or "integer" in kinds:
        number = value if isinstance(value, int | float) else 1
        yield "a number as text", str(number)
        yield "true in place of a number", True
    if "integer" in kinds and "number" not in kinds:
        yield "a fraction", (value if isinstance(value, int) else 1) + 0.5
    if "string" in kinds:
        yield "a number in place of a text", 7
    if "boolean" in kinds:
        yield "a boolean as text", "true"
        yield "a number in place of a boolean", 1
    if "array" in kinds:
        first = value[0] if isinstance(value, list) and value else "text"
        yield "a value in place of a list", first if not isinstance(first, list) else "text"
    if "object" in kinds:
        yield "a text in place of an object", "text"
    yield "a list", [] if "array" not in kinds else {}
    yield "an object", {} if "object" not in kinds else []
    yield "a boolean", False
    yield "a text", "text"


def _enum(bound: Json, value: Json) -> Candidates:
    texts = [b for b in bound if isinstance(b, str)]
    numbers = [b for b in bound if isinstance(b, int | float) and not isinstance(b, bool)]
    if texts:
        first = value if isinstance(value, str) else texts[0]
        yield "a value that is not listed", max(texts, key=len) + "_X"
        yield "a listed value in another case", first.swapcase()
        yield "a listed value and a space", first + " "
        yield "an empty text", ""
    if numbers:
        yield "a value that is not listed", max(numbers) + 1


def _const(bound: Json, _: Json) -> Candidates:
    other = bound + "_X" if isinstance(bound, str) else not bound
    yield "another value", other


def _shorter(bound: Json, value: Json) -> Candidates:
    if bound:
        text = value if isinstance(value, str) and value else "a" * bound
        yield "one character less than allowed", text[: bound - 1]
        yield "an empty text", ""


def _longer(bound: Json, value: Json) -> Candidates:
    if bound < _LONGEST:
        yield from (("one character more than allowed", t) for t in stretched(value, bound + 1))


def stretched(value: Json, length: int) -> Iterator[str]:
    """Texts of a length, made from a value so that one of them may keep its pattern or format."""
    text = value if isinstance(value, str) and value else "a"
    missing = length - len(text)
    if missing <= 0:
        yield text[:length]
        return
    yield text + text[-1] * missing
    yield text[0] * missing + text
    host, local = ("a" * 60 + ".") * 4, text.partition("@")[2]
    if local and missing > 60:
        rest = length - 60 - 1 - len(local)
        yield (
            "a" * 60 + "@" + (host * (rest // len(host) + 1))[: rest - 1].rstrip(".") + "." + local
        )
    yield text[: len(text) // 2] + "a" * missing + text[len(text) // 2 :]


def _pattern(_: Json, value: Json) -> Candidates:
    text = value if isinstance(value, str) and value else "a"
    yield "a text of another form", "~!"
    yield "nothing but spaces", " " * max(1, min(len(text), 5))
    yield "something after it", text + "~"
    yield "something before it", "~" + text
    yield "a digit for a letter, a letter for a digit", _turned(text)
    yield "the other case", text.swapcase()
    yield "a line break after it", text + "\n"
    yield "an empty text", ""


def _turned(text: str) -> str:
    """The text with its first digit made a letter, or with its first letter made a digit."""
    if re.search("[0-9]", text):
        return re.sub("[0-9]", "x", text, count=1)
    return re.sub("[A-Za-z]", "7", text, count=1)


def _format(bound: Json, _: Json) -> Candidates:
    yield from _FORMATS.get(bound, {}).items()


def _below(bound: Json, value: Json) -> Candidates:
    whole = isinstance(value, int) or value is ABSENT
    yield "less than allowed", bound - 1
    if not whole:
        yield "a little less than allowed", bound - 0.25
    yield "far less than allowed", bound - 1_000_000_000


def _above(bound: Json, value: Json) -> Candidates:
    whole = isinstance(value, int) or value is ABSENT
    yield "more than allowed", bound + 1
    if not whole:
        yield "a little more than allowed", bound + 0.25
    yield "far more than allowed", bound + 1_000_000_000


def _from(bound: Json, _: Json) -> Candidates:
    yield "the bound itself", bound
    yield "beyond the bound", bound - 1


def _to(bound: Json, _: Json) -> Candidates:
    yield "the bound itself", bound
    yield "beyond the bound", bound + 1


def _multiple(bound: Json, value: Json) -> Candidates:
    number = value if isinstance(value, int | float) else bound
    yield "no multiple", number + bound / 2
    yield "almost a multiple", number + bound / 4
    yield "one more than a multiple", number + 1


def _fewer(bound: Json, value: Json) -> Candidates:
    if isinstance(value, list) and bound:
        yield "one item less than allowed", value[: bound - 1]
        yield "no item", []


def _more(bound: Json, value: Json) -> Candidates:
    if isinstance(value, list) and bound < _MOST_ITEMS:
        yield from (("one item more than allowed", v) for v in lengthened(value, bound + 1))


def lengthened(value: list[Json], length: int) -> Iterator[list[Json]]:
    """Lists of a length made from a value: of items that differ, and of one that is repeated."""
    item = value[-1] if value else "text"
    missing = range(length - len(value))
    if isinstance(item, str):
        yield value + [f"{item} {number}" for number in missing]
        yield value + [f"{item}{number}" for number in missing]
    if isinstance(item, int) and not isinstance(item, bool):
        yield value + [item + 1 + number for number in missing]
    yield value + [item for _ in missing]


def _repeated(bound: Json, value: Json) -> Candidates:
    if bound and isinstance(value, list) and value:
        yield "an item twice", [*value, value[0]]
        yield "an item twice and no other", [value[0], value[0]]


def _emptied(bound: Json, value: Json) -> Candidates:
    if isinstance(value, dict):
        yield "fewer members than allowed", dict(list(value.items())[: bound - 1])


def _filled(bound: Json, value: Json) -> Candidates:
    if isinstance(value, dict) and bound < _MOST_ITEMS:
        more = {f"{UNKNOWN_MEMBER}{number}": "text" for number in range(bound + 1 - len(value))}
        yield "more members than allowed", {**value, **more}


WRONG: dict[str, Callable[[Json, Json], Candidates]] = {
    "type": _types,
    "enum": _enum,
    "const": _const,
    "minLength": _shorter,
    "maxLength": _longer,
    "pattern": _pattern,
    "format": _format,
    "minimum": _below,
    "maximum": _above,
    "exclusiveMinimum": _from,
    "exclusiveMaximum": _to,
    "multipleOf": _multiple,
    "minItems": _fewer,
    "maxItems": _more,
    "uniqueItems": _repeated,
    "minProperties": _emptied,
    "maxProperties": _filled,
}
"""By keyword: what it is bound to and the valid value (or ABSENT), to values that break it."""

CLOSING = ("additionalProperties", "unevaluatedProperties")
"""The keywords that refuse members the contract does not name."""


def unknown_members(schema: JsonObject, value: JsonObject) -> Iterator[tuple[str, str, Json]]:
    """Members that a closed object must not have: a few words, the name, the value."""
    yield "a member that is not known", UNKNOWN_MEMBER, "text"
    for name in schema.get("properties", {}):
        other = name[0].swapcase() + name[1:]
        if other != name and other not in value:
            yield "a known member in another case", other, value.get(name, "text")
            return
    yield "a member that is null", UNKNOWN_MEMBER, None
