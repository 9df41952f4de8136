"""Answers in one piece are, to the byte, what uvicorn sends in two."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from bacasable.server.replies import WHOLE
from bacasable.server.whole import WholeCycle
from tests.server.lines import with_each_protocol
from tests.support import Api

api = with_each_protocol()

NAMES = st.sampled_from([b"etag", b"link", b"x-a", b"content-type", b"x-request-id"])
VALUES = st.binary(max_size=12) | st.sampled_from([b"a\r\nb: c", b"a\nb", b"\t", b"caf\xe9"])
BODIES = st.binary(max_size=40)
STATUSES = st.sampled_from([200, 201, 204, 304, 404, 500])


@dataclass
class Wire:
    """A transport that keeps what it is given."""

    writes: list[bytes] = field(default_factory=list)
    closed: bool = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True


def sent(
    kind: type[RequestResponseCycle],
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    *,
    keep_alive: bool,
    access_log: bool = False,
) -> tuple[list[bytes], bool, int] | None:
    """What a cycle writes, whether it closes, how often it says that it is done; None for no."""
    wire, done = Wire(), []

    async def answer() -> None:
        cycle = kind(
            scope={
                "method": "GET",
                "path": "/",
                "raw_path": b"/",
                "query_string": b"",
                "client": ("127.0.0.1", 1),
                "http_version": "1.1",
            },  # type: ignore[typeddict-item]
            transport=wire,  # type: ignore[arg-type]
            flow=FlowControl(wire),  # type: ignore[arg-type]
            logger=logging.getLogger("none"),
            access_logger=logging.getLogger("none"),
            access_log=access_log,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=lambda: done.append(1),
        )
        length = [] if status in {204, 304} else [(b"content-length", b"%d" % len(body))]
        opening: Any = {"type": "http.response.start", "status": status}
        opening |= {"headers": [*headers, *length], WHOLE: True}
        await cycle.send(opening)
        content = b"" if status in {204, 304} else body
        await cycle.send({"type": "http.response.body", "body": content})
        assert cycle.response_complete

    try:
        asyncio.run(answer())
    except RuntimeError:
        return None
    return wire.writes, wire.closed, len(done)


@given(STATUSES, st.lists(st.tuples(NAMES, VALUES), max_size=4), BODIES, st.booleans())
@example(200, [(b"etag", b"a\r\nset-cookie: b")], b"{}", True)
def test_it_sends_what_uvicorn_sends(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, keep_alive: bool
) -> None:
    theirs = sent(RequestResponseCycle, status, headers, body, keep_alive=keep_alive)
    ours = sent(WholeCycle, status, headers, body, keep_alive=keep_alive)
    if theirs is None or ours is None:
        assert ours is theirs
        return
    assert len(ours[0]) == 1
    assert b"".join(theirs[0]) == ours[0][0]
    assert theirs[1:] == ours[1:]


def test_with_an_access_log_uvicorn_sends_it_itself() -> None:
    found = sent(WholeCycle, 200, [], b"{}", keep_alive=True, access_log=True)
    assert found is not None
    assert len(found[0]) == 2


def test_every_call_is_answered_in_one_piece_or_head_alone(api: Api) -> None:
    caller = api.as_("ADMIN")
    for _ in range(3):
        assert caller.get("/companies?perPage=2").json["data"] is not None
    assert caller.request("HEAD", "/companies").content == b""
