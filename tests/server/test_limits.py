"""Each bound of a request, reached and passed: named in the refusal, with either protocol."""

import asyncio
import errno
import gzip
import json
import logging
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from bacasable.bounds import OPTIONS, Bounds
from bacasable.cli import main
from bacasable.contract import Contract
from bacasable.server.descriptors import fitting, tell_shortly
from tests.server.lines import (
    PROTOCOLS,
    answers,
    assert_refused,
    connect,
    exchange,
    only,
    received,
    request,
    served,
    wait_for,
    with_each_protocol,
)
from tests.support import Api

ROOT = Path(__file__).parents[2]

BOUNDS = {
    "max_target_bytes": 400,
    "max_header_bytes": 600,
    "max_headers": 12,
    "max_query_parameters": 9,
    "max_control_body_bytes": 3000,
    "max_body_memory": 100_000,
}
HEALTH = b"/_sandbox/health"


api = with_each_protocol(**BOUNDS)


def target(size: int) -> bytes:
    return HEALTH + b"?" + b"x" * (size - len(HEALTH) - 1)


def with_header_bytes(size: int) -> bytes:
    """A request whose header lines have so many bytes, their ends included."""
    plain = len(request()) - len(b"GET " + HEALTH + b" HTTP/1.1\r\n") - 2
    return request(HEALTH, b"X-A: " + b"a" * (size - plain - len(b"X-A: \r\n")))


def with_headers(count: int) -> bytes:
    return request(HEALTH, *(b"X-%d: a" % n for n in range(count - 2)))


def with_parameters(count: int) -> bytes:
    return request(HEALTH + b"?" + b"&".join(b"a=%d" % n for n in range(count)))


