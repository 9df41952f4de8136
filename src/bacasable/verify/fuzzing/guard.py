"""What generated requests must not touch: records of others, the caller's own account and tenant.

A request that may change something goes to a record that this run made, or to an id that nobody
has. An id that was seen on the server is replaced.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from ...contract import Contract, Operation
from ..model import Exchange, Identity
from ..session import READING
from ..sessions import ids_in

_NAME = re.compile(r"\{[^{}]+\}")


class Guard:
    """Knows ids: those that this run made, and those that it saw."""

    def __init__(self, contract: Contract, identities: Iterable[Identity]) -> None:
        self._paths = {o.id: _pattern(contract, o) for o in contract.operations.values()}
        self._made: dict[str, str] = {}
        self._latest: dict[str, str] = {}
        self._seen: set[str] = set()
        for identity in identities:
            self._seen |= {identity.tenant} - {""}
            self._seen |= set(ids_in(identity.said))
            self._seen |= set(identity.account.values())
        for operation in contract.operations.values():
            self._seen |= set(self._values(operation, contract.base_path + operation.example_path))

    def made(self, values: Mapping[str, str], resource: str) -> None:
        """Path parameters that lead to a record of this run, and what it is."""
        for value in values.values():
            self._made[value] = resource
        if values:
            self._latest[resource] = list(values.values())[-1]

    def saw(self, exchange: Exchange) -> None:
        """Remember the ids in an answer: they are somebody's."""
        if exchange.ok and exchange.request.method == "GET":
            self._seen.update(ids_in(exchange.json))

    def leads(self, operation: Operation, target: str) -> bool:
        """Whether a path is one of the operation: an odd value may make it another's."""
        return self._paths[operation.id].fullmatch(target.partition("?")[0]) is not None

    def safe(self, operation: Operation, method: str, target: str) -> str:
        """The target with no id in its path that this run must not touch by such a method."""
        if method.upper() in READING:
            return target
        path, mark, query = target.partition("?")
        match = self._paths[operation.id].fullmatch(path)
        if match is None:
            return target
        for number in range(len(match.groups()), 0, -1):
            value = unquote(match[number])
            if self._taboo(value):
                other = quote(self._instead(operation, method, value), safe="")
                path = path[: match.start(number)] + other + path[match.end(number) :]
        return path + mark + query

    def _taboo(self, value: str) -> bool:
        """An id that was seen, or a number: small numbers are ids that somebody has."""
        return value not in self._made and (value in self._seen or value.isdigit())

    def _instead(self, operation: Operation, method: str, value: str) -> str:
        """The latest record of this run, or an id that nobody has.

        Always the latter for a delete: the engine would not know what was deleted in truth.
        """
        latest = self._latest.get(operation.action.resource or "")
        if latest is not None and method.upper() != "DELETE":
            return latest
        return "9" * 15 if value.isdigit() else f"not-{value[::-1]}"

    def _values(self, operation: Operation, path: str) -> tuple[str, ...]:
        match = self._paths[operation.id].fullmatch(path)
        return tuple(unquote(value) for value in match.groups()) if match else ()


def _pattern(contract: Contract, operation: Operation) -> re.Pattern[str]:
    parts = _NAME.split(operation.path)
    return re.compile(re.escape(contract.base_path) + "([^/?]+)".join(map(re.escape, parts)))
