"""Callers that are logged in once, and the controls of a sandbox."""

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.server.controlling import Box
from tests.support import Api

Callers = Callable[..., Api]


@pytest.fixture(scope="session")
def callers(seeded: Api) -> Callers:
    """A logged-in caller of the sandbox with all tenants, by role and tenant."""
    known: dict[tuple[str, str], Api] = {}

    def caller(role: str, tenant: str = "votre-tenant") -> Api:
        if (role, tenant) not in known:
            known[role, tenant] = seeded.as_(role, tenant)
        return known[role, tenant]

    return caller


@pytest.fixture
def box(api: Api) -> Box:
    """The controls of the small tenant's sandbox, by both ways."""
    return Box(api)


@pytest.fixture
def near(local: Api) -> Box:
    """The controls of the small tenant's sandbox, in process."""
    return Box(local)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is said on the terminal while a test runs."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.records] == []
