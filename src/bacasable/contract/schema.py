"""The schemas of a document as everybody looks at them: references followed, members, parts.

Nothing else follows `$ref`, `allOf`, `oneOf` and `anyOf`, or steps from a schema to those of its
members, but for what writes schemas anew (`closed.py`, `direction.py`) and what reads a document
by its grammar, whatever that says (`grammar.py`, `document.py`).
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from .document import ContractError, at_pointer, chain, pointer, schema_at
from .model import JsonObject
from .together import CHOICES, Together, is_null, listed, references, together

Steps = tuple[str | int, ...]
_Place = str | tuple[Any, Any, Steps]
"""A pointer, or a schema, its place, and the steps from there."""
_WALKED = 28
"""So many schemas may lie within one another."""
ANYTHING: JsonObject = {}
"""The schema that says nothing."""
_KEPT = 4096
"""Wholes that are kept for those who ask for them again."""


def steps_of(place: str) -> Steps:
    """The steps of a JSON pointer (RFC 6901). A number may be a name or a place in a list."""
    names = (part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:])
    return tuple(int(n) if n.isascii() and n.isdecimal() else n for n in names)


class SchemaView:
    """A schema of a document as it is stated, with its references followed.

    `whole` is the same with its parts put together. What a view leads to is seen as itself is.
    Nothing is followed before it is asked for, so that a schema may contain itself, and then a dead
    reference raises ContractError. `true` and `false` are seen as schemas that say nothing.
    """

    def __init__(self, document: JsonObject, schema: Any, place: "_Place" = "") -> None:
        """`place` is where in the document the schema stands, as far as anybody asks for it."""
        self.document, self.schema, self._place = document, schema, place

    # --- what it says

    @cached_property
    def keywords(self) -> JsonObject:
        """Its keywords with their values."""
        return schema_at(self.document, self.schema)

    def get(self, keyword: str, default: Any = None) -> Any:
        """The value of a keyword."""
        return self.keywords.get(keyword, default)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.keywords

    def __getitem__(self, keyword: str) -> Any:
        return self.keywords[keyword]

    @cached_property
    def target(self) -> int:
        """What tells apart what is referred to: a schema may contain itself."""
        return id(chain(self.document, self.schema)[-1])

    @property
    def pointer(self) -> str:
        """Where in the document stands what it refers to, or itself if it refers to nothing."""
        return _pointer(self.document, self.schema, self._place)

    @property
    def kinds(self) -> list[str]:
        """The types that it names; none when it names none."""
        return listed(self.keywords.get("type"))

    @property
    def is_object(self) -> bool:
        """Whether its values are objects whose members are known."""
        return bool(self.members) and ("type" not in self or "object" in self.kinds)

    @property
    def required(self) -> list[str]:
        """The members that must be there."""
        return [name for name in listed(self.keywords.get("required")) if isinstance(name, str)]

    @property
    def nullable(self) -> bool:
        """Whether null is one of its values, as far as its type, values or choices say so."""
        values = self.keywords.get("enum")
        return (
            "null" in self.kinds
            or ("type" not in self and isinstance(values, list) and None in values)
            or self.keywords.get("nullable") is True
            or self.is_null
            or any(one.is_null for choice in self.choices for one in choice)
        )

    @property
    def is_null(self) -> bool:
        """Whether null is its only value."""
        return is_null(self.keywords)

    def is_marked(self, mark: str) -> bool:
        """Whether it is `readOnly` or `writeOnly`, itself or by what holds together with it."""
        stated = self.keywords
        return stated.get(mark) is True or (
            "allOf" in stated and any(part.get(mark) is True for part in self.parts)
        )

    # --- what it leads to

    def _seen(self, schema: Any, *steps: str | int) -> "SchemaView":
        # Not the view itself: what refers to each other is freed late.
        return SchemaView(self.document, schema, (self.schema, self._place, steps))

    @cached_property
    def members(self) -> "dict[str, SchemaView]":
        """The members that it names."""
        named = self.keywords.get("properties")
        found = named.items() if isinstance(named, dict) else ()
        return {name: self._seen(schema, "properties", name) for name, schema in found}

    @property
    def items(self) -> "SchemaView":
        """What it says of the items of a list; a schema that says nothing where it does not."""
        return self._seen(self.keywords.get("items", ANYTHING), "items")

    @property
    def others(self) -> "SchemaView | None":
        """What it says of members that it does not name, where that is more than yes or no."""
        found = self.keywords.get("additionalProperties")
        return self._seen(found, "additionalProperties") if isinstance(found, dict) else None

    @property
    def parts(self) -> "list[SchemaView]":
        """What holds together with it, under `allOf`."""
        given = listed(self.keywords.get("allOf"))
        return [self._seen(part, "allOf", number) for number, part in enumerate(given)]

    @property
    def choices(self) -> "list[list[SchemaView]]":
        """The branches of each of its choices: a value fits one of them, or some."""
        given = {key: listed(self.keywords.get(key)) for key in CHOICES}
        return [
            [self._seen(one, key, number) for number, one in enumerate(branches)]
            for key, branches in given.items()
            if branches
        ]

    @property
    def branches(self) -> "list[SchemaView]":
        """The branches of all its choices."""
        return [one for choice in self.choices for one in choice]

    @property
    def whole(self) -> "Whole":
        """The same with what holds together put together."""
        return whole(self.document, self.schema)

    # --- what speaks of a place in a value

    @property
    def speaking(self) -> "list[SchemaView]":
        """Itself and all that speaks of the same value: its parts, and the branches of choices."""
        found: dict[int, SchemaView] = {}
        rest = [self]
        while rest:
            one = rest.pop()
            if found.setdefault(one.target, one) is one:
                rest += reversed([*one.parts, *one.branches])
        return list(found.values())

    def below(self, step: str | int) -> "list[SchemaView]":
        """What speaks of a member or an item; what names it before what is said of all others."""
        named, others = [], []
        for one in self.speaking:
            if isinstance(step, int) and "items" in one:
                named.append(one.items)
            elif str(step) in one.members:
                named.append(one.members[str(step)])
            elif rest := one.others:
                others.append(rest)
        return named + others

    def at(self, steps: Iterable[str | int]) -> "list[SchemaView]":
        """Every schema that speaks of a place in its values; none if none knows it."""
        found = [self]
        for step in steps:
            found = [inner for one in found for inner in one.below(step)]
        return [inner for one in found for inner in one.speaking]

    @property
    def inside(self) -> "Iterator[tuple[Steps, SchemaView]]":
        """The schemas in it, each with the way to what it speaks of; `*` is any item."""
        yield from (((name,), member) for name, member in self.members.items())
        if "items" in self:
            yield ("*",), self.items
        if others := self.others:
            yield ("*",), others
        yield from (((), part) for part in (*self.parts, *self.branches))

    def walk(
        self, steps: Steps = (), above: tuple[int, ...] = (), *, named: bool = False
    ) -> "Iterator[tuple[Steps, SchemaView]]":
        """Itself and every schema within, each with the way to what it speaks of: `*` is any item.

        One that contains itself is met there, and not entered again. With `named` only what has a
        name or a place in a list is sought, not what maps hold, and ContractError is raised for
        what has no end.
        """
        if self.target in above and named:
            place = "/".join(map(str, steps))
            raise ContractError(f"{place}: schema is nested without end; break the recursion")
        yield steps, self
        if self.target in above or len(above) > _WALKED:
            return
        for more, one in self.inside:
            if not (named and one.schema is self.keywords.get("additionalProperties")):
                yield from one.walk((*steps, *more), (*above, self.target), named=named)

    def every(self) -> "Iterator[SchemaView]":
        """Itself and every schema within, each once, in no order."""
        seen: dict[int, SchemaView] = {}
        rest = [self]
        while rest:
            one = rest.pop()
            if seen.setdefault(one.target, one) is one:
                rest += [inner for _, inner in one.inside]
                yield one

    @property
    def names(self) -> set[str]:
        """The names of all members that its values may have, at any depth."""
        return {name for one in self.every() for name in one.members}


class Whole(SchemaView):
    """A schema with what holds together put together.

    Of a choice between null and one other schema it is the other; other choices stay, without null.
    Of a schema that contains itself, the part that does is left out.
    """

    @cached_property
    def _together(self) -> Together:
        return together(self.document, self.schema, set(), 0)

    @cached_property
    def keywords(self) -> JsonObject:
        """Its keywords with their values, without those of parts and choices."""
        return self._together.keywords

    @property
    def _choices(self) -> list[tuple[str, list[Any]]]:
        return self._together.choices

    @property
    def refs(self) -> set[str]:
        """The references that led to what it is made of."""
        return self._together.refs

    @property
    def nullable(self) -> bool:
        """Whether null is one of its values, as far as its type, values or choices say so."""
        return self._together.null or super().nullable

    @property
    def choices(self) -> list[list[SchemaView]]:
        """The branches of each of its choices, without null."""
        stated = ([SchemaView(self.document, one) for one in some] for _, some in self._choices)
        return [[one.whole for one in some if not one.is_null] or some for some in stated]

    @property
    def together(self) -> JsonObject:
        """The same as one schema: its keywords, and its choices as they are stated."""
        choices = self._choices
        if len(dict(choices)) == len(choices):
            return {**self.keywords, **dict(choices)} if choices else self.keywords
        return {**self.keywords, "allOf": [{key: branches} for key, branches in choices]}

    def _seen(self, schema: Any, *_: str | int) -> SchemaView:
        return whole(self.document, schema)


_known: dict[tuple[int, int], Whole] = {}


def whole(document: JsonObject, schema: Any) -> Whole:
    """A schema of a document with its parts put together; the same view for the same schema."""
    key = id(document), id(schema)
    found = _known.get(key)
    if found is None:
        if len(_known) >= _KEPT:
            _known.clear()
        # It holds both, so that nothing else ever has their ids.
        found = _known[key] = Whole(document, schema)
    return found


def schema_view(document: JsonObject, place: str) -> SchemaView:
    """The schema at a pointer into a document, as answers and bodies have it."""
    return SchemaView(document, at_pointer(document, "#" + quote(place, safe="/~")), place)


def told_name(told: JsonObject, branch: Any) -> str | None:
    """What a discriminator calls a branch: its name in the mapping, else that of its schema.

    None for one that is no reference.
    """
    reference = branch.get("$ref") if isinstance(branch, dict) else None
    if not isinstance(reference, str):
        return None
    name = reference.rpartition("/")[2]
    mapping = told.get("mapping")
    for value, target in mapping.items() if isinstance(mapping, dict) else ():
        if target in (reference, name):
            return str(value)
    return name


def write_only_members(document: JsonObject) -> set[str]:
    """Names of all members that a document marks writeOnly, wherever they stand."""
    names: set[str] = set()
    rest: list[Any] = [document]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            named = node.get("properties")
            for name, schema in named.items() if isinstance(named, dict) else ():
                if schema_at(document, schema).get("writeOnly") is True:
                    names.add(name)
        rest += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return names


def _pointer(document: JsonObject, schema: Any, place: _Place) -> str:
    """Where stands what a schema refers to, or itself if it refers to nothing."""
    passed = references(document, schema)
    if passed:
        return unquote(passed[-1]).removeprefix("#")
    return place if isinstance(place, str) else _pointer(document, *place[:2]) + pointer(*place[2])
