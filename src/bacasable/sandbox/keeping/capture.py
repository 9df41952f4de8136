"""The whole state of a sandbox at one moment, and what is written of it: all, or what changed.

A capture costs next to nothing, because it shares everything with the sandbox until that is
written. Two of them are compared by what they do not share.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...contract.model import Json, JsonObject
from ...contract.request import format_instant
from ...contract.wire import made_json, to_json
from ...core import Image, Space, TenantClock
from ...core.sharing import Table
from ..estate import Estate, Saved
from .likeness import Known, Place, Records, Slot, parent

_PORTION, _LARGE = 500, 4 * 1024 * 1024
"""Records in one line, and bytes after which there are no more in it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One image: what is told of it, and its records by the name of their collection."""

    told: JsonObject
    records: Mapping[str, Records]


@dataclass(frozen=True, slots=True)
class Capture:
    """The state of a sandbox at one moment. It may be read in any thread."""

    platform: JsonObject
    images: Mapping[Slot, Kept]


EMPTY = Capture({}, {})


def capture(estate: Estate) -> Capture:
    """The present state.

    What is due up to now is done first, so that whoever reads it back looks for what comes later.
    """
    platform = estate.platform
    at = format_instant(estate.clock.now())
    spaces = estate.spaces()
    images: dict[Slot, Kept] = {("", "now"): _present(platform.root, {})}
    for space in spaces:
        slug, holding = space.slug, estate.holding(space.slug)
        about: JsonObject = {
            "kind": holding.kind,
            "origin": holding.origin,
            "password": holding.password,
        }
        about |= {"tenant": space.tenant_id, "snapshots": list(holding.snapshots)}
        images[slug, "now"] = _present(space, about)
        # The seeds of the others come from their fixtures.
        if holding.seed and holding.kind != "SEEDED":
            images[slug, "seed"] = _saved(holding.seed)
        for name, saved in holding.snapshots.items():
            images[slug, "snapshot", name] = _saved(saved)
    told = {"at": at, "requests": platform.requests, "seeded": list(estate.seeded())}
    told |= {"secret": estate.tokens.secret, "order": [space.slug for space in spaces]}
    return Capture(told, images)


def _present(space: Space, about: JsonObject) -> Kept:
    found = {name: one.table for name, one in space.collections().items()}
    return Kept(about | _told(space.counters, space.lineage, space.clock), found)


def _saved(saved: Saved) -> Kept:
    image: Image = saved.image
    told = _told(image.counters, image.lineage, image.clock)
    found = {name: one.table for name, one in image.collections.items()}
    return Kept(told | {"record": saved.tenant, "now": saved.now}, found)


def _told(numbers: Mapping[str, int], lineage: str, clock: Any) -> JsonObject:
    told: JsonObject = {"numbers": dict(numbers), "lineage": lineage}
    if isinstance(clock, TenantClock):
        told["ahead"] = clock.ahead.total_seconds()
        told["frozen"] = format_instant(clock.now()) if clock.frozen else None
    return told


class _Base(NamedTuple):
    """What a table is told by the differences to: nothing where there is no place.

    It `is_told` when it is a table of the later capture, which a reader has by then.
    """

    place: Place | None
    records: Records
    is_told: bool = False


def written(before: Capture, after: Capture) -> Iterator[Json]:
    """The lines that make the state of a later capture out of that of an earlier one.

    Copies come first, of what stood there before; then what was put and removed, also in copies
    of what has just been put; at last the images that are gone. What did not change costs a glance.
    """
    changed = list(_changed(before, after))
    bases = _bases(before, after, changed)
    copied = [(p, b.place) for p, b in bases.items() if not b.is_told and b.place not in {None, p}]
    yield from _copies(copied)
    yield from _told_anew(before, after)
    again: dict[Place, Place] = {}
    for place, records in changed:
        source, base, is_told = bases[place]
        if source in again:
            yield from _copies(again.items())
            again = {}
        if is_told and source:
            again[place] = source
        if not base.shares(records):
            yield from _copies(again.items())
            again = {}
            yield from _difference(place, base, records, fresh=source is None)
    yield from _copies(again.items())
    gone = [list(slot) for slot in before.images if slot not in after.images]
    if gone:
        yield {"gone": gone}
    if before.platform != after.platform:
        yield {"platform": after.platform}


def _copies(pairs: Iterable[tuple[Place, Place | None]]) -> Iterator[Json]:
    """A reader takes all of one line before it puts any: none may be of another in that line."""
    made = [[_plain(place), _plain(source)] for place, source in pairs if source]
    if made:
        yield {"copy": made}


def _told_anew(before: Capture, after: Capture) -> Iterator[Json]:
    """What is told of images that are new or changed, and the collections they have no more."""
    for slot, kept in after.images.items():
        old = before.images.get(slot)
        if old is None or old.told != kept.told:
            yield {"image": [list(slot), kept.told]}
        missing = old.records.keys() - kept.records.keys() if old else ()
        if missing:
            yield {"none": [_plain((slot, name)) for name in sorted(missing)]}


def _difference(place: Place, old: Records, new: Records, *, fresh: bool) -> Iterator[Json]:
    where, empty = _plain(place), fresh
    places: list[int] = []
    found: list[Any] = []
    removed: list[str] = []
    size = 0
    for record_id, entry in new.since(old):
        if entry is None:
            removed.append(record_id)
        else:
            made = to_json(entry[1])
            size += len(made)
            places.append(entry[0])
            found.append(made_json(made))
        if len(found) >= _PORTION or size >= _LARGE:
            yield {"put": [where, places, found]}
            places, found, size, empty = [], [], 0, False
    if found or empty:
        yield {"put": [where, places, found]}
    if removed:
        yield {"drop": [where, removed]}


def _changed(before: Capture, after: Capture) -> Iterator[tuple[Place, Records]]:
    """The tables that are other ones than before."""
    for slot, kept in after.images.items():
        old = before.images.get(slot)
        for name, records in kept.records.items():
            if old is None or old.records.get(name) is not records:
                yield (slot, name), records


def _all(state: Capture) -> Iterator[tuple[Place, Records]]:
    for slot, kept in state.images.items():
        for name, records in kept.records.items():
            yield (slot, name), records


def _at(state: Capture, place: Place) -> Records | None:
    kept = state.images.get(place[0])
    return kept.records.get(place[1]) if kept else None


def _bases(
    before: Capture, after: Capture, changed: list[tuple[Place, Records]]
) -> dict[Place, _Base]:
    """For each table what it is told by the differences to."""
    own = {place: _at(before, place) for place, _ in changed}
    # Where a small table has an earlier state, its difference to that is small too.
    if all(own[place] is not None and len(records.pieces()) == 1 for place, records in changed):
        return {place: _Base(place, table or Table()) for place, table in own.items()}
    known, told, bases = Known(_all(before)), Known(), dict[Place, _Base]()
    waiting = dict(changed)
    for place, records in changed:
        mine, choices = own[place], list[tuple[int, _Base]]()
        if mine is not None:
            shared = set(mine.pieces()).intersection(records.pieces())
            choices.append((len(shared), _Base(place, mine)))
        for state, tables in ((before, known), (after, told)):
            near, times = tables.nearest(records)
            if near and (mine is None or not mine.shares(records)):
                base = _Base(near, _at(state, near) or Table(), is_told=state is after)
                choices.append((times, base))
        if not choices:
            choices.append((0, _of_parent(place, records, after, waiting)))
        bases[place] = max(choices, key=lambda choice: choice[0])[1]
        del waiting[place]
        told.add(place, records)
    return bases


def _of_parent(
    place: Place, records: Records, after: Capture, waiting: Mapping[Place, Records]
) -> _Base:
    """The difference to what it was probably made of, unless that is not told yet or is large."""
    slot = parent(place[0], after.images[place[0]].told)
    where = (slot, place[1]) if slot else None
    base = _at(after, where) if where else None
    if base is None or where in waiting or not records.is_like(base):
        return _Base(None, Table())
    return _Base(where, base, is_told=True)


def _plain(place: Place) -> list[Json]:
    return [list(place[0]), place[1]]
