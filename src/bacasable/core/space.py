"""The space of a tenant: its collections, clock and numbers; and the platform of all spaces.

Nothing of a tenant is reached but through its space. An image of a space costs nothing, because
collections are copied when they are written; forks, resets and snapshots are made of images.
"""

import binascii
import hashlib
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..contract.model import ResourceType
from .clock import Clock, TenantClock
from .store import Collection, Record, UndoLog
from .timers import Schedule


@dataclass(frozen=True, slots=True)
class Image:
    """The data of a tenant at one moment. It costs nothing until tenant or image is written."""

    collections: Mapping[str, Collection]
    counters: Mapping[str, int]
    schedule: Schedule
    clock: Clock
    lineage: str


class Space:
    """Everything of one tenant: its records, its clock, its running numbers.

    `seed` and `lineage` (the slug of the tenant, or of the one it was first forked from) decide the
    ids: the same calls in the same space give the same ids, and so they do in each of its forks.
    """

    def __init__(self, slug: str, tenant_id: str, seed: int, clock: Clock, log: UndoLog) -> None:
        self.slug, self.tenant_id, self.seed = slug, tenant_id, seed
        self.lineage = slug
        self.clock, self.log = clock, log
        self.schedule = Schedule()
        self.pinned: dict[str, str] = {}
        """Ids that the next record of a resource is to take, by resource: for seeding."""
        self._collections: dict[str, Collection] = {}
        self._counters: dict[str, int] = {}

    def collection(self, name: str) -> Collection:
        """The collection of this name; empty at first."""
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = Collection(self.log)
        return found

    def private(self, name: str) -> Collection:
        """A collection that no operation can show: passwords, stored answers, messages."""
        return self.collection(f"({name})")

    def passing(self, name: str) -> Collection:
        """A collection about connections and not about data: sessions and their tokens.

        No image holds it: a reset logs nobody out, and a fork knows no token of its origin.
        """
        return self.collection(f"<{name}>")

    def collections(self) -> dict[str, Collection]:
        """All collections by name, private ones in parentheses, passing ones in angle brackets."""
        return self._collections

    def image(self) -> Image:
        """The data as they are now."""
        kept = {n: c.copy(self.log) for n, c in self._collections.items() if not _is_passing(n)}
        counters = {n: number for n, number in self._counters.items() if not _is_passing(n)}
        clock = self.clock.copy() if isinstance(self.clock, TenantClock) else self.clock
        return Image(kept, counters, self.schedule.copy(), clock, self.lineage)

    def connections(self) -> Image:
        """Sessions and their tokens, which no other image holds."""
        kept = {n: c.copy(self.log) for n, c in self._collections.items() if _is_passing(n)}
        counters = {n: number for n, number in self._counters.items() if _is_passing(n)}
        return Image(kept, counters, Schedule(), self.clock, self.lineage)

    def empty(self, name: str) -> None:
        """Forget a collection; taken back if the call fails."""
        before = self._collections
        self._collections = {n: c for n, c in before.items() if n != name}

        def undo() -> None:
            self._collections = before

        self.log.note(undo)

    def load(self, image: Image) -> None:
        """Hold the data of an image in place of its own; taken back if the call fails."""
        before = (self._collections, self._counters, self.schedule, self.clock, self.lineage)
        passing = {n: c for n, c in self._collections.items() if _is_passing(n)}
        numbers = {n: number for n, number in self._counters.items() if _is_passing(n)}
        copies = {n: c.copy(self.log) for n, c in image.collections.items()}
        self._collections = copies | passing
        self._counters = {**image.counters, **numbers}
        self.schedule, self.lineage = image.schedule.copy(), image.lineage
        clock = image.clock
        self.clock = clock.copy() if isinstance(clock, TenantClock) else clock

        def undo() -> None:
            self._collections, self._counters, self.schedule, self.clock, self.lineage = before

        self.log.note(undo)

    def shadow(self, image: Image) -> "Space":
        """A space that shows an image in this one's stead; nobody else sees what is written."""
        twin = Space(self.slug, self.tenant_id, self.seed, self.clock, self.log)
        twin.lineage = self.lineage
        twin._collections = {n: c.copy(self.log) for n, c in image.collections.items()}
        twin._counters = dict(image.counters)
        return twin

    def next_number(self, name: str) -> int:
        """The next running number of this name, from 1."""
        counters = self._counters
        before = counters.get(name, 0)
        counters[name] = before + 1
        self.log.note(lambda: counters.__setitem__(name, before))
        return before + 1

    def last_number(self, name: str) -> int:
        """The running number of this name that was given last; 0 when none was."""
        return self._counters.get(name, 0)

    def count(self, numbers: Mapping[str, int]) -> None:
        """Go on from these running numbers."""
        self._counters.update(numbers)

    def new_id(self, resource: ResourceType) -> str:
        """An id for a new record: pinned, or made from seed, lineage and a running number."""
        pinned = self.pinned.pop(resource.name, None)
        if pinned:
            self.log.note(lambda: self.pinned.__setitem__(resource.name, pinned))
            return pinned
        if resource.id_format == "sequence":
            return f"{resource.id_prefix}{self.next_number(resource.name):020d}"
        while True:
            digest = self._digest(self.lineage, "id", self.next_number("id"))
            plain = resource.id_format != "uuid"
            text = base32(digest) if plain else str(uuid.UUID(bytes=digest[:16], version=4))
            made = resource.id_prefix + text
            # A record that came from a fork in bulk may have it already.
            if self.collection(resource.name).get(made) is None:
                return made

    def random_bytes(self, purpose: str) -> bytes:
        """32 bytes that depend on seed, slug, purpose and a running number, and on nothing else.

        They serve what belongs to connections: no reset makes them come again, and no fork has
        those of its origin.
        """
        return self._digest(self.slug, purpose, self.next_number(f"<{purpose}>"))

    def _digest(self, name: str, purpose: str, number: int) -> bytes:
        text = f"{self.seed}/{name}/{purpose}/{number}"
        return hashlib.blake2b(text.encode(), digest_size=32).digest()


