"""What an expression works on: types of CEL, from the schemas of records, bodies and parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model import JsonObject
from ..schema import whole

_SIMPLE = {
    "boolean": "bool",
    "integer": "int",
    "number": "double",
    "string": "string",
    "null": "null",
    "array": "list",
    "object": "object",
}
NUMBERS = frozenset({"int", "double"})
ORDERED = frozenset({"int", "double", "string", "timestamp", "duration"})
SCALARS = ORDERED | {"bool", "null", "any"}
_NAMES = {"double": "number", "int": "integer", "string": "text", "any": "value of any type"}


@dataclass(frozen=True, slots=True)
class Type:
    """A type. `any` is what a schema does not tell: it may be compared, if it is one value.

    Of an object `members` are the schemas by name, `is_open` says whether it may have others.
    `item` is the schema of what a list holds, `values` are those that an enum allows.
    """

    kind: str
    document: JsonObject = field(default_factory=dict, repr=False, compare=False)
    members: Mapping[str, Any] = field(default_factory=dict, compare=False)
    is_open: bool = False
    item: Any = None
    values: tuple[Any, ...] = ()

    @property
    def name(self) -> str:
        """How messages call it."""
        return _NAMES.get(self.kind, self.kind)

    @property
    def article(self) -> str:
        """How sentences call it."""
        return f"{'an' if self.name[0] in 'aeio' else 'a'} {self.name}"

    @property
    def is_number(self) -> bool:
        """Whether one can calculate with it."""
        return self.kind in NUMBERS

    def member(self, name: str) -> "Type | None":
        """The type of a member; None when there is none of this name."""
        if name in self.members:
            return type_of(self.document, self.members[name])
        return ANY if self.is_open else None

    def items(self) -> "Type":
        """The type of what a list holds."""
        return type_of(self.document, self.item if self.item is not None else {})


ANY, BOOL, INT, DOUBLE, STRING, NULL, TIMESTAMP, DURATION, INDEX = (
    Type(kind)
    for kind in (
        "any",
        "bool",
        "int",
        "double",
        "string",
        "null",
        "timestamp",
        "duration",
        "index",
    )
)


_DEEPEST = 4
"""Choices within choices that are looked into; schemas may be without end."""


def type_of(document: JsonObject, schema: Any, depth: int = 0) -> Type:
    """The type of the values of a schema."""
    found = whole(document, schema)
    if found.branches and not found.members:
        if depth == _DEEPEST:
            return ANY
        types = [type_of(document, branch.schema, depth + 1) for branch in found.branches]
        return _joined(document, types)
    named = [kind for kind in found.kinds if kind != "null"] or found.kinds
    if not named and found.members:
        named = ["object"]
    if set(named) == {"integer", "number"}:
        named = ["number"]
    kind = _SIMPLE.get(named[0], "any") if len(named) == 1 else "any"
    if kind == "string" and found.get("format") == "date-time":
        kind = "timestamp"
    enum = found.get("enum", [found["const"]] if "const" in found else ())
    members = {n: m.schema for n, m in found.members.items()} if kind == "object" else {}
    return Type(
        kind,
        document,
        members,
        is_open=kind == "object" and bool(not members or found.get("additionalProperties")),
        item=found.get("items") if kind == "list" else None,
        values=tuple(enum) if kind in {"string", "int"} else (),
    )


def _joined(document: JsonObject, types: list[Type]) -> Type:
    """What is of one of several types; `any` where they are of different kinds."""
    own = [one for one in types if one.kind != "null"] or types
    kind = own[0].kind
    if any(one.kind != kind for one in own):
        return ANY
    members = {
        name: _one_of(one.members[name] for one in own if name in one.members)
        for one in own
        for name in one.members
    }
    closed = all(one.values for one in own)
    return Type(
        kind,
        document,
        members,
        is_open=any(one.is_open for one in own),
        item=_one_of(one.item for one in own if one.item is not None) if kind == "list" else None,
        values=tuple(value for one in own for value in one.values) if closed else (),
    )


def _one_of(schemas: Iterable[Any]) -> Any:
    different = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    return different[0] if len(different) == 1 else {"anyOf": different}


def object_of(document: JsonObject, members: Mapping[str, Any], *, is_open: bool = False) -> Type:
    """The type of an object with these members."""
    return Type("object", document, members, is_open)


def type_of_value(value: Any) -> Type:
    """The type of a literal."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    return {str: STRING, int: INT, float: DOUBLE}[type(value)]
