"""From an expression to a program: what is read beforehand, what is asked within a loop.

An expression is written anew for the library: each member that it names becomes a variable of its
own (`v0_m1`), each item of a list a small map. A record that is sought by what is known beforehand
is sought once, before the program runs; within a loop a function seeks it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model import Json
from .binding import (
    CALLING,
    CONTAINERS,
    Facet,
    Facts,
    Meter,
    Path,
    Reader,
    Undecided,
    View,
    reader,
    walker,
)
from .cel import program
from .value_types import STRING, Type

_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
Source = Callable[[Facts, list[Any], Meter], Any]
"""Gives a value from the facts and the values before it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A part of the program. `within` is whether it names what a loop goes over."""

    source: str
    type: Type
    within: bool = False
    view: View | None = None
    index: "tuple[Place, str] | None" = None
    """Of an index: the list, and the member that it goes by."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value that is not read yet: what of it is, its use tells."""

    base: "Base"
    path: Path
    type: Type

    def read(self, kind: str = "value", type_: Type | None = None, member: str = "") -> Text:
        """The program's text for a facet of it."""
        type_ = type_ or self.type
        if not self.path and kind == "value":
            return Text(self.base.whole(type_), type_, self.base.within)
        text, facet = self.base.read(self.path, kind, type_, member)
        return Text(text, type_, self.base.within, facet.view)


class Base(ABC):
    """What a place begins with. `within` is whether it is another one in each round of a loop."""

    within = False

    @abstractmethod
    def read(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet]:
        """The text for a facet, and the facet."""

    def whole(self, type_: Type) -> str:
        """The text for the value itself."""
        return self.read((), "value", type_, "")[0]


class Root(Base):
    """A variable, or what was sought beforehand."""

    def __init__(self, at: int, view: View) -> None:
        self.at, self._view = at, view

    def read(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet]:
        """A variable of the program."""
        name, facet = self._view.facet(path, kind, type_, member)
        return f"v{self.at}_{name}", facet

    def column(self, path: Path, member: str, of: Facet) -> tuple[str, Facet]:
        """The variable of a column, and the facet that it holds."""
        name, facet = self._view.column(path, member, of)
        return f"v{self.at}_{name}", facet


class Element(Base):
    """What a loop goes over."""

    within = True

    def __init__(self, plan: "Plan", name: str, view: View) -> None:
        self._plan, self._name, self._view = plan, name, view

    def read(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet]:
        """A member of the item."""
        self._plan.copies += kind in CONTAINERS
        name, facet = self._view.facet(path, kind, type_, member)
        return f"{self._name}.{name}", facet

    def whole(self, _: Type) -> str:
        """The item itself."""
        self._view.is_whole = True
        return self._name


class Lookup(Base):
    """What an index holds under a key."""

    _NONE: Mapping[str, str] = {"given": "false", "size": "0", "count": "0", "items": "[]"}

    def __init__(self, plan: "Plan", index: Text, key: Text) -> None:
        self._plan, self._index, self._key = plan, index, key
        self._view = index.view or View(index.type)
        self.within = index.within or key.within

    def read(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet]:
        """What stands under the key, or nothing."""
        index, key = self._index.source, self._key.source
        found = self._column(path, kind, type_, member)
        if found is None:
            name, facet = self._view.facet(path, kind, type_, member)
            found = f"{index}[{key}].{name}", facet
            self._plan.copies += 4
        self._plan.copies += kind in CONTAINERS
        none = "null" if kind in {"value", "instant"} else self._NONE.get(kind, "{}")
        return f"({holds(index, key)} ? {found[0]} : {none})", found[1]

    def _column(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet] | None:
        """Of an index that is known before the program runs, the facet alone."""
        place, by = self._index.index or (None, "")
        if place is None or not isinstance(place.base, Root):
            return None
        _, of = View(type_).facet(path, kind, type_, member)
        name, facet = place.base.column(place.path, by, of)
        return f"{name}[{self._key.source}]", facet


