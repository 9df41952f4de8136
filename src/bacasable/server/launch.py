"""Putting a sandbox together: contract, fixtures and clock become an application."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from secrets import token_bytes

from starlette.types import ASGIApp

from ..bounds import Bounds
from ..contract import Contract, ContractError, load_contract
from ..contract.authorization import endpoints_of
from ..contract.build import each_operation
from ..contract.compiled import sound
from ..contract.inference import inferred
from ..contract.lines import Lines, describe
from ..contract.rules import unenforced
from ..contract.security import security_findings
from ..core import (
    Access,
    Accounts,
    Admission,
    Behaviour,
    Clock,
    Engine,
    FixedClock,
    Limits,
    OpenAccess,
    Platform,
    SchemeAccess,
    Space,
    SystemClock,
    Tokens,
    account_hooks,
)
from ..core.clock import parse_instant
from ..platforms import DEFAULT, PlatformPackage, platform_named
from ..sandbox.authorization import AuthorizationServer
from ..sandbox.credentials import unserved_flows
from ..sandbox.estate import Estate
from ..sandbox.exchanges import KEPT, Exchanges
from ..sandbox.faults import Faults
from ..sandbox.first_records import (
    MOST,
    FirstRecords,
    UnknownLocale,
    known_locale,
    load_given,
    seed_first,
)
from ..sandbox.fixtures import Fixture, load_fixture
from ..sandbox.hub import Hub
from ..sandbox.telling import Teller
from ..startup import without_collector
from .app import build_app
from .forwarded import Fronts
from .tokens import JwtTokens, sign_with

logger = logging.getLogger("bacasable")
DEFAULT_SEED = 42
SLUG = "sandbox"
"""The only tenant where a document knows of none."""
_BEGINNING = FixedClock(parse_instant("2000-01-01"))
"""What a platform shows until all is seeded."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """A sandbox put together and seeded, not yet listening."""

    app: ASGIApp
    engine: Engine
    access: Admission
    fixtures: tuple[Fixture, ...]
    hub: Hub
    bounds: Bounds
    first: FirstRecords = field(default_factory=FirstRecords)
    """What the only tenant of a document without extensions began with."""


@without_collector()
def build_sandbox(
    platform: PlatformPackage | None = None,
    *,
    contract: Contract | Path | None = None,
    fixtures: Sequence[Path] | None = None,
    seed_number: int = DEFAULT_SEED,
    clock: Clock | None = None,
    secret: str | None = None,
    predictable_tokens: bool = False,
    limits: Limits | None = None,
    controls: bool = True,
    key: str | None = None,
    log_size: int = KEPT,
    exchanges: Exchanges | None = None,
    fronts: Fronts | None = None,
    bounds: Bounds | None = None,
    open_access: bool = False,
    redirect_uris: Sequence[str] = (),
    records: int = 0,
    locale: str = "en_US",
) -> Assembly:
    """A seeded sandbox of a platform, or of the one that is included.

    `contract` is another than the platform's own, as `fixtures` are others than its tenants'.
    Tokens are signed with `secret`, or with one made at random; `predictable_tokens` come from the
    seed, for tests that compare them. Without `controls` nothing answers under /_sandbox but its
    health, and no request is logged. With a `key` the controls ask for it. `log_size` is the number
    of exchanges kept for a tenant; `exchanges` is a log to go on with. `fronts` say below which
    path it is seen, and which proxies may; `bounds` what is taken of a request. Of a document of
    others `records` are made for each collection, in this `locale`; its callers are judged by its
    security schemes, unless there is `open_access`; `redirect_uris` are where its consent page may
    lead besides to this machine.

    Raises ContractError, in one line, for a contract or fixture at fault.
    """
    clock, package = clock or SystemClock(), platform or platform_named(DEFAULT)
    known = _contract(package, contract)
    locale = _checked(known, records, locale)
    database = _database(seed_number, limits, predictable=predictable_tokens)
    tokens = JwtTokens(secret, database.random_bytes)
    engine = _engine(known, database, package.behaviours_for(known, tokens), tokens)
    estate = Estate(engine, package.populations, package.judge, clock, tokens)
    files = package.own_fixtures if fixtures is None else fixtures
    loaded, first = _begun(estate, files, clock, records, locale)
    estate.begin()
    hub = _hub(estate, exchanges or log_size)
    access = _admission(hub, tuple(redirect_uris), open_access=open_access)
    app = build_app(
        engine,
        access,
        lambda: hub.base_url,
        hub=hub if controls else None,
        key=key,
        fronts=fronts,
        bounds=bounds,
        keeper=lambda: hub.keeper,
        authorization=hub.authorization,
        guides=package.guides,
    )
    return Assembly(app, engine, access, loaded, hub, bounds or Bounds(), first)


def _database(seed: int, limits: Limits | None, *, predictable: bool) -> Platform:
    # Asked for, and known to everybody who knows the seed.
    random_bytes = Random(seed).randbytes if predictable else token_bytes  # noqa: S311
    return Platform(seed, _BEGINNING, random_bytes, limits or Limits())


def _begun(
    estate: Estate, files: Iterable[Path], clock: Clock, records: int, locale: str
) -> tuple[tuple[Fixture, ...], FirstRecords]:
    """Seed the tenants of fixtures; or the only one, with the records that those files list."""
    if estate.engine.contract.principal is not None:
        return _seeded(estate, files, clock), FirstRecords()
    estate.platform.set_clock(clock)
    return (), _opened(estate, files, records, locale)


def _seeded(estate: Estate, paths: Iterable[Path], clock: Clock) -> tuple[Fixture, ...]:
    """The fixtures that were seeded. From then on it is now."""
    loaded = tuple(load_fixture(path, estate.engine.contract) for path in paths)
    for fixture in loaded:
        estate.seed(fixture)
    estate.platform.set_clock(clock)
    return loaded


def _checked(contract: Contract, records: int, locale: str) -> str:
    """The language as Faker has it. Raises ContractError for what first records cannot be."""
    if contract.principal is not None and (records or locale != "en_US"):
        said = "its tenants begin with fixtures: leave out records and locale"
        raise ContractError(f"{contract.source}: {said}")
    if not 0 <= records <= MOST:
        raise ContractError(f"records {records}: give a number from 0 to {MOST}")
    try:
        return known_locale(locale)
    except UnknownLocale as error:
        raise ContractError(f"locale {locale or 'of no name'}: {error}") from error


def _opened(estate: Estate, given: Iterable[Path], records: int, locale: str) -> FirstRecords:
    """Open the only tenant of a document of others, with the records that are given and others.

    Examples that do not fit are told. Raises ContractError for given records that do not.
    """
    engine = estate.engine
    listed = load_given(engine.contract, given)
    first = FirstRecords()

    def fill(space: Space) -> None:
        nonlocal first
        first = seed_first(engine, space, records, locale, listed)

    estate.open_only(SLUG, fill)
    if first.refused:
        logger.warning("%s: %s", engine.contract.source, first.warning)
    return first


def _engine(
    contract: Contract, database: Platform, behaviours: Mapping[str, Behaviour], tokens: Tokens
) -> Engine:
    """The engine; rules that nothing enforces are told as a warning. Raises ContractError."""
    engine = Engine(contract, database, behaviours, account_hooks(contract, tokens))
    for finding in () if behaviours else unenforced(contract):
        logger.warning("%s: %s", contract.source, finding.detail)
    return engine


def _hub(estate: Estate, log: Exchanges | int) -> Hub:
    """What the controls of a sandbox act on."""
    engine, tokens = estate.engine, estate.tokens
    database, bound = engine.platform, engine.limits
    if isinstance(log, int):
        log = Exchanges(database, log, bound.max_log_bytes, bound.max_followers)
    hub = Hub(engine, tokens, estate, Faults(engine), log, Teller(engine.contract))
    hub.has_accounts = engine.contract.principal is not None
    return hub


def _admission(hub: Hub, redirect_uris: tuple[str, ...], *, open_access: bool) -> Admission:
    """Who is let in; of a document of others by its schemes, with what gives tokens for them."""
    contract, database = hub.engine.contract, hub.engine.platform
    if contract.principal is not None:
        return Access(database, hub.tokens, contract.principal, contract.tenancy)
    bound = hub.engine.limits
    accounts = Accounts(contract, hub.tokens, SLUG, bound.max_accounts)
    endpoints = endpoints_of(contract.document)
    if endpoints is not None:

        def now() -> float:
            return (database.space(SLUG) or database.root).clock.now().timestamp()

        hub.authorization = AuthorizationServer(
            accounts,
            endpoints,
            now,
            sign_with,
            database.random_bytes,
            bound.max_authorizations,
            redirect_uris,
        )
    if open_access:
        return OpenAccess(database, SLUG)
    hub.accounts = accounts
    for said in unserved_flows(hub.authorization) if hub.authorization else ():
        logger.warning("%s: %s", contract.source, said)
    return SchemeAccess(database, SLUG, accounts)


def _contract(package: PlatformPackage, other: Contract | Path | None) -> Contract:
    """The contract of a platform, or another version of it. Raises ContractError.

    Of a document of others all is served that can be; what is left out is told as a warning.
    Records of a document that knows of no tenants are all of the only one that there is.
    """
    given = other or package.contract
    overlay = None if other else package.overlay
    if isinstance(given, Path):
        given = load_contract(given, overlay, package.root)
    contract = given
    if contract.strict:
        return contract
    if other is not None:
        raise ContractError(
            f"{contract.source}: has none of the extensions that the contract of {package.name}"
            f" has; serve it by itself: bacasable serve {contract.source}"
        )
    for said in contract.mended:
        logger.warning("%s", said)
    contract = inferred(contract, likely=True)
    resources = {n: replace(kind, scope="tenant") for n, kind in contract.resources.items()}
    contract, broken = sound(replace(contract, resources=resources))
    broken += security_findings(contract.document, each_operation(contract.document))
    if broken:
        source = Path(contract.source)
        lines = Lines(source.read_text("utf-8", "replace"))
        for finding in broken:
            logger.warning("%s", describe(source, lines, finding))
    return contract
