"""Seeding: playing a fixture through the engine, each call at its instant."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ..contract.model import Json, JsonObject, Operation
from ..contract.names import did_you_mean
from ..contract.problems import Refusal
from ..contract.request import RawRequest
from ..contract.wire import to_json
from ..core import Actor, Call, Clock, Engine, FixedClock, Space
from ..core.clock import TenantClock, format_instant, parse_instant
from ..core.portions import Portions
from ..core.timers import Schedule
from .fixtures import Fixture, Step, step_from

Population = Callable[[JsonObject, int, str], Iterable[JsonObject]]
"""Steps, as fixture files write them, for the sizes given under `generate`, a seed and a domain."""
Judge = Callable[[Json], None]
"""Raises ValueError for the body of a step that may not be seeded."""

_STEPS = 10
"""Steps between two pauses."""


def seed(
    engine: Engine,
    fixture: Fixture,
    populations: Mapping[str, Population],
    judge: Judge,
    clock: Clock,
) -> Portions[Space]:
    """Open and fill the tenant of a fixture; from then on it lives by `clock`.

    Between two portions nobody else may write to the platform of the engine.

    A fixture tells all that happened, what time did included: timers start where the story ends.
    Raises ContractError in one line for a step that the contract or a rule refuses.
    """
    player = _Player(engine, fixture, judge)
    for number, step in enumerate(fixture.steps):
        player.play(step, f"/steps/{number - 1}" if number else "/tenant")
        created = step.operation == fixture.principal.creates
        if created and step.pinned == fixture.super_administrator:
            player.promote(step.pinned)
        if number % _STEPS == _STEPS - 1:
            yield
    if fixture.generate:
        for number, step in enumerate(_generated(engine, fixture, populations)):
            player.play(step, "/generate")
            if number % _STEPS == _STEPS - 1:
                yield
    space = player.space()
    yield from engine.reschedule(space, format_instant(player.instant))
    space.clock = TenantClock(clock)
    return space


def _generated(
    engine: Engine, fixture: Fixture, populations: Mapping[str, Population]
) -> Iterable[Step]:
    sizes = fixture.generate or {}
    name = sizes["population"]
    if name not in populations:
        raise fixture.error("/generate/population", f"is unknown{did_you_mean(name, populations)}")
    admin, domain = fixture.accounts[0], f"{fixture.slug}.example"
    try:
        told = populations[name](sizes | {"admin": admin}, engine.platform.seed, domain)
        return [step_from(step, admin) for step in told]
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        said = f"does not fit the population {name} ({type(error).__name__}: {error})"
        raise fixture.error("/generate", said) from error


class _Player:
    """Plays the steps of one fixture."""

    def __init__(self, engine: Engine, fixture: Fixture, judge: Judge) -> None:
        self._engine, self._fixture, self._judge = engine, fixture, judge
        self._clock = FixedClock(parse_instant("2000-01-01T00:00:00Z"))

    @property
    def instant(self) -> datetime:
        """The instant of the last call."""
        return self._clock.instant

    def space(self) -> Space:
        """The tenant's space."""
        space = self._engine.platform.space(self._fixture.slug)
        if space is None:
            raise self._fixture.error("/tenant", "was not opened")
        return space

    def promote(self, user_id: str) -> None:
        """Give an account the grant over all tenants, which no call of the API can do."""
        space, principal = self.space(), self._fixture.principal
        mark, accounts = space.log.mark(), space.collection(principal.resource)
        for grant in principal.across[:1]:
            accounts.put((accounts.get(user_id) or {}) | principal.granting(grant))
        space.log.commit(mark)

    def play(self, step: Step, place: str) -> None:
        """One call at its instant. Raises ContractError when it is refused."""
        contract = self._engine.contract
        operation = contract.operations.get(step.operation)
        if operation is None:
            near = did_you_mean(step.operation, contract.operations)
            raise self._fixture.error(place, f"'{step.operation}' is no operation{near}")
        try:
            self._judge(step.body)
        except ValueError as error:
            raise self._fixture.error(place, str(error)) from error
        instant = self._instant_of(step, place)
        if instant < self._clock.instant:
            raise self._fixture.error(
                place, f"{step.at} lies before the step above; sort the steps"
            )
        self._clock.instant = instant
        for parameter in operation.parameters:
            if parameter.location == "path" and parameter.name not in step.path:
                raise self._fixture.error(place, f"{step.operation} needs path.{parameter.name}")
        space = self._space_for(operation)
        if step.pinned:
            resource = operation.action.resource or ""
            if resource and space.collection(resource).get(step.pinned):
                raise self._fixture.error(place, f"the id {step.pinned} is taken")
            space.pinned[resource] = step.pinned
        body = b"" if step.body is None else to_json(step.body)
        kind = "application/json" if body else ""
        request = RawRequest(step.path, body=body, content_type=kind)
        call = Call(operation, space, self._actor(space, step), request, "req_seed", answered=False)
        try:
            self._engine.handle(call)
        except Refusal as refusal:
            told = "; ".join(f"{v.pointer} {v.detail}" for v in refusal.violations)
            said = f"{step.operation} at {step.at}: {refusal.code}: {refusal.detail} {told}".strip()
            raise self._fixture.error(place, said) from refusal

    def _instant_of(self, step: Step, place: str) -> datetime:
        try:
            return parse_instant(step.at)
        except ValueError as error:
            raise self._fixture.error(place, f"{step.at} is no instant ({error})") from error

    def _space_for(self, operation: Operation) -> Space:
        root = self._engine.platform.root
        if not operation.needs_tenant:
            root.clock = self._clock
            if operation.id == self._fixture.steps[0].operation:
                # Opening a tenant opens its first account too.
                root.pinned[self._fixture.principal.resource] = self._fixture.accounts[0]
            return root
        space = self.space()
        space.clock, space.schedule = self._clock, Schedule()
        return space

    def _actor(self, space: Space, step: Step) -> Actor:
        """Who makes a call: an account, or the platform itself where there is none yet."""
        principal = self._fixture.principal
        account = space.collection(principal.resource).get(step.user)
        if account is None:
            prefix = self._engine.contract.resources[principal.resource].id_prefix
            return Actor(f"{prefix}platform", frozenset(principal.across), "", "", 0)
        return Actor(step.user, frozenset(principal.grants_of(account)), space.slug, "", 0)
