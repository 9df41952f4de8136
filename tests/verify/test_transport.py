"""The transport on servers that do everything wrong: it ends in time, and says what it saw."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from bacasable.verify.model import Options, Request
from bacasable.verify.session import Failed
from bacasable.verify.transport import HttpTransport, origin

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
GET = Request("GET", "/x", (("Accept", "*/*"),))


def _drip(connection: socket.socket, data: bytes) -> None:
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def _endless(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    for _ in range(2_000):
        connection.sendall(b"x" * 65_536)


@contextmanager
def server(act: Callable[[socket.socket], None]):
    """A server on loopback that reads a request and then does `act`; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65_536)
                    act(connection)
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join(timeout=10)
        listener.close()


def ask(url: str, **options):
    transport = HttpTransport(Options(url, **{"timeout": 0.6, **options}))
    try:
        return transport.exchange(GET)
    finally:
        transport.close()


BAD = {
    "hangs": (lambda c: time.sleep(1.2), "no complete answer within 0.6 s"),
    "resets": (lambda c: None, "connection broke"),
    "garbage": (lambda c: c.sendall(b"\x00\xff garbage\r\n\r\n"), "connection broke"),
    "half": (lambda c: c.sendall(OK[:-1]), "connection broke"),
    "drips head": (lambda c: _drip(c, OK), "no complete answer"),
    "drips body": (
        lambda c: (c.sendall(OK[:-2].replace(b": 2", b": 90")), _drip(c, b"x" * 90)),
        "no complete answer",
    ),
    "endless": (
        lambda c: _endless(c, OK[:-2].replace(b": 2", b": 1000000000")),
        "more than 100,000 bytes",
    ),
    "wide head": (
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * 300_000 + b"\r\n\r\n"),
        "connection broke",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_a_failure_in_words_and_ends(name):
    act, said = BAD[name]
    with server(act) as url, pytest.raises(Failed, match=said) as caught:
        ask(url, max_bytes=100_000)
    assert caught.value.connected


def test_where_nobody_listens_the_server_is_not_connected():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Failed, match="no connection") as caught:
        ask(f"http://127.0.0.1:{port}")
    assert not caught.value.connected


def test_a_redirect_is_an_answer_like_others_and_not_followed():
    seen = []

    def act(connection):
        seen.append(1)
        connection.sendall(b"HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n")

    with server(act) as url:
        answer = ask(url)
    assert (answer.status, answer.header("Location"), len(seen)) == (302, "/x", 1)


def test_what_is_sent_is_exactly_the_request():
    heard = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(65_536))
            while b"\xff" not in heard[0]:
                heard[0] += connection.recv(65_536)
            connection.sendall(OK)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    transport = HttpTransport(Options(f"http://127.0.0.1:{listener.getsockname()[1]}/api"))
    request = Request("PURGE", "/a%2Fb/../c?q=%C3%A9&q=2", (("X-N", "é"), ("x-n", "2")), b"\xff")
    assert transport.exchange(request).json == {}
    thread.join(timeout=5)
    transport.close()
    listener.close()
    head, _, body = heard[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"PURGE /a%2Fb/../c?q=%C3%A9&q=2 HTTP/1.1"
    assert [line for line in lines if line.lower().startswith(b"x-n")] == [
        "X-N: é".encode(),
        b"x-n: 2",
    ]
    assert body == b"\xff"
    names = {line.partition(b":")[0].lower() for line in lines[1:]}
    assert names == {b"host", b"x-n", b"content-length"}


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://127.0.0.1:4010/api/v1", "http://127.0.0.1:4010"),
        ("https://api.example/", "https://api.example"),
        ("http://[::1]:80/x", "http://[::1]"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_the_origin_of_an_address(url, wanted):
    assert origin(url) == wanted
