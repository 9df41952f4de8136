"""JSON bodies: values with their numbers as they were written (RFC 8259).

A parser written in C lets no other thread run until it has seen the whole text: 15 MB keep a server
from answering for a fifth of a second. So a large text is given to it one piece after another, and
between them stands Python, which gives way by itself.
"""

import re
from typing import Any, NoReturn

import orjson

from .model import Json, Violation
from .numbers import as_written, named, within_reach
from .problems import Refusal

PIECE = 64 * 1024
"""Bytes that are parsed at once: some tenths of a millisecond."""
_BLANK = b" \t\n\r"
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# Between texts and brackets; bounded, as all is here that has to be looked at without a pause.
_REST = rb'[^][{}"]{1,4000}+'
_FLAT = rb"(?:\{(?:%b|%b){0,200}+\}|\[(?:%b|%b){0,200}+\])" % (_REST, _TEXT, _REST, _TEXT)
_INNER = rb"(?:%b|%b|%b){0,200}+" % (_REST, _TEXT, _FLAT)
# A small value with small ones in it is found at once; a text that does not end goes to the end.
_INNERMOST = 2
_TOKEN = re.compile(rb"%b|%b|\{%b\}|\[%b\]|[][{}]|\".*" % (_REST, _TEXT, _INNER, _INNER), re.DOTALL)
_BRACKET = re.compile(rb"%b|[][{}]" % _TEXT, re.DOTALL)
_CLOSING = {b"[": b"]", b"{": b"}"}
_CLOSED = frozenset(_CLOSING.values())


def parse(text: bytes, max_depth: int, piece: int = PIECE) -> tuple[Json, list[Violation]]:
    """The value of a JSON text, and its numbers that cannot be kept.

    Raises Refusal MALFORMED_BODY for a text that is not JSON, or nested more than so many levels.
    """
    if len(text) > piece:
        exact, in_danger = _Large(text, max_depth, piece).parse()
    else:
        exact, in_danger = _small(text, max_depth)
    return named(exact) if in_danger else (exact, [])


def _small(text: bytes, most: int) -> tuple[Any, bool]:
    """A value, and whether it has to be looked through for numbers that cannot be kept."""
    try:
        found = _loaded(text)
    except orjson.JSONDecodeError as error:
        raise _malformed(error.msg, error.pos) from error
    if text.count(b"{") + text.count(b"[") > most and _depth(text) > most:
        raise _too_deep(most)
    return found


def _loaded(text: bytes) -> tuple[Any, bool]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if not error.msg.startswith("number is infinity"):
            raise
        value = orjson.loads(within_reach(text))
    # A search through a megabyte of space takes 40 ms.
    exact = as_written(text.strip(_BLANK), value)
    return exact, exact is not value


def _malformed(reason: str, place: int) -> Refusal:
    return Refusal("MALFORMED_BODY", f"The body is not JSON: {reason} at character {place}.")


def _too_deep(most: int) -> Refusal:
    return Refusal("MALFORMED_BODY", f"The body is nested more than {most} levels deep.")


def _depth(text: bytes) -> int:
    """How many levels deep the values of a JSON text are nested, one for a flat list."""
    depth = deepest = 0
    for token in _BRACKET.finditer(text):
        if token[0] in _CLOSING:
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in {b"]", b"}"}:
            depth -= 1
    return deepest


class _Open:
    """An object or list whose end has not been seen. What stands before `since` is in `value`."""

    __slots__ = ("begin", "closed", "end", "since", "text", "value")

    def __init__(self, begin: int, bracket: bytes) -> None:
        self.begin, self.since, self.end = begin, begin + 1, _CLOSING[bracket]
        self.value: Any = [] if bracket == b"[" else {}
        self.text = b""
        """The last text in it: where a value begins in an object, that is its name."""
        self.closed = False
        """Whether nothing but a comma or the end may follow, for a large value has just ended."""


