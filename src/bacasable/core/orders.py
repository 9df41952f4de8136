"""Orders of records: by place, field or query, kept up to date write by write."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..contract.model import Json, JsonObject
from .sharing import Series

Keys = Callable[[JsonObject], tuple[Any, ...]]
"""What a record stands under in an order: one key or several; none when it is not in it."""
Field = str | tuple[str, ...]
"""A member of a record, or a path in it; `*` goes through a list."""
_PAGES = 64
_LAST = 1 << 62
"""After every place."""


class Order:
    """Records in order of a key; of one key, in the order of their creation.

    Read `backwards` the keys descend. It is whole when it has seen all records; until then it has
    those with places up to `seen`. `within` names a field and a key: all records are found there.
    """

    __slots__ = ("_backwards", "_keys", "_series", "is_whole", "pages", "seen", "within")

    def __init__(
        self,
        keys: Keys,
        *,
        backwards: bool = False,
        within: tuple[Field, Any] | None = None,
        is_whole: bool = False,
    ) -> None:
        self._keys, self._backwards, self.within = keys, backwards, within
        self._series = Series()
        self.seen, self.is_whole = -1, is_whole
        self.pages: dict[object, Any] = {}
        """What was made of its parts; dropped when a record in it is written."""

    def __len__(self) -> int:
        return len(self._series)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._series)

    @property
    def next_place(self) -> int:
        """The place of the next record, in the order of creation."""
        last = self._series.last
        return 0 if last is None else last[1] + 1

    def change(
        self, record_id: str, place: int, old: JsonObject | None, new: JsonObject | None
    ) -> None:
        """A record was written in place of an old one; None where there was or is none."""
        before = () if old is None else self._keys(old)
        after = () if new is None else self._keys(new)
        if self.pages and (before or after):
            self.pages.clear()
        if before == after:
            return
        if self._backwards:
            place = -place
        for key in before:
            self._series.remove((key, place, record_id))
        for key in after:
            self._series.add((key, place, record_id))

    def begin(self, entries: Iterable[tuple[Any, ...]]) -> None:
        """Hold these entries: quicker than one after another."""
        self._series = Series(entries)

    def entries(self, key: Any) -> Iterator[tuple[Any, ...]]:
        """Key, place and id of what stands under a key."""
        return self._series.beginning_with(key)

    def keys(self) -> Iterator[Any]:
        """The keys that something stands under, in order."""
        found = self._series.after((), 1)
        while found:
            yield found[0][0]
            found = self._series.after((found[0][0], _LAST), 1)

    def before(self, key: Any) -> int:
        """How many entries stand under lesser keys."""
        return self._series.before((key,))

    def under(self, key: Any) -> int:
        """How many entries stand under a key."""
        return self._series.before((key, _LAST)) - self._series.before((key,))

    def after(self, key: Any, place: int, count: int) -> list[tuple[Any, ...]]:
        """The next entries of a key behind a place, so many at most."""
        found = self._series.after((key, place + 1), count)
        return found if not found or found[-1][0] == key else [e for e in found if e[0] == key]

    def part(self, start: int, stop: int) -> list[tuple[Any, ...]]:
        """The entries from one place in it to another."""
        return self._series.part(start, stop, backwards=self._backwards)

    def keep(self, name: object, made: Any) -> None:
        """Keep what was made of a part until a record in it is written."""
        if len(self.pages) >= _PAGES:
            del self.pages[next(iter(self.pages))]
        self.pages[name] = made

    def until(self, place: int) -> "Order":
        """A copy that has seen no record beyond a place, which is that of the last there is."""
        twin = self.copy()
        if self.is_whole:
            twin.seen, twin.is_whole = place, False
        return twin

    def copy(self) -> "Order":
        """A copy that shares what neither has written since."""
        twin = Order(self._keys, backwards=self._backwards, within=self.within)
        twin._series, twin.seen, twin.is_whole = self._series.copy(), self.seen, self.is_whole
        return twin


class Total(Order):
    """How many records have a number, and its sum, kept up to date.

    `value` gives the number of a record, a whole one so that sums are exact, or None.
    """

    __slots__ = ("_value", "number", "sum")

    def __init__(self, value: Callable[[JsonObject], int | None]) -> None:
        super().__init__(lambda _: ())
        self._value = value
        self.number = self.sum = 0

    def change(
        self,
        record_id: str,  # noqa: ARG002 - the form of an order
        place: int,  # noqa: ARG002
        old: JsonObject | None,
        new: JsonObject | None,
    ) -> None:
        """A record was written in place of an old one, whatever its place and id."""
        for record, sign in ((old, -1), (new, 1)):
            found = None if record is None else self._value(record)
            if found is not None:
                self.number, self.sum = self.number + sign, self.sum + sign * found

    def copy(self) -> "Total":
        """A copy that goes its own way."""
        twin = Total(self._value)
        twin.number, twin.sum = self.number, self.sum
        twin.seen, twin.is_whole = self.seen, self.is_whole
        return twin


def by_field(field: Field, *, is_whole: bool = False) -> Order:
    """The order by the values of a field, as `field_key` has them."""
    if isinstance(field, str):
        return Order(lambda record: _one(field_key(record.get(field))), is_whole=is_whole)
    return Order(
        lambda record: tuple(
            dict.fromkeys(
                key
                for _, value in values_at(record, field)
                if (key := field_key(value)) is not None
            )
        ),
        is_whole=is_whole,
    )


def _one(key: str | None) -> tuple[str, ...]:
    return () if key is None else (key,)


def field_key(value: Json) -> str | None:
    """What a value is found under: true and 1 are different, lists and objects are nowhere."""
    if isinstance(value, str):
        folded = value.lower()
        if folded == value:
            folded = value  # one text in memory, not two
        return folded if not folded.startswith("\0") else f"\0s{folded}"
    if value is None or isinstance(value, bool):
        return f"\0{value}"
    if isinstance(value, dict | list | tuple):
        return None
    return f"\0{int(value) if value == int(value) else value!r}"


def values_at(
    value: Json, path: tuple[str, ...], place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """What stands at a path within a value, with its place; `*` goes through a list."""
    if not path:
        yield place, value
    elif path[0] == "*" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from values_at(item, path[1:], (*place, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:], (*place, path[0]))
