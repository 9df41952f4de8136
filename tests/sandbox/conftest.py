"""Sandboxes that tests of their state start one after another."""

from typing import Any

import pytest

from bacasable.contract import Contract
from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from tests.server.controlling import Box
from tests.support import NOW, in_process, make_sandbox


@pytest.fixture
def start(contract: Contract) -> Any:
    """Start a sandbox at an instant of the machine."""
    opened: list[Any] = []

    def begin(tenants: tuple[str, ...] = ("votre-tenant",), now: str = NOW) -> Box:
        sandbox = make_sandbox(contract, tenants, clock=FixedClock(parse_instant(now)))
        opened.append(in_process(sandbox))
        return Box(opened[-1].__enter__())

    yield begin
    for context in opened:
        context.__exit__(None, None, None)
