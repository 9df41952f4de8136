"""The pytest plugin: a sandbox for each run, a fresh tenant for each test (docs/testing.md).

Every pytest run on the machine loads this file, so it imports nothing heavy before a test asks.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Sandbox, Tenant

_OPTIONS = {
    "seed": "Decides every generated id and name of the sandbox (default 42).",
    "tenant": "The tenant that each test gets a fork of (default votre-tenant).",
    "now": "The instant at which the sandbox starts, 2026-09-01T09:00:00Z for example.",
    "url": "A sandbox that runs already, instead of one of this run; its key in BACASABLE_KEY.",
}
_FIXTURES = "Fixtures of the sandbox, by name or path, instead of all packaged ones."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare --sandbox-seed and the others, and their twins in the ini file: sandbox_seed."""
    group = parser.getgroup("bacasable", "sandbox of the QualiForma API")
    for name, says in _OPTIONS.items():
        group.addoption(f"--sandbox-{name}", default=None, metavar=name.upper(), help=says)
        parser.addini(f"sandbox_{name}", says)
    group.addoption(
        "--sandbox-fixture", action="append", default=None, metavar="NAME", help=_FIXTURES
    )
    parser.addini("sandbox_fixture", _FIXTURES, type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker. Raises pytest.UsageError for options that cannot be honoured."""
    config.addinivalue_line(
        "markers", "sandbox(tenant): the tenant that the fixture `tenant` is a fork of."
    )
    if config.getoption("--sandbox-url"):
        for name in ("seed", "now", "fixture"):
            if config.getoption(f"--sandbox-{name}"):
                raise pytest.UsageError(f"--sandbox-{name} is for a sandbox without --sandbox-url")
    if not (_option(config, "seed") or "0").lstrip("-").isdigit():
        raise pytest.UsageError(f"--sandbox-seed {_option(config, 'seed')}: is no number")


@pytest.fixture(scope="session")
def sandbox(pytestconfig: pytest.Config) -> "Iterator[Sandbox]":
    """The sandbox of this run; under pytest-xdist, of this worker."""
    from .client import Sandbox, SandboxError

    url = _option(pytestconfig, "url")
    if url:
        found = Sandbox.at(url, os.environ.get("BACASABLE_KEY"))
    else:
        found = Sandbox(
            int(_option(pytestconfig, "seed") or 42),
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

    `@pytest.mark.sandbox(tenant="qualiforma-demo")` names another origin.
    """
    from .client import ControlRefused

    origin = _option(request.config, "tenant") or "votre-tenant"
    marker = request.node.get_closest_marker("sandbox")
    if marker is not None:
        origin = _marked(*marker.args, **marker.kwargs)
    try:
        fork = sandbox.tenant(origin).fork()
    except ControlRefused as refused:
        pytest.fail(str(refused), pytrace=False)
    with fork:
        yield fork


def _marked(*, tenant: str) -> str:
    """What the marker says. Python itself refuses one that says something else."""
    return tenant


def _option(config: pytest.Config, name: str) -> str | None:
    given: Any = config.getoption(f"--sandbox-{name}") or config.getini(f"sandbox_{name}")
    return str(given) if given else None


def _fixtures(config: pytest.Config) -> list[str | Path] | None:
    """Names and paths; those of the ini file are relative to it."""
    named: list[str] = config.getoption("--sandbox-fixture") or []
    if named:
        return [*named]
    listed: list[str] = config.getini("sandbox_fixture")
    paths = [config.rootpath / name for name in listed]
    return [p if p.is_file() else n for p, n in zip(paths, listed, strict=True)] or None
