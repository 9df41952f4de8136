"""Views that no contract gave: with everything a view can hold, and with as little as it may."""

import types
import typing
from dataclasses import fields, is_dataclass
from html import escape
from itertools import count
from typing import Any

from bacasable.portal import model

_NUMBER = {"status": 422, "number": 7}
_HTML = ("html", "svg")
# Recursive types are unfolded this deep.
_DEPTH = 5


class Rich:
    """Makes the richest view of a class. `texts` are all texts in it, as (class, field, text)."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str, str]] = []
        self._numbers = count(1)

    def make(self, cls: Any, depth: int = 0) -> Any:
        """A view in which every text is unlike every other, and hard to write into HTML."""
        hints = typing.get_type_hints(cls)
        return cls(**{f.name: self._value(cls, f.name, hints[f.name], depth) for f in fields(cls)})

    def _value(self, cls: Any, name: str, hint: Any, depth: int) -> Any:
        if isinstance(hint, types.UnionType):
            hint = next(part for part in typing.get_args(hint) if part is not type(None))
        if typing.get_origin(hint) is tuple:
            inner = typing.get_args(hint)
            if len(inner) == 2 and inner[1] is Ellipsis:
                if inner[0] is cls and depth >= _DEPTH:
                    return ()
                return tuple(self._value(cls, name, inner[0], depth + 1) for _ in range(2))
            return tuple(self._value(cls, name, part, depth) for part in inner)
        if is_dataclass(hint):
            return self.make(hint, depth)
        if hint is str:
            return self._text(cls, name)
        return _NUMBER.get(name, True)

    def _text(self, cls: Any, name: str) -> str:
        number = next(self._numbers)
        text = f"<b>{name} {number}</b>" if name in _HTML else f"{name}<&'{number}>"
        if name == "href":
            text = f"{name}-{number}.html"
        if name == "status":
            text = "2XX"
        self.texts.append((cls.__name__, name, text))
        return text


def poor(cls: Any) -> Any:
    """The poorest view of a class: what may be missing is missing, and texts are as short."""
    hints = typing.get_type_hints(cls)
    return cls(**{f.name: _least(f.name, hints[f.name]) for f in fields(cls)})


def _least(name: str, hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return None
    if typing.get_origin(hint) is tuple:
        return ()
    if is_dataclass(hint):
        return poor(hint)
    if hint is str:
        return "default" if name == "status" else ""
    return _NUMBER.get(name, False)


def shown(text: str, field: str) -> str:
    """A text as a page writes it."""
    return text if field in _HTML else escape(text).replace("&#x27;", "&#39;")


OPERATION, TAG, MODEL = model.OperationView, model.TagView, model.ModelView
