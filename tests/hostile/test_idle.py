"""A connection that does not go on is not kept for ever."""

import selectors
import time
from collections.abc import Iterator

import pytest

from tests.hostile.attack import Findings
from tests.hostile.box import API, Box, box
from tests.hostile.late import Connection

PATIENCE = 90
"""Seconds after which a server should have ended a request that does not come."""

_POST = f"POST {API}/auth/login HTTP/1.1\r\nHost: x\r\nX-Tenant-ID: vide\r\n".encode()
HALVES = {
    "nothing": b"",
    "half a start line": b"GET /_sand",
    "half a head": b"GET /_sandbox/health HTTP/1.1\r\nHost: x\r\nX-A: b",
    "half a body": _POST + b"Content-Length: 900\r\n\r\n{",
    "half a chunk": _POST + b"Transfer-Encoding: chunked\r\n\r\nfff\r\nab",
}


@pytest.fixture(scope="module")
def target() -> Iterator[Box]:
    with box("--tenants", "vide") as one:
        yield one


@pytest.mark.sweep
@pytest.mark.turns
@pytest.mark.parametrize("dripping", [False, True], ids=["silent", "one byte a second"])
def test_a_request_that_does_not_come_is_ended(target: Box, dripping: bool) -> None:
    findings = Findings("idle connections")
    lines = {kind: Connection(target) for kind in HALVES}
    with selectors.DefaultSelector() as selector:
        for kind, line in lines.items():
            line.send(HALVES[kind])
            selector.register(line.socket, selectors.EVENT_READ, kind)
        end = time.monotonic() + PATIENCE
        while lines and time.monotonic() < end:
            for key, _ in selector.select(1.0):
                selector.unregister(key.fileobj)
                lines.pop(key.data).socket.close()
            if dripping:
                _drip(lines)
    for kind, line in lines.items():
        findings.add(f"{kind} is waited for", kind, f"open after {PATIENCE} s")
        line.socket.close()
    assert target.alive()
    findings.judge()


def _drip(lines: dict[str, Connection]) -> None:
    for kind, line in lines.items():
        if kind != "nothing":
            try:
                line.send(b"a")
            except OSError:
                continue  # it is ended: the selector tells
