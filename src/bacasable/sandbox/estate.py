"""The tenants of a sandbox as a whole: where each came from, forks, resets, snapshots, deletion."""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..contract.model import JsonObject
from ..contract.names import did_you_mean
from ..contract.principals import Principal
from ..contract.problems import Refusal
from ..contract.request import format_instant
from ..core import Clock, Engine, Image, Record, Space, TenantClock, Tokens
from ..core.access import SESSIONS
from ..core.clock import parse_instant
from ..core.limits import full
from ..core.orders import Field
from ..core.portions import Portions, at_once
from ..core.store import Collection
from .fixtures import Fixture
from .seeding import Judge, Population, seed

_LONGEST_SLUG = 63
_TRIES = (False, False, True)
"""How often a fixture is played, because others change what belongs to no tenant; the last time
without a pause."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The state of a tenant at one moment: its data, and its own record."""

    image: Image
    tenant: Record
    now: str


@dataclass(slots=True)
class Holding:
    """What is known of a tenant besides its data.

    `kind` is SEEDED, FIXTURE, FORK or CALL (opened by a call of the API, without a seed).
    """

    kind: str
    origin: str | None = None
    password: str | None = None
    seed: Saved | None = None
    snapshots: dict[str, Saved] = field(default_factory=dict)


class Estate:
    """The tenants. Every way to a tenant first does what has fallen due in it."""

    def __init__(
        self,
        engine: Engine,
        populations: Mapping[str, Population],
        judge: Judge,
        clock: Clock,
        tokens: Tokens,
    ) -> None:
        self.engine, self.platform, self.tokens = engine, engine.platform, tokens
        self._populations, self._judge, self.clock = populations, judge, clock
        self._holdings: dict[str, Holding] = {}
        self._seeded: dict[str, Holding] = {}
        self._root: Image | None = None
        self.principal, self.tenancy = engine.contract.principal, engine.contract.tenancy
        if self.principal is not None and self.principal.grants:
            # What accounts are sought by, besides the references to them.
            name, indexed = self.principal.resource, self.platform.indexed
            indexed[name] = (*indexed.get(name, ()), _grants(self.principal))

    def seed(self, fixture: Fixture) -> Space:
        """Open the tenant of a fixture at the start of the sandbox. Raises ContractError."""
        space = at_once(self._seed(fixture, "SEEDED"))
        self._seeded[space.slug] = self.holding(space.slug)
        return space

    def open_only(self, slug: str, fill: Callable[[Space], None] = lambda _: None) -> Space:
        """The only tenant of a platform whose document knows of none, with what `fill` puts in."""
        tenant_id = self._tenant_id(slug)
        space = self.platform.open(slug, tenant_id)
        self._tenants.put({self.tenancy.name: slug, **self._named(slug, tenant_id)})
        space.clock = TenantClock(self.clock)
        fill(space)
        self._seeded[slug] = self._hold(slug, Holding("SEEDED", seed=self.save(space)))
        return space

    def seeded(self) -> tuple[str, ...]:
        """The slugs of the tenants that were seeded at start, those deleted since included."""
        return tuple(self._seeded)

    def begin(self) -> None:
        """All is seeded: remember what belongs to the platform as it is now."""
        self._root = self.platform.root.image()

    def beginning(self, slug: str) -> Image | None:
        """What a tenant began with, or what belongs to none (of the empty name); None for others.

        A fork began with what others had written: nothing of that is to be told anew.
        """
        if not slug:
            return self._root
        holding = self._holdings.get(slug)
        return holding.seed.image if holding and holding.seed and slug in self._seeded else None

    def open(self, fixture: Fixture) -> Portions[Space]:
        """Open the tenant of a fixture later on, in the last portion.

        Raises Refusal TENANT_EXISTS and SANDBOX_FULL, and ContractError for a step that is refused.
        """
        return self._seed(fixture, "FIXTURE")

    def _seed(self, fixture: Fixture, kind: str) -> Portions[Space]:
        platform = self.platform
        for is_last in _TRIES:
            self._refuse_taken(fixture.slug)
            # Played where nobody looks: no id is pinned for others, and what a fixture tells was
            # sent long ago and is no news for whoever follows the inbox.
            root, aside = platform.root.image(), platform.beside()
            engine = self.engine.beside(aside)
            playing = seed(engine, fixture, self._populations, self._judge, self.clock)
            played = at_once(playing) if is_last else (yield from playing)
            if platform.root.is_as(root):
                break
        clock = platform.root.clock
        platform.root.load(aside.root.image())
        platform.root.clock = clock
        for other in aside.spaces():
            platform.open(other.slug, other.tenant_id).load(other.image())
        space = self.space(played.slug)
        self._hold(fixture.slug, Holding(kind, None, fixture.password, self.save(space)))
        return space

    def space(self, slug: str) -> Space:
        """The space of a tenant, settled up to now. Raises Refusal NOT_FOUND."""
        space = self.platform.space(slug)
        if space is None:
            near = did_you_mean(slug, [s.slug for s in self.platform.spaces()])
            raise Refusal("NOT_FOUND", f"There is no tenant '{slug}'{near or '.'}")
        self.engine.settle(space)
        return space

    def spaces(self) -> list[Space]:
        """All spaces, settled up to now, in the order they were opened."""
        for space in self.platform.spaces():
            self.engine.settle(space)
        return self.platform.spaces()

    def holding(self, slug: str) -> Holding:
        """What is known of a tenant besides its data."""
        return self._holdings.get(slug) or self._hold(slug, Holding("CALL"))

    def fork(self, space: Space, slug: str | None) -> Space:
        """A new tenant with the data, accounts and time of another.

        Raises Refusal TENANT_EXISTS.
        """
        slug = slug or self._free_slug(space.slug)
        self._refuse_taken(slug)
        origin = self.holding(space.slug)
        tenant_id = self._tenant_id(slug)
        record = self.tenant(space) | self._named(slug, tenant_id)
        twin = self.platform.open(slug, tenant_id)
        twin.load(space.image())
        self._tenants.put(record)
        self._hold(slug, Holding("FORK", space.slug, origin.password, self.save(twin)))
        return twin

    def delete(self, space: Space) -> None:
        """The tenant is gone, with its snapshots."""
        holding = self.holding(space.slug)
        # A seeded tenant can come back, its snapshots not.
        self._keep_snapshots(holding, {})
        self.platform.close(space.slug)
        self._tenants.remove(space.tenant_id)
        del self._holdings[space.slug]
        self.platform.log.note(lambda: self._holdings.__setitem__(space.slug, holding))

    def save(self, space: Space) -> Saved:
        """The present state of a tenant. It costs nothing until the tenant is written.

        All that was due by its instant is done: whoever reads it back looks for what comes later.
        """
        now = format_instant(space.clock.now())
        self.engine.settle(space, now)
        return Saved(space.image(), self.tenant(space), now)

    def restore(self, space: Space, saved: Saved, *, at: str | None = None) -> None:
        """Put a tenant into a state that was saved, of itself or of another.

        `at` is the instant that its clock then shows; without it, a running clock is as far ahead
        of the machine's as it was, so that a seeded tenant is in the present.
        """
        before = self._logged_in(space)
        space.load(saved.image)
        self._log_out_strangers(space, before)
        if at is not None and isinstance(space.clock, TenantClock):
            space.clock.set(parse_instant(at), frozen=space.clock.frozen)
        self._tenants.put(saved.tenant | self._named(space.slug, space.tenant_id))

    def keep_snapshot(self, slug: str, name: str, saved: Saved) -> None:
        """Keep a state under a name, in place of an earlier one."""
        holding = self.holding(slug)
        others = {n: other for n, other in holding.snapshots.items() if n != name}
        most = self.platform.limits.max_snapshots
        if len(others) >= most:
            raise full(f"snapshots of '{slug}'", most, "max-snapshots")
        self._keep_snapshots(holding, others | {name: saved})

    def forget_snapshot(self, slug: str, name: str) -> None:
        """Forget a snapshot, if there is one."""
        holding = self.holding(slug)
        others = {n: other for n, other in holding.snapshots.items() if n != name}
        self._keep_snapshots(holding, others)

    def _keep_snapshots(self, holding: Holding, snapshots: dict[str, Saved]) -> None:
        before = holding.snapshots
        holding.snapshots = snapshots

        def undo() -> None:
            holding.snapshots = before

        self.platform.log.note(undo)

    def reset(self, space: Space) -> None:
        """Put a tenant into the state it was seeded, opened or forked with.

        Raises Refusal NO_SEED for a tenant that a call of the API has opened.
        """
        seeded = self.holding(space.slug).seed
        if seeded is None:
            raise Refusal("NO_SEED")
        self.restore(space, seeded)

    def reset_all(self) -> None:
        """The sandbox as it was at start: seeded tenants as they were, no others."""
        for space in self.platform.spaces():
            # Another may have taken the name of one that was seeded.
            if self.holding(space.slug) is not self._seeded.get(space.slug):
                self.delete(space)
        for slug, holding in self._seeded.items():
            if holding.seed and self.platform.space(slug) is None:
                self.platform.open(slug, str(holding.seed.tenant[self.tenancy.id]))
                self._hold(slug, holding)
        if self._root is not None:
            self.platform.root.load(self._root)
        for space in self.platform.spaces():
            self.reset(space)

    @property
    def _tenants(self) -> Collection:
        """The records of all tenants."""
        return self.platform.root.collection(self.tenancy.resource)

    def _named(self, slug: str, tenant_id: str) -> Record:
        """What tells the record of a tenant from another's."""
        return {self.tenancy.id: tenant_id, self.tenancy.slug: slug}

    def tenant(self, space: Space) -> Record:
        """The tenant's own record."""
        found = self._tenants.get(space.tenant_id)
        if found is None:
            raise KeyError(space.tenant_id)
        return found

    def resume(
        self,
        slug: str,
        about: tuple[str, str | None, str | None],
        seed: Saved | None,
        snapshots: dict[str, Saved],
    ) -> None:
        """Know of a tenant what a file tells: kind, origin, password, its seed and snapshots."""
        kind, origin, password = about
        if kind == "SEEDED" and slug in self._seeded:
            self._seeded[slug].snapshots = snapshots
            return
        # One that was seeded by a fixture that is not given any more has come from a file, too.
        kind = "FIXTURE" if kind == "SEEDED" else kind
        self._holdings[slug] = Holding(kind, origin, password, seed, snapshots)

    def _hold(self, slug: str, holding: Holding) -> Holding:
        self._holdings[slug] = holding

        def undo() -> None:
            del self._holdings[slug]

        self.platform.log.note(undo)
        return holding

    def _refuse_taken(self, slug: str) -> None:
        if self.platform.space(slug) is not None:
            raise Refusal("TENANT_EXISTS", f"It is '{slug}'.")

    def _free_slug(self, origin: str) -> str:
        """The first free name of the form origin-1; a fork of a fork counts on."""
        stem = re.sub(r"-fork-\d+$", "", origin)
        number = self.platform.root.next_number(f"<fork {stem}>")
        while True:
            ending = f"-fork-{number}"
            slug = stem[: _LONGEST_SLUG - len(ending)].rstrip("-") + ending
            if self.platform.space(slug) is None:
                return slug
            number = self.platform.root.next_number(f"<fork {stem}>")

    def _tenant_id(self, slug: str) -> str:
        """The id of a fork: made from its slug, so that the order of forks is no matter."""
        text = f"{self.platform.seed}/fork/{slug}"
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        kind = self.engine.contract.resources.get(self.tenancy.resource)
        prefix = kind.id_prefix if kind else ""
        return prefix + str(uuid.UUID(bytes=digest, version=4))

    def describe(self, space: Space) -> JsonObject:
        """A tenant as the controls show it."""
        holding, record = self.holding(space.slug), self.tenant(space)
        return {
            "slug": space.slug,
            "id": space.tenant_id,
            "name": str(record[self.tenancy.name]),
            "status": self.tenancy.state_of(record),
            "kind": holding.kind,
            "origin": holding.origin,
            "now": format_instant(space.clock.now()),
            "records": count_records(space.collections()),
            "accounts": self._accounts(space),
            "password": holding.password,
        }

    def _accounts(self, space: Space) -> JsonObject:
        """The login of the first active account of each grant.

        Remembered until an account changes, by forks too, and sought by grant: there may be very
        many.
        """
        principal = self.principal
        if principal is None or not principal.grants:
            return {}
        accounts, field = space.collection(principal.resource), _grants(principal)
        known: dict[str, str] | None = accounts.memo.get(Estate)
        if known is None:
            known = {}
            for key in accounts.keys(field):
                active = (u for u in accounts.found(field, key) if principal.is_active(u))
                account = next(active, {})
                granted = (g for g in principal.grants_of(account) if g.lower() == key)
                known |= {grant: str(account[principal.login]) for grant in granted}
            accounts.remember(Estate, known)
        return known

    def _logged_in(self, space: Space) -> dict[str, Record]:
        """The accounts that have sessions, by id."""
        if self.principal is None:
            return {}
        accounts = space.collection(self.principal.resource)
        found = {one["userId"]: accounts.get(one["userId"]) for one in _sessions(space)}
        return {name: account for name, account in found.items() if account is not None}

    def _log_out_strangers(self, space: Space, before: Mapping[str, Record]) -> None:
        """End the sessions of accounts that are not there any more, inactive, or another's now.

        Ids come again when the state of a tenant is put back: the same id is not yet the same
        person.
        """
        principal, now = self.principal, self._logged_in(space)
        if principal is None:
            return
        created = self.engine.contract.resources[principal.resource].created
        lasting = (created, principal.login)
        for session in _sessions(space):
            old, new = before.get(session["userId"]), now.get(session["userId"])
            same = old and new and all(old.get(n) == new.get(n) for n in lasting)
            if new is None or not principal.is_active(new) or not same:
                space.passing(SESSIONS).remove(session["id"])


def _grants(principal: Principal) -> Field:
    """What accounts are sought by: a member, or each value of one that is a list."""
    return (principal.grants, "*") if principal.several else principal.grants


def _sessions(space: Space) -> list[Record]:
    return list(space.passing(SESSIONS)) if f"<{SESSIONS}>" in space.collections() else []


def count_records(collections: Mapping[str, Collection]) -> int:
    """The records that the API can show."""
    return sum(len(c) for name, c in collections.items() if not name.startswith(("(", "<")))
