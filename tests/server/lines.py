"""Bytes on a connection of a sandbox, cut as wanted, and the answers that come back."""

import json
import re
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from bacasable.bounds import Bounds
from bacasable.contract import Contract
from bacasable.server import watch
from bacasable.server.protocols import protocol_class
from tests.support import Api, make_sandbox, over_socket

HOST = b"Host: sandbox\r\n"
COMPANY = b'{"name": "Atelier du Pont"}'
JSON = b"Content-Type: application/json"
PROTOCOLS = ["httptools", "h11"]


@dataclass
class Told:
    """An answer on a connection."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@contextmanager
def served(contract: Contract, protocol: str, **bounds: Any) -> Iterator[Api]:
    """A sandbox over a socket with one of the protocols, and bounds of its own."""
    kept = Bounds(**bounds)
    chosen = protocol_class(kept, with_h11=protocol == "h11")
    with over_socket(make_sandbox(contract, bounds=kept), http=chosen) as api:
        yield api


def with_each_protocol(**bounds: Any) -> Any:
    """A fixture of a module: a sandbox over a socket with each of the protocols."""

    @pytest.fixture(scope="module", params=PROTOCOLS)
    def api(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Api]:
        with served(contract, request.param, **bounds) as opened:
            yield opened

    return api


def open_connections(api: Api) -> int:
    """How many connections the server has."""
    own = [w for w in watch._watches.values() if w._bounds is api.sandbox.bounds]
    return sum(len(list(one._connections)) for one in own)


def wait_for(count: int, api: Api) -> None:
    """Wait until the server has no more than so many connections."""
    until = time.monotonic() + 20
    while open_connections(api) > count and time.monotonic() < until:
        time.sleep(0.02)
    assert open_connections(api) <= count


def connect(api: Api, timeout: float = 10) -> socket.socket:
    address = urlsplit(api.url)
    assert address.hostname
    return socket.create_connection((address.hostname, address.port or 80), timeout)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def exchange(api: Api, *pieces: bytes, pause: float = 0.0) -> list[Told]:
    """The answers to some bytes, until the server closes the connection or the client's half."""
    with connect(api) as connection:
        for piece in pieces:
            with suppress(ConnectionError):
                connection.sendall(piece)
            time.sleep(pause)
        return answers(received(connection))


def answers(data: bytes) -> list[Told]:
    """The answers in some bytes, each with its Content-Length."""
    found = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if first.startswith("HTTP/1.1 100"):
            continue
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        size = int(headers.get("content-length", 0))
        found.append(Told(int(first.split()[1]), headers, data[:size]))
        data = data[size:]
    return found


def only(told: Iterable[Told]) -> Told:
    (one,) = told
    return one


def request(
    target: bytes = b"/_sandbox/health",
    *lines: bytes,
    method: bytes = b"GET",
    body: bytes = b"",
    last: bool = True,
) -> bytes:
    """One request; the last on its connection unless told otherwise."""
    more = [*lines, *([b"Content-Length: %d" % len(body)] if body else [])]
    more += [b"Connection: close"] if last else []
    head = b"%s %s HTTP/1.1\r\n%s" % (method, target, HOST)
    return head + b"".join(line + b"\r\n" for line in more) + b"\r\n" + body


def assert_refused(told: Told, status: int, code: str, says: str = "") -> None:
    """A refusal of a connection: a problem like all others, and the end of the connection."""
    assert (told.status, told.code) == (status, code), told.json
    assert told.headers["content-type"] == "application/problem+json"
    assert told.headers["connection"] == "close"
    assert set(told.json) >= {"type", "title", "status", "detail", "instance", "requestId"}
    assert told.json["requestId"] == told.headers["x-request-id"]
    assert re.search(re.escape(says), json.dumps(told.json)), told.json


def creation(api: Api, *lines: bytes, body: bytes = COMPANY, last: bool = False) -> bytes:
    own = [f"{name}: {value}".encode() for name, value in api.headers.items()]
    path = b"/api/v1/companies"
    return request(path, *own, JSON, *lines, method=b"POST", body=body, last=last)
