"""The way of Schemathesis to the server: each of its requests passes the session of the kit.

So budget, rate, numbering, judges and watchers are those of every other request.
"""

import http
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from schemathesis import Case, Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CoveragePhaseData, CoverageScenario
from schemathesis.transport import BaseTransport
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from ...contract import Contract, Operation
from ..making.model import NotOurs
from ..model import NOT_JSON, Exchange, Fault, Identity, Intent, Request, is_deep
from ..patience import Silent
from ..session import OutOfTime, Session, Unreachable
from .callers import Callers
from .guard import Guard

_UNTOLD = frozenset(
    {
        "user-agent",
        "accept-encoding",
        "connection",
        "content-length",
        "x-schemathesis-testcaseid",
    }
)
"""Headers that say nothing, or something else in every run."""
_PROBES = frozenset(
    {
        CoverageScenario.UNSPECIFIED_HTTP_METHOD,
        CoverageScenario.MALFORMED_CONTENT_TYPE,
        CoverageScenario.UNSUPPORTED_CONTENT_TYPE,
    }
)
_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9._-]+)", re.IGNORECASE)
_NOWHERE = "http://server.example"
_SHRINKS = 120
"""So many requests an operation may take to make a failing request smaller."""


class Found(Exception):
    """The judges found something: Hypothesis looks for a smaller case that raises this.

    A failing check of Schemathesis would not do: to Hypothesis its groups of failures are no
    exceptions, so that it gives up at the first.
    """


class Halt(KeyboardInterrupt):
    """Ends the engine: it stops for this one at once, and goes on after any other error."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request of the engine: the exchange, what the judges said of it, the engine's answer.

    `diverted` says that it went to another record than the engine meant.
    """

    exchange: Exchange
    faults: tuple[Fault, ...]
    response: Response
    diverted: bool = False


@dataclass
class Shrinking:
    """Requests that were sent since one of an operation failed; they are not sent again."""

    known: dict[Request, Sent] = field(default_factory=dict)
    left: int = _SHRINKS


