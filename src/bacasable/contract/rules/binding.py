"""What an expression reads of records and bodies, and nothing else: handing over costs most.

A view holds the facets that are read of a value: a member below it, how long a list is, whether
something is given. Where a step of the path is missing, a value is null and a list is empty. What
is read and what loops do is counted: one meter is enough for all rules of a call.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..complete import parse_instant
from ..model import Json
from .value_types import SCALARS, Type

BUDGET = 150_000
"""Steps of one call, each about a tenth of a microsecond: what an expression does with a value."""
READING = 15
"""Steps that it takes to hand a value over."""
CALLING = 20
"""Steps that a function takes."""
_LETTERS = 100
"""So many letters of a text are looked at in a step."""
_TOO_MUCH = "it would take too long with so many values"


class Undecided(Exception):
    """An expression that cannot be evaluated: too many values, or one that is missing."""


class Meter:
    """What the rules of one call may still take."""

    __slots__ = ("failure", "left", "longest", "looped")

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget
        self.longest = self.looped = 0
        self.failure: Exception | None = None

    def spend(self, steps: int) -> bool:
        """Whether so many steps can still be taken."""
        self.left -= steps
        return self.left >= 0

    def take(self, steps: int) -> None:
        """Take so many steps. Raises Undecided when too many were taken."""
        if not self.spend(steps):
            raise Undecided(_TOO_MUCH)

    def each(self, number: int, steps: int) -> bool:
        """Whether as many steps can be taken for each of some values, in view of their texts."""
        return self.spend((1 + number) * steps * (1 + self.longest // _LETTERS))

    def square(self, number: int, steps: int) -> bool:
        """The same for what makes a list anew with each of its values."""
        return self.each(number, steps + number)

    def settle(self, steps: int) -> None:
        """Raise Undecided when more was taken than there was, or a function failed."""
        if self.longest:
            self.spend((self.looped + steps) * (self.longest // _LETTERS))
        self.longest = self.looped = 0
        failure, self.failure = self.failure, None
        if failure is not None or self.left < 0:
            raise Undecided(_TOO_MUCH if failure is None else str(failure))


class Facts(Protocol):
    """Where an expression finds what it asks for: in the engine, or through an API."""

    def variable(self, name: str, /) -> Json:
        """The value of a variable; null when there is none."""

    def get(self, kind: str, record_id: str, /) -> Json:
        """A record by id, or null."""

    def find(self, kind: str, wanted: Mapping[str, Json], /) -> Sequence[Json]:
        """The records whose members have these values.

        A list stands for any of its values. Of a member that is a list, it holds the value. Null
        stands for a member that is not given.
        """


Reader = Callable[[Any, Meter], Any]
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Facet:
    """One thing that is read: `value`, `given`, `size`, `items`, `keys`, `instant`, or an `index`.

    The last, and `count`, which is how many keys that has, go by a `member` of the items. `steps`
    is what a loop over the items does with each.
    """

    path: Path
    kind: str
    type: Type
    member: str = ""
    view: "View | None" = None
    steps: int = 0


@dataclass(slots=True)
class View:
    """What is read of a value: some facets of it, by short names, or the value itself."""

    type: Type
    facets: list[Facet] = field(default_factory=list)
    is_whole: bool = False

    def facet(self, path: Path, kind: str, type_: Type, member: str = "") -> tuple[str, Facet]:
        """The name of a facet, which is added when it is none yet."""
        for at, known in enumerate(self.facets):
            if (known.path, known.kind, known.member) == (path, kind, member):
                return f"m{at}", known
        view = View(type_.items()) if kind in {"items", "index"} else None
        self.facets.append(Facet(path, kind, type_, member, view))
        return f"m{len(self.facets) - 1}", self.facets[-1]

    def readers(self, *, textual: bool) -> list[tuple[str, Reader]]:
        """What reads each facet, by its name."""
        return [(f"m{at}", reader(facet, textual=textual)) for at, facet in enumerate(self.facets)]

    def reader(self, *, textual: bool) -> Reader:
        """What reads all of it."""
        if not self.facets:
            return _value(self.type.kind, textual=textual) if self.is_whole else _nothing
        if self.is_whole:
            raise ValueError("an item of a list is compared whole and by its members")
        parts = self.readers(textual=textual)

        def read(value: Any, meter: Meter) -> Any:
            return {name: part(value, meter) for name, part in parts}

        return read

    @property
    def cost(self) -> int:
        """Steps to read it once."""
        return READING * max(1, len(self.facets))


def reader(facet: Facet, *, textual: bool) -> Reader:
    """What reads a facet of a value. Texts are measured where an expression looks into them."""
    walk, kind = walker(facet.path), facet.kind
    if kind in {"value", "instant"}:
        one = _value("timestamp" if kind == "instant" else facet.type.kind, textual=textual)
        return lambda value, meter: one(walk(value), meter)
    if kind == "given":
        return lambda value, _: walk(value) is not None
    if kind == "size":
        return lambda value, _: _size(walk(value))
    if facet.view is None:
        return _keys(walk, facet.member)
    item, cost, steps = facet.view.reader(textual=textual), facet.view.cost, facet.steps

    def items(value: Any, meter: Meter) -> Any:
        found = _list(walk(value))
        meter.take(len(found) * (cost + steps))
        meter.looped += len(found) * steps
        return [item(one, meter) for one in found]

    if kind == "items":
        return items
    key = walker((facet.member,))

    def index(value: Any, meter: Meter) -> Any:
        found = _list(walk(value))
        meter.take(len(found) * (cost + READING))
        return {name: item(one, meter) for one in found if isinstance(name := key(one), str | int)}

    return index


def walker(path: Path) -> Callable[[Any], Any]:
    """What follows a path into a value; null where a step is missing."""
    if not path:
        return lambda value: value
    if len(path) == 1 and isinstance(path[0], str):
        name = path[0]
        return lambda value: value.get(name) if isinstance(value, dict) else None

    def walk(value: Any) -> Any:
        for step in path:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    return walk


def _keys(walk: Callable[[Any], Any], member: str) -> Reader:
    """What a list holds, to be sought in; of objects, the texts under a member, or how many."""
    key = walker((member,) if member else ())

    def keys(value: Any, meter: Meter) -> Any:
        found = _list(walk(value))
        meter.take(len(found) * READING)
        return {name: True for one in found if isinstance(name := key(one), str | int)}

    return (lambda value, meter: len(keys(value, meter))) if member else keys


def _value(kind: str, *, textual: bool) -> Reader:
    def plain(value: Any, _: Meter) -> Any:
        if isinstance(value, list | dict):
            raise Undecided("a list or an object stands where one value was expected")
        return value

    def text(value: Any, meter: Meter) -> Any:
        if isinstance(value, str) and len(value) > meter.longest:
            meter.longest = len(value)
        return plain(value, meter)

    def instant(value: Any, _: Meter) -> Any:
        return None if value is None else parse_instant(value)

    def double(value: Any, _: Meter) -> Any:
        return None if value is None else float(value)

    own = {"timestamp": instant, "double": double}
    return own.get(kind, text if textual and kind in SCALARS else plain)


def _nothing(_: Any, __: Meter) -> Any:
    return None


def _list(value: Any) -> Collection[Any]:
    return value if isinstance(value, list | tuple | frozenset) else ()


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list | tuple | str | frozenset) else 0
