"""Clients that take their time: told so, or given up, with either protocol."""

import re
import socket
import time
from contextlib import ExitStack, suppress

import pytest

from bacasable.contract import Contract
from tests.server.lines import (
    COMPANY,
    assert_refused,
    connect,
    creation,
    exchange,
    only,
    open_connections,
    received,
    request,
    served,
    wait_for,
    with_each_protocol,
)
from tests.support import Api

TIMES = {
    "header_timeout": 0.4,
    "body_timeout": 0.4,
    "keep_alive_timeout": 0.4,
    "write_timeout": 0.4,
    "min_body_rate": 100,
}


hurried = with_each_protocol(**TIMES)


def test_headers_that_do_not_come_are_refused(hurried: Api, quiet: None) -> None:
    for sent in (b"G", request()[:-2], request(last=False) + b"GET / HT"):
        began = time.monotonic()
        *_, told = exchange(hurried, sent)
        assert_refused(told, 408, "REQUEST_TIMEOUT", "--header-timeout")
        assert "0.4 seconds" in told.json["detail"]
        assert 0.3 < time.monotonic() - began < 15


def test_trickling_headers_win_no_time(hurried: Api, quiet: None) -> None:
    began = time.monotonic()
    sent = request(b"/x", b"X-A: " + b"a" * 100)
    told = only(exchange(hurried, *(sent[n : n + 1] for n in range(30)), pause=0.03))
    assert_refused(told, 408, "REQUEST_TIMEOUT")
    assert time.monotonic() - began < 15


def test_a_body_that_does_not_come_is_refused_and_does_nothing(hurried: Api, quiet: None) -> None:
    caller = hurried.as_("ADMIN")
    chunked = creation(caller, b"Transfer-Encoding: chunked", body=b"")
    data = b"%x\r\n%s\r\n" % (len(COMPANY), COMPANY)
    before = caller.get("/companies").json["meta"]["pagination"]
    for sent in (creation(caller)[:-1], chunked, chunked + data, chunked + data + b"0\r\n"):
        told = only(exchange(hurried, sent))
        assert_refused(told, 408, "REQUEST_TIMEOUT", "--body-timeout")
        assert "--min-body-rate" in told.json["detail"]
    assert caller.get("/companies").json["meta"]["pagination"] == before
    kept = hurried.sandbox.hub.exchanges.latest(None, lambda _: True, 1000)
    assert all(one.status for one in kept)


def test_a_long_body_has_more_time_while_it_comes(hurried: Api, quiet: None) -> None:
    body = COMPANY + b" " * 5000
    sent = creation(hurried.as_("ADMIN"), body=body, last=True)
    pieces = [sent[n : n + 300] for n in range(0, len(sent), 300)]
    assert only(exchange(hurried, *pieces, pause=0.08)).status == 201


def test_a_connection_without_a_request_is_closed_without_a_word(hurried: Api) -> None:
    for sent, count in ((b"", 0), (request(last=False), 1)):
        began = time.monotonic()
        assert len(exchange(hurried, sent)) == count
        assert 0.3 < time.monotonic() - began < 15


def ask_and_not_read(api: Api, count: int) -> socket.socket:
    connection = connect(api)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(1)
    with suppress(TimeoutError, ConnectionError):
        connection.sendall(request(b"/openapi.json", last=False) * count)
    return connection


def test_a_client_that_does_not_read_is_given_up(hurried: Api, quiet: None) -> None:
    for count in (2000, 1):
        with ask_and_not_read(hurried, count):
            wait_for(0, hurried)


@pytest.mark.parametrize("protocol", ["httptools", pytest.param("h11", marks=pytest.mark.sweep)])
def test_what_waits_to_be_read_is_bounded_in_all(contract: Contract, protocol: str) -> None:
    # What the system does not take of an answer depends on its length: 64 KiB wait at the least.
    with served(contract, protocol, max_unsent_bytes=300_000) as api, ExitStack() as stack:
        only(exchange(api, request(b"/openapi.json")))
        for _ in range(8):
            stack.enter_context(ask_and_not_read(api, 100))
        # Who connects last is answered when all others have been let in.
        assert only(exchange(api, request())).status == 200
        wait_for(4, api)
        assert open_connections(api) > 0


def crowd(api: Api, count: int) -> list[socket.socket]:
    """Connections that are slow in every way."""
    whole = creation(api)
    sent = [b"", whole[:30], whole[:-5], whole.replace(COMPANY, b"")]
    found = []
    for number in range(count):
        connection = connect(api)
        connection.sendall(sent[number % len(sent)])
        found.append(connection)
    return found


def slowest(api: Api, count: int) -> float:
    """Seconds of the slowest of some calls."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        assert only(exchange(api, request())).status == 200
        times.append(time.perf_counter() - began)
    return max(times)


@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.sweep)])
def test_slow_clients_leave_others_fast_and_are_gone_in_time(
    contract: Contract, quiet: None, count: int
) -> None:
    with served(
        contract, "httptools", **TIMES | {"header_timeout": 1.5, "body_timeout": 1.5}
    ) as api:
        slow = crowd(api, count)
        assert slowest(api, 50) < 2
        ends = [received(one) for one in slow]
        wait_for(0, api)
        for one in slow:
            one.close()
        assert {bool(re.match(b"HTTP/1.1 (408|40[01])", end)) for end in ends[1::4]} == {True}
        assert not any(ends[0::4])
        assert only(exchange(api, request())).status == 200
