"""The space of a tenant: its collections, clock and numbers; and the platform of all spaces.

Nothing of a tenant is reached but through its space. An image of a space costs nothing, because
collections are copied when they are written; forks, resets and snapshots are made of images.
"""

import binascii
import hashlib
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes

from ..contract.model import Json, ResourceType
from .clock import Clock, TenantClock
from .limits import DEFAULTS, Limits, full
from .orders import Field
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

    def __init__(self, platform: "Platform", slug: str, tenant_id: str, clock: Clock) -> None:
        self.slug, self.tenant_id, self.seed = slug, tenant_id, platform.seed
        self.lineage = slug
        self.clock, self.log, self._indexed = clock, platform.log, platform.indexed
        self._keys = platform.keys
        self.random_bytes, self.limits = platform.random_bytes, platform.limits
        self.is_nowhere = False
        self.schedule = Schedule()
        self.pinned: dict[str, str] = {}
        """Ids that the next record of a resource is to take, by resource: for seeding."""
        self._collections: dict[str, Collection] = {}
        self._counters: dict[str, int] = {}

    def collection(self, name: str) -> Collection:
        """The collection of this name; empty at first."""
        found = self._collections.get(name)
        if found is None:
            indexed, key = self._indexed.get(name, ()), self._keys.get(name, "id")
            found = self._collections[name] = Collection(self.log, indexed, key)
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

    def is_as(self, image: Image) -> bool:
        """Whether nothing was written since the image was taken."""
        held = {n: c for n, c in self._collections.items() if not _is_passing(n)}
        numbers = {n: number for n, number in self._counters.items() if not _is_passing(n)}
        return (
            numbers == image.counters
            and held.keys() == image.collections.keys()
            and all(c.table is image.collections[n].table for n, c in held.items())
        )

    def connections(self) -> Image:
        """Sessions and their tokens, which no other image holds."""
        kept = {n: c.copy(self.log) for n, c in self._collections.items() if _is_passing(n)}
        counters = {n: number for n, number in self._counters.items() if _is_passing(n)}
        return Image(kept, counters, Schedule(), self.clock, self.lineage)

    def empty(self, name: str) -> None:
        """Forget a collection; taken back if the call fails."""
        self._hold({n: c for n, c in self._collections.items() if n != name})

    def replace(self, name: str, collection: Collection) -> None:
        """Hold a collection under a name, in place of another; taken back if the call fails."""
        self._hold({**self._collections, name: collection})

    def _hold(self, collections: dict[str, Collection]) -> None:
        before, self._collections = self._collections, collections

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

    def shadow(self, platform: "Platform", image: Image) -> "Space":
        """A space that shows an image in this one's stead; nobody else sees what is written."""
        twin = Space(platform, self.slug, self.tenant_id, self.clock)
        twin.lineage = self.lineage
        twin._collections = {n: c.copy(self.log) for n, c in image.collections.items()}
        twin._counters = dict(image.counters)
        return twin

    def next_number(self, name: str) -> int:
        """The next running number of this name, from 1."""
        counters, before = self._counters, self.last_number(name)
        counters[name] = before + 1
        self.log.note(lambda: counters.__setitem__(name, before))
        return before + 1

    def last_number(self, name: str) -> int:
        """The running number of this name that the next one follows; 0 when none was given."""
        found = self._counters.get(name)
        if found is None:
            skipped = _SKIPPED_PASSING if _is_passing(name) else _SKIPPED
            found = self._counters.get(skipped, 0)
        return found

    @property
    def counters(self) -> Mapping[str, int]:
        """The running numbers that were given last, by name."""
        return self._counters

    def skip(self, many: int) -> None:
        """Give so many running numbers to nobody."""
        numbers = {_SKIPPED: 0, _SKIPPED_PASSING: 0} | self._counters
        self._counters = {n: (number // many + 1) * many for n, number in numbers.items()}

    def adopt(
        self, collections: dict[str, Collection], numbers: Mapping[str, int], lineage: str
    ) -> None:
        """Hold what was kept in a file, in place of everything else. It cannot be taken back."""
        self._collections, self._counters, self.lineage = collections, dict(numbers), lineage

    def count(self, numbers: Mapping[str, int]) -> None:
        """Go on from these running numbers."""
        self._counters.update(numbers)

    def new_id(self, resource: ResourceType) -> Json:
        """An id for a new record: pinned, or made from seed, lineage and a running number."""
        pinned = self.pinned.pop(resource.name, None)
        if pinned:
            self.log.note(lambda: self.pinned.__setitem__(resource.name, pinned))
            return pinned
        counter = id_counter(resource)
        if resource.id_format == "integer":
            while self.collection(resource.name).get(str(number := self.next_number(counter))):
                pass
            return number
        if resource.id_format == "number":  # one that is written as a text
            while self.collection(resource.name).get(
                text := f"{resource.id_prefix}{self.next_number(counter)}"
            ):
                pass
            return text
        if resource.id_format == "sequence":
            return f"{resource.id_prefix}{self.next_number(counter):020d}"
        while True:
            digest = self._digest(self.lineage, "id", self.next_number(counter))
            plain = resource.id_format != "uuid"
            text = base32(digest) if plain else str(uuid.UUID(bytes=digest[:16], version=4))
            made = resource.id_prefix + text
            # A record that came from a fork in bulk may have it already.
            if self.collection(resource.name).get(made) is None:
                return made

    def _digest(self, name: str, purpose: str, number: int) -> bytes:
        text = f"{self.seed}/{name}/{purpose}/{number}"
        return hashlib.blake2b(text.encode(), digest_size=32).digest()


_SKIPPED, _SKIPPED_PASSING = "*", "<*>"
"""The counters of the names that were not counted yet when numbers were skipped."""


def id_counter(resource: ResourceType) -> str:
    """The name of the running numbers that the ids of a resource are made from."""
    return resource.name if resource.id_format in {"sequence", "integer", "number"} else "id"


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
    """All spaces by tenant slug, and the root space that holds what belongs to no tenant.

    `random_bytes` makes what must not be guessed: tokens, sessions, salts. It is the system's, and
    knows nothing of the seed: what a sandbox issued is worth nothing to the next one.
    """

    def __init__(
        self,
        seed: int,
        clock: Clock,
        random_bytes: Callable[[int], bytes] = token_bytes,
        limits: Limits = DEFAULTS,
    ) -> None:
        self.seed, self.clock, self.random_bytes = seed, clock, random_bytes
        self.limits = limits
        self.log = UndoLog()
        self.indexed: dict[str, tuple[Field, ...]] = {}
        """By resource the fields that its records are sought by at each write."""
        self.keys: dict[str, str] = {}
        """By resource the member that holds the id, where it has another name."""
        self.root = Space(self, "", "", clock)
        self.followers: list[Callable[[Space, Record], None]] = []
        """Told of each message that was posted, once that is kept for good."""
        self._spaces: dict[str, Space] = {}
        self.requests = 0
        """Number of requests so far: what request ids are made from."""
        start = hashlib.blake2b(b"%d/request" % seed, digest_size=15).digest()
        self._request_prefix = "req_" + base32(start)[:12]

    def set_clock(self, clock: Clock) -> None:
        """The clock of the platform itself and of tenants opened from now on."""
        self.clock = self.root.clock = clock

    def open(self, slug: str, tenant_id: str) -> Space:
        """A new, empty space for a tenant; taken back if the call that opens it fails.

        Raises Refusal SANDBOX_FULL.
        """
        if len(self._spaces) >= self.limits.max_tenants:
            raise full("tenants", self.limits.max_tenants, "max-tenants")
        space = Space(self, slug, tenant_id, TenantClock(self.clock))
        before = dict(self._spaces)
        self._spaces[slug] = space

        def undo() -> None:
            self._spaces = before

        self.log.note(undo)
        return space

    def close(self, slug: str) -> None:
        """Forget the space of a tenant; taken back if the call fails. Raises KeyError."""
        before = dict(self._spaces)
        del self._spaces[slug]

        def undo() -> None:
            self._spaces = before

        self.log.note(undo)

    def space(self, slug: str) -> Space | None:
        """The space of a tenant, or None."""
        return self._spaces.get(slug)

    def arrange(self, slugs: Sequence[str]) -> None:
        """Have the spaces in the order of their slugs. It cannot be taken back."""
        self._spaces = {slug: self._spaces[slug] for slug in slugs}

    def beside(self) -> "Platform":
        """A platform with the same root and no tenants, for what nobody else is to see yet."""
        twin = Platform(self.seed, self.clock, self.random_bytes, self.limits)
        # Its root knows these two already: they are filled, not replaced.
        twin.indexed.update(self.indexed)
        twin.keys.update(self.keys)
        twin.root.load(self.root.image())
        return twin

    def nowhere(self, slug: str) -> Space:
        """An empty space of a tenant that does not exist. No call succeeds there."""
        space = Space(self, slug, "", TenantClock(self.clock))
        space.is_nowhere = True
        return space

    def spaces(self) -> list[Space]:
        """All spaces of tenants, in the order they were opened."""
        return list(self._spaces.values())

    def request_id(self) -> str:
        """A fresh request id. Its number is not taken back when the request fails."""
        self.requests += 1
        # A counter behind a hash of the seed: hashing for every request would be felt.
        return f"{self._request_prefix}{self.requests:08x}"
