"""Connections that can be broken: uvicorn's protocols, with a way to cut in the scope of a request.

A cut sends what was written so far and closes the connection. Nothing is logged: the call is told
that its client has gone, as it is when a client hangs up.
"""

import asyncio
from collections.abc import Callable
from functools import cache, partial
from importlib.util import find_spec
from typing import Any
from weakref import ref

from uvicorn.protocols.http.h11_impl import H11Protocol

from .detour import CUT


@cache
def protocol_class() -> type[asyncio.Protocol]:
    """The protocol for `uvicorn.Config(http=...)`: with httptools where it is installed."""
    if find_spec("httptools") is None:
        return CuttableH11
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: PLC0415

    class CuttableHttpTools(HttpToolsProtocol):
        """The protocol with httptools."""

        def on_headers_complete(self) -> None:
            """A request has begun: its scope gets its way to cut."""
            super().on_headers_complete()
            _offer_cut(self.cycle)

    return CuttableHttpTools


class CuttableH11(H11Protocol):
    """The protocol with h11."""

    def handle_events(self) -> None:
        """A request may have begun: its scope gets its way to cut. It runs only afterwards."""
        super().handle_events()
        _offer_cut(self.cycle)


def _offer_cut(cycle: Any) -> None:
    # There is none for what was no request, or asks for another protocol.
    if cycle is not None:
        # By a weak reference: a cycle holds its scope, and both are to go when it is answered.
        cycle.scope[CUT] = partial(_cut, ref(cycle))


def _cut(found: Callable[[], Any]) -> None:
    cycle = found()
    if cycle is not None:
        cycle.disconnected = True
        cycle.transport.close()
