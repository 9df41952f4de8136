"""Expressions read: the part of CEL that rules are written in, as a tree.

The library that evaluates an expression (`cel.py`) tells nothing of what stands in it. What names
an expression uses must be known before it is bound, so it is read here too. Numbers, texts, lists,
members, calls, operators and the macros over lists are read; bytes, messages and `1u` are not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 2000
"""Characters of an expression. One that is longer is no rule that a sentence says."""
DEEPEST = 24
"""Operations within each other; what evaluates them takes twice as many."""


class WrongExpression(Exception):
    """What is wrong with an expression, and the character (from 0) where."""

    def __init__(self, said: str, at: int) -> None:
        super().__init__(f"{said} (character {at + 1})")


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression, and where it begins."""

    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A number, a text, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """A member of a value: `record.title`."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Item(Node):
    """An item of a list, or what an index holds under a key: `steps[0]`."""

    of: Node
    key: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, or a method `of` a value."""

    of: Node | None
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!` or `-`."""

    sign: str
    of: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operands of one sign, from left to right; of a comparison there are two."""

    sign: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """A list that is written out."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """Keys and values that are written out."""

    entries: tuple[tuple[Node, Node], ...]


def read(text: str) -> Node:
    """The tree of an expression. Raises WrongExpression."""
    if len(text) > LONGEST:
        raise WrongExpression(f"is longer than {LONGEST} characters; split the rule", LONGEST)
    return _Reader(text).whole()


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


def _unescaped(text: str, at: int) -> str:
    def one(found: re.Match[str]) -> str:
        sign = found[1]
        if sign[0] == "u" and len(sign) == 5:
            return chr(int(sign[1:], 16))
        if sign not in _ESCAPED:
            raise WrongExpression(f"\\{sign} means nothing in a text", at)
        return _ESCAPED[sign]

    return _ESCAPE.sub(one, text[1:-1])


class _Reader:
    """Reads from left to right, with one token ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = self._split(text)
        self._next = self._depth = 0

    def _split(self, text: str) -> list[tuple[str, str, int]]:
        tokens, at = [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise WrongExpression(f"cannot be read at {text[at : at + 10]!r}", at)
            if found.lastgroup != "space":
                tokens.append((str(found.lastgroup), found[0], at))
            at = found.end()
        return [*tokens, ("end", "", at)]

    def whole(self) -> Node:
        tree = self._choice()
        self._refuse_unless(self._kind == "end")
        return tree

    @property
    def _kind(self) -> str:
        return self._tokens[self._next][0]

    @property
    def _said(self) -> str:
        """The token ahead; that of a text is not one of the signs."""
        kind, said, _ = self._tokens[self._next]
        return "" if kind == "text" else said

    @property
    def _at(self) -> int:
        return self._tokens[self._next][2]

    def _taken(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _takes(self, sign: str) -> bool:
        if self._said != sign:
            return False
        self._next += 1
        return True

    def _refuse_unless(self, right: object, wanted: str = "") -> None:
        if not right:
            kind, said, at = self._tokens[self._next]
            wanted = f"; '{wanted}' is missing" if wanted else ""
            raise WrongExpression(
                f"ends too early{wanted}"
                if kind == "end"
                else f"cannot be read at '{said}'{wanted}",
                at,
            )

    def _need(self, sign: str) -> None:
        self._refuse_unless(self._takes(sign), sign)

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise WrongExpression("is nested too deep", self._at)
        at, found = self._at, self._chain(0)
        if self._takes("?"):
            yes = self._choice()
            self._need(":")
            found = Choice(at, found, yes, self._choice())
        self._depth -= 1
        return found

    def _chain(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        at, found = self._at, self._chain(level + 1)
        while self._said in _LEVELS[level]:
            sign = self._taken()
            right = self._chain(level + 1)
            joined = isinstance(found, Chain) and found.sign == sign and found.at == at
            if joined and sign in {"||", "&&"}:
                found = Chain(at, sign, (*getattr(found, "parts", ()), right))
            else:
                found = Chain(at, sign, (found, right))
        return found

    def _unary(self) -> Node:
        at = self._at
        if self._said in {"!", "-"}:
            sign = self._taken()
            self._refuse_unless(self._said != sign)
            of = self._unary()
            if sign == "-" and isinstance(of, Literal) and _is_number(of.value):
                return Literal(at, -of.value)
            return Unary(at, sign, of)
        return self._value()

    def _value(self) -> Node:
        found = self._primary()
        while self._said in {".", "["}:
            at = self._at
            if self._takes("["):
                found = Item(at, found, self._choice())
                self._need("]")
                continue
            self._taken()
            self._refuse_unless(self._kind == "name")
            at, name = self._at, self._taken()
            if self._takes("("):
                found = Call(at, found, name, self._until(")"))
            else:
                found = Member(at, found, name)
        return found

    def _primary(self) -> Node:
        kind, said, at = self._tokens[self._next]
        if kind == "sign":
            return self._enclosed(at)
        self._refuse_unless(kind != "end" and said != "in")
        self._next += 1
        if kind == "number":
            return Literal(at, _number(said, at))
        if kind == "text":
            return Literal(at, _unescaped(said, at))
        if said in _CONSTANTS:
            return Literal(at, _CONSTANTS[said])
        return Call(at, None, said, self._until(")")) if self._takes("(") else Name(at, said)

    def _enclosed(self, at: int) -> Node:
        if self._takes("["):
            return ListOf(at, self._until("]"))
        if self._takes("{"):
            return MapOf(at, self._entries())
        self._need("(")
        inner = self._choice()
        self._need(")")
        return inner

    def _until(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._takes(end):
            if items:
                self._refuse_unless(self._kind != "end", end)
                self._need(",")
            items.append(self._choice())
        return tuple(items)

    def _entries(self) -> tuple[tuple[Node, Node], ...]:
        entries: list[tuple[Node, Node]] = []
        while not self._takes("}"):
            if entries:
                self._need(",")
            key = self._choice()
            self._need(":")
            entries.append((key, self._choice()))
        return tuple(entries)


def _number(said: str, at: int) -> int | float:
    value = float(said) if "." in said else int(said)
    if isinstance(value, int) and value >= 2**63:
        raise WrongExpression(f"{said} is too large", at)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def size_of(node: Node) -> int:
    """How many parts a tree has: what evaluating it once costs, in steps."""
    inner: Sequence[Node] = ()
    match node:
        case Member(of=of) | Unary(of=of):
            inner = (of,)
        case Item(of=of, key=key):
            inner = (of, key)
        case Call(of=of, arguments=arguments):
            inner = arguments if of is None else (of, *arguments)
        case Chain(parts=parts) | ListOf(items=parts):
            inner = parts
        case Choice(condition=condition, yes=yes, no=no):
            inner = (condition, yes, no)
        case MapOf(entries=entries):
            inner = [part for entry in entries for part in entry]
    return 1 + sum(map(size_of, inner))
