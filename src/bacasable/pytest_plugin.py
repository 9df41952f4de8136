"""The pytest plugin: a sandbox for each run, a fresh tenant for each test; the test kit as tests.

The first two are told in docs/testing.md; `pytest --pyargs bacasable.verify --base-url URL` runs
the third, and `verify_suite` makes them for a test module.

Every pytest run on the machine loads this file, so it imports nothing heavy before a test asks.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Sandbox, Tenant
    from .verify.suite import Prepared, Suite

_OPTIONS = {
    "seed": "Decides every generated id and name of the sandbox (default 42).",
    "tenant": "The tenant that each test gets a fork of (default the first).",
    "document": "An OpenAPI document, or a folder with one, to serve in place of the included one.",
    "records": "Records made for each of its collections, beside its examples (default 0).",
    "locale": "Language of their texts (default en_US).",
    "now": "The instant at which the sandbox starts, 2026-09-01T09:00:00Z for example.",
    "url": "A sandbox that runs already, instead of one of this run; its key in BACASABLE_KEY.",
}
_KIT = "bacasable.verify"
_VERIFY = {
    "url": "The server that the tests of the kit judge (--base-url does as well).",
    "tenant": "The tenant that they call.",
    "email": "The account that they log in with.",
    "password": "Its password; rather give it as BACASABLE_PASSWORD.",
    "token": "A token in place of both; rather give it as BACASABLE_TOKEN.",
    "header": "A header of every request, 'Name: value'. May be repeated.",
    "as": "An account for each role, ROLE:EMAIL:PASSWORD. May be repeated.",
    "other-tenant": "An account of another tenant, SLUG:EMAIL:PASSWORD. May be repeated.",
    "contract": "Another contract than the packaged one.",
    "only": "A tag or an operation: only these. May be repeated.",
    "exclude": "A tag or an operation that is left out. May be repeated.",
    "check": "A check: only these. May be repeated.",
    "profile": "quick, standard or deep.",
    "rate": "Requests per second, at most: 50/s.",
    "timeout": "For one answer: 10s.",
    "seed": "Decides what is generated (default 1).",
    "ca": "Certificates (PEM) to trust beside those of the system: a file or a folder.",
    "proxy": "A proxy, http://USER:PASSWORD@HOST:PORT, in place of the environment's.",
    "wait": "So long a server that is starting is waited for: 60s.",
    "known": "A file of accepted findings.",
}
_FLAGS = {
    "read-only": "Send nothing but GET and HEAD.",
    "insecure": "Do not verify certificates.",
}
_REPEATED = ("header", "as", "other-tenant", "only", "exclude", "check")
_PREPARED = pytest.StashKey["dict[Suite, Prepared]"]()
_FIRST = pytest.StashKey[str]()
_WRONG = pytest.StashKey["dict[Suite, str]"]()
_FIXTURES = "Fixtures of the sandbox, by name or path, instead of all packaged ones."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --sandbox-seed and the others, and their twins in the ini file: sandbox_seed."""
    group = parser.getgroup("bacasable", "sandbox of an API")
    for name, says in _OPTIONS.items():
        group.addoption(f"--sandbox-{name}", default=None, metavar=name.upper(), help=says)
        parser.addini(f"sandbox_{name}", says)
    group.addoption(
        "--sandbox-fixture", action="append", default=None, metavar="NAME", help=_FIXTURES
    )
    parser.addini("sandbox_fixture", _FIXTURES, type="args")
    kit = parser.getgroup("bacasable verify", "contract test kit")
    for name, says in _VERIFY.items():
        _add(kit, name, f"--verify-{name}", help=says, metavar=name.upper())
    for name, says in _FLAGS.items():
        _add_flag(kit, name, f"--verify-{name}", help=says)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Who runs the tests of the kit itself writes its options as for the command: --tenant.

    In other runs these names belong to other people.
    """
    if not any(arg.partition("::")[0] == _KIT for arg in args):
        return
    kit = parser.getgroup("bacasable verify")
    for name, says in _VERIFY.items():
        if name != "url":
            _add(kit, name, f"--{name}", help=says, metavar=name.upper())
    for name, says in _FLAGS.items():
        _add_flag(kit, name, f"--{name}", help=says)
    if not early_config.pluginmanager.hasplugin("base_url"):
        kit.addoption("--base-url", dest="verify_url", metavar="URL", help=_VERIFY["url"])


def _add(group: pytest.OptionGroup, name: str, option: str, **how: Any) -> None:
    action = "append" if name in _REPEATED else "store"
    dest = "verify_" + name.replace("-", "_")
    group.addoption(option, action=action, default=None, dest=dest, **how)


def _add_flag(group: pytest.OptionGroup, name: str, option: str, **how: Any) -> None:
    # What is not given says nothing: the file may still say true.
    dest = "verify_" + name.replace("-", "_")
    group.addoption(option, action="store_true", default=None, dest=dest, **how)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker. Raises pytest.UsageError for options that cannot be honoured."""
    config.addinivalue_line(
        "markers", "sandbox(tenant): the tenant that the fixture `tenant` is a fork of."
    )
    if config.getoption("--sandbox-url"):
        for name in ("seed", "now", "fixture", "document", "records", "locale"):
            if config.getoption(f"--sandbox-{name}"):
                raise pytest.UsageError(f"--sandbox-{name} is for a sandbox without --sandbox-url")
    if not (_option(config, "seed") or "0").lstrip("-").isdigit():
        raise pytest.UsageError(f"--sandbox-seed {_option(config, 'seed')}: is no number")
    if not (_option(config, "records") or "0").isdecimal():
        raise pytest.UsageError(f"--sandbox-records {_option(config, 'records')}: is no number")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the tests of the kit; a single one, which fails, when it cannot be known which."""
    suite = getattr(metafunc.function, "bacasable_suite", None)
    if suite is None:
        return
    prepared = _prepared(metafunc.config, suite)
    grouped = metafunc.config.pluginmanager.hasplugin("xdist")
    tests = []
    for pair in prepared.pairs() if prepared else ():
        group = pair.operation.id if pair.operation else "server"
        marks = [pytest.mark.xdist_group(group)] if grouped else []
        tests.append(pytest.param(pair, id=pair.id, marks=marks))
    unknown = pytest.param(None, id="not-judged")
    metafunc.parametrize("contract_pair", tests if prepared else [unknown])


def _prepared(config: pytest.Config, suite: "Suite") -> "Prepared | None":
    """A suite with its settings; None, and why in the stash, when these are wrong."""
    from .contract import ContractError
    from .resources import CONTRACT
    from .verify.scope import CannotJudge

    known = config.stash.setdefault(_PREPARED, {})
    if suite not in known:
        given = {name: _verifying(config, name) for name in (*_VERIFY, *_FLAGS)}
        settings = {name.replace("-", "_"): value for name, value in given.items()}
        settings["url"] = settings["url"] or config.getoption("base_url", None)
        try:
            known[suite] = suite.prepared(settings, config.rootpath, CONTRACT)
            known[suite].pairs()
        except (CannotJudge, ContractError, OSError, ValueError) as error:
            config.stash.setdefault(_WRONG, {})[suite] = str(error)
            known.pop(suite, None)
    return known.get(suite)


def _verifying(config: pytest.Config, name: str) -> Any:
    return config.getoption("verify_" + name.replace("-", "_"), None)


@pytest.fixture(scope="session")
def contract_runs(pytestconfig: pytest.Config) -> Iterator[None]:
    """At the end everything that the tests of the kit made is removed."""
    yield
    for prepared in pytestconfig.stash.get(_PREPARED, {}).values():
        prepared.close()


@pytest.fixture
def contract_run(request: pytest.FixtureRequest, contract_runs: None) -> "Prepared":  # noqa: ARG001
    """What the tests of a suite share; under pytest-xdist, those of a worker."""
    suite = request.function.bacasable_suite
    prepared = _prepared(request.config, suite)
    if prepared is None:
        pytest.fail(f"not judged: {request.config.stash[_WRONG][suite]}", pytrace=False)
    return prepared


@pytest.fixture(scope="session")
def sandbox(pytestconfig: pytest.Config) -> "Iterator[Sandbox]":
    """The sandbox of this run; under pytest-xdist, of this worker."""
    from .client import Sandbox, SandboxError

    url = _option(pytestconfig, "url")
    if url:
        found = Sandbox.at(url, os.environ.get("BACASABLE_KEY"))
    else:
        found = Sandbox(
            _document(pytestconfig),
            seed=int(_option(pytestconfig, "seed") or 42),
            records=int(_option(pytestconfig, "records") or 0),
            locale=_option(pytestconfig, "locale") or "en_US",
            tenants=_fixtures(pytestconfig),
            now=_option(pytestconfig, "now"),
        )
    try:
        found.start()
    except SandboxError as error:
        pytest.fail(str(error), pytrace=False)
    yield found
    found.stop()


@pytest.fixture
def tenant(request: pytest.FixtureRequest, sandbox: "Sandbox") -> "Iterator[Tenant]":
    """A tenant of this test alone, deleted afterwards: a fork of --sandbox-tenant.

    `@pytest.mark.sandbox(tenant="another")` names another origin.
    """
    from .client import ControlRefused

    marker = request.node.get_closest_marker("sandbox")
    if marker is not None:
        origin = _marked(*marker.args, **marker.kwargs)
    else:
        origin = _option(request.config, "tenant") or _first_tenant(request.config, sandbox)
    try:
        fork = sandbox.tenant(origin).fork()
    except ControlRefused as refused:
        pytest.fail(str(refused), pytrace=False)
    with fork:
        yield fork


def _first_tenant(config: pytest.Config, sandbox: "Sandbox") -> str:
    """The tenant that was opened first; it is asked for once in a run."""
    if _FIRST not in config.stash:
        config.stash[_FIRST] = sandbox.tenants()[0].slug
    return config.stash[_FIRST]


def _marked(*, tenant: str) -> str:
    """What the marker says. Python itself refuses one that says something else."""
    return tenant


def _option(config: pytest.Config, name: str) -> str | None:
    given: Any = config.getoption(f"--sandbox-{name}") or config.getini(f"sandbox_{name}")
    return str(given) if given else None


def _document(config: pytest.Config) -> Path | None:
    """The document that is served; one named in the ini file is relative to that."""
    named = _option(config, "document")
    path = Path(named) if named else None
    return config.rootpath / path if path and not path.exists() else path


def _fixtures(config: pytest.Config) -> list[str | Path] | None:
    """Names and paths; those of the ini file are relative to it."""
    named: list[str] = config.getoption("--sandbox-fixture") or []
    if named:
        return [*named]
    listed: list[str] = config.getini("sandbox_fixture")
    paths = [config.rootpath / name for name in listed]
    return [p if p.is_file() else n for p, n in zip(paths, listed, strict=True)] or None