def _is_passing(name: str) -> bool:
    return name.startswith("<")


_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BASE32 = string.ascii_lowercase + "234567"
_TO_BASE32 = bytes.maketrans(_BASE64.encode(), (_BASE32 * 2).encode())


def base32(digest: bytes) -> str:
    """20 characters of the base32 alphabet (RFC 4648, lower case) from 15 bytes of a digest.

    By way of base64, of whose 64 characters two fall on each: as even, and forty times as fast as
    the standard library's base32, which is written in Python.
    """
    text = binascii.b2a_base64(digest[:15], newline=False)
    return text.translate(_TO_BASE32).decode()


class Platform:
    """All spaces by tenant slug, and the root space that holds what belongs to no tenant."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.seed, self.clock = seed, clock
        self.log = UndoLog()
        self.root = Space("", "", seed, clock, self.log)
        self.followers: list[Callable[[Space, Record], None]] = []
        """Told of each message that was posted, once that is kept for good."""
        self._spaces: dict[str, Space] = {}
        self.closed: dict[str, int] = {}
        """Where connections of tenants that are gone stopped counting: the highest numbers."""
        self.requests = 0
        """Number of requests so far: what request ids are made from."""
        start = hashlib.blake2b(b"%d/request" % seed, digest_size=15).digest()
        self._request_prefix = "req_" + base32(start)[:12]

    def set_clock(self, clock: Clock) -> None:
        """The clock of the platform itself and of tenants opened from now on."""
        self.clock = self.root.clock = clock

    def open(self, slug: str, tenant_id: str) -> Space:
        """A new, empty space for a tenant; taken back if the call that opens it fails."""
        space = Space(slug, tenant_id, self.seed, TenantClock(self.clock), self.log)
        # Secrets are made of slug and number: none of an earlier tenant may come again.
        space.count(self.closed)
        before = dict(self._spaces)
        self._spaces[slug] = space

        def undo() -> None:
            self._spaces = before

        self.log.note(undo)
        return space

    def close(self, slug: str) -> None:
        """Forget the space of a tenant; taken back if the call fails. Raises KeyError."""
        before = dict(self._spaces)
        for name, number in self._spaces.pop(slug).connections().counters.items():
            self.closed[name] = max(number, self.closed.get(name, 0))

        def undo() -> None:
            self._spaces = before

        self.log.note(undo)

    def space(self, slug: str) -> Space | None:
        """The space of a tenant, or None."""
        return self._spaces.get(slug)

    def spaces(self) -> list[Space]:
        """All spaces of tenants, in the order they were opened."""
        return list(self._spaces.values())

    def request_id(self) -> str:
        """A fresh request id. Its number is not taken back when the request fails."""
        self.requests += 1
        # A counter behind a hash of the seed: hashing for every request would be felt.
        return f"{self._request_prefix}{self.requests:08x}"
