"""Connections that a fault breaks: over real sockets with either protocol, and without a socket."""

import gc
import logging
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from bacasable.bounds import Bounds
from bacasable.server.detour import CUT, ConnectionCut
from bacasable.server.protocols import protocol_class
from tests.server.faulty import COURSE, add, struck
from tests.support import in_process, make_sandbox, over_socket

PROTOCOLS = {
    "h11": protocol_class(Bounds(), with_h11=True),
    "httptools": protocol_class(Bounds()),
}
ARCHIVE = "/courses/crs_excel_init/archive"


@pytest.fixture(params=list(PROTOCOLS))
def api(request, contract):
    """A sandbox over a socket, served with either protocol."""
    with over_socket(make_sandbox(contract), http=PROTOCOLS[request.param]) as opened:
        yield opened


@pytest.fixture
def lines():
    """What uvicorn has to say while a test runs."""
    said = []

    class Listener(logging.Handler):
        def emit(self, record):
            said.append(record.getMessage())

    logger, listener = logging.getLogger("uvicorn.error"), Listener()
    logger.addHandler(listener)
    before, logger.level = logger.level, logging.WARNING
    yield said
    logger.level = before
    logger.removeHandler(listener)


def raw(caller, *requests):
    """Everything that comes back on one connection until it ends."""
    host = urlsplit(caller.url)
    fields = "".join(f"{n}: {v}\r\n" for n, v in caller.headers.items())
    with socket.create_connection((host.hostname, host.port), timeout=10) as connection:
        for method, path in requests:
            head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: {host.netloc}\r\n{fields}\r\n"
            connection.sendall(head.encode())
        parts = []
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                parts.append(part)
    return b"".join(parts)


def test_both_protocols_are_tried():
    assert len(set(PROTOCOLS.values())) == 2


def test_a_cut_before_the_answer_sends_nothing_and_does_nothing(api, lines):
    caller = api.as_("ADMIN")
    fault = add(api, "CUT", operations=["archiveCourse"])
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post(ARCHIVE)
    assert raw(caller, ("POST", ARCHIVE)) == b""
    assert caller.get(COURSE).data["status"] == "PUBLISHED"
    assert struck(api, fault) == 2
    assert lines == []


def test_a_cut_in_the_middle_comes_after_the_deed(api, lines):
    caller = api.as_("ADMIN")
    add(api, "CUT", when="MIDWAY", operations=["archiveCourse"])
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post(ARCHIVE)
    assert caller.get(COURSE).data["status"] == "ARCHIVED"
    assert lines == []


def test_half_of_the_body_arrives(api):
    caller = api.as_("ADMIN")
    fault = add(api, "CUT", when="MIDWAY")
    head, _, body = raw(caller, ("GET", COURSE)).partition(b"\r\n\r\n")
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert head.startswith(b"HTTP/1.1 200")
    assert f"x-sandbox-fault: {fault}".encode() in head.lower()
    assert len(body) == announced // 2


def test_an_answer_without_a_body_is_cut_after_the_deed_too(api, lines):
    caller = api.as_("ADMIN")
    company = caller.post("/companies", {"name": "Éphémère"}).data["id"]
    add(api, "CUT", when="MIDWAY", operations=["deleteCompany"])
    with pytest.raises(httpx.RemoteProtocolError):
        caller.delete(f"/companies/{company}")
    assert caller.get(f"/companies/{company}").status == 404
    assert lines == []


def test_a_slow_body_can_be_cut(api):
    caller = api.as_("ADMIN")
    whole = len(caller.get(COURSE).content)
    add(api, "SLOW", seconds=0.01)
    add(api, "CUT", when="MIDWAY")
    body = raw(caller, ("GET", COURSE)).partition(b"\r\n\r\n")[2]
    assert len(body) == whole // 2


def test_calls_that_wait_behind_a_cut_one_are_lost_with_it(api, lines):
    caller = api.as_("ADMIN")
    add(api, "CUT", operations=["listCompanies"])
    got = raw(caller, ("GET", COURSE), ("GET", "/companies"), ("GET", COURSE))
    # TCP may take the first one with it too: a connection closed with unread requests is reset.
    assert got.count(b"HTTP/1.1 200") <= 1
    assert lines == []


def test_the_other_connections_live_on(api):
    caller = api.as_("ADMIN")
    add(api, "CUT", operations=["listCompanies"])
    with httpx.Client(base_url=api.url, headers=caller.headers) as client:
        assert client.get("/api/v1/courses").status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            caller.get("/companies")
        assert client.get("/api/v1/courses").status_code == 200


def test_what_was_answered_is_let_go_at_once(api):
    caller = api.as_("ADMIN")
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            caller.get(COURSE)
        held = [o for o in gc.get_objects() if type(o).__name__ == "RequestResponseCycle"]
    finally:
        gc.enable()
    assert len(held) < 10


@pytest.mark.parametrize("when", ["BEFORE", "MIDWAY"])
def test_a_cut_exchange_is_logged_without_a_status(api, when):
    caller = api.as_("ADMIN")
    fault = add(api, "CUT", when=when)
    raw(caller, ("GET", COURSE))
    kept = api.sandbox.hub.exchanges._rings["votre-tenant"].whole[-1]
    assert (kept.operation, kept.reply.status, kept.faults) == ("getCourse", 0, (fault,))


@pytest.mark.parametrize("when", ["BEFORE", "MIDWAY"])
def test_without_a_connection_to_break_a_cut_is_raised(contract, when, caplog):
    with in_process(make_sandbox(contract)) as api:
        caller = api.as_("ADMIN")
        add(api, "CUT", when=when)
        with pytest.raises(ConnectionCut):
            caller.get(COURSE)
        kept = api.sandbox.hub.exchanges._rings["votre-tenant"].whole[-1]
        assert kept.reply.status == 0
    assert caplog.records == []


def test_the_server_is_told_to_break_the_connection_where_it_can(contract):
    with in_process(make_sandbox(contract)) as api:
        caller, cuts = api.as_("ADMIN"), []
        add(api, "CUT")
        app = api.sandbox.app

        async def serve(scope, receive, send):
            await app(scope | {CUT: lambda: cuts.append(scope["path"])}, receive, send)
            await send({"type": "http.response.start", "status": 599, "headers": []})

        object.__setattr__(api.sandbox, "app", serve)
        assert caller.get(COURSE).status == 599
        assert cuts == ["/api/v1" + COURSE]
