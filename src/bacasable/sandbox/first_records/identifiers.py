"""Ids of the first records: those that examples have, and new ones as the schema has them."""

import re
from collections.abc import Callable

from ...contract.model import Json, ResourceType
from ...contract.schema import whole
from ...core import Engine, Space
from .texts import Draw, ascii_name, kind_of
from .writer import Writer

_PLAIN = re.compile(r"[\w.~@:+-]+")
"""What stands in a path as it is."""
_SPEAKING = frozenset({"username", "email", "slug", "code", "isbn", "ean", "iban", "name", "title"})
"""Members that tell something, and name a record at the same time."""
_TRIES = 20
_LARGEST = 10**9


class Identifiers:
    """Chooses ids for the records of one tenant."""

    def __init__(self, engine: Engine, space: Space, writer: Writer) -> None:
        self._engine, self._space, self._writer = engine, space, writer
        self._document = engine.contract.document
        self._tests: dict[str, Callable[[Json], bool]] = {}

    def of_example(self, kind: ResourceType, record_id: Json) -> Json:
        """The id of an example, where the schema lets records have it; else None."""
        return None if record_id is None or not self._fits(kind, record_id) else record_id

    def top(self, kind: ResourceType, numbers: list[int]) -> int:
        """The number that running ones follow: the greatest, if there is room behind it."""
        declared = whole(self._document, kind.properties.get(kind.id_member))
        most = declared.get("maximum", _LARGEST)
        most = min(most, _LARGEST) if isinstance(most, int | float) else _LARGEST
        least = declared.get("minimum", 1)
        first = int(least) - 1 if isinstance(least, int | float) else 0
        return max([max(0, first), *(n for n in numbers if n <= most // 2)])

    def new(self, kind: ResourceType, draw: Draw) -> Json:
        """An id that no record has; None if none is found."""
        if kind.id_format != "random":
            return self._space.new_id(kind)
        declared = kind.properties.get(kind.id_member, {})
        speaks = kind_of(kind.id_member) in _SPEAKING
        if not speaks and self._fits(kind, "a" * 20):
            return self._space.new_id(kind)
        make, there = self._writer.maker(declared, kind.id_member, kind.name, 1), draw.number
        try:
            for turn in range(_TRIES):
                draw.number = there + turn
                found = make(draw)
                if isinstance(found, str) and not _PLAIN.fullmatch(found):
                    found = ascii_name(found)
                taken = self._space.collection(kind.name).get(str(found)) is not None
                if found and not taken and self._fits(kind, found):
                    return found
        finally:
            draw.number = there
        return self._space.new_id(kind) if self._fits(kind, "a" * 20) else None

    def _fits(self, kind: ResourceType, record_id: Json) -> bool:
        if kind.name not in self._tests:
            declared = kind.properties.get(kind.id_member, {})
            self._tests[kind.name] = self._engine.schemas.test_for(declared)
        return self._tests[kind.name](record_id)