@dataclass(frozen=True, slots=True)
class Sought:
    """What a function seeks: a kind of record, by members or, without any, by its id.

    What is written out for a member may be null: `literal` are those.
    """

    kind: str
    members: tuple[str, ...]
    literal: frozenset[str]


class Called(Base):
    """What a function seeks for each round of a loop."""

    within = True

    def __init__(self, plan: "Plan", sought: "Sought", given: str) -> None:
        self._plan, self._sought, self._given = plan, sought, given

    def read(self, path: Path, kind: str, type_: Type, member: str) -> tuple[str, Facet]:
        """What the function gives."""
        view = View(type_)
        _, facet = view.facet(path, kind, type_, member)
        name = self._plan.function(self._sought, facet)
        return f"{name}({self._given})", facet


def holds(index: str, key: str) -> str:
    """Whether an index has something under a key. One that is null is no key of CEL."""
    return f"({key} != null && {key} in {index})"


@dataclass(slots=True)
class Plan:
    """What an expression needs, gathered while it is read."""

    roots: list[tuple[tuple[Any, ...], Source, View]] = field(default_factory=list)
    functions: list[tuple["Sought", Facet]] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    sought: set[tuple[str, str]] = field(default_factory=set)
    copies: int = 0
    """How often it copies an item or a part of one, each time that it is evaluated."""
    textual: bool = False
    loops: bool = False

    def root(self, key: tuple[Any, ...], source: Source, type_: Type) -> Root:
        """The root of this key, which is there once however often it is named."""
        for at, (known, _, view) in enumerate(self.roots):
            if known == key:
                return Root(at, view)
        self.roots.append((key, source, View(type_)))
        return Root(len(self.roots) - 1, self.roots[-1][2])

    def variable(self, name: str, type_: Type) -> Place:
        """A variable."""
        self.variables.add(name)
        root = self.root((name,), lambda facts, _, __: facts.variable(name), type_)
        return Place(root, (), type_)

    def function(self, sought: "Sought", facet: Facet) -> str:
        """The name of a function that seeks, and gives a facet of what it finds."""
        self.functions.append((sought, facet))
        return f"f{len(self.functions) - 1}"

    def sought_place(
        self, kind: str, type_: Type, wanted: dict[str, "Place | Text"], values: dict[str, Any]
    ) -> Place:
        """What is sought by members, or by an id alone under an empty name.

        `values` are those of the literals among what is wanted.
        """
        own = tuple(name for name in wanted if name)
        if own:
            self.sought.add((kind, own[0]))
        places = {name: one for name, one in wanted.items() if name not in values}
        if not all(isinstance(p, Place) and isinstance(p.base, Root) for p in places.values()):
            given = ", ".join(scalar(one).source for one in wanted.values())
            sought = Sought(kind, own, frozenset(values))
            return Place(Called(self, sought, given), (), type_)
        operands = {
            name: (p.base.at, walker(p.path))
            for name, p in places.items()
            if isinstance(p, Place) and isinstance(p.base, Root)
        }
        key = (kind, *((n, *_key(one, values.get(n))) for n, one in wanted.items()))
        return Place(self.root(key, _seeking(kind, operands, values), type_), (), type_)

    def condition(self, source: str, steps: int) -> "Condition":
        """The expression as a program. Raises ValueError when the library does not take it."""
        roots = [
            (found, [(f"v{at}_{n}", one) for n, one in view.readers(textual=self.textual)])
            for at, (_, found, view) in enumerate(self.roots)
        ]
        functions = [
            (f"f{at}", sought, reader(facet, textual=self.textual))
            for at, (sought, facet) in enumerate(self.functions)
        ]
        made = program(source)
        variables, sought = frozenset(self.variables), frozenset(self.sought)
        return Condition(made.execute, steps, variables, sought, roots, functions, self.loops)


