"""When records stand in the wrong order for what they were sorted by.

No contract says how texts are collated: two of them stand wrong only if they do so in every usual
way. Nulls may stand at either end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...contract.model import Json, JsonObject
from ...contract.schema import SchemaView
from ._values import brief, fold, instant

After = Callable[[Any, Any], bool]
"""Whether the first of two values stands after the second one, in ascending order."""


@dataclass(frozen=True, slots=True)
class Key:
    """Something that a list is sorted by: a value of its parameter, and what that means.

    It is not `exact` where records that look alike need not be: servers keep instants more finely
    than they show them.
    """

    text: str
    member: str
    after: After
    exact: bool = True

    @property
    def descends(self) -> bool:
        """Whether the largest comes first."""
        return self.text.startswith("-")

    def wrong(self, one: JsonObject, other: JsonObject) -> bool:
        """Whether a record must not stand before another; never for null or what is not there."""
        first, second = one.get(self.member), other.get(self.member)
        if first is None or second is None:
            return False
        return self.after(second, first) if self.descends else self.after(first, second)

    def tie(self, one: JsonObject, other: JsonObject) -> bool:
        """Whether two records are surely equal by this key."""
        return self.exact and bool(one.get(self.member) == other.get(self.member))


def key_for(text: str, member: str, schema: SchemaView) -> Key | None:
    """The key of a value of the sort parameter, by the schema of the member.

    None where the contract does not tell an order: of listed values, and of what is no scalar.
    """
    if "enum" in schema or "const" in schema:
        return None
    kind = next((k for k in schema.kinds if k != "null"), "")
    if kind in ("integer", "number"):
        return Key(text, member, _after_number)
    if kind != "string":
        return None
    dated = schema.get("format") in ("date", "date-time")
    exact = schema.get("format") != "date-time"
    return Key(text, member, _after_instant if dated else _after_text, exact)


def misplaced(key: Key, records: Sequence[JsonObject]) -> str:
    """How sorted records stand in the wrong order; empty when they do not."""
    for one, other in pairwise(records):
        if key.wrong(one, other):
            return f"{brief(one[key.member])} before {brief(other[key.member])}"
    empty = [record.get(key.member) is None for record in records]
    if True in empty and False in empty:
        first, last = empty.index(False), len(empty) - 1 - empty[::-1].index(False)
        if any(empty[first:last]):
            return "null between values"
    return ""


def overtaken(key: Key, page: Sequence[JsonObject], rest: Sequence[JsonObject]) -> str:
    """Which record behind a sorted page should stand on it; empty when none should."""
    with_value = [record for record in page if record.get(key.member) is not None]
    for other in rest if with_value else ():
        if key.wrong(with_value[-1], other):
            last = brief(with_value[-1][key.member])
            return f"{last} on the first page, and {brief(other[key.member])} behind it"
    return ""


def _after_number(one: Json, other: Json) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers and one > other


def _after_instant(one: Json, other: Json) -> bool:
    first, second = instant(one), instant(other)
    return first is not None and second is not None and first > second


def _after_text(one: Json, other: Json) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    usual: tuple[Callable[[str], str], ...] = (str, str.casefold, fold, _letters)
    return all(key(one) > key(other) for key in usual)


def _letters(text: str) -> str:
    """A text by its letters and digits alone, as collations of languages begin."""
    return "".join(character for character in fold(text) if character.isalnum())