REQUESTS = {
    "max_target_bytes": (lambda n: request(target(n)), 414, "TARGET_TOO_LONG"),
    "max_header_bytes": (with_header_bytes, 431, "HEADERS_TOO_LARGE"),
    "max_headers": (with_headers, 431, "HEADERS_TOO_LARGE"),
    "max_query_parameters": (with_parameters, 400, "INVALID_REQUEST"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_bound_may_be_reached_and_not_passed(api: Api, name: str) -> None:
    make, status, code = REQUESTS[name]
    most = BOUNDS[name]
    kept = api.sandbox.hub.exchanges.latest(None, lambda _: True, 1000)
    assert only(exchange(api, make(most))).status == 200
    for over in (1, 2, 25):
        sent = make(most + over)
        for pieces in ([sent], [sent[:20], sent[20:]], [sent[:-3], sent[-3:]]):
            told = only(exchange(api, *pieces, pause=0.01))
            assert_refused(told, status, code, str(most))
            assert_refused(told, status, code, "--" + name.replace("_", "-"))
    assert api.sandbox.hub.exchanges.latest(None, lambda _: True, 1000) == kept


def test_a_long_head_without_an_end_is_refused_as_soon_as_it_is_too_long(api: Api) -> None:
    with connect(api) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 1000)
        assert_refused(only(answers(received(connection))), 431, "HEADERS_TOO_LARGE")


@pytest.mark.parametrize("size", [10_000_000])
def test_who_sends_on_reads_the_refusal_still(api: Api, size: int) -> None:
    sent = request(HEALTH, b"X-A: " + b"a" * size)
    assert_refused(only(exchange(api, sent)), 431, "HEADERS_TOO_LARGE")


def test_a_refused_head_has_no_body(api: Api) -> None:
    told = request(b"/" + b"x" * 500, method=b"HEAD")
    with connect(api) as connection:
        connection.sendall(told)
        head, _, body = received(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 414")
    assert body == b""


def chunked(*chunks: bytes, trailers: bytes = b"", extension: bytes = b"") -> bytes:
    head = request(b"/api/v1/auth/login", b"Transfer-Encoding: chunked", method=b"POST")
    parts = [b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    return head + b"".join(parts) + b"0\r\n" + trailers + b"\r\n"


def test_trailers_count_as_headers_and_are_none(api: Api) -> None:
    lines = [b"X-%d: a\r\n" % n for n in range(13)]
    for trailers, status in ((lines[:12], 400), (lines, 431)):
        (told,) = exchange(api, chunked(b"{}", trailers=b"".join(trailers)))
        assert told.status == status, told.json
    long = b"X-A: " + b"a" * 600 + b"\r\n"
    assert_refused(
        only(exchange(api, chunked(b"{}", trailers=long))), 431, "HEADERS_TOO_LARGE", "600"
    )


def test_a_trailer_is_never_taken_for_a_header(api: Api) -> None:
    caller = api.as_("ADMIN")
    lines = [f"{n}: {v}".encode() for n, v in caller.headers.items() if n != "Authorization"]
    token = f"Authorization: {caller.headers['Authorization']}\r\n".encode()
    chunks = [b"Transfer-Encoding: chunked", b"Content-Type: application/json"]
    head = request(b"/api/v1/companies", *lines, *chunks, method=b"POST")
    sent = head + b"c\r\n" + b'{"name":"A"}' + b"\r\n0\r\n" + token[:300] + b"\r\n"
    assert only(exchange(api, sent)).code == "TOKEN_MISSING"


def test_extensions_of_chunks_count_as_headers(api: Api) -> None:
    few = chunked(*[b"a"] * 20, extension=b";x=" + b"y" * 10)
    many = chunked(*[b"a"] * 200, extension=b";x=" + b"y" * 20)
    assert only(exchange(api, few)).status != 431
    assert_refused(only(exchange(api, many)), 431, "HEADERS_TOO_LARGE", "--max-header-bytes")


def test_the_body_of_a_control_has_a_bound_of_its_own(api: Api) -> None:
    for size, status in ((3000, 400), (3001, 413)):
        body = json.dumps({"x": "y" * (size - 9)}).encode()
        assert len(body) == size
        for sent, coding in ((body, []), (gzip.compress(body), [b"Content-Encoding: gzip"])):
            lines = [b"Host: 127.0.0.1", b"Content-Type: application/json", *coding]
            head = request(
                b"/_sandbox/tenants/votre-tenant/forks", *lines, method=b"POST", body=sent
            )
            told = only(exchange(api, head.replace(b"Host: sandbox\r\n", b"")))
            assert told.status == status, told.json
    assert "3000" in told.json["detail"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_all_bodies_together_have_a_bound(contract: Contract, protocol: str) -> None:
    with served(contract, protocol, max_body_memory=1_000_000) as api:
        head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nX-Tenant-ID: votre-tenant\r\n"
        head += b"Content-Type: application/json\r\nContent-Length: 900000\r\n\r\n"
        again = head[:-2] + b"Connection: close\r\n\r\n" + b" " * 900_000
        with connect(api) as first:
            first.sendall(head + b" " * 700_000)
            for _ in range(100):
                # The first part is held as soon as it was read.
                told = only(
                    exchange(api, head[:-2] + b"Connection: close\r\n\r\n" + b" " * 900_000)
                )
                if told.status == 503:
                    break
            assert (told.status, told.code) == (503, "UNAVAILABLE")
            assert told.headers["retry-after"] == "1"
            assert "--max-body-memory" in told.json["detail"]
        for _ in range(100):
            # That of who has gone is there again.
            told = only(exchange(api, again))
            if told.status == 400:
                break
        assert told.code == "MALFORMED_BODY"


def test_many_query_parameters_are_told_with_their_place(api: Api) -> None:
    told = only(exchange(api, with_parameters(10)))
    (error,) = told.json["errors"]
    assert error["pointer"] == "query"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_too_many_connections_are_told_so(
    contract: Contract, protocol: str, caplog: pytest.LogCaptureFixture
) -> None:
    with served(contract, protocol, max_connections=3) as api, caplog.at_level(logging.WARNING):
        few = [connect(api) for _ in range(3)]
        for one in few:
            one.sendall(request(last=False))
            assert b"200 OK" in one.recv(65536)
        for _ in range(2):
            # Few are told so at once: the last one may still be there.
            wait_for(3, api)
            told = only(exchange(api, request()))
            assert_refused(told, 503, "TOO_MANY_CONNECTIONS", "--max-connections")
            assert told.headers["retry-after"] == "1"
        few.pop().close()
        wait_for(2, api)
        told = only(exchange(api, request()))
        for one in few:
            one.close()
    assert told.status == 200
    (line,) = [r.getMessage() for r in caplog.records if r.name == "bacasable"]
    assert "3 connections are open" in line
    assert "--max-connections" in line


def test_no_more_connections_than_descriptors(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bacasable.server.descriptors._room", lambda wanted: 64)
    monkeypatch.setattr("bacasable.server.descriptors._open", lambda: 14)
    assert fitting(Bounds(max_connections=10)) == Bounds(max_connections=10)
    assert caplog.records == []
    most = fitting(Bounds()).max_connections
    assert 20 < most < 64 - 14 - 16
    (line,) = [r.getMessage() for r in caplog.records]
    assert line == f"64 file descriptors have room for {most} connections, not for 2000 (ulimit -n)"


def test_every_bound_is_an_option_and_stands_in_the_page_of_limits() -> None:
    page = (ROOT / "docs/limits.md").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "docs/limits.md" in readme
    for option in OPTIONS:
        row = next(line for line in page.splitlines() if f"`{option.flag}`" in line)
        assert f"{option.default:,g}" in row or f"{option.default:,}" in row, row


def test_what_clients_and_shortages_bring_about_is_a_line_at_most(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.new_event_loop()
    full = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    tell_shortly(loop, {"message": "lost", "exception": ConnectionResetError()})
    assert caplog.records == []
    tell_shortly(loop, {"message": "socket.accept() out of system resource", "exception": full})
    (told,) = caplog.records
    assert told.getMessage() == f"socket.accept() out of system resource: {full.strerror}"
    assert told.exc_info is None
    tell_shortly(loop, {"message": "ours", "exception": ValueError("ours")})
    assert caplog.records[-1].exc_info
    loop.close()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--header-timeout", "nan"), ("--max-headers", "0"), ("--min-body-rate", "x")],
)
def test_a_bound_that_is_none_is_refused_in_one_line(option: str, value: str) -> None:
    done = CliRunner().invoke(main, ["serve", "--port", "0", option, value])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert option in line
