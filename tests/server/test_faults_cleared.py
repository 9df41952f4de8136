"""Faults that are cleared while a call waits in one of them."""

import pytest

from bacasable.server import detour
from tests.server.faulty import COURSE, add, marks
from tests.support import Api


def test_a_fault_that_is_cleared_while_a_call_waits_does_not_strike(
    local: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pause(_receive, _seconds):
        local.sandbox.hub.faults.clear("votre-tenant")

    monkeypatch.setattr(detour, "pause", pause)
    caller = local.as_("ADMIN")
    first, second = add(local, "DELAY", seconds=2), add(local, "ERROR", status=503)
    answer = caller.get(COURSE)
    assert answer.status == 200
    assert marks(answer) == first
    assert first != second
