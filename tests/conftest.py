"""Fixtures of all tests. `api` runs a test twice: in process, and over a socket."""

import signal
from collections.abc import Iterator

import pytest

from bacasable.contract import Contract, load_contract
from bacasable.resources import CONTRACT
from tests.support import ALL, Api, in_process, make_sandbox, over_socket

# Started in the background by a shell, this process ignores interrupts, and so would the commands
# that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The contract of the repository, read once."""
    return load_contract(CONTRACT)


@pytest.fixture
def local(contract: Contract) -> Iterator[Api]:
    """A fresh sandbox with the small tenant, in process."""
    with in_process(make_sandbox(contract)) as api:
        yield api


@pytest.fixture(params=["process", "socket"])
def api(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Api]:
    """A fresh sandbox with the small tenant, by both ways."""
    way = in_process if request.param == "process" else over_socket
    with way(make_sandbox(contract)) as opened:
        yield opened


@pytest.fixture(scope="session")
def seeded(contract: Contract) -> Iterator[Api]:
    """One sandbox with every tenant, in process, for tests that only read or are refused."""
    with in_process(make_sandbox(contract, ALL)) as api:
        yield api
