"""What was there before: lists that are read before and after creations that do not say so.

201 says that a record was made (RFC 9110, 15.3.2). An operation that answers another status may
hand out one that was there already. It is the run's when it stood in the whole list of its
collection after the creation, and not before; where that cannot be read, nobody can tell.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...contract import Operation
from ...contract.shape import inside, shape_of
from ..model import Exchange, Identity, Residue
from ..patience import Unreachable
from ..session import OutOfTime
from .bodies import example_parameters
from .calls import Address, Calls, values_of
from .model import CannotMake, NotOurs

_PAGES, _SIZE = 20, 100
"""So many pages of so many records are read at most: of a longer list nothing can be told."""
_ROUND = frozenset({10, 20, 25, 30, 50, 100, 200, 250, 500, 1000})
"""Sizes of pages that servers like: a list of just so many may be the first page of more."""
_NEXT = re.compile(r"next|cursor|more", re.IGNORECASE)
_GOOD_FOR = 5.0
"""Seconds for which a reading holds: others may create records as well."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The ids of a collection. `complete` is whether these are all; `at` is when it was read."""

    ids: frozenset[str]
    complete: bool
    at: float


@dataclass(frozen=True, slots=True)
class Collection:
    """Where an operation creates: its address, and who creates there."""

    create: Operation
    address: Address
    who: Identity = field(compare=False)
    tenant: str = ""


@dataclass
class Census:
    """Reads collections, as seldom as it can.

    `saw` is told of every reading: who read which ids at which address, and the number of the last
    exchange before it.
    """

    calls: Calls
    saw: Callable[[Operation, Identity, Address, list[str], int], None] = lambda *_: None
    _first: dict[tuple[str, Address, str], Reading] = field(default_factory=dict)
    _latest: dict[tuple[str, Address, str], Reading] = field(default_factory=dict)
    _doubtful: set[str] = field(default_factory=set)
    _untold: dict[str, str] = field(default_factory=dict)
    _unclear: dict[tuple[str, Address, str], Collection] = field(default_factory=dict)

    def before(self, create: Operation, address: Address, who: Identity) -> None:
        """Read a collection before something is created there, as far as it must be.

        Raises NotOurs for an operation of which nobody can tell what it makes.
        """
        if create.id in self._untold:
            raise NotOurs(self._untold[create.id])
        key = _key(create, address, who)
        known = self._latest.get(key)
        stale = known is None or time.monotonic() - known.at > _GOOD_FOR
        if known is None or (stale and self._is_doubtful(create)):
            self._read(create, address, who)

    def made(self, create: Operation, address: Address, who: Identity, id_: str) -> bool | None:
        """Whether a creation that did not answer 201 made the record that it answered.

        None where nobody can tell; then the operation is not called again.
        """
        self._doubtful.add(create.id)
        before = self._latest.get(_key(create, address, who))
        if before and id_ in before.ids:
            return False
        fresh = before and time.monotonic() - before.at < 2 * _GOOD_FOR
        after = self._read(create, address, who) if before and before.complete and fresh else None
        # A list of the latest ones loses one for each that it gains: it is not the whole.
        if after is None or id_ not in after.ids or (before and not before.ids <= after.ids):
            self._untold[create.id] = (
                f"{create.id} did not answer 201, and no list tells what it makes from what was "
                "there before"
            )
            return None
        return True

    def unclear(self, create: Operation, address: Address, who: Identity) -> None:
        """A creation of which the answer does not tell whether, or what, it made."""
        key = _key(create, address, who)
        self._unclear.setdefault(key, Collection(create, address, who, who.tenant))

    def appeared(self, ours: Callable[[str, str, str], bool]) -> Iterator[Residue]:
        """What stands in collections since creations of which nobody can tell what they made.

        `ours(resource, id, tenant)` says which are known.
        """
        for key, place in self._unclear.items():
            before = self._first.get(key)
            after = self._read(place.create, place.address, place.who) if before else None
            if before is None or not before.complete or after is None or not after.complete:
                said = "whether a creation that failed made something cannot be read"
                yield Residue(key[0], f"{said} ({place.create.id})")
                continue
            new = [i for i in after.ids - before.ids if not ours(key[0], i, place.tenant)]
            if new:
                said = (
                    f"there since {place.create.id} did not tell what it made; whose cannot be told"
                )
                yield Residue(key[0], said, len(new))

    def _is_doubtful(self, create: Operation) -> bool:
        return create.id in self._doubtful or 201 not in create.answers

    def _read(self, create: Operation, address: Address, who: Identity) -> Reading | None:
        """The ids of a collection as they are now; None where they cannot be read."""
        listing = self.calls.listing_at(create)
        if listing is None:
            return None
        number = self.calls.session.sent
        try:
            reading = self._pages(listing, values_of(create.path, address), who)
        except (CannotMake, OutOfTime, Unreachable):
            return None
        if reading is not None:
            key = _key(create, address, who)
            self._first.setdefault(key, reading)
            self._latest[key] = reading
            self.saw(listing, who, address, list(reading.ids), number)
        return reading

    def _pages(self, listing: Operation, path: dict[str, str], who: Identity) -> Reading | None:
        contract, caller = self.calls.subject.contract, self.calls.sees_most(listing, who)
        shape = shape_of(contract, listing)
        plain = example_parameters(contract, listing, "query")
        at, total, turns = time.monotonic(), None, bool(shape.page_query(1, 1))
        ids: set[str] = set()
        size = self.calls.largest_page(listing, shape.per_page, _SIZE)
        for number in range(1, (_PAGES if turns else 1) + 1):
            query = {**plain, **shape.page_query(number, size)}
            exchange = self.calls.ask(listing, caller, path, query=query)
            found = inside(exchange.json, shape.items) if exchange.ok else None
            if not isinstance(found, list) and number == 1:
                return None
            # A page behind the last one may be refused as well as empty.
            listed = found if isinstance(found, list) else []
            new = {self.calls.id_of(listing, v) for v in listed if isinstance(v, dict)} - ids
            ids |= new
            told = inside(exchange.json, shape.total)
            total = told if isinstance(told, int) else total
            if not new or (total is not None and len(ids) >= total):
                return Reading(frozenset(ids), total is None or len(ids) >= total, at)
        whole = not turns and total is None and not _goes_on(exchange, len(ids))
        return Reading(frozenset(ids), whole and not shape.per_page, at)


def _goes_on(exchange: Exchange, count: int) -> bool:
    """Whether a list that has no pages to turn may have been cut off all the same."""
    if exchange.response and 'rel="next"' in ", ".join(exchange.response.all("link")):
        return True
    tops = exchange.json if isinstance(exchange.json, dict) else {}
    nested = [v for v in tops.values() if isinstance(v, dict)]
    names = {k: v for one in (tops, *nested) for k, v in one.items() if _NEXT.search(k)}
    return count in _ROUND or any(value not in (None, "", False, []) for value in names.values())


def _key(create: Operation, address: Address, who: Identity) -> tuple[str, Address, str]:
    return create.action.resource or "", address, who.tenant
