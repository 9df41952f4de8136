"""Carrying the state of a sandbox over into one whose contract, rules or fixtures have changed.

What clients have written stays, as far as it fits the contract as it is now; what nobody has
touched since the beginning is as the new one begins. Accounts, tokens, clocks, numbers, forks and
snapshots go on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..contract.model import ResourceType
from ..contract.request import format_instant
from ..core import Image, Record, Space, TenantClock
from ..core.portions import at_once
from ..core.store import Collection
from .bulk import schema_findings
from .estate import Estate, Saved
from .first_records.judge import Judge

Collections = Mapping[str, Collection]


def carried_over(old: Estate, new: Estate) -> int:
    """Have a sandbox that has just begun go on from another one.

    Gives the number of records that do not fit it any more, and are left out. Nobody may write to
    either meanwhile; nothing of the old one is changed.
    """
    carrier = _Carrier(new)
    there = old.spaces()
    left = {space.slug for space in there}
    for slug in new.seeded():
        space = new.platform.space(slug)
        if slug in old.seeded() and slug not in left and space is not None:
            new.delete(space)
    carrier.fill(new.platform.root, old.platform.root, old.beginning(""), new.beginning(""))
    for space in there:
        twin = new.platform.space(space.slug) or new.platform.open(space.slug, space.tenant_id)
        carrier.fill(twin, space, old.beginning(space.slug), new.beginning(space.slug))
        carrier.hold(old, space)
    ours = [space.slug for space in new.platform.spaces() if space.slug not in left]
    new.platform.arrange([*(space.slug for space in there), *ours])
    new.platform.requests = old.platform.requests
    new.tokens.adopt(old.tokens.secret)
    new.platform.log.commit(0)
    return carrier.dropped


@dataclass(slots=True)
class _Carrier:
    """Carries the tenants of one sandbox; `dropped` are the records that did not fit."""

    estate: Estate
    dropped: int = 0
    _judges: dict[str, Judge] = field(default_factory=dict)

    def fill(self, space: Space, old: Space, before: Image | None, after: Image | None) -> None:
        """Fill a space with what is in an old one, which began as `before`; it began as `after`."""
        began = after.collections if after else {}
        since = before.collections if before else {}
        found = self._merged(space, old.collections(), since, began)
        ours = after.counters if after else {}
        numbers = {n: max(old.counters.get(n, 0), ours.get(n, 0)) for n in {**ours, **old.counters}}
        space.tenant_id = old.tenant_id
        space.adopt(found, numbers, old.lineage)
        if isinstance(old.clock, TenantClock):
            space.clock = old.clock.copy()
        at_once(self.estate.engine.reschedule(space, format_instant(space.clock.now())))

    def hold(self, old: Estate, space: Space) -> None:
        """Know of a tenant what the other sandbox knew: where it came from, and its snapshots."""
        holding = old.holding(space.slug)
        seed = self._saved(holding.seed) if holding.seed else None
        snapshots = {name: self._saved(saved) for name, saved in holding.snapshots.items()}
        about = (holding.kind, holding.origin, holding.password)
        self.estate.resume(space.slug, about, seed, snapshots)

    def _saved(self, saved: Saved) -> Saved:
        image, dropped = saved.image, self.dropped
        space = self.estate.platform.nowhere("")
        found = self._merged(space, image.collections, {}, {})
        space.adopt(found, image.counters, image.lineage)
        space.clock = image.clock.copy() if isinstance(image.clock, TenantClock) else image.clock
        at_once(self.estate.engine.reschedule(space, saved.now))
        self.dropped = dropped
        return Saved(space.image(), saved.tenant, saved.now)

    def _merged(
        self, space: Space, old: Collections, before: Collections, after: Collections
    ) -> dict[str, Collection]:
        platform, contract = self.estate.platform, self.estate.engine.contract
        scope = "platform" if space is platform.root else "tenant"
        found: dict[str, Collection] = {}
        for name in {**after, **old}:
            kind = contract.resources.get(name)
            held = old.get(name, ())
            indexed, key = platform.indexed.get(name, ()), platform.keys.get(name, "id")
            made = found[name] = Collection(platform.log, indexed, key)
            if kind is not None and kind.scope == scope:
                for record in self._records(kind, held, before.get(name), after.get(name)):
                    made.put(record)
            elif name.startswith(("(", "<")) or space is platform.root:
                for record in held:
                    made.put(record)
            else:
                self._drop(sum(1 for record in held if not _untouched(record, before.get(name))))
        self._drop(_orphaned(contract.resources, found))
        return found

    def _records(
        self,
        kind: ResourceType,
        held: "Collection | tuple[()]",
        before: Collection | None,
        after: Collection | None,
    ) -> Iterator[Record]:
        """The records of a kind: what clients have left as it began is as it begins now."""
        seen: set[str] = set()
        for record in held:
            own = record.get(before.key) if before is not None else None
            seen.add(str(own))
            if _untouched(record, before):
                begun = after.get(str(own)) if after is not None else None
                if begun is not None:
                    yield begun
            elif self._fits(kind, record):
                seen.add(kind.id_of(record))
                yield record
            else:
                self._drop(1)
        for record in after or ():
            own = kind.id_of(record)
            deleted = before is not None and before.get(own) is not None
            if own not in seen and not deleted:
                yield record

    def _fits(self, kind: ResourceType, record: Record) -> bool:
        if kind.key_member not in record:
            return False
        if any(member not in record for member in kind.hidden):
            return False
        engine = self.estate.engine
        if any(schema_findings(engine, kind, [record], "")):
            return False
        if engine.contract.strict:
            return True
        if kind.name not in self._judges:
            self._judges[kind.name] = Judge(engine.contract, kind)
        shown = {name: value for name, value in record.items() if name not in kind.hidden}
        return not self._judges[kind.name].broken(shown)

    def _drop(self, number: int) -> None:
        self.dropped += number


def _untouched(record: Record, before: Collection | None) -> bool:
    """Whether a record is as it was at the beginning."""
    return before is not None and before.get(str(record.get(before.key))) == record


def _orphaned(kinds: Mapping[str, ResourceType], found: dict[str, Collection]) -> int:
    """Remove the records whose parent is gone, and those below them; gives their number."""
    gone, number = True, 0
    while gone:
        gone = False
        for name, collection in found.items():
            kind = kinds.get(name)
            above = found.get(kind.parent.resource) if kind and kind.parent else None
            if kind is None or kind.parent is None or above is None:
                continue
            if not kind.parent.is_hidden and above.key != kinds[kind.parent.resource].id_member:
                continue  # its id is one of many
            for record in list(collection):
                if above.get(str(record.get(kind.parent.field))) is None:
                    collection.remove(kind.id_of(record))
                    gone, number = True, number + 1
    return number
