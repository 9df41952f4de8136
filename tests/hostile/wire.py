"""Requests as bytes on many connections at once, and answers judged as HTTP by the letter."""

import re
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.hostile.box import HOST

_STATUS = re.compile(rb"HTTP/1\.1 ([1-5]\d\d)(?: [^\r\n\0]*)?$")
_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$")
_LONGEST = 65536


class Malformed(Exception):
    """An answer that is no HTTP."""


@dataclass(slots=True)
class Answer:
    """One answer. Header names are lower case."""

    status: int
    headers: dict[bytes, bytes]
    content: bytes

    @property
    def kind(self) -> bytes:
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip()


@dataclass
class Talk:
    """What is sent on one connection, in pieces, and what came back.

    `methods` are those of the requests whose answers are awaited; all of them answered, or closed,
    or nothing heard for `patience` seconds: the talk is over.
    """

    pieces: Sequence[bytes]
    methods: Sequence[str]
    patience: float = 10.0
    hang_up: bool = False  # as soon as all is sent
    answers: list[Answer] = field(default_factory=list)
    closed: bool = False
    silent: bool = False  # it ended because nothing came
    wrong: str = ""  # why what came is no HTTP
    rest: bytes = b""


def _body_of(head: dict[bytes, bytes], status: int, method: str, buffer: bytes, at: int):
    """The body and where it ends, or None while it is not all there."""
    if method == "HEAD" or status in {204, 304} or status < 200:
        return b"", at
    if b"transfer-encoding" in head:
        if head[b"transfer-encoding"] != b"chunked" or b"content-length" in head:
            raise Malformed("both lengths, or an unknown coding")
        return _chunks(buffer, at)
    length = head.get(b"content-length")
    if length is None:
        raise Malformed("no length")
    if not length.isdigit():
        raise Malformed("a length that is no number")
    end = at + int(length)
    return (buffer[at:end], end) if len(buffer) >= end else None


def _chunks(buffer: bytes, at: int):
    body = b""
    while True:
        end = buffer.find(b"\r\n", at)
        if end < 0:
            return None
        try:
            size = int(buffer[at:end].partition(b";")[0], 16)
        except ValueError:
            raise Malformed("a chunk without a size") from None
        if len(buffer) < end + 2 + size + 2:
            return None
        body += buffer[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
        if buffer[at - 2 : at] != b"\r\n":
            raise Malformed("a chunk that does not end")
        if not size:
            return body, at


def parse(buffer: bytes, method: str) -> tuple[Answer, int] | None:
    """The first answer in a buffer and its length; None while it is not all there.

    Raises Malformed for what no client could read without doubt.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > _LONGEST or (buffer and not b"HTTP/1.1 "[: len(buffer)] == buffer[:9]):
            raise Malformed("no status line")
        return None
    first, *lines = buffer[:end].split(b"\r\n")
    status = _STATUS.match(first)
    if not status:
        raise Malformed("a wrong status line")
    head: dict[bytes, bytes] = {}
    for line in lines:
        found = _LINE.match(line)
        if not found:
            raise Malformed("a wrong header line")
        name = found[1].lower()
        if name in head and name in {b"content-length", b"content-type", b"x-request-id"}:
            raise Malformed(f"{name.decode()} twice")
        head[name] = found[2]
    body = _body_of(head, int(status[1]), method, buffer, end + 4)
    return (Answer(int(status[1]), head, body[0]), body[1]) if body else None


class _Line:
    """One connection of `converse`."""

    def __init__(self, port: int, talk: Talk) -> None:
        self.talk = talk
        self.socket = socket.create_connection((HOST, port), timeout=10)
        self.socket.setblocking(False)
        self.left = list(talk.pieces)
        self.buffer = b""
        self.heard = time.monotonic()

    def events(self) -> int:
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self.left else 0)

    def write(self) -> bool:
        """Send the next piece; True when the talk is over."""
        try:
            sent = self.socket.send(self.left[0])
        except BlockingIOError:
            return False
        except OSError:
            self.left = []
            return False  # what it said before is still to be read
        if sent == len(self.left[0]):
            self.left.pop(0)
        else:
            self.left[0] = self.left[0][sent:]
        return self.talk.hang_up and not self.left

    def read(self) -> bool:
        """Read what is there; True when the talk is over."""
        talk = self.talk
        try:
            got = self.socket.recv(262144)
        except BlockingIOError:
            return False
        except OSError:
            got = b""
        self.heard = time.monotonic()
        self.buffer += got
        try:
            self._take()
        except Malformed as error:
            talk.wrong = f"{error}: {self.buffer[:200]!r}"
            return True
        if not got:
            talk.closed = True
            talk.rest = self.buffer
            return True
        return len(talk.answers) >= len(talk.methods) and not self.left

    def _take(self) -> None:
        answers = self.talk.answers
        while self.buffer:
            at = len(answers)
            method = self.talk.methods[at] if at < len(self.talk.methods) else "GET"
            found = parse(self.buffer, method)
            if not found:
                return
            if found[0].status >= 200:
                answers.append(found[0])
            self.buffer = self.buffer[found[1] :]


def converse(port: int, talks: Sequence[Talk], abreast: int = 16) -> None:
    """Hold all talks, so many at once, each on a connection of its own."""
    waiting, open_ = list(reversed(talks)), set()
    with selectors.DefaultSelector() as selector:
        while waiting or open_:
            while waiting and len(open_) < abreast:
                line = _Line(port, waiting.pop())
                open_.add(line)
                selector.register(line.socket, line.events(), line)
            ready = selector.select(0.02)
            for key, events in ready:
                line = key.data
                over = bool(events & selectors.EVENT_WRITE and line.left and line.write())
                if not over and events & selectors.EVENT_READ:
                    over = line.read()
                if over:
                    _end(selector, open_, line)
                elif key.events != line.events():
                    selector.modify(line.socket, line.events(), line)
            now = time.monotonic()
            for line in [one for one in open_ if now - one.heard > one.talk.patience]:
                line.talk.silent = True
                line.talk.rest = line.buffer
                _end(selector, open_, line)


def _end(selector: selectors.BaseSelector, open_: set[_Line], line: _Line) -> None:
    selector.unregister(line.socket)
    line.socket.close()
    open_.discard(line)


def request(
    method: str, target: str, lines: dict[str, str] | None = None, content: bytes | None = None
) -> bytes:
    """One request as bytes, with a Host and, for a body, its length."""
    sent = {"Host": HOST, **(lines or {})}
    if content is not None:
        sent["Content-Length"] = str(len(content))
    head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("utf-8", "surrogatepass") + (
        content or b""
    )
