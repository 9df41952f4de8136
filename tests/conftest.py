"""Fixtures of all tests. `api` runs a test twice: in process, and over a socket.

A sandbox is built once and reset for each test, which takes a hundredth of the time.
"""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from bacasable.contract import Contract, load_contract
from bacasable.resources import CONTRACT
from tests.server.restoring import reset
from tests.support import ALL, Api, in_process, make_sandbox, over_socket

pytest_plugins = ["tests.selection"]

# How long an example takes says more of the machine than of the code.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# Started in the background by a shell, this process ignores interrupts, and so would the commands
# that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The contract of the repository, read once."""
    return load_contract(CONTRACT)


@pytest.fixture(scope="session")
def in_process_once(contract: Contract) -> Iterator[Api]:
    with in_process(make_sandbox(contract)) as api:
        yield api


@pytest.fixture(scope="session")
def over_socket_once(contract: Contract) -> Iterator[Api]:
    with over_socket(make_sandbox(contract)) as api:
        yield api


@pytest.fixture
def local(in_process_once: Api) -> Api:
    """The small tenant as seeded, in process."""
    reset(in_process_once.sandbox)
    return in_process_once


@pytest.fixture(params=["process", "socket"])
def api(request: pytest.FixtureRequest) -> Api:
    """The small tenant as seeded, by both ways."""
    way = {"process": "in_process_once", "socket": "over_socket_once"}[request.param]
    opened: Api = request.getfixturevalue(way)
    reset(opened.sandbox)
    return opened


@pytest.fixture(scope="session")
def seeded(contract: Contract) -> Iterator[Api]:
    """One sandbox with every tenant, in process, for tests that only read or are refused."""
    with in_process(make_sandbox(contract, ALL)) as api:
        yield api
