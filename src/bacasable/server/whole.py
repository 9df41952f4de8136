"""Answers that are there as a whole leave in one piece.

uvicorn gives the system the head first and the body then, and looks at each header by itself: a
fifth of all that a short call takes.
"""

import re

from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .replies import WHOLE

_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What stands in no head (RFC 9110, 5.5), line ends aside."""


class WholeCycle(RequestResponseCycle):
    """A call and its answer, as uvicorn has them."""

    _opening: Message | None = None

    async def send(self, message: Message) -> None:  # type: ignore[override]
        """Send a message, or hold the first of two that go together.

        Raises RuntimeError, as uvicorn does, for a header that would be another one too.
        """
        if WHOLE in message:
            self._opening = message
            return
        opening, self._opening = self._opening, None
        if opening is None or self.access_log or self.response_started:
            if opening is not None:
                await super().send(opening)  # type: ignore[arg-type]
            await super().send(message)  # type: ignore[arg-type]
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        lines = [
            name + b": " + value for name, value in (*self.default_headers, *opening["headers"])
        ]
        if not self.keep_alive:
            lines.append(b"connection: close")
        head = b"\r\n".join(lines)
        if (
            head.count(b"\n") >= len(lines)
            or head.count(b"\r") >= len(lines)
            or _CONTROLS.search(head)
        ):
            raise RuntimeError("Invalid HTTP header value.")
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(
            b"%b%b\r\n\r\n%b" % (STATUS_LINE[opening["status"]], head, message["body"])
        )
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
