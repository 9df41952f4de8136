"""JSON values as source code: one writer, and a dialect for each language.

What fits on a line stays on it; anything longer has one member a line.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .model import Json, Text

WIDTH = 88


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a language writes JSON values.

    `key` writes a member's name and what stands between it and its value; `short` tells of a
    member that is its value alone, as a variable of that name. `opens` is how an object begins,
    which may depend on its members. `inside` stands within the braces of an object
    on one line. `last` ends the last line of a value on several lines.
    """

    string: Callable[[str], str]
    text: Callable[[Text], str]
    key: Callable[[str], str]
    names: tuple[str, str, str] = ("null", "true", "false")
    short: Callable[[str, Json], bool] = lambda _name, _value: False
    opens: Callable[[dict[str, Json]], str] = lambda _: "{"
    closes: str = "}"
    inside: str = ""
    last: str = ","
    indent: str = "    "


def literal(value: Json, dialect: Dialect, depth: int = 0, used: int = 0) -> str:
    """A JSON value as code, of which a line at `depth` holds `used` characters already."""
    if not isinstance(value, dict | list):
        return _scalar(value, dialect)
    line = _on_one_line(value, dialect)
    if not value or len(dialect.indent) * depth + used + len(line) < WIDTH:
        return line
    begin, end = _brackets(value, dialect)
    margin = dialect.indent * (depth + 1)
    rows = [
        margin + name + literal(item, dialect, depth + 1, len(name) + 1)
        for name, item in _items(value, dialect)
    ]
    return f"{begin}\n" + ",\n".join(rows) + f"{dialect.last}\n{dialect.indent * depth}{end}"


def escaped(text: str, special: dict[str, str], other: Callable[[int], str]) -> str:
    """A text with special characters replaced, and those that nobody can see by `other`."""
    return "".join(
        special[c] if c in special else c if c.isprintable() else other(ord(c)) for c in text
    )


def _on_one_line(value: Json, dialect: Dialect) -> str:
    if not isinstance(value, dict | list):
        return _scalar(value, dialect)
    begin, end = _brackets(value, dialect)
    inside = dialect.inside if isinstance(value, dict) and value else ""
    rows = [name + _on_one_line(item, dialect) for name, item in _items(value, dialect)]
    return begin + inside + ", ".join(rows) + inside + end


def _items(value: Json, dialect: Dialect) -> list[tuple[str, Json]]:
    if isinstance(value, list):
        return [("", item) for item in value]
    return [
        ("" if dialect.short(name, item) else dialect.key(name), item)
        for name, item in value.items()
    ]


def _brackets(value: Json, dialect: Dialect) -> tuple[str, str]:
    return ("[", "]") if isinstance(value, list) else (dialect.opens(value), dialect.closes)


def _scalar(value: Json, dialect: Dialect) -> str:
    if isinstance(value, Text):
        return dialect.text(value)
    if isinstance(value, str):
        return dialect.string(value)
    if value is None or isinstance(value, bool):
        return dialect.names[0 if value is None else 1 if value else 2]
    return repr(value)