def scalar(part: "Place | Text") -> Text:
    """The text of a value."""
    return part.read() if isinstance(part, Place) else part


def _key(part: "Place | Text", literal: Any) -> tuple[Any, ...]:
    at = part.base.at if isinstance(part, Place) and isinstance(part.base, Root) else -1
    return (at, part.path) if isinstance(part, Place) else (at, repr(literal))


def _seeking(
    kind: str,
    operands: Mapping[str, tuple[int, Callable[[Any], Any]]],
    values: Mapping[str, Json],
) -> Source:
    def wanted(bases: list[Any]) -> dict[str, Any]:
        return dict(values) | {name: walk(bases[at]) for name, (at, walk) in operands.items()}

    def get(facts: Facts, bases: list[Any], _: Meter) -> Any:
        return _got(facts, kind, wanted(bases)[""])

    def find(facts: Facts, bases: list[Any], meter: Meter) -> Any:
        return _found(facts, kind, wanted(bases), values, meter)

    return get if "" in operands or "" in values else find


def _got(facts: Facts, kind: str, record_id: Any) -> Any:
    if isinstance(record_id, str):
        return facts.get(kind, record_id)
    # Ids that are numbers stand in paths as texts, and so are they kept.
    return facts.get(kind, str(record_id)) if type(record_id) is int else None


def _found(
    facts: Facts, kind: str, wanted: Mapping[str, Json], without: Container[str], meter: Meter
) -> Any:
    """What is sought. A null that is not written out is no value, and nothing is found by it."""
    nothing = any(value is None and name not in without for name, value in wanted.items())
    found = () if nothing else facts.find(kind, wanted)
    meter.take(len(found))
    return found


Roots = list[tuple[Source, list[tuple[str, Reader]]]]
Functions = list[tuple[str, Sought, Reader]]


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that can be evaluated, given facts; it holds nothing of any call.

    `variables` are those that it names, `sought` the kinds of record that `find` looks for, each
    with the member that it looks by first.
    """

    _execute: Callable[[Any], Any]
    _steps: int
    variables: frozenset[str]
    sought: frozenset[tuple[str, str]]
    _roots: Roots
    _functions: Functions
    _loops: bool

    def holds(self, facts: Facts, meter: Meter | None = None) -> bool:
        """Whether it is true. Raises Undecided when that cannot be told."""
        meter = meter or Meter()
        try:
            context = self._bound(facts, meter)
            meter.begin(self._steps)
            result = self._execute(context)
        except _FAILURES as error:
            raise Undecided(f"a value is missing or of another type ({_short(error)})") from error
        meter.settle()
        if not isinstance(result, bool):
            raise Undecided("a value is missing")
        return result

    def _bound(self, facts: Facts, meter: Meter) -> dict[str, Any]:
        bases: list[Any] = []
        context: dict[str, Any] = {}
        for source, readers in self._roots:
            base = source(facts, bases, meter)
            bases.append(base)
            for name, read in readers:
                context[name] = read(base, meter)
        if self._loops:
            context["s"] = meter.each
        for name, sought, read in self._functions:
            context[name] = _function(facts, meter, sought, read)
        return context


def _function(facts: Facts, meter: Meter, sought: Sought, read: Reader) -> Callable[..., Any]:
    """What seeks within a loop. It never raises: the library would go on all the same."""

    def seek(*given: Any) -> Any:
        try:
            meter.take(CALLING)
            if not sought.members:
                return read(_got(facts, sought.kind, given[0]), meter)
            wanted = dict(zip(sought.members, given, strict=True))
            return read(_found(facts, sought.kind, wanted, sought.literal, meter), meter)
        except (Undecided, *_FAILURES) as error:
            meter.failure = error
            return None

    return seek


def _short(error: Exception) -> str:
    return str(error).splitlines()[0].split(". ")[0].split(": ")[0] if str(error) else "unknown"


__all__ = ["STRING", "Condition", "Place", "Plan", "Root", "Text"]
