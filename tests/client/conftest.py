"""A sandbox of each kind for the tests of the client: one that listens, one in memory."""

from collections.abc import Iterator

import pytest

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.support import NOW

SOURCES = ("votre-tenant", "vide")


@pytest.fixture(scope="session", params=["socket", "memory"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox that tests share; each works in forks of its own."""
    with Sandbox(tenants=SOURCES, now=NOW, socket=request.param == "socket") as started:
        yield started


@pytest.fixture
def tenant(sandbox: Sandbox) -> Iterator[Tenant]:
    """A fork of the small tenant."""
    with sandbox.tenant("votre-tenant").fork() as fork:
        yield fork
