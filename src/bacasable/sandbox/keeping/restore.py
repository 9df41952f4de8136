"""Putting a sandbox into the state that a file tells, step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ...contract.model import Json, JsonObject
from ...contract.request import format_instant
from ...core import Collection, Engine, Image, Platform, Record, Space, TenantClock
from ...core.clock import parse_instant
from ...core.portions import at_once
from ...core.sharing import Table
from ..estate import Estate, Saved
from ..snapshots import refuse_violations
from .capture import Capture, Kept
from .likeness import Known, Place, Records, Slot, parent

SKIPPED = 10**9
"""Numbers that are left out after a crash: none that was given in what is lost is given again."""


@dataclass(slots=True)
class _Image:
    told: JsonObject
    records: dict[str, Records] = field(default_factory=dict)


class Reading:
    """The state that the steps read so far make."""

    def __init__(self, keys: Mapping[str, str] | None = None) -> None:
        """`keys` are the members that hold the ids, by collection, where they are not called id."""
        self._keys = keys or {}
        self._made: dict[tuple[str, int], Collection] = {}
        self._known = Known()
        self.images: dict[Slot, _Image] = {}
        self.platform: JsonObject = {}
        self.ended = False
        """Whether the sandbox that wrote it was stopped, and had nothing more to write."""
        self.run: JsonObject = {}
        """How the sandbox ran that wrote it last: `complete`, and under which `contract`."""

    def follow(self, step: Iterable[Json]) -> None:
        """One more step. Raises ValueError, KeyError, TypeError or AttributeError for nonsense."""
        self.ended = False
        verbs = {
            "copy": self._copy,
            "image": self._tell,
            "put": self._put,
            "drop": self._drop,
            "none": self._none,
            "gone": self._gone,
            "platform": self._of_platform,
            "run": self._begin,
            "end": self._end,
        }
        for line in step:
            ((verb, told),) = line.items()
            verbs[verb](told)

    def collections(self, platform: Platform, slot: Slot) -> dict[str, Collection]:
        """The collections of an image. They share what tables have in common, as before."""
        found: dict[str, Collection] = {}
        for name, records in self.images[slot].records.items():
            key = name, id(records.root)
            if key not in self._made:
                self._made[key] = self._collection(platform, (slot, name), records)
            found[name] = self._made[key].copy(platform.log)
        return found

    def _collection(self, platform: Platform, place: Place, records: Records) -> Collection:
        base = self._base(place, records)
        self._known.add(place, records)
        if base is None:
            return Collection.of(
                records,
                platform.log,
                platform.indexed.get(place[1], ()),
                platform.keys.get(place[1], "id"),
            )
        made = base.copy(platform.log)
        made.adopt(records)
        return made

    def _base(self, place: Place, records: Records) -> Collection | None:
        """A collection that was made already, from which that of a table differs little."""
        slot, name = place
        above = parent(slot, self.images[slot].told)
        for where in (self._known.nearest(records)[0], (above, name) if above else None):
            image = self.images.get(where[0]) if where and where[1] == name else None
            table = image.records.get(name) if image else None
            made = self._made.get((name, id(table.root))) if table is not None else None
            if made is not None and table is not None and records.is_like(table):
                return made
        return None

    @property
    def capture(self) -> Capture:
        """The same as a capture of a sandbox."""
        images = {slot: Kept(image.told, image.records) for slot, image in self.images.items()}
        return Capture(self.platform, images)

    def _copy(self, pairs: Any) -> None:
        # All are taken before any is put: one may stand where another is taken from.
        taken = [(to, self._at(_place(source)).copy()) for to, source in pairs]
        for to, records in taken:
            slot, name = _place(to)
            self._image(slot).records[name] = records

    def _tell(self, told: Any) -> None:
        slot, about = told
        self._image(tuple(slot)).told = about

    def _put(self, told: Any) -> None:
        where, places, found = told
        there = _place(where)
        records, key = self._at(there), self._keys.get(there[1], "id")
        for place, record in zip(places, found, strict=True):
            records.put(str(record[key]), (place, record))

    def _drop(self, told: Any) -> None:
        where, ids = told
        records = self._at(_place(where))
        for record_id in ids:
            records.remove(record_id)

    def _none(self, told: Any) -> None:
        for slot, name in map(_place, told):
            del self._image(slot).records[name]

    def _gone(self, slots: Any) -> None:
        for slot in slots:
            del self.images[tuple(slot)]

    def _of_platform(self, told: Any) -> None:
        self.platform = told

    def _begin(self, told: Any) -> None:
        self.run = told

    def _end(self, _: Any) -> None:
        self.ended = True

    def _image(self, slot: Slot) -> _Image:
        return self.images.setdefault(slot, _Image({}))

    def _at(self, place: Place) -> Records:
        return self._image(place[0]).records.setdefault(place[1], Table())


def _place(told: Any) -> Place:
    slot, name = told
    return tuple(slot), name


def refuse_misfits(engine: Engine, state: Reading) -> None:
    """Raise Refusal SNAPSHOT_REFUSED for records that do not fit the contract, as it is now."""
    resource = engine.contract.tenancy.resource
    tenants = state.images["", "now"].records.get(resource, Table())
    for slot, image in state.images.items():
        if slot[0]:
            of_tenant = tenants.get(image.told.get("tenant", ""))
            record = image.told.get("record") or (of_tenant[1] if of_tenant else {})
            shown = {name: _in_order(records) for name, records in image.records.items()}
            told = {"tenant": record, "collections": shown, "counters": image.told["numbers"]}
            at_once(refuse_violations(engine, told))


def _in_order(records: Records) -> list[Record]:
    return [record for _, record in sorted((entry for _, entry in records.items()), key=_first)]


def _first(entry: tuple[int, Record]) -> int:
    return entry[0]


def restored(estate: Estate, state: Reading) -> None:
    """Put a sandbox into a state that was read."""
    platform, told = estate.platform, state.platform
    tenancy = estate.engine.contract.tenancy
    order: list[str] = told["order"]
    for slug in told["seeded"]:
        space = platform.space(slug)
        if slug not in order and space is not None:
            estate.delete(space)
    # A fixture that is new since then keeps its tenant.
    news = [estate.tenant(s) for s in platform.spaces() if s.slug not in order]
    root = state.images["", "now"]
    held = state.collections(platform, ("", "now"))
    platform.root.adopt(held, root.told["numbers"], root.told["lineage"])
    for record in news:
        platform.root.collection(tenancy.resource).put(record)
    for slug in order:
        _restore_tenant(estate, slug, state)
    platform.arrange([*order, *(record[tenancy.slug] for record in news)])
    platform.requests = told["requests"]
    estate.tokens.adopt(told["secret"])
    if not state.ended:
        # Requests that only read are counted, too, and nothing is written for them.
        platform.requests += SKIPPED
    if not state.ended and not state.run["complete"]:
        for space in [platform.root, *platform.spaces()]:
            space.skip(SKIPPED)


def _restore_tenant(estate: Estate, slug: str, state: Reading) -> None:
    platform, image = estate.platform, state.images[slug, "now"]
    told = image.told
    space = platform.space(slug) or platform.open(slug, told["tenant"])
    space.tenant_id = told["tenant"]
    space.adopt(state.collections(platform, (slug, "now")), told["numbers"], told["lineage"])
    since = _set_clock(estate, space, told, state.platform["at"])
    at_once(estate.engine.reschedule(space, since))
    about = (told["kind"], told["origin"], told["password"])
    seed = _saved(estate, state, (slug, "seed")) if (slug, "seed") in state.images else None
    kept = {name: _saved(estate, state, (slug, "snapshot", name)) for name in told["snapshots"]}
    estate.resume(slug, about, seed, kept)


def _set_clock(estate: Estate, space: Space, told: JsonObject, at: str) -> str:
    """Let the clock of a tenant go on; the instant up to which all was done.

    A running clock ran on meanwhile, and never goes back.
    """
    space.clock = clock = TenantClock(estate.clock)
    if told["frozen"] is not None:
        clock.set(parse_instant(told["frozen"]), frozen=True)
        return str(told["frozen"])
    ahead = timedelta(seconds=told["ahead"])
    last = parse_instant(at) + ahead
    clock.set(max(estate.clock.now() + ahead, last), frozen=False)
    return format_instant(last)


def _saved(estate: Estate, state: Reading, slot: Slot) -> Saved:
    told = state.images[slot].told
    space = estate.platform.nowhere("")
    held = state.collections(estate.platform, slot)
    space.adopt(held, told["numbers"], told["lineage"])
    space.clock = clock = TenantClock(estate.clock)
    # One that ran is as far ahead of the machine's as it was: it stood at no instant.
    running = estate.clock.now() + timedelta(seconds=told["ahead"])
    frozen = told["frozen"]
    clock.set(running if frozen is None else parse_instant(frozen), frozen=frozen is not None)
    at_once(estate.engine.reschedule(space, told["now"]))
    made: Image = space.image()
    return Saved(made, told["record"], told["now"])
