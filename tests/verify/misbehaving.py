"""Servers that do everything wrong, for whole runs: some at the socket, some in what they answer.

A run logs in at a sandbox; from some request on its answers are changed, or its requests go to a
server on loopback that breaks the connection in one way or another.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from bacasable.verify.model import NOT_JSON, Options, Request, Response
from bacasable.verify.transport import HttpTransport

Act = Callable[[socket.socket], Any]
Change = Callable[[Request, Response], Response]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def _drip(connection: socket.socket) -> None:
    for byte in HEAD % 2 + b"{}":
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def _endless(connection: socket.socket) -> None:
    connection.sendall(HEAD % 10**9)
    for _ in range(2_000):
        connection.sendall(b"x" * 65_536)


def _wide(connection: socket.socket) -> None:
    lines = b"".join(b"X-%d: v\r\n" % number for number in range(10_000))
    connection.sendall((HEAD % 2).replace(b"\r\n\r\n", b"\r\n" + lines + b"\r\n") + b"{}")


BROKEN: dict[str, Act] = {
    "hangs": lambda _: time.sleep(0.5),
    "resets": lambda _: None,
    "garbage": lambda connection: connection.sendall(b"\x00\xff garbage\r\n\r\n"),
    "half an answer": lambda connection: connection.sendall(HEAD % 9 + b"{}"),
    "drips": _drip,
    "endless": _endless,
    "ten thousand headers": _wide,
}


@contextmanager
def broken(act: Act) -> Iterator[str]:
    """A server on loopback that reads a request and then does `act`; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                connection.recv(65_536)
                act(connection)
            except OSError:
                pass

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join(timeout=10)
        listener.close()


class Elsewhere:
    """A transport that sends some requests to another server: `away` says which, by number."""

    def __init__(self, options: Options, url: str, away: Callable[[int, Request], bool]) -> None:
        # Who is right may take longer, on a busy machine, than who never answers is waited for.
        patient = replace(options, timeout=max(options.timeout, 10.0))
        self._here, self._away = HttpTransport(patient), away
        self._there = HttpTransport(replace(options, url=url))
        self._count = 0

    def exchange(self, request: Request, within: float | None = None) -> Response:
        self._count += 1
        there = self._away(self._count, request)
        return (self._there if there else self._here).exchange(request, within)

    def close(self) -> None:
        self._here.close()
        self._there.close()


class Changing:
    """A transport that changes answers, except those of the login and the first few.

    `seen` are the requests that were sent.
    """

    def __init__(self, options: Options, change: Change, *, after: int = 12) -> None:
        self._inner, self._change, self._after = HttpTransport(options), change, after
        self.seen: list[Request] = []

    def exchange(self, request: Request, within: float | None = None) -> Response:
        self.seen.append(request)
        answer = self._inner.exchange(request, within)
        if len(self.seen) <= self._after or request.target.endswith("/auth/login"):
            return answer
        return self._change(request, answer)

    def close(self) -> None:
        self._inner.close()


class Refusing:
    """A transport that refuses requests itself: `refuses` gives the answer, or None to go on."""

    def __init__(
        self, options: Options, refuses: Callable[[int, Request], Response | None]
    ) -> None:
        self._inner, self._refuses, self._count = HttpTransport(options), refuses, 0

    def exchange(self, request: Request, within: float | None = None) -> Response:
        self._count += 1
        return self._refuses(self._count, request) or self._inner.exchange(request, within)

    def close(self) -> None:
        self._inner.close()


def problem(status: int, code: str, title: str, *headers: tuple[str, str]) -> Response:
    """An answer with a problem of the contract's catalogue."""
    value = {
        "type": f"/problems/{code.lower().replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": title,
        "instance": "/",
        "code": code,
        "requestId": "req_1",
    }
    usual = {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-request-id": "req_1",
        "www-authenticate": "Bearer",
    }
    return Response(status, (*usual.items(), *headers), json.dumps(value).encode())


def in_turn(changes: Sequence[Change]) -> Change:
    """Every third answer is as it was; the others are changed, each in the next way."""
    turn = count()

    def change(request: Request, answer: Response) -> Response:
        whole, place = divmod(next(turn), 3)
        return changes[(2 * whole + place - 1) % len(changes)](request, answer) if place else answer

    return change


