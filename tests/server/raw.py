"""Requests as bytes on a connection: what no HTTP library would send, or would repair first."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Lines = Iterable[tuple[str, str]]


@dataclass
class Reply:
    """An answer. Header names are lower case; one that came in several lines has all of them."""

    status: int
    lines: list[tuple[str, str]]
    content: bytes

    def __getitem__(self, name: str) -> str:
        found = [value for given, value in self.lines if given == name]
        assert len(found) == 1, (name, self.lines)
        return found[0]

    def has(self, name: str) -> bool:
        return any(given == name for given, _ in self.lines)

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def send(url: str, method: str, target: str, lines: Lines = (), content: bytes = b"") -> Reply:
    """Send one request with just these header lines, and a Host unless there is one."""
    address = urlsplit(url)
    sent = list(lines)
    if not any(name.lower() == "host" for name, _ in sent):
        sent.insert(0, ("Host", address.netloc))
    if content:
        sent.append(("Content-Length", str(len(content))))
    sent.append(("Connection", "close"))
    head = "".join(f"{name}: {value}\r\n" for name, value in sent)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    start, _, body = received.partition(b"\r\n\r\n")
    first, *rest = start.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in rest]
    return Reply(
        int(first.split()[1]), [(name.lower(), value.strip()) for name, _, value in pairs], body
    )
