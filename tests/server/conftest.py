"""Callers that are logged in once, and sandboxes that are put back instead of built anew.

`local` and `api` are as the fixtures of all tests, only a hundred times cheaper.
"""

from collections.abc import Callable, Iterator

import pytest

from bacasable.contract import Contract
from bacasable.core.clock import parse_instant
from tests.server.controlling import Box
from tests.server.restoring import Snapshot
from tests.support import NOW, Api, in_process, make_sandbox, over_socket

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


@pytest.fixture(scope="session")
def in_process_once(contract: Contract) -> Iterator[tuple[Api, Snapshot]]:
    with in_process(make_sandbox(contract)) as api:
        yield api, Snapshot(api.sandbox)


@pytest.fixture(scope="session")
def over_socket_once(contract: Contract) -> Iterator[tuple[Api, Snapshot]]:
    with over_socket(make_sandbox(contract)) as api:
        yield api, Snapshot(api.sandbox)


@pytest.fixture
def local(in_process_once: tuple[Api, Snapshot]) -> Api:
    """The small tenant as seeded, in process."""
    api, snapshot = in_process_once
    snapshot.restore()
    return api


@pytest.fixture(params=["process", "socket"])
def api(request: pytest.FixtureRequest) -> Api:
    """The small tenant as seeded, by both ways."""
    way = {"process": "in_process_once", "socket": "over_socket_once"}[request.param]
    api, snapshot = request.getfixturevalue(way)
    snapshot.restore()
    return api


@pytest.fixture
def box(api: Api) -> Iterator[Box]:
    """The controls of the small tenant's sandbox, by both ways."""
    yield from _clean(api)


@pytest.fixture
def near(local: Api) -> Iterator[Box]:
    """The controls of the small tenant's sandbox, in process."""
    yield from _clean(local)


def _clean(api: Api) -> Iterator[Box]:
    box, clock = Box(api), api.sandbox.engine.platform.clock
    box.clean()
    yield box
    clock.instant = parse_instant(NOW)
    box.clean()
