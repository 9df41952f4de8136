"""Exchanges made by hand, as the server makes them."""

from typing import Any
from urllib.parse import quote

import orjson

from bacasable.contract import Violation
from bacasable.core import Platform, Reply
from bacasable.core.clock import FixedClock, parse_instant
from bacasable.sandbox.exchanges import Exchange, Exchanges

TENANTS = ("alpha", "beta")


def platform() -> Platform:
    """A platform with two tenants without records."""
    made = Platform(1, FixedClock(parse_instant("2026-11-02T09:00:00Z")))
    for slug in TENANTS:
        made.open(slug, f"tnt_{slug}")
    return made


def exchange(number: int = 0, **members: Any) -> Exchange:
    """An exchange that was not kept yet. `body` and `answer` are JSON unless they are bytes."""
    scope = {
        "method": members.pop("method", "POST"),
        "path": members.pop("path", "/api/v1/companies"),
        "query_string": members.pop("query", b""),
        "headers": [(n.encode(), v.encode("latin-1")) for n, v in members.pop("headers", [])],
    }
    made = Exchange(f"req_{number}")
    made.note(scope)
    answer, status = members.pop("answer", b""), members.pop("status", 200)
    made.reply = Reply(status, _raw(answer), members.pop("reply_headers", {}))
    made.body = _raw(members.pop("body", b""))
    made.violations = tuple(Violation(*pair) for pair in members.pop("violations", ()))
    for name, value in members.items():
        setattr(made, name, value)
    return made


def kept(**members: Any) -> Exchange:
    """An exchange that was kept."""
    made = exchange(**members)
    Exchanges(platform()).keep(made)
    return made


def form(pairs: list[tuple[str, str]]) -> bytes:
    """Names and values as in a query string."""
    return "&".join(f"{quote(n, safe='')}={quote(v, safe='')}" for n, v in pairs).encode()


def _raw(value: Any) -> Any:
    return value if isinstance(value, bytes) or value is None else orjson.dumps(value)