class Carrier(BaseTransport[requests.Session]):
    """Sends what Schemathesis generates. `halted` says why it sends nothing any more."""

    def __init__(
        self,
        contract: Contract,
        session: Session,
        callers: Callers,
        guard: Guard,
        shrinks: Callable[[Case[Any], "Sent"], bool],
    ) -> None:
        super().__init__()
        self.operations = {label(o): o for o in contract.operations.values()}
        self._base = _NOWHERE + contract.base_path
        self.session = session
        self.callers = callers
        self.guard = guard
        self.shrinks = shrinks
        self.sent: dict[str, Sent] = {}
        self.shrinking: dict[str, Shrinking] = {}
        self.halted: OutOfTime | Unreachable | None = None

    def get_matching_media_types(self, media_type: str) -> Iterator[tuple[str, Any]]:
        """The media types that can be sent, as Schemathesis knows them."""
        return REQUESTS_TRANSPORT.get_matching_media_types(media_type)

    def serialize_case(self, case: Case[Any], **kwargs: Any) -> dict[str, Any]:
        """A case as Schemathesis itself would send it."""
        return REQUESTS_TRANSPORT.serialize_case(case, **kwargs)

    def send(
        self,
        case: Case[Any],
        *,
        session: requests.Session | None = None,  # noqa: ARG002 - we have one of our own
        **kwargs: Any,
    ) -> Response:
        """The server's answer to a case.

        Raises Found for a case that is to be made smaller, Halt when the run is over, and the
        errors of requests without an answer.
        """
        given = {k: kwargs.get(k) for k in ("headers", "params", "cookies")}
        data = self.serialize_case(case, base_url=self._base, **given)
        prepared = requests.Request(**data).prepare()
        operation = self.operations[case.operation.label]
        request = self._request(prepared, operation, targets(case))
        shrinking = self.shrinking.get(case.operation.label)
        try:
            if shrinking is None:
                sent = self._sent(case, operation, request, prepared)
            elif request in shrinking.known:
                sent = shrinking.known[request]
            elif shrinking.left:
                shrinking.left -= 1
                sent = shrinking.known[request] = self._sent(case, operation, request, prepared)
            else:
                return _unsent(prepared)
        except NotOurs:
            return _unsent(prepared)
        self.sent[case.id] = sent
        if sent.faults and self.shrinks(case, sent):
            self.shrinking.setdefault(case.operation.label, Shrinking({request: sent}))
            raise Found
        return sent.response

    def forget(self, cases: list[str], name: str | None) -> None:
        """A scenario is over."""
        for case in cases:
            self.sent.pop(case, None)
        self.shrinking.pop(name or "", None)

    def _request(
        self, prepared: requests.PreparedRequest, operation: Operation, meant: set[str]
    ) -> Request:
        """What is sent. A key of idempotency would be that of another request: it is left out."""
        body = prepared.body
        headers = tuple(
            (_text(name), _text(value))
            for name, value in prepared.headers.items()
            if _text(name).lower() not in _UNTOLD
            and ("idempotency" not in _text(name).lower() or name in meant)
        )
        target = self.guard.safe(operation, str(prepared.method), prepared.path_url)
        content = body.encode() if isinstance(body, str) else body
        whole = content if isinstance(content, bytes) and content else None
        return Request(str(prepared.method), target, headers, whole)

    def _sent(
        self,
        case: Case[Any],
        operation: Operation,
        request: Request,
        prepared: requests.PreparedRequest,
    ) -> Sent:
        if self.halted:
            raise Halt
        asked = operation if self._asks(case, operation, request) else None
        dressed, who = self.callers.dressed(operation, request)
        try:
            exchange, faults = self._exchange(dressed, asked, who, intent_of(case))
        except Silent as error:
            raise requests.Timeout(str(error), request=prepared) from error
        self.guard.saw(exchange)
        if exchange.response is None:
            kind = requests.Timeout if "within" in exchange.failure else requests.ConnectionError
            raise kind(exchange.failure, request=prepared)
        diverted = request.target != prepared.path_url
        return Sent(exchange, faults, _answer(prepared, exchange), diverted)

    def _asks(self, case: Case[Any], operation: Operation, request: Request) -> bool:
        """Whether a request is one of the operation that it was generated for."""
        same = request.method.lower() == operation.method
        return (
            same
            and scenario_of(case) not in _PROBES
            and self.guard.leads(operation, request.target)
        )

    def _exchange(
        self, request: Request, operation: Operation | None, identity: Identity, intent: Intent
    ) -> tuple[Exchange, tuple[Fault, ...]]:
        """The exchange of a request, and what the judges found in it."""
        before = len(self.session.faults)
        try:
            exchange = self.session.send(
                request, operation=operation, identity=identity, purpose="fuzz", intent=intent
            )
        except (OutOfTime, Unreachable) as error:
            self.halted = error
            raise Halt from error
        said = self.session.faults[before:]
        return exchange, tuple(f for f in said if f.exchanges and f.exchanges[-1] is exchange)


def label(operation: Operation) -> str:
    """What Schemathesis calls an operation."""
    return f"{operation.method.upper()} {operation.path}"


def scenario_of(case: Case[Any]) -> CoverageScenario | None:
    """What a case of the coverage phase covers."""
    data = case.meta.phase.data if case.meta else None
    return data.scenario if isinstance(data, CoveragePhaseData) else None


def targets(case: Case[Any]) -> set[str]:
    """The names of the parameters that a case is to break."""
    if case.meta is None or not case.meta.generation.mode.is_negative:
        return set()
    data = case.meta.phase.data
    return {m.parameter for m in data.mutations if m.parameter} | {data.parameter or ""}


def intent_of(case: Case[Any]) -> Intent:
    """What a case is by the contract: to be accepted, to be refused, or neither."""
    if case.meta is None or scenario_of(case) in _PROBES:
        return "any"
    return "valid" if case.meta.generation.mode is GenerationMode.POSITIVE else "invalid"


def _answer(prepared: requests.PreparedRequest, exchange: Exchange) -> Response:
    answer = exchange.response
    assert answer is not None  # noqa: S101 - the caller has raised for a missing one
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    charset = _CHARSET.search(answer.header("content-type") or "")
    return Response(
        status_code=answer.status,
        headers=headers,
        content=b"" if answer.json is NOT_JSON and is_deep(answer.body) else answer.body,
        request=prepared,
        elapsed=answer.seconds,
        verify=False,
        message=http.HTTPStatus(answer.status).phrase if answer.status in _PHRASES else "",
        encoding=charset[1] if charset else None,
    )


_PHRASES = frozenset(int(status) for status in http.HTTPStatus)


def _unsent(prepared: requests.PreparedRequest) -> Response:
    """Stands for the answer to a request that was not sent: Schemathesis learns nothing from it."""
    return Response(
        status_code=503, headers={}, content=b"", request=prepared, elapsed=0.0, verify=False
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
