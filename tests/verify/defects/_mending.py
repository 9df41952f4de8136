"""Servers that take what they must not: the clean sandbox is given a mended request."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from tests.verify.defective import Call, Change, Reply, requests

Mend = Callable[[dict[str, Any]], object]


def rewritten(call: Call, body: Any) -> None:
    """Give a call another body."""
    call.content = json.dumps(body).encode()
    call.headers["content-length"] = str(len(call.content))


def refusal(status: int, detail: str = "Refused.") -> Reply:
    """A problem that fits the contract."""
    code = {400: "INVALID_REQUEST", 415: "UNSUPPORTED_MEDIA_TYPE", 500: "INTERNAL_ERROR"}[status]
    problem = {
        "type": "/problems/" + code.lower().replace("_", "-"),
        "title": "A problem",
        "status": status,
        "detail": detail,
        "instance": "/api/v1",
        "code": code,
        "requestId": "req_000000000000",
    }
    content = json.dumps(problem).encode()
    return Reply(status, {"content-type": "application/problem+json"}, content)


def lenient(method: str, path: str, mend: Mend) -> Callable[[], Change]:
    """A server that reads bodies of an operation as `mend` makes them."""

    def change(call: Call) -> None:
        body = call.json
        if call.is_(method, path) and isinstance(body, dict):
            before = json.dumps(body)
            mend(body)
            if json.dumps(body) != before:
                rewritten(call, body)

    return requests(change)


def strict(
    method: str, path: str, refuses: Callable[[dict[str, Any]], object], status: int = 400
) -> Callable[[], Change]:
    """A server that refuses bodies of an operation that are valid."""

    def change(call: Call) -> Reply | None:
        body = call.json
        wrong = call.is_(method, path) and isinstance(body, dict) and refuses(body)
        return refusal(status) if wrong else None

    return requests(change)


def query(path: str, mend: Mend) -> Callable[[], Change]:
    """A server that reads the query of a list as `mend` makes it."""

    def change(call: Call) -> None:
        if call.is_("GET", path):
            mend(call.query)
            call.raw_query = urlencode(call.query)

    return requests(change)


def if_(name: str, wrong: Callable[[Any], object], instead: Any) -> Mend:
    """A member that is wrong is taken for another value; for one left out if that is None."""

    def mend(body: dict[str, Any]) -> None:
        if name in body and wrong(body[name]):
            body[name] = instead

    return mend


def not_in(*values: str) -> Callable[[Any], bool]:
    """Texts that are none of the values."""
    return lambda value: isinstance(value, str) and value not in values


def above(bound: float) -> Callable[[Any], bool]:
    """Numbers above a bound."""
    return lambda value: is_number(value) and value > bound


def below(bound: float) -> Callable[[Any], bool]:
    """Numbers below a bound."""
    return lambda value: is_number(value) and value < bound


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def unlike(pattern: str) -> Callable[[Any], bool]:
    """Texts that do not match a pattern as a whole."""
    return lambda value: isinstance(value, str) and not re.fullmatch(pattern, value)


def no_day(value: Any) -> bool:
    """Texts that are no day of the calendar."""
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return isinstance(value, str)
    return False
