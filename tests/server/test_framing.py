"""What is read from a connection does not depend on how its bytes were cut, nor on the parser."""

import asyncio
import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from bacasable.bounds import Bounds
from bacasable.contract import Refusal
from bacasable.server.errors import REFUSED
from bacasable.server.framing import Chunks, HeadReader
from bacasable.server.listen import uvicorn_options
from bacasable.server.protocols import protocol_class
from tests.server.lines import PROTOCOLS, answers

SMALL = Bounds(max_target_bytes=64, max_header_bytes=256, max_headers=8, max_query_parameters=4)


class Wire(asyncio.Transport):
    """A transport without a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closing = b"", False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        self.written += b"" if self.closing else bytes(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    abort = write_eof = close

    def can_write_eof(self) -> bool:
        return True

    def pause_reading(self) -> None:
        """There is nothing to pause."""

    resume_reading = pause_reading


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers what was read of a request."""
    refusal = scope.get(REFUSED)
    body, more = b"", refusal is None
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    lines = [(n.decode(), v.decode("latin-1").strip()) for n, v in scope["headers"]]
    read = [scope["method"], scope["raw_path"].decode(), scope["query_string"].decode(), lines]
    content = json.dumps([refusal.code] if refusal else [*read, body.decode("latin-1")]).encode()
    headers = [(b"content-length", b"%d" % len(content))]
    await send(
        {"type": "http.response.start", "status": 400 if refusal else 200, "headers": headers}
    )
    await send({"type": "http.response.body", "body": content})


def told(protocol: str, pieces: list[bytes]) -> list[Any]:
    """What is answered to pieces that come one after the other."""

    async def run() -> bytes:
        config = uvicorn.Config(echo, log_level="critical", **uvicorn_options(SMALL))
        config.load()
        chosen: Any = protocol_class(SMALL, with_h11=protocol == "h11")
        loop, wire = asyncio.get_running_loop(), Wire()
        reader = chosen(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        reader.connection_made(wire)
        for piece in pieces:
            if not wire.closing:
                reader.data_received(piece)
            for _ in range(3):
                await asyncio.sleep(0)
        for _ in range(60):
            await asyncio.sleep(0)
        reader.connection_lost(None)
        return wire.written

    return [one.json for one in answers(asyncio.run(run()))]


NAMES = st.sampled_from([b"A", b"X-Long-Name", b"Accept", b"Authorization", b"Upgrade", b"Host "])
TEXTS = st.sampled_from([b"", b"b", b"h2c", b"\xff", b"c" * 200, b"  spaced  ", b"\0", b"d\r\n e"])
FIELD = st.builds(lambda name, text: b"%s: %s\r\n" % (name, text), NAMES, TEXTS)
TARGET = st.sampled_from(
    [
        *(b"/", b"/a?b=c", b"/a?b&c&d&e&f", b"*", b"http://x/y?z", b"/" + b"a" * 63),
        *(b"/" + b"a" * 64, b"/#", b"/%zz", b"/\xc3\xa9", b"x", b" /"),
    ]
)
LINE = st.sampled_from([b"GET ", b"POST ", b"OPTIONS ", b"CONNECT ", b"\x16\x03", b"\r\n\r\nGET "])
VERSION = st.sampled_from([b" HTTP/1.1\r\n"] * 6 + [b" HTTP/1.0\r\n", b" HTTP/2.0\r\n", b"\r\n"])
CHUNK = st.sampled_from(
    [
        *(b"3\r\nabc\r\n", b"3;e=1\r\nabc\r\n", b"03\r\nabc\r\n", b"3\r\nabcd\r\n"),
        *(b"z\r\n", b"3\nabc\n", b"1;" + b"e" * 150 + b"\r\na\r\n", b"3 \r\nabc\r\n"),
        *(b"3 ; e = 1\r\nabc\r\n", b"3;e=\r\nabc\r\n", b'3;e=";"\r\nabc\r\n', b"3abc\r\nabc\r\n"),
    ]
)
BODY = st.one_of(
    st.just((b"", b"")),
    st.binary(max_size=30).map(lambda body: (b"Content-Length: %d\r\n" % len(body), body)),
    st.lists(CHUNK, max_size=4).map(
        lambda chunks: (b"Transfer-Encoding: chunked\r\n", b"".join(chunks) + b"0\r\n\r\n")
    ),
    st.sampled_from([b"X: y", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"X"]).map(
        lambda trailer: (b"Transfer-Encoding: chunked\r\n", b"0\r\n%s\r\n\r\n" % trailer)
    ),
    st.sampled_from([(b"Content-Length: 1\r\nContent-Length: 1\r\n", b"a")]),
)
HOSTS = st.sampled_from([b"Host: x\r\n"] * 8 + [b"", b"Host: x\r\nHost: y\r\n", b"Host: a b\r\n"])


def _request(*parts: Any) -> bytes:
    *begins, fields, (length, body) = parts
    return b"".join([*begins, *fields, length, b"\r\n", body])


REQUEST = st.builds(_request, LINE, TARGET, VERSION, HOSTS, st.lists(FIELD, max_size=9), BODY)
PLAIN = st.builds(
    _request,
    st.sampled_from([b"GET ", b"POST "]),
    st.sampled_from([b"/", b"/a?b=c"]),
    st.just(b" HTTP/1.1\r\n"),
    st.just(b"Host: x\r\n"),
    st.just([b"A: b\r\n"]),
    st.sampled_from([(b"", b""), (b"Content-Length: 3\r\n", b"abc")]),
)
STREAM = st.lists(st.one_of(PLAIN, REQUEST), min_size=1, max_size=4).map(b"".join)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=150, deadline=None)
@given(sent=STREAM, cuts=st.lists(st.integers(0, 1200), max_size=8))
@example(sent=b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET  / HTTP/1.1\r\n\r\n", cuts=[28])
@example(sent=b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET", cuts=[3])
def test_the_answers_are_the_same_however_the_bytes_are_cut(protocol, sent, cuts):
    places = sorted({min(cut, len(sent)) for cut in cuts} | {0, len(sent)})
    pieces = [sent[a:b] for a, b in pairwise(places)]
    assert told(protocol, pieces) == told(protocol, [sent])


@settings(max_examples=150, deadline=None)
@given(sent=STREAM)
def test_both_parsers_read_the_same(sent):
    assert told("httptools", [sent]) == told("h11", [sent])


def test_each_byte_alone_is_read_as_all_together():
    sent = _request(b"POST ", b"/a?b=c", b" HTTP/1.1\r\n", b"Host: x\r\n", [], (b"", b""))
    body = b"Transfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nX: y\r\n\r\n"
    sent = sent[:-2] + body + b"GET /last HTTP/1.1\r\nHost: y\r\n\r\n"
    for protocol in PROTOCOLS:
        found = told(protocol, [sent[n : n + 1] for n in range(len(sent))])
        assert found == told(protocol, [sent])
        assert [one[4] for one in found] == ["abc", ""]


@given(st.binary(max_size=400), st.integers(0, 400))
def test_no_bytes_make_a_reader_fail(data, cut):
    for make in (HeadReader, Chunks):
        reader: Any = make(SMALL)
        with suppress(Refusal):
            for piece in (data[:cut], data[cut:]):
                (reader.take if make is Chunks else reader.feed)(piece)
