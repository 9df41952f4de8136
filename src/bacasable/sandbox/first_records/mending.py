"""Records that do not fit their schema made to: members that break it are made plainly or left out.

What had to be done for one record is done for all that follow, so that it is found out once.
"""

from collections.abc import Callable, Iterator

from ...contract.complete import fresh
from ...contract.model import Json, JsonObject, ResourceType
from ...contract.schema import steps_of, whole
from ...contract.values import made
from ...core import Record
from .judge import Judge

_RICH, _ROUNDS = 4, 4


class Mender:
    """Mends the records of a document's resources, by what their judges say."""

    def __init__(self, document: JsonObject, judge: Callable[[ResourceType], Judge]) -> None:
        self._document, self._judge = document, judge
        self._left_out: dict[str, set[str]] = {}
        self._plain: dict[str, JsonObject] = {}

    def tries(self, kind: ResourceType, make: Callable[[], Json]) -> Iterator[JsonObject]:
        """Values to be tried one after the other: natural ones, then those that say least."""
        required = whole(self._document, kind.schema).required
        branches = list(self._branches(kind))
        for turn in range(_RICH):
            value = make()
            if isinstance(value, dict):
                left_out = self._left_out.get(kind.name, ())
                plain = fresh(self._plain.get(kind.name, {}))
                yield {n: v for n, v in value.items() if n not in left_out} | plain
                if branches:
                    others = branches[turn % len(branches)]
                    yield {n: v for n, v in value.items() if n not in others}
                yield {name: value[name] for name in required if name in value}
        shortest = made(self._document, kind.schema)
        shortest = shortest if isinstance(shortest, dict) else {}
        yield {n: self._made(kind, n) for n in required} | shortest

    def _branches(self, kind: ResourceType) -> Iterator[set[str]]:
        """For each branch of a choice what only the others require: it may not be there, too."""
        declared = whole(self._document, kind.schema)
        for branches in declared.choices:
            needed = [set(one.required) for one in branches]
            for own in needed:
                yield set().union(*needed) - own - set(declared.required)

    def mended(self, kind: ResourceType, record: Record, *, once: bool = False) -> Record | None:
        """The record, changed as little as needed; None if it cannot be made to fit.

        What was done `once` says nothing of others.
        """
        required = whole(self._document, kind.schema).required
        fixed = {kind.id_member, kind.parent.field if kind.parent else "", ""}
        judge, plain, left_out = self._judge(kind), dict[str, Json](), set[str]()
        for _ in range(_ROUNDS):
            broken = judge.broken(record)
            if not broken:
                if (plain or left_out) and not once:
                    self._plain.setdefault(kind.name, {}).update(plain)
                    self._left_out.setdefault(kind.name, set()).update(left_out - plain.keys())
                return record
            names = {str((*steps_of(one.pointer), "")[0]) for one in broken}
            if names & fixed:
                return None
            record = dict(record)
            for name in names:
                if name in record and (name not in required or name in plain):
                    del record[name]
                    left_out.add(name)
                    plain.pop(name, None)
                else:
                    record[name] = plain[name] = self._made(kind, name)
        return None

    def _made(self, kind: ResourceType, name: str) -> Json:
        return fresh(made(self._document, kind.properties.get(name, {})))
