"""Whoever shows no token is refused with 401, which names the scheme where the contract says so."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench
from ..model import Fault
from . import Check
from ._access import (
    UNAUTHENTICATED,
    attempt,
    needs_token,
    place_of,
    refused,
    said,
    target,
)

CHALLENGE = "WWW-Authenticate"


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Call as nobody."""
    if operation is None:
        return
    exchange = attempt(bench, target(bench, operation), bench.subject.anonymous)
    fault = refused(bench, exchange, "a call without a token")
    if fault:
        yield fault
    answer = operation.answers.get(UNAUTHENTICATED)
    documented = answer is not None and CHALLENGE.lower() in {h.lower() for h in answer.headers}
    if (
        exchange.response
        and exchange.status == UNAUTHENTICATED
        and documented
        and not exchange.response.header(CHALLENGE)
    ):
        yield Fault(
            cause="401 does not name the scheme",
            title="The refusal does not say how to authenticate",
            expected=f"401 with the header {CHALLENGE}",
            received=f"{said(exchange)} without it",
            place=place_of(bench.contract, operation, "responses", "401"),
            exchanges=(exchange,),
        )


CHECK = Check(
    id="auth-required",
    enforces="An operation that needs a token refuses a call without one.",
    stands="Security of the operation; RFC 9110, 15.5.2.",
    severity="error",
    repair="Authenticate before anything else, in one place that every route passes.",
    kind="operation",
    applies=needs_token,
    probe=probe,
    writes=False,
)
