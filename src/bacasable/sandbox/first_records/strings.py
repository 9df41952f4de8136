"""Texts as their schema allows them: by format, else by name, by example, by pattern.

The schema wins: what a name suggests is taken only where length and pattern let it.
"""

import re
from collections.abc import Callable
from uuid import UUID

from ...contract.model import Json, JsonObject
from ...contract.patterns import sampler
from ...contract.request import format_instant
from ...contract.values import made, matches
from .texts import Draw, Texts, instant_of, kind_of

Make = Callable[[Draw], Json]
_ENDLESS = 1 << 30
_PROSE = frozenset(["name", "title", "description", "comment", "word", "address", "job", "company"])
"""Texts that may be cut where they are too long."""
_KEYWORDS = ("type", "format", "pattern", "minLength", "maxLength")
_TRIES = 8
_LONGEST = 10_000


def string_maker(texts: Texts, schema: JsonObject, name: str, noun: str) -> Make:
    """What makes values of a string schema, of a member of this name in a thing of this noun."""
    kind = kind_of(name)
    if kind == "country" and _bound(schema, "maxLength", _ENDLESS) == 2:
        kind = "country_code"
    makers = [*_by_format(texts, schema, kind, noun)]
    if "format" not in schema or not makers:
        makers += _by_name(texts, schema, kind, noun)
    least, most = _bound(schema, "minLength", 0), _bound(schema, "maxLength", _ENDLESS)
    pattern = schema.get("pattern")
    is_prose = not kind or kind in _PROSE

    def fits(text: str) -> bool:
        return least <= len(text) <= most and (pattern is None or matches(pattern, text))

    def make(draw: Draw) -> Json:
        for one in makers:
            text = one(draw)
            if fits(text):
                return text
            if is_prose:
                text = _fitted(text, lambda: texts.text(draw, 1), least, most)
                if text and fits(text):
                    return text
        return last(draw)

    last = _by_pattern(schema, least, most)
    return make


def _by_pattern(schema: JsonObject, least: int, most: int) -> Make:
    """A text of the pattern, where there is one and its length is right, or else a plain one."""
    pattern = schema.get("pattern")
    sample = sampler(pattern) if isinstance(pattern, str) else None
    last = made({}, {key: schema[key] for key in _KEYWORDS if key in schema})
    # What must not stand before or behind is not known to who walks through it.
    is_plain = not re.search(r"\(\?<?[=!]|\\[bB]", str(pattern))

    def make(draw: Draw) -> Json:
        for _ in range(_TRIES if sample else 0):
            text = sample(draw.random) if sample else ""
            if least <= len(text) <= most and (is_plain or matches(str(pattern), text)):
                return text
        return last

    return make


def _bound(schema: JsonObject, key: str, default: int) -> int:
    found = schema.get(key, default)
    return int(found) if isinstance(found, int | float) else default


def _fitted(text: str, more: Callable[[], str], least: int, most: int) -> str:
    """A text that is too long cut, one that is too short made longer with what is given."""
    if len(text) > most:
        return text[:most].rpartition(" ")[0].rstrip(" .,") or text[:most].strip()
    while len(text) < min(least, _LONGEST):
        text += " " + more()
    return text[:most].rstrip() if least <= most else ""


def _by_name(texts: Texts, schema: JsonObject, kind: str, noun: str) -> list[Make]:
    if kind == "country_code" and schema.get("maxLength") == 3 and schema.get("minLength") == 3:
        return []
    shown = _shown(schema)
    if kind:
        known = [lambda draw: _texted(texts, kind, draw, noun)]
        # A word for a kind of thing is better taken from those that the document shows.
        return [*shown, *known] if kind in ("word", "status", "region") else known
    return shown or ([] if "pattern" in schema else [lambda draw: texts.words(draw, 2)])


def _texted(texts: Texts, kind: str, draw: Draw, noun: str) -> str:
    found = texts.of(kind, draw, noun)
    if found is not None:
        return str(found)
    low, high, places = texts.numbers.get(kind, (1, 100, 0))
    number = draw.random.uniform(low, high)
    return f"{number:.{places}f}"


def _shown(schema: JsonObject) -> list[Make]:
    """One of the examples that the schema has."""
    examples = schema.get("examples")
    found = [*(examples if isinstance(examples, list) else ()), schema.get("example")]
    texts = [one for one in found if isinstance(one, str) and one]
    return [lambda draw: draw.random.choice(texts)] if texts else []


def _by_format(texts: Texts, schema: JsonObject, kind: str, noun: str) -> list[Make]:
    """A text of a format, told by the name where there are several."""
    made = _FORMATS.get(str(schema.get("format")))
    return [] if made is None else [lambda draw: made(texts, draw, kind, noun)]


Formatted = Callable[[Texts, Draw, str, str], str]


def _of(kind: str) -> Formatted:
    return lambda texts, draw, _, noun: str(texts.of(kind, draw, noun))


def _uri(texts: Texts, draw: Draw, kind: str, noun: str) -> str:
    return str(texts.of(kind if kind == "image" else "url", draw, noun))


def _instant(_: Texts, draw: Draw, kind: str, __: str) -> str:
    return format_instant(instant_of(kind, draw))


def _day(_: Texts, draw: Draw, kind: str, __: str) -> str:
    return instant_of(kind, draw).date().isoformat()


def _time(_: Texts, draw: Draw, kind: str, __: str) -> str:
    return f"{instant_of(kind, draw):%H:%M:%SZ}"


def _uuid(_: Texts, draw: Draw, __: str, ___: str) -> str:
    return str(UUID(int=draw.random.getrandbits(128), version=4))


def _ipv6(_: Texts, draw: Draw, __: str, ___: str) -> str:
    return f"2001:db8::{draw.random.randrange(1, 65_536):x}"


def _money(_: Texts, draw: Draw, __: str, ___: str) -> str:
    return f"{draw.random.randrange(100, 50_000) / 100:.2f}"


def _whole(_: Texts, draw: Draw, __: str, ___: str) -> str:
    return str(draw.random.randrange(1, 100_000))


def _duration(_: Texts, draw: Draw, __: str, ___: str) -> str:
    return f"P{draw.random.randrange(1, 30)}D"


_FORMATS: dict[str, Formatted] = {
    "date-time": _instant,
    "date": _day,
    "time": _time,
    "duration": _duration,
    "uuid": _uuid,
    "ipv4": _of("ip"),
    "ipv6": _ipv6,
    "byte": lambda _, __, ___, ____: "ZXhhbXBsZQ==",
    **dict.fromkeys(("email", "idn-email"), _of("email")),
    **dict.fromkeys(("hostname", "idn-hostname"), _of("domain")),
    **dict.fromkeys(("password", "binary"), _of("password")),
    **dict.fromkeys(("uri", "url", "iri", "uri-reference", "iri-reference"), _uri),
    **dict.fromkeys(("decimal", "float", "double", "money"), _money),
    **dict.fromkeys(("int32", "int64"), _whole),
}
