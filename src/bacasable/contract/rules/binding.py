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

BUDGET = 300_000
"""Steps of one call, each about a tenth of a microsecond: what an expression does with a value."""
READING = 13
"""Steps that it takes to hand a value over."""
SEEKING = 5
"""Steps that it takes to hand over a value that is only sought."""
CALLING = 20
"""Steps that a function takes."""
_LETTERS = 100
"""So many letters of a text are looked at in a step."""
_COPYING = 5
"""What can be handed over in so many steps is copied in one: the library copies an item whole."""
CONTAINERS = frozenset({"items", "index", "keys"})
"""Facets that hold more than one value."""
_TOO_MUCH = "it would take too long with so many values"


class Undecided(Exception):
    """An expression that cannot be evaluated: too many values, or one that is missing."""


class Meter:
    """What the rules of one call may still take."""

    __slots__ = ("failure", "left", "longest", "loops", "widest")

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget
        self.longest = self.widest = 0
        """Letters of the longest text that is looked into, steps to hand over the largest item."""
        self.loops: list[tuple[int, int, int]] = []
        """What is known beforehand of loops, as `each` takes it."""
        self.failure: Exception | None = None

    def spend(self, steps: int) -> bool:
        """Whether so many steps can still be taken."""
        self.left -= steps
        return self.left >= 0

    def take(self, steps: int) -> None:
        """Take so many steps. Raises Undecided when too many were taken."""
        if not self.spend(steps):
            raise Undecided(_TOO_MUCH)

    def each(self, number: int, steps: int, copies: int) -> bool:
        """Whether as many steps, and copies of items, can be taken for each of some values."""
        taken = steps * (1 + self.longest // _LETTERS) + copies * (self.widest // _COPYING)
        return self.spend(CALLING + number * taken)

    def begin(self, steps: int) -> None:
        """Take what is known to be taken when all was read. Raises Undecided if it is too much."""
        for number, each, copies in self.loops:
            self.each(number, each, copies)
        self.take(steps * (1 + self.longest // _LETTERS))

    def settle(self) -> None:
        """Raise Undecided when more was taken than there was, or a function failed."""
        self.longest = self.widest = 0
        self.loops.clear()
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
    is what a loop over the items does with each, `copies` how often it copies one. A `column` is an
    index of one facet `of` the items alone, so that only this is copied when it is looked up.
    """

    path: Path
    kind: str
    type: Type
    member: str = ""
    view: "View | None" = None
    steps: int = 0
    copies: int = 0
    of: "Facet | None" = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is known by within its view."""
        return (self.path, self.kind, self.member, self.of and self.of.key)


@dataclass(slots=True)
class View:
    """What is read of a value: some facets of it, by short names, or the value itself."""

    type: Type
    facets: list[Facet] = field(default_factory=list)
    is_whole: bool = False

    def facet(self, path: Path, kind: str, type_: Type, member: str = "") -> tuple[str, Facet]:
        """The name of a facet, which is added when it is none yet."""
        view = View(type_.items()) if kind in {"items", "index"} else None
        return self._added(Facet(path, kind, type_, member, view))

    def column(self, path: Path, member: str, of: Facet) -> tuple[str, Facet]:
        """The name of a column, and the facet that it holds."""
        name, facet = self._added(Facet(path, "column", of.type, member, of=of))
        return name, facet.of or of

    def _added(self, facet: Facet) -> tuple[str, Facet]:
        for at, known in enumerate(self.facets):
            if known.key == facet.key:
                return f"m{at}", known
        self.facets.append(facet)
        return f"m{len(self.facets) - 1}", facet

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
        """Steps to read it once: an item, and each facet of it."""
        return READING * (1 + len(self.facets)) if self.facets else SEEKING


def reader(facet: Facet, *, textual: bool) -> Reader:
    """What reads a facet of a value. Texts are measured where an expression looks into them."""
    walk, kind = walker(facet.path), facet.kind
    if kind in {"value", "instant"}:
        one = _value("timestamp" if kind == "instant" else facet.type.kind, textual=textual)
        return lambda value, meter: one(walk(value), meter)
    if kind in _SIMPLE:
        simple = _SIMPLE[kind]
        return lambda value, _: simple(walk(value))
    if facet.of is not None:
        return _column(walk, facet.member, facet.of, textual=textual)
    if facet.view is None:
        return _keys(walk, facet.member)
    item, cost = _weighed(facet.view, textual=textual), facet.view.cost

    def items(value: Any, meter: Meter) -> Any:
        found = _list(walk(value))
        meter.take(len(found) * cost)
        if facet.steps:
            meter.loops.append((len(found), facet.steps, facet.copies))
        return [item(one, meter) for one in found]

    if kind == "items":
        return items
    key = walker((facet.member,))

    def index(value: Any, meter: Meter) -> Any:
        found = _list(walk(value))
        meter.take(len(found) * (cost + READING))
        return {name: item(one, meter) for one in found if isinstance(name := key(one), str | int)}

    return index


def _column(walk: Callable[[Any], Any], member: str, of: Facet, *, textual: bool) -> Reader:
    key, one = walker((member,)), reader(of, textual=textual)

    def column(value: Any, meter: Meter) -> Any:
        found, held = _list(walk(value)), {}
        meter.take(len(found) * 2 * READING)
        for item in found:
            name, before = key(item), meter.left
            if isinstance(name, str | int):
                held[name] = one(item, meter)
                meter.widest = max(meter.widest, before - meter.left)
        return held

    return column


def _weighed(view: View, *, textual: bool) -> Reader:
    """What reads an item, and notes how much that is."""
    read, cost = view.reader(textual=textual), view.cost
    if not any(facet.kind in CONTAINERS for facet in view.facets):

        def small(value: Any, meter: Meter) -> Any:
            meter.widest = max(meter.widest, cost)
            return read(value, meter)

        return small if view.facets else read

    def item(value: Any, meter: Meter) -> Any:
        before = meter.left
        made = read(value, meter)
        meter.widest = max(meter.widest, cost + before - meter.left)
        return made

    return item


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
        meter.take(len(found) * SEEKING)
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


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "given": lambda value: value is not None,
    "size": lambda value: len(value) if isinstance(value, list | tuple | str | frozenset) else 0,
}


def _nothing(_: Any, __: Meter) -> Any:
    return None


def _list(value: Any) -> Collection[Any]:
    return value if isinstance(value, list | tuple | frozenset) else ()