def always(body: bytes) -> Change:
    """Every answer has this body."""
    return lambda _, answer: replace(answer, body=body)


def status(status: int, *headers: tuple[str, str]) -> Change:
    """Every answer has this status, and these headers in place of its own of that name."""
    names = {name for name, _ in headers}

    def change(_: Request, answer: Response) -> Response:
        kept = [pair for pair in answer.headers if pair[0] not in names]
        return replace(answer, status=status, headers=(*kept, *headers))

    return change


def header(name: str, value: str) -> Change:
    """Every answer has this header."""
    return lambda r, answer: status(answer.status, (name, value))(r, answer)


def each(place: Callable[[Any], Any]) -> Change:
    """Every value of JSON in an answer, the inner ones first, is replaced by `place(value)`."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: walk(inner) for key, inner in value.items()}
        elif isinstance(value, list):
            value = [walk(inner) for inner in value]
        return place(value)

    def change(_: Request, answer: Response) -> Response:
        if not answer.body or answer.json is NOT_JSON:
            return answer
        return replace(answer, body=json.dumps(walk(answer.json)).encode())

    return change


def leaves(new: Any) -> Change:
    """Every text, number, boolean and null is this value."""
    return each(lambda value: value if isinstance(value, dict | list) else new)


def member(name: str, new: Any) -> Change:
    """Every member of that name has this value."""
    return each(lambda v: {**v, name: new} if isinstance(v, dict) and name in v else v)


ABSURD: dict[str, Change] = {
    "nested 100,000 deep": always(b"[" * 100_000 + b"]" * 100_000),
    "nested 500 deep": always(b'{"data":' * 500 + b"1" + b"}" * 500),
    "HTML that says it is JSON": always(b"<html>hi</html>"),
    "null": always(b"null"),
    "a list of anything": always(b'[null, 1, "x", [], {}]'),
    "NaN": always(b'{"data": NaN}'),
    "beyond all numbers": always(
        b'{"data": {"id": 1e999}, "meta": {"pagination": {"total": 1e9}}}'
    ),
    "5,000 digits": always(b"1" * 5_000),
    "names twice": always(b'{"data": {"id": "a", "id": "b"}, "data": [1]}'),
    "half of a character": leaves("\ud800"),
    "null bytes": leaves("\0"),
    "numbers everywhere": leaves(-1),
    "a huge whole number": leaves(10**400),
    "lists everywhere": leaves([]),
    "objects everywhere": leaves({}),
    "null everywhere": leaves(None),
    "long texts": leaves("x" * 20_000),
    "null for records": member("data", None),
    "records of nulls": member("data", [None]),
    "records of lists": member("data", [[{}]]),
    "numbers for ids": member("id", 7),
    "empty ids": member("id", ""),
    "ids that are paths": member("id", "../../x?y=1#z"),
    "ids that are objects": member("id", {"a": 1}),
    "a total of 10**18": member("total", 10**18),
    "a negative total": member("total", -5),
    "a total in words": member("total", "many"),
    "a next page without end": member("totalPages", 10**18),
    "no meta": member("meta", None),
    "times that are none": member("timestamp", "99999-99-99T99:99:99Z"),
    "errors that are none": member("errors", [1, None, [], {"pointer": 5}]),
    "codes that are objects": member("code", {"a": []}),
    "another state": member("status", ["NOPE"]),
    "200 for everything": status(200),
    "304 for everything": status(304),
    "401 for everything": status(401),
    "409 for everything": status(409),
    "500 for everything": status(500),
    "redirects in a loop": status(302, ("location", "/api/v1/companies")),
    "status 999": status(999),
    "no headers": lambda _, answer: replace(answer, headers=()),
    "headers with control characters": lambda _, answer: replace(
        answer, headers=tuple((n, f"\x00\xff\x1b[31m{v}") for n, v in answer.headers)
    ),
    "an odd media type": header("content-type", 'application/json; charset=nope; b="'),
    "an odd location": header("location", "http://[::1"),
    "an odd ETag": header("etag", "W/\xff"),
    "an odd link": header("link", "<<>>;;;rel=next,<http://[>"),
}
