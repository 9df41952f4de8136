"""Texts of a regular expression, made by walking through it.

What the walk cannot know (what a text must not be, what was said before) is left to whoever checks
the text that comes of it.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from random import Random
from typing import Any

_PARSER: Any = import_module("re._parser")
"""The library's own reader of expressions; there is no public one."""
_MOST = 12
"""Repetitions beyond those that must be are as many at most."""
_LONGEST = 400
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_WORD = _LETTERS + _LETTERS.upper() + _DIGITS + "_"
_CLASSES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_WORD": _WORD[:-1],
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": _LETTERS,
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": _WORD,
}
_PRINTED = [chr(code) for code in range(33, 127)]

Sample = Callable[[Random], str]


@lru_cache(maxsize=4096)
def sampler(pattern: str) -> Sample | None:
    """What makes texts that have a pattern; None for one that Python does not know."""
    try:
        parts = _PARSER.parse(_known(pattern))
    except (re.error, OverflowError, RecursionError):
        return None

    def sample(random: Random) -> str:
        return _text(parts, random, {})

    return sample


def _known(pattern: str) -> str:
    r"""An expression of ECMA-262 as Python writes it, where the two differ often."""
    pattern = re.sub(
        r"\\p\{(?:Lu|Uppercase_Letter)\}", "A-Z" if "[" in pattern else "[A-Z]", pattern
    )
    pattern = pattern.replace("(?i)", "")  # what fits in one case fits in any
    pattern = re.sub(r"\\p\{(?:N|Nd)\}", r"\\d", pattern)
    pattern = re.sub(r"\\p\{L[\w=]*\}", "a-z" if "[" in pattern else "[a-z]", pattern)
    return re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", pattern).replace(r"\/", "/")


def _text(parts: Any, random: Random, groups: dict[int, str]) -> str:
    text = ""
    for operator, argument in parts:
        if len(text) > _LONGEST:
            break
        text += _part(str(operator), argument, random, groups)
    return text


def _part(operator: str, argument: Any, random: Random, groups: dict[int, str]) -> str:
    make = _PARTS.get(operator)  # others are places, and what stands before or behind
    return make(argument, random, groups) if make else ""


def _group(argument: Any, random: Random, groups: dict[int, str]) -> str:
    text = _text(argument[-1], random, groups)
    if argument[0] is not None:
        groups[argument[0]] = text
    return text


def _repeated(argument: Any, random: Random, groups: dict[int, str]) -> str:
    least, most, inner = argument
    least = min(least, _LONGEST)
    count = random.randint(least, min(most, max(least, min(least + 3, _MOST))))
    return "".join(_text(inner, random, groups) for _ in range(count))


_PARTS: dict[str, Callable[[Any, Random, dict[int, str]], str]] = {
    "LITERAL": lambda code, _, __: chr(code),
    "NOT_LITERAL": lambda code, random, _: random.choice([c for c in _LETTERS if ord(c) != code]),
    "ANY": lambda _, random, __: random.choice(_LETTERS),
    "IN": lambda members, random, _: random.choice(_members(members)),
    "BRANCH": lambda parts, random, groups: _text(random.choice(parts[1]), random, groups),
    "SUBPATTERN": _group,
    "ATOMIC_GROUP": _text,
    "GROUPREF": lambda number, _, groups: groups.get(number, ""),
    **dict.fromkeys(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"), _repeated),
}


def _members(argument: Any) -> str | list[str]:
    """The characters that a class may be, of those that are printed."""
    chosen: list[str] = []
    is_negated = False
    for kind, value in argument:
        match str(kind):
            case "NEGATE":
                is_negated = True
            case "LITERAL":
                chosen.append(chr(value))
            case "RANGE":
                chosen += [chr(code) for code in range(value[0], min(value[1], value[0] + 99) + 1)]
            case _:  # a category
                chosen += _CLASSES.get(str(value), _LETTERS)
    if not is_negated:
        return chosen
    left = [c for c in _LETTERS + _DIGITS if c not in chosen]
    return left or [c for c in _PRINTED if c not in chosen] or ["\u00e9"]
