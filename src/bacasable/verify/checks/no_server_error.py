"""Failures of the server: whatever is sent, it answers, and never with 5xx.

A documented 503 that says when to try again is an answer. A gateway's 502 or 504 is none.
"""

import re
from collections.abc import Iterator

from ...contract.wire import from_json
from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import answers_of, is_ordinary, responses_place

_AT_THE_DOOR = ("auth-", "roles-", "tenant-")
"""Checks of what every operation does alike, before its own work."""
_UNKNOWN_METHODS = frozenset({501, 505})


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """A fault if the server failed, or broke the connection on a request like others."""
    if exchange.response is None:
        yield from _unanswered(exchange)
        return
    status, operation = exchange.status, exchange.operation
    if status < 500 or _is_answer(subject, exchange):
        return
    place = responses_place(operation) if operation else "/paths"
    yield Fault(
        cause=f"{status} {_why(exchange)}",
        title=f"The server fails with {status}",
        expected="an answer below 500, whatever is sent",
        received=f"{status}",
        place=place,
        exchanges=(exchange,),
    )


def _is_answer(subject: Subject, exchange: Exchange) -> bool:
    operation, response = exchange.operation, exchange.response
    if operation is None or response is None:
        return exchange.status in _UNKNOWN_METHODS
    documented = answers_of(subject).documented(operation, 503)
    if response.status != 503 or documented is None:
        return False
    waits = any(header.name.lower() == "retry-after" for header in documented.headers)
    return not waits or response.header("retry-after") is not None


def _unanswered(exchange: Exchange) -> Iterator[Fault]:
    if exchange.failure.startswith("no connection") or not is_ordinary(exchange.request):
        return
    # Where it broke, and after how many bytes, is another matter each time.
    kind = re.split(r"[:\d]", exchange.failure)[0].strip()
    operation = exchange.operation
    yield Fault(
        cause=f"{kind} {_why(exchange)}",
        title="The server does not answer a request",
        expected="an answer",
        received=exchange.failure,
        place=responses_place(operation) if operation else "/paths",
        exchanges=(exchange,),
    )


def _why(exchange: Exchange) -> str:
    """Where the server failed: in an operation, or before, in what it does for all of them."""
    operation, body = exchange.operation, exchange.request.body
    if operation is None or exchange.purpose.startswith(_AT_THE_DOOR):
        return f"on what {exchange.purpose} sends"
    if body:
        try:
            from_json(body)
        except ValueError:
            return "on a body that is no JSON"
    return operation.id


CHECK = Check(
    id="no-server-error",
    enforces="Whatever is sent, the server answers, and never with an error of its own (5xx).",
    stands="Responses; RFC 9110, 15.6.",
    severity="error",
    repair="Find the exception in the server's log; refuse with 4xx what cannot be done.",
    kind="answer",
    judge=judge,
    writes=False,
    wfc=100,
)
