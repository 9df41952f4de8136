"""Putting a sandbox together: contract, fixtures and clock become an application."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from .. import qualiforma
from ..contract import Contract, load_contract
from ..core import Access, Clock, Engine, FixedClock, Limits, Platform, SystemClock
from ..core.clock import parse_instant
from ..qualiforma import population
from ..sandbox.fixtures import Fixture, load_fixture
from ..sandbox.seeding import seed
from .app import build_app
from .tokens import JwtTokens

LOCAL_SECRET = "bac-a-sable: this secret is public, and good for loopback only"  # noqa: S105
DEFAULT_SEED = 42


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox put together and seeded, not yet listening."""

    app: ASGIApp
    engine: Engine
    access: Access
    fixtures: tuple[Fixture, ...]


def build_sandbox(
    *,
    contract: Contract | Path,
    fixtures: Sequence[Path],
    seed_number: int = DEFAULT_SEED,
    clock: Clock | None = None,
    secret: str = LOCAL_SECRET,
    limits: Limits | None = None,
) -> Sandbox:
    """A seeded sandbox. Raises ContractError, in one line, for a contract or fixture at fault."""
    clock = clock or SystemClock()
    known = load_contract(contract) if isinstance(contract, Path) else contract
    platform = Platform(seed_number, FixedClock(parse_instant("2000-01-01")))
    tokens = JwtTokens(secret)
    engine = Engine(known, platform, qualiforma.behaviours(tokens), limits or Limits())
    loaded = tuple(load_fixture(path) for path in fixtures)
    populations = {"training-body": population.training_body}
    for fixture in loaded:
        seed(engine, fixture, populations, clock)
    platform.set_clock(clock)
    access = Access(platform, tokens)
    return Sandbox(build_app(engine, access), engine, access, loaded)