class _Large:
    """A text that is cut at commas and brackets, and parsed by pieces.

    What is shorter than a piece stays in the text around it until there is enough of it.
    """

    def __init__(self, text: bytes, max_depth: int, piece: int) -> None:
        self._text, self._most, self._piece = text, max_depth, piece
        self._stack: list[_Open] = []
        self._in_danger = False

    def parse(self) -> tuple[Any, bool]:
        """As `_small`."""
        for token in _TOKEN.finditer(self._text):
            at, found = token.start(), token[0]
            if found in _CLOSED:
                ended = self._end(found, at) if self._stack else None
                if ended is not None and not self._stack:
                    self._expect_blank(0, ended.begin)
                    self._expect_blank(at + 1, len(self._text))
                    return ended.value, self._in_danger
            elif found in _CLOSING:
                self._expect_room(1)
                self._stack.append(_Open(at, found))
            elif self._stack:
                self._pass(found, at)
            elif found.strip(_BLANK):
                break
        if self._stack:
            self._refuse("unexpected end of data", len(self._text))
        # A number, a text, something small in much space, or no JSON.
        return _small(self._text, self._most)

    def _pass(self, found: bytes, at: int) -> None:
        """A text, a small value, or what is between such: many numbers, or a comma, or none."""
        inside, kind = self._stack[-1], found[:1]
        if kind == b'"':
            inside.text = found
        elif kind in _CLOSING:
            if len(self._stack) + _INNERMOST > self._most:
                self._expect_room(_depth(found))
        elif (last := at + found.rfind(b",")) >= at:
            if inside.closed:
                first = at + found.find(b",")
                self._expect_blank(inside.since, first)
                inside.closed, inside.since = False, first + 1
            if last - inside.since >= self._piece:
                self._take(inside, last)
                inside.since = last + 1

    def _expect_room(self, levels: int) -> None:
        if len(self._stack) + levels > self._most:
            raise _too_deep(self._most)

    def _end(self, bracket: bytes, at: int) -> _Open | None:
        """What ends here, where it is no less than a piece; then it is in what is around it."""
        inside = self._stack.pop()
        if bracket != inside.end:
            self._refuse("unexpected character", at)
        if at - inside.begin < self._piece:
            return None
        if inside.closed:
            self._expect_blank(inside.since, at)
        elif inside.value or self._text[inside.since : at].strip(_BLANK):
            self._take(inside, at)
        if self._stack:
            around = self._stack[-1]
            if around.closed:
                self._refuse("unexpected content", inside.begin)
            self._take(around, inside.begin, inside.value)
            around.closed, around.since = True, at + 1
        return inside

    def _take(self, inside: _Open, until: int, last: Any = None) -> None:
        """Parse what stands before a place. With a value, that place is where it begins."""
        part = self._text[inside.since : until]
        if last is None and not part.strip(_BLANK):
            self._refuse("unexpected character", until)
        part += b"" if last is None else b"null"
        is_list = inside.end == b"]"
        try:
            value, in_danger = _loaded(b"[%b]" % part if is_list else b"{%b}" % part)
        except orjson.JSONDecodeError as error:
            raise _malformed(error.msg, self._place(inside.since) + error.pos - 1) from error
        self._in_danger = self._in_danger or in_danger
        if last is not None:
            value[-1 if is_list else orjson.loads(inside.text)] = last
        if is_list:
            inside.value += value
        else:
            inside.value.update(value)

    def _expect_blank(self, since: int, until: int) -> None:
        part = self._text[since:until]
        if rest := part.lstrip(_BLANK):
            self._refuse("unexpected content", since + len(part) - len(rest))

    def _place(self, at: int) -> int:
        """Bytes are what is counted here, characters what people count."""
        return len(self._text[:at].decode("utf-8", "replace"))

    def _refuse(self, reason: str, at: int) -> NoReturn:
        raise _malformed(reason, self._place(at))
