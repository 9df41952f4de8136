"""The entrance: what every request is made into before anybody looks at it.

Its headers hold each name once (RFC 9110, 5.3), its path stays as it was sent, so that it can be
divided before it is decoded (RFC 3986, 2.4), and what stands in front of the path is cut off.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from starlette.types import Scope

from ..contract import Contract, Refusal, Violation
from ..contract.document import schema_at
from ..contract.problems import PATH_SIGNS, as_sent
from ..sandbox.exchanges import EXCHANGE, Exchange
from .forwarded import NO_FRONT, Front, Fronts

HEADERS = "bacasable.headers"
"""Where the headers of a request stand in its scope by lower-case name."""
TARGET = "bacasable.target"
"""Where its path stands as it was sent, without the prefix of a proxy."""
FRONT = "bacasable.front"
"""Where its front stands: how its client sees the sandbox."""
CONTRACT = "bacasable.contract"
"""Where the contract of a request stands, when it is another than the API's."""
_SPELT = "bacasable.spelt"
"""How the headers are written that say one thing, by lower-case name."""
_SINGLE = {
    b"authorization": "Authorization",
    b"content-length": "Content-Length",
    b"content-type": "Content-Type",
    b"host": "Host",
    b"idempotency-key": "Idempotency-Key",
    b"origin": "Origin",
    b"x-sandbox-key": "X-Sandbox-Key",
    b"x-sandbox-tenant": "X-Sandbox-Tenant",
}
"""Headers that say one thing: two of them with different values contradict each other."""

Lines = list[tuple[bytes, bytes]]


class Entrance:
    """Lets requests in. `fronts` finds how a client sees the sandbox."""

    def __init__(self, contract: Contract, fronts: Fronts) -> None:
        self._fronts = fronts
        self._single = _SINGLE | _declared(contract)
        # Paths that begin so are ours, whatever prefix a proxy may have.
        self._own = (contract.base_path + "/", "/_sandbox/")

    def enter(self, scope: Scope) -> None:
        """Note headers, target and front of a request in its scope."""
        # A server may have done so.
        headers: dict[bytes, bytes] = scope.get(HEADERS) or dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            scope["headers"], scope[_SPELT] = self._joined(scope["headers"]), self._single
            headers = dict(scope["headers"])
        scope[HEADERS] = headers
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        if not raw.isascii():
            raw = quote(raw, safe=PATH_SIGNS + "?").encode()
        target = raw.decode().partition("?")[0]
        scope[FRONT] = front = self._fronts.of(scope, headers)
        if front is not NO_FRONT:
            target = self._cut(scope, target, front.prefix)
        scope[TARGET] = target

    def _joined(self, lines: Lines) -> Lines:
        """The headers, each name once; those that contradict themselves stay as they are."""
        values: dict[bytes, list[bytes]] = {}
        for name, value in lines:
            values.setdefault(name, []).append(value)
        joined: Lines = []
        for name, found in values.items():
            if name in self._single:
                joined += [(name, value) for value in dict.fromkeys(found)]
            else:
                joined.append((name, (b"; " if name == b"cookie" else b", ").join(found)))
        return joined

    def _cut(self, scope: Scope, target: str, prefix: str) -> str:
        """The target without the prefix, which some proxies cut off and others leave."""
        scope["root_path"] = ""
        above = prefix.split("/")
        segments = target.split("/")
        inside = "/" + "/".join(segments[len(above) :])
        mistaken = target.startswith(self._own) and not inside.startswith(self._own)
        # Decoded on both sides: a letter may be sent as its code.
        there = [*map(unquote, segments[: len(above)])] == [*map(unquote, above)]
        if not prefix or mistaken or not there:
            return target
        scope["path"] = unquote(inside)
        return inside


def refuse_contradiction(scope: Scope) -> None:
    """Raise Refusal INVALID_REQUEST for a header that says two things at once."""
    if len(scope[HEADERS]) == len(scope["headers"]):
        return
    names = [name for name, _ in scope["headers"]]
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    said = "is given more than once, with different values; send it once"
    spelt: Mapping[bytes, str] = scope.get(_SPELT, _SINGLE)
    shown = (spelt.get(name) or name.decode("latin-1").title() for name in twice)
    found = [Violation(f"header/{name}", said) for name in shown]
    counted = "1 violation" if len(found) == 1 else f"{len(found)} violations"
    raise Refusal("INVALID_REQUEST", f"{counted}: see errors.", violations=found)


def aside(scope: Scope) -> Scope:
    """The scope of a request whose answer is none of the API: what is noted of it is not kept."""
    return {**scope, EXCHANGE: Exchange(scope[EXCHANGE].id)}


def front_of(scope: Scope) -> Front:
    """How the client of a request sees the sandbox."""
    front: Front = scope[FRONT]
    return front


def seen_path(scope: Scope) -> str:
    """The path of a request as its client sees it, as part of an address."""
    return front_of(scope).prefix + as_sent(scope[TARGET])


def with_prefix(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The headers of an answer, whose paths of this server begin with the prefix."""
    changed = dict(headers)
    for name, value in headers.items():
        if name.lower() == "location" and value.startswith("/"):
            changed[name] = prefix + value
        elif name.lower() == "link":
            changed[name] = value.replace("</", f"<{prefix}/")
    return changed


def _declared(contract: Contract) -> dict[bytes, str]:
    """The header parameters of a contract that hold one value and no list."""
    parameters: Iterable[tuple[str, object]] = (
        (parameter.name, schema_at(contract.document, parameter.schema).get("type"))
        for operation in contract.operations.values()
        for parameter in operation.parameters
        if parameter.location == "header"
    )
    return {name.lower().encode(): name for name, kind in parameters if kind != "array"}
