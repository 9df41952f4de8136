"""Each kind of schema violation of a valid value, and valid values that lie at a boundary.

A violation is only given if the contract's schema really refuses it, a boundary value only if it
accepts it. The order is that of the contract.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ..contract.document import pointer
from ..contract.model import Body, Json
from ..contract.schema import Steps
from .places import ABSENT, Places, Site, put
from .right import boundaries_at
from .wrong import CLOSING, WRONG, unknown_members

_ISOLATED = frozenset(WRONG) - {"type", "enum", "const"}
"""Keywords beside which others speak: a text may be too long and still keep its pattern."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A value with one change. `steps` lead to the change, `place` to the keyword in the contract.

    `says` tells in a few words what was put there; `value` is the whole value with the change.
    """

    keyword: str
    steps: Steps
    place: str
    says: str
    value: Json

    @property
    def pointer(self) -> str:
        """The JSON pointer to the change."""
        return pointer(*self.steps)


def violations(places: Places, body: Body, value: Json) -> list[Mutation]:
    """What breaks the schema of a body, one keyword at a time; `value` is a valid body.

    The list is empty for a value that is not valid itself.
    """
    valid = places.test(body.schema)
    if not valid(value):
        return []
    sites = places.walk(body.schema, body.pointer, value)
    found = (mutation for site in sites for mutation in _broken(places, site))
    return _distinct(m for m in found if not valid(m.value))


def boundaries(places: Places, body: Body, value: Json) -> list[Mutation]:
    """Valid bodies whose values lie at a boundary: lengths, bounds, each listed value, null."""
    valid = places.test(body.schema)
    if not valid(value):
        return []
    sites = places.walk(body.schema, body.pointer, value)
    found = (
        _changed(site, *change)
        for site in sites
        for change in boundaries_at(places, site)
        if change[3] is None or change[3] is ABSENT or not _refers(body, (*site.steps, *change[1]))
    )
    return _distinct(m for m in found if valid(m.value) and m.value != value)


def _refers(body: Body, steps: Steps) -> bool:
    """Whether a place in a body names a record, so that no other value can stand there."""
    path = tuple("*" if isinstance(step, int) else step for step in steps)
    return any(reference.path == path for reference in body.references)


def broken_values(places: Places, schema: Json, place: str) -> Iterator[Mutation]:
    """What breaks the schema of a single value, of a parameter say; it stands at `place`."""
    sample = places.sample(schema)
    valid = places.test(schema)
    for site in places.walk(schema, place, sample):
        for mutation in _broken(places, site):
            if not valid(mutation.value):
                yield mutation


def allowed_values(places: Places, schema: Json, place: str) -> Iterator[Mutation]:
    """Valid values of the schema of a single value: one of any kind, then those at boundaries."""
    sample = places.sample(schema)
    valid = places.test(schema)
    if sample is not ABSENT:
        yield Mutation("schema", (), place, "a valid value", sample)
        for site in places.walk(schema, place, sample):
            for change in boundaries_at(places, site):
                mutation = _changed(site, *change)
                if valid(mutation.value):
                    yield mutation


def _broken(places: Places, site: Site) -> Iterator[Mutation]:
    """All that may break the keywords of a site, in the order of the schema."""
    for keyword, bound in site.schema.items():
        if keyword in WRONG:
            yield from _wrong(places, site, keyword, bound)
        elif keyword == "required" and isinstance(site.value, dict):
            for name in bound:
                if name in site.value:
                    yield _changed(site, keyword, (name,), "left out", ABSENT)
        elif keyword in CLOSING and bound is False and isinstance(site.value, dict):
            for says, name, value in unknown_members(site.schema, site.value):
                yield _changed(site, keyword, (name,), says, value)


def _wrong(places: Places, site: Site, keyword: str, bound: Json) -> Iterator[Mutation]:
    """Candidates that break one keyword and no other of the schema, or the first if none does."""
    candidates = list(WRONG[keyword](bound, site.value))
    if keyword in _ISOLATED:
        test, rest = places.test(site.schema), places.test(site.schema, keyword)
        candidates = [c for c in candidates if not test(c[1])]
        candidates = [c for c in candidates if rest(c[1])] or candidates[:1]
    for says, value in candidates:
        yield _changed(site, keyword, (), says, value)


def _changed(site: Site, keyword: str, below: Steps, says: str, value: Json) -> Mutation:
    steps = (*site.steps, *below)
    place = site.place + pointer(keyword)
    return Mutation(keyword, steps, place, says, put(site.root, steps, value))


def _distinct(mutations: Iterable[Mutation]) -> list[Mutation]:
    """Without those whose value, or whose words on the same place, another has already."""
    found: list[Mutation] = []
    seen: set[tuple[str, ...]] = set()
    for mutation in mutations:
        keys = {(repr(mutation.value),), (mutation.pointer, mutation.place, mutation.says)}
        if seen.isdisjoint(keys):
            found.append(mutation)
        seen |= keys
    return found


class Violates(Protocol):
    """What a choice is made from: the keyword that is broken, and its place in the contract."""

    @property
    def keyword(self) -> str:
        """The keyword."""
        ...

    @property
    def place(self) -> str:
        """A pointer into the contract."""
        ...


V = TypeVar("V", bound=Violates)


def spread(
    violations: Sequence[V], samples: int, kind: Callable[[V], str] = lambda v: v.keyword
) -> list[V]:
    """A choice: of every keyword one, then of every keyword a second one of another place.

    At least one of each keyword, `samples` in all where there are so many.
    """
    buckets: dict[str, list[V]] = {}
    for violation in violations:
        buckets.setdefault(kind(violation), []).append(violation)
    rows = [_alternating(bucket, lambda v: v.place) for bucket in buckets.values()]
    return list(_across(rows))[: max(samples, len(rows))]


def _alternating(items: Iterable[V], key: Callable[[V], str]) -> list[V]:
    """The same, those of one key as far from each other as can be."""
    groups: dict[str, list[V]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(_across(list(groups.values())))


def _across(rows: Sequence[Sequence[V]]) -> Iterator[V]:
    """The first of each row, then the second of each."""
    for turn in range(max(map(len, rows), default=0)):
        yield from (row[turn] for row in rows if turn < len(row))


@dataclass(frozen=True, slots=True)
class Together:
    """Several mutations in one value, each in a member of its own."""

    value: Json
    parts: tuple[Mutation, ...]


def together(value: Json, mutations: Iterable[Mutation], rounds: int) -> list[Together]:
    """Values with many changes at once: in each round another change of every member.

    Changes of the value as a whole have no part in it. None for a value that is no object.
    """
    if not isinstance(value, dict):
        return []
    by_member: dict[str, list[Mutation]] = {}
    for mutation in mutations:
        if mutation.steps and isinstance(mutation.value, dict):
            by_member.setdefault(str(mutation.steps[0]), []).append(mutation)
    rows = [_alternating(row, lambda m: f"{m.keyword}{m.pointer}") for row in by_member.values()]
    found = []
    for turn in range(min(rounds, max(map(len, rows), default=0))):
        parts = tuple(row[turn] for row in rows if turn < len(row))
        found.append(Together(joined(value, parts), parts))
    return found


def anew(value: Json, mutation: Mutation) -> Json:
    """A mutation made again in another valid value of the same form, where that is possible."""
    apart = mutation.steps and isinstance(value, dict) and isinstance(mutation.value, dict)
    return joined(value, [mutation]) if apart else mutation.value


def joined(value: Json, parts: Iterable[Mutation]) -> Json:
    """A copy of an object with the members that mutations of such objects changed."""
    joined = value.copy()
    for part in parts:
        member = part.steps[0]
        if member in part.value:
            joined[member] = part.value[member]
        else:
            joined.pop(member, None)
    return joined
