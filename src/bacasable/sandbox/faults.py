"""Faults: which calls of which tenant are to fail, how, and how often. Sans I/O.

This file keeps them and decides by seeded chance; `drift.py` breaks answers, `fault_options.py`
judges what is asked for, and `server/detour.py` makes calls fail.
"""

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from ..contract import Operation, Refusal
from ..contract.model import JsonObject
from ..core import Engine, Image, Space
from ..core.limits import full
from .drift import Drift
from .fault_options import completed


@dataclass(slots=True, eq=False)
class Fault:
    """A fault of a tenant. `options` are those of its kind, in the order they are shown.

    `met` counts the calls it could have struck, `struck` those it did. `image` is the state of the
    tenant that STALE shows.
    """

    id: str
    kind: str
    operations: tuple[str, ...]
    roles: tuple[str, ...]
    percent: float
    count: int | None
    options: JsonObject
    seed: str
    image: Image | None = None
    met: int = 0
    struck: int = 0

    @property
    def is_used_up(self) -> bool:
        """Whether it has struck as often as it may."""
        return self.count is not None and self.struck >= self.count

    def told(self) -> JsonObject:
        """The fault as the controls show it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "operations": list(self.operations),
            "roles": list(self.roles),
            "percent": self.percent,
            "count": self.count,
            "struck": self.struck,
            "remaining": None if self.count is None else self.count - self.struck,
            **self.options,
        }

    def fits(self, operation: Operation, roles: Collection[str] | None) -> bool:
        """Whether it is meant for a call of an operation by an account with these roles.

        No roles stand for a call that needs no token, None for one that is not admitted.
        """
        if self.operations and operation.id not in self.operations:
            return False
        if self.roles and not set(self.roles) & set(roles or ()):
            return False
        if self.kind == "TOKEN_EXPIRED":
            return bool(roles)
        if self.kind == "STALE":
            return operation.method == "get" and operation.needs_tenant
        return self.kind != "ERROR" or self.options["status"] in operation.answers

    def draw(self) -> Random | None:
        """The chance of the next call that it fits, or None when it spares the call."""
        self.met += 1
        # Not for secrets: equal calls are to meet equal faults, on any machine.
        chance = Random(f"{self.seed}/{self.id}/{self.met}")  # noqa: S311
        return chance if chance.random() * 100 < self.percent else None


class Faults:
    """The faults of all tenants.

    `active` holds those that can still strike, by tenant: as long as it is empty, no call needs to
    look any further.
    """

    def __init__(self, engine: Engine) -> None:
        self._contract, self._seed = engine.contract, engine.platform.seed
        self._all: dict[str, dict[str, Fault]] = {}
        self._numbers: dict[str, int] = {}
        self.active: dict[str, tuple[Fault, ...]] = {}
        self.drift = Drift(engine.contract)

    def add(self, space: Space, wanted: JsonObject) -> Fault:
        """A new fault of the tenant of a space; `wanted` is a FaultToAdd, defaults filled in.

        Raises Refusal INVALID_REQUEST with the place of every option that does not fit.
        """
        options = completed(self._contract, self.drift, wanted)
        slug, most = space.slug, space.limits.max_faults
        if len(self._all.get(slug, ())) >= most:
            raise full(f"faults of '{slug}'", most, "max-faults")
        self._numbers[slug] = number = self._numbers.get(slug, 0) + 1
        fault = Fault(
            id=f"flt_{number}",
            kind=wanted["kind"],
            operations=tuple(wanted["operations"]),
            roles=tuple(wanted["roles"]),
            percent=wanted["percent"],
            count=wanted["count"],
            options=options,
            # Forks of one origin meet the same faults, as they give the same ids.
            seed=f"{self._seed}/{space.lineage}",
            image=space.image() if wanted["kind"] == "STALE" else None,
        )
        self._all.setdefault(slug, {})[fault.id] = fault
        self._refresh(slug)
        return fault

    def take(self, other: "Faults") -> None:
        """Go on with the faults of another version of the sandbox, as far as they fit this one.

        One that shows an old state does not: that belongs to the other.
        """
        known = self._contract.operations.keys()
        for slug, (number, faults) in other.told_by_tenant().items():
            fitting = [f for f in faults if f.image is None and known >= {*f.operations}]
            self._numbers[slug], self._all[slug] = number, {f.id: f for f in fitting}
            self._refresh(slug)

    def told_by_tenant(self) -> dict[str, tuple[int, list[Fault]]]:
        """By tenant the number of its last fault, and the faults that are there."""
        return {slug: (number, self.of(slug)) for slug, number in self._numbers.items()}

    def of(self, slug: str) -> list[Fault]:
        """The faults of a tenant, oldest first, those that are used up included."""
        return list(self._all.get(slug, {}).values())

    def get(self, slug: str, fault_id: str) -> Fault:
        """One fault of a tenant. Raises Refusal NOT_FOUND."""
        fault = self._all.get(slug, {}).get(fault_id)
        if fault is None:
            raise Refusal("NOT_FOUND", f"The tenant '{slug}' has no fault '{fault_id}'.")
        return fault

    def remove(self, slug: str, fault_id: str) -> None:
        """Remove one fault of a tenant. Raises Refusal NOT_FOUND."""
        self.get(slug, fault_id)
        del self._all[slug][fault_id]
        self._refresh(slug)

    def clear(self, slug: str) -> None:
        """Remove all faults of a tenant. Their ids are not given again."""
        self._all.pop(slug, None)
        self._refresh(slug)

    def forget(self, slug: str) -> None:
        """Forget a tenant that is gone: one of the same slug begins anew."""
        self.clear(slug)
        self._numbers.pop(slug, None)

    def forget_all(self) -> None:
        """Forget all tenants."""
        self._all.clear()
        self._numbers.clear()
        self.active = {}

    def strike(self, fault: Fault, slug: str) -> None:
        """Count a strike of a fault of a tenant."""
        fault.struck += 1
        if fault.is_used_up:
            self._refresh(slug)

    def refusal(self, fault: Fault) -> Refusal:
        """The documented problem that a fault answers a call with."""
        options = fault.options
        said = "A fault of the sandbox answers in place of the platform."
        if fault.kind == "TOKEN_EXPIRED":
            return Refusal("TOKEN_EXPIRED", said)
        wait = options.get("retryAfter")
        headers = {} if wait is None else {"Retry-After": str(wait)}
        if fault.kind == "RATE_LIMIT":
            return Refusal("RATE_LIMITED", said, headers=headers)
        return Refusal(options["code"], said, headers=headers)

    def _refresh(self, slug: str) -> None:
        active = {s: faults for s, faults in self.active.items() if s != slug}
        live = tuple(f for f in self._all.get(slug, {}).values() if not f.is_used_up)
        if live:
            active[slug] = live
        self.active = active
