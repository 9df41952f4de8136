"""Connections whose clients are broken, in a hurry or gone, with either protocol."""

import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from tests.server.lines import (
    COMPANY,
    JSON,
    Told,
    answers,
    assert_refused,
    connect,
    creation,
    exchange,
    only,
    received,
    request,
    wait_for,
    with_each_protocol,
)
from tests.server.test_grammar import REFUSED
from tests.support import Api

api = with_each_protocol()


def number_of(caller: Api) -> int:
    """How many companies there are."""
    total: int = caller.get("/companies").json["meta"]["pagination"]["total"]
    return total


@pytest.mark.parametrize("garbage", [b"garbage", b"\0\xff", b"GET / HTTP/9.9\r\n\r\n"])
def test_a_valid_request_before_garbage_is_answered_as_itself(
    api: Api, quiet: None, garbage: bytes
) -> None:
    caller = api.as_("ADMIN")
    before = number_of(caller)
    sent = creation(caller) + garbage + b"\r\n\r\n"
    for pieces in ([sent], [sent[:-9], sent[-9:]], [sent[:30], sent[30:]]):
        made, refused = exchange(api, *pieces, pause=0.01)
        assert made.status == 201
        assert_refused(refused, 400, "MALFORMED_REQUEST")
    assert number_of(caller) == before + 3


@pytest.mark.parametrize("bad", ["no host", "two hosts", "two lengths", "another coding"])
def test_each_refusal_on_a_connection_says_what_is_wrong_with_its_own_request(
    api: Api, quiet: None, bad: str
) -> None:
    sent = REFUSED[bad]
    alone = only(exchange(api, sent)).json | {"requestId": ""}
    for before in (
        creation(api.as_("ADMIN"), body=b"no JSON"),
        request(b"/nowhere", last=False),
        creation(api.as_("ADMIN")),
    ):
        for pieces in ([before + sent], [before, sent], [before + sent[:20], sent[20:]]):
            _, told = exchange(api, *pieces, pause=0.01)
            assert told.json | {"requestId": ""} == alone


def test_a_request_that_is_refused_does_nothing(api: Api, quiet: None) -> None:
    caller = api.as_("ADMIN")
    before = number_of(caller)
    chunked = creation(caller, b"Transfer-Encoding: chunked", body=b"")
    data = b"%x\r\n%s\r\n" % (len(COMPANY), COMPANY)
    # The body is whole for JSON, but not for HTTP: its end is broken, or never comes.
    for end in (b"zz\r\n\r\n", b"0\r\nX: \r\r\n\r\n", b"0\r\n\n\r\n"):
        assert_refused(only(exchange(api, chunked + data + end)), 400, "MALFORMED_REQUEST")
    with connect(api) as connection:
        connection.sendall(chunked + data)
    with connect(api) as connection:
        connection.sendall(creation(caller)[:-1])
    time.sleep(0.1)
    assert number_of(caller) == before


def test_requests_sent_ahead_are_answered_in_their_order(api: Api, quiet: None) -> None:
    paths = [b"/_sandbox/health", b"/api/v1/courses", b"/nowhere"] * 70
    sent = b"".join(request(path, last=False) for path in paths) + request()
    for pieces in ([sent], [sent[:100], sent[100:777], sent[777:]]):
        told = exchange(api, *pieces)
        assert [one.status for one in told] == [200, 401, 404] * 70 + [200]


@pytest.mark.sweep
def test_much_that_is_sent_ahead_waits(api: Api, quiet: None) -> None:
    few = request(last=False)
    with connect(api) as connection:
        sender = threading.Thread(target=connection.sendall, args=(few * 5_000 + request(),))
        sender.start()
        got = received(connection)
        sender.join(10)
    assert got.count(b"HTTP/1.1 200") == 5_001


@pytest.mark.parametrize("size", [1_000, 130_000, 300_000, 720_000])
@pytest.mark.parametrize("pause", [0.0, pytest.param(0.2, marks=pytest.mark.sweep)])
def test_a_body_that_is_not_wanted_holds_up_nothing_behind_it(
    api: Api, quiet: None, size: int, pause: float
) -> None:
    unwanted = request(b"/api/v1/companies", JSON, method=b"POST", body=b"x" * size, last=False)
    for pieces in ([unwanted + request()], [unwanted, request()]):
        told = exchange(api, *pieces, pause=pause)
        assert [one.status for one in told] == [401, 200]


def test_who_asks_before_sending_is_told_to(api: Api, quiet: None) -> None:
    caller = api.as_("ADMIN")
    head, _, body = creation(caller, b"Expect: 100-continue", last=True).partition(b"\r\n\r\n")
    with connect(api) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert only(answers(received(connection))).status == 201


def test_who_is_refused_before_sending_is_not_misread(api: Api, quiet: None) -> None:
    head = creation(api, b"Expect: 100-continue").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    with connect(api) as connection:
        connection.sendall(head)
        told = only(answers(received(connection)))
    assert told.status in {400, 401}


@pytest.mark.parametrize("end", ["reset", "close", "half"])
def test_clients_that_leave_leave_no_line(api: Api, quiet: None, end: str) -> None:
    whole = creation(api.as_("ADMIN"))
    big = request(b"/openapi.json", last=False)
    for sent in (
        b"",
        whole[:10],
        whole[:-5],
        whole,
        whole * 30,
        big * 30,
        b"\0" * 50,
        whole + b"x",
    ):
        for wait in (0, 0.02):
            connection = connect(api)
            if end != "half":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with suppress(ConnectionError):
                connection.sendall(sent)
                time.sleep(wait)
                if end == "half":
                    connection.shutdown(socket.SHUT_WR)
                    received(connection)
            if end == "reset":
                option = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            connection.close()
    time.sleep(0.2)
    assert only(exchange(api, request())).status == 200


def half_closed(api: Api, *pieces: bytes) -> list[Told]:
    """The answers to a client that closes its half as soon as it has sent all."""
    with connect(api) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        return answers(received(connection))


def test_who_closes_its_half_behind_a_request_is_answered(api: Api, quiet: None) -> None:
    caller = api.as_("ADMIN")
    slow = [f"{name}: {value}".encode() for name, value in caller.headers.items()]
    for sent, statuses in (
        (request(), [200]),
        (request(last=False), [200]),
        (request(b"/en/index.html", last=False), [200]),
        (request(b"/openapi.json", last=False), [200]),
        (request(last=False) * 3, [200] * 3),
        (request(last=False) + creation(caller), [200, 201]),
        (request(b"/api/v1/companies", b"Prefer: delay=0.3", *slow, last=False), [200]),
        # What is not whole is not answered: it may be cut, and nobody sends the rest.
        (request(last=False) + request()[:-1], [200]),
        (request(last=False) + creation(caller)[:-1], [200]),
        (request()[:-1], []),
    ):
        assert [told.status for told in half_closed(api, sent)] == statuses, sent
    wait_for(0, api)


@pytest.mark.sweep
def test_who_has_gone_holds_a_call_up_for_a_short_time_only(api: Api, quiet: None) -> None:
    own = [f"{name}: {value}".encode() for name, value in api.as_("ADMIN").headers.items()]
    with connect(api) as connection:
        connection.sendall(request(b"/api/v1/companies", b"Prefer: delay=60", *own))
    wait_for(0, api)
