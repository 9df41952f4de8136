"""Putting a sandbox together: contract, fixtures and clock become an application."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from .. import qualiforma
from ..contract import Contract, ContractError, load_contract
from ..core import (
    Access,
    Clock,
    Engine,
    FixedClock,
    Limits,
    Platform,
    Record,
    Space,
    SystemClock,
)
from ..core.clock import parse_instant
from ..qualiforma import population
from ..qualiforma.auth import open_session
from ..sandbox.estate import Estate
from ..sandbox.exchanges import KEPT, Exchanges
from ..sandbox.faults import Faults
from ..sandbox.fixtures import Fixture, load_fixture
from ..sandbox.hub import Hub
from ..sandbox.telling import Teller
from ..startup import without_collector
from .app import build_app
from .forwarded import Fronts
from .tokens import JwtTokens

LOCAL_SECRET = "bac-a-sable: this secret is public, and good for loopback only"  # noqa: S105
DEFAULT_SEED = 42


@dataclass(frozen=True, slots=True)
class Assembly:
    """A sandbox put together and seeded, not yet listening."""

    app: ASGIApp
    engine: Engine
    access: Access
    fixtures: tuple[Fixture, ...]
    hub: Hub


@without_collector()
def build_sandbox(
    *,
    contract: Contract | Path,
    fixtures: Sequence[Path],
    seed_number: int = DEFAULT_SEED,
    clock: Clock | None = None,
    secret: str = LOCAL_SECRET,
    limits: Limits | None = None,
    controls: bool = True,
    key: str | None = None,
    log_size: int = KEPT,
    fronts: Fronts | None = None,
) -> Assembly:
    """A seeded sandbox. Raises ContractError, in one line, for a contract or fixture at fault.

    Without `controls` nothing answers under /_sandbox but its health, and no request is logged.
    With a `key` the controls ask for it. `log_size` is the number of exchanges kept for a tenant.
    `fronts` say below which path it is seen, and which proxies may say so.
    """
    clock = clock or SystemClock()
    known = load_contract(contract) if isinstance(contract, Path) else contract
    if not known.extended:
        raise ContractError(
            f"{known.source}:1: /: says nothing of records and rules (x-resource and the other"
            " extensions), so no sandbox can be made of it; 'bacasable docs build --contract' can"
            " show it"
        )
    platform = Platform(seed_number, FixedClock(parse_instant("2000-01-01")))
    tokens = JwtTokens(secret)
    engine = Engine(known, platform, qualiforma.behaviours(tokens), limits or Limits())
    estate = Estate(engine, {"training-body": population.training_body}, clock)
    loaded = tuple(load_fixture(path) for path in fixtures)
    for fixture in loaded:
        estate.seed(fixture)
    platform.set_clock(clock)
    estate.begin()

    def sign_in(space: Space, user: Record) -> Record:
        return open_session(tokens, space, user, space.clock.now())

    exchanges, teller = Exchanges(platform, log_size), Teller(known)
    hub = Hub(engine, tokens, sign_in, estate, Faults(engine), exchanges, teller)
    access = Access(platform, tokens)
    beside = hub if controls else None
    app = build_app(engine, access, lambda: hub.base_url, hub=beside, key=key, fronts=fronts)
    return Assembly(app, engine, access, loaded, hub)
