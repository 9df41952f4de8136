"""Numbers as they were written: kept exactly, or named as what cannot be kept (RFC 8259, 6).

A parser that makes floats of all numbers with a point changes some without a word: digits get
lost, and 95000.0, which JSON Schema (2020-12, 6.1.1) calls an integer, is answered as no integer of
most languages. Here a number without a fraction is an integer, and negative zero is zero.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from math import isinf
from sys import float_info
from typing import Any

from .document import pointer
from .model import Json, Violation

_LEAST, _MOST = -(2**63), 2**64 - 1
"""The integers that are written as they are; others are kept where a float is the same number."""
_LONGEST = 400
"""Characters of a number. Those of a float that is written in full are fewer."""
_TELLING = re.compile(rb"[0-9][.eE]|[0-9]{16}|-0")
_TEXT_OR_NUMBER = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?', re.DOTALL
)
"""A text that does not end goes to the end: then there is nothing to look for in it."""


def number(text: str) -> int | float | None:
    """The number that a JSON text says, None when neither integer nor float is that very number."""
    if len(text) > _LONGEST:
        return None
    try:
        said, near = Decimal(text), float(text)
    except (InvalidOperation, ValueError):
        return None
    # Bounded first: an exponent of nine digits would make an integer of a billion.
    if abs(near) <= 2.0**64 and said == said.to_integral_value() and _LEAST <= said <= _MOST:
        return int(said)
    # Some print a float with 17 digits, which name it as well as the fewest that do.
    names = {Decimal(repr(near)), Decimal(f"{near:.17g}")}
    return near if not isinf(near) and said in names else None


def as_written(body: bytes, value: Json) -> Any:
    """The value of a JSON text with its numbers as they were written.

    `value` is what an ordinary parser made of it, and is given back where none is in danger: most
    texts have none. Numbers that cannot be kept are found by `named`.
    """
    if not _TELLING.search(body):
        return value
    return json.loads(body, parse_int=_read, parse_float=_read)


def named(exact: Any) -> tuple[Json, list[Violation]]:
    """What `as_written` has made, put in order, and its numbers that are not kept.

    In their places are the nearest floats, so that the rest can be judged.
    """
    whole = [exact]
    lost = list(_lost(whole))
    return whole[0], lost


def within_reach(body: bytes) -> bytes:
    """A JSON text as long as this one, with others in place of the numbers that no float reaches.

    JSON has them, but ordinary parsers refuse the whole text for them.
    """
    return _TEXT_OR_NUMBER.sub(_nearer, body)


def _nearer(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if text.startswith(b'"') or not isinf(float(text)):
        return text
    # None is shorter. Its length stays, so that places named in errors are those that were sent.
    return (b"-1e308" if text.startswith(b"-") else b"1e308").ljust(len(text))


class _Lost(str):
    """The text of a number that cannot be kept."""

    __slots__ = ()


def _read(text: str) -> int | float | _Lost:
    found = number(text)
    return _Lost(text) if found is None else found


def _lost(whole: list[Json]) -> Iterator[Violation]:
    """What is lost in the only item of a list, which is put in order."""
    rest: list[tuple[tuple[str | int, ...], Any]] = [((), whole)]
    while rest:
        place, node = rest.pop()
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(inner, _Lost):
                node[key] = max(-float_info.max, min(float(inner), float_info.max))
                said = "is a number that no 64-bit integer or float holds as it is written"
                detail = f"{said}; send fewer digits, or a text"
                yield Violation(pointer(*place[1:], key) if place else "", detail)
            elif isinstance(inner, dict | list):
                rest.append(((*place, key), inner))
