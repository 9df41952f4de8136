"""How a caller proves who it is: where the contract wants its token, and for how long it is good.

A token stands in a header, or in the query, as the contract's security schemes say. That of a
login is renewed by logging in anew before its time is over: long runs outlive tokens.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..contract import Contract
from ..contract.document import resolve
from ..contract.model import Json, JsonObject

RENEWED_AFTER = 0.8
"""So much of a token's life is used before it is renewed."""
_LIFE = re.compile(r"expires?_?in|expires?_?in_?seconds|ttl", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a login gave: headers and parameters that prove the caller, and what they hold.

    `seconds` is how long the token is good, 0 when nobody said so; `said` is the login's answer.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    seconds: float = 0.0
    said: Json = None


class Ticket:
    """The grant of a caller, renewed in time. `log_in` gives a new one."""

    def __init__(self, grant: Grant, log_in: Callable[[], Grant]) -> None:
        self._log_in = log_in
        self._lock = threading.Lock()
        self._take(grant)

    def now(self) -> Grant:
        """The grant that holds now. Raises what logging in raises."""
        if time.monotonic() >= self._until:
            with self._lock:
                if time.monotonic() >= self._until:
                    self._take(self._log_in())
        return self._grant

    def renew(self) -> None:
        """Log in again, for the grant is refused. Raises what logging in raises."""
        with self._lock:
            self._take(self._log_in())

    def _take(self, grant: Grant) -> None:
        life = grant.seconds * RENEWED_AFTER if grant.seconds else float("inf")
        self._grant, self._until = grant, time.monotonic() + life


class Live(Mapping[str, str]):
    """A mapping that is asked for anew each time: headers with a token that is renewed."""

    def __init__(self, now: Callable[[], Mapping[str, str]]) -> None:
        self._now = now

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())


def granted(contract: Contract, token: str, said: Json = None) -> Grant:
    """A token where the contract's security schemes want it; as a bearer where they say nothing."""
    headers, query = {"Authorization": f"Bearer {token}"}, {}
    for scheme in schemes_of(contract):
        place, name = scheme.get("in"), str(scheme.get("name", ""))
        if scheme.get("type") == "apiKey":
            headers = {name: token} if place == "header" else {}
            headers = {"Cookie": f"{name}={token}"} if place == "cookie" else headers
            query = {name: token} if place == "query" else {}
        elif str(scheme.get("scheme", "")).lower() == "basic":
            shown = base64.b64encode(token.encode()).decode() if ":" in token else token
            headers = {"Authorization": f"Basic {shown}"}
        break
    return Grant(headers, query, token, life_of(said, token), said)


def schemes_of(contract: Contract) -> list[JsonObject]:
    """The security schemes that the contract's operations ask for, the most used first."""
    document = contract.document
    asked = list(document.get("security", []))
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                asked += operation.get("security", [])
    declared = document.get("components", {}).get("securitySchemes", {})
    names = [name for requirement in asked for name in requirement if name in declared]
    ranked = sorted(dict.fromkeys(names), key=names.count, reverse=True)
    return [resolve(document, declared[name]) for name in ranked]


def wants_basic(contract: Contract) -> bool:
    """Whether name and password go with every request, and no login is needed."""
    first = next(iter(schemes_of(contract)), {})
    return str(first.get("scheme", "")).lower() == "basic"


def proves(contract: Contract, header: str) -> bool:
    """Whether a header, given by its name, says who calls."""
    keys = {str(s.get("name", "")).lower() for s in schemes_of(contract) if s.get("in") == "header"}
    return header.lower() in {"authorization", "cookie", *keys}


def life_of(said: Json, token: str) -> float:
    """How many seconds a token is good, by the answer that gave it or by itself; 0 for unknown."""
    told = next(_numbers(said), 0.0)
    if told > 0:
        return told
    claims = claims_of(token)
    ends, began = claims.get("exp"), claims.get("iat", time.time())
    if isinstance(ends, int | float) and isinstance(began, int | float) and ends > began:
        return float(ends - began)
    return 0.0


def _numbers(value: Json) -> Iterator[float]:
    """The members of an answer, at any depth, that say how long it is good."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if _LIFE.fullmatch(name) and isinstance(inner, int | float):
                yield float(inner)
            yield from _numbers(inner)


def claims_of(token: str) -> JsonObject:
    """What a JSON Web Token says, unverified; nothing for a token of another kind."""
    return (parts_of(token) or ({}, {}))[1]


def parts_of(token: str) -> tuple[JsonObject, JsonObject] | None:
    """Header and payload of a signed JSON Web Token, unverified; None for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        header, payload = (json.loads(_decoded(part)) for part in parts[:2])
    except ValueError:
        return None
    if not isinstance(header, dict) or not isinstance(payload, dict) or "alg" not in header:
        return None
    return header, payload


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
