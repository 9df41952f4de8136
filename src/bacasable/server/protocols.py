"""The two protocols of the server: with httptools where it is installed, with h11 elsewhere."""

import asyncio
from functools import cache
from importlib.util import find_spec
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..bounds import MIB, Bounds
from .connections import EXPECTS, Bounded
from .framing import HeadReader, body_length
from .refusing import Unreadable


class _Reading(h11.Connection):
    """h11, which says in our words what it cannot read."""

    def next_event(self) -> Any:
        """The next event. Raises Unreadable."""
        try:
            return super().next_event()
        except h11.RemoteProtocolError as error:
            raise Unreadable from error


class BoundedH11(Bounded, H11Protocol):
    """The protocol with h11, whose own bounds stand behind ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _Reading(h11.SERVER, self.bounds.max_header_bytes + MIB)

    def read(self, reader: HeadReader) -> None:
        """Let h11 read a head."""
        head = reader.head()
        self.left = body_length(reader.lower(), reader.number)
        self.give(head)
        if self.conn.they_are_waiting_for_100_continue:
            self.cycle.scope[EXPECTS] = True

    def give(self, data: bytes) -> None:
        """Give h11 something to read."""
        self.conn.receive_data(data)
        self.handle_events()

    def on_response_complete(self) -> None:
        """A request was answered: h11 may read the next one."""
        conn = self.conn
        if conn.our_state is h11.DONE and conn.their_state is h11.DONE:
            conn.start_next_cycle()
        super().on_response_complete()


@cache
def protocol_class(bounds: Bounds, *, with_h11: bool = False) -> type[asyncio.Protocol]:
    """The protocol for `uvicorn.Config(http=...)`: with httptools where it is installed."""
    base: type[Bounded] = BoundedH11
    if not with_h11 and find_spec("httptools") is not None:
        from .fast import BoundedHttpTools  # noqa: PLC0415

        base = BoundedHttpTools
    return type(base.__name__, (base,), {"bounds": bounds})
