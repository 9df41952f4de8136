"""What a run made and how: so that a finding can be shown again when its records are long gone."""

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from ..contract import Contract
from .model import Exchange
from .relations import records_in

MOST = 12
"""A finding that needs more requests before its own is shown without them."""
_LARGEST = 256_000
"""A larger answer is not kept: thousands of them would fill the memory."""
_LEADING = frozenset({"transition", "custom"})


class History:
    """Watches exchanges: give `saw` to a session."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[str, Exchange] = {}
        self._changed: dict[str, list[Exchange]] = {}

    def saw(self, exchange: Exchange) -> None:
        """Note an exchange that made a record, or led one into another state."""
        operation = exchange.operation
        if operation is None or not exchange.ok or exchange.request.method.upper() == "GET":
            return
        if exchange.response and len(exchange.response.body) > _LARGEST:
            return
        kind = operation.action.kind
        if kind == "create":
            for id_, _ in records_in(self._contract, exchange, operation):
                self._made.setdefault(id_, exchange)
        if kind in _LEADING or (kind == "create" and exchange.purpose == "setup"):
            path = exchange.request.target.partition("?")[0]
            for part in path.split("/"):
                if unquote(part) in self._made:
                    self._changed.setdefault(unquote(part), []).append(exchange)

    def before(self, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """What must be sent before exchanges, in its order; nothing where it would be too much.

        The records that they name are made, and led into the states that they were in.
        """
        own = {exchange.number for exchange in exchanges}
        until = min(own, default=0)
        found = self._needed(exchanges, until, children=True)
        if len(found) > MOST:
            found = self._needed(exchanges, until, children=False)
        if len(found) > MOST:
            return ()
        return tuple(found[number] for number in sorted(found) if number not in own)

    def _needed(
        self, exchanges: Iterable[Exchange], until: int, *, children: bool
    ) -> dict[int, Exchange]:
        found: dict[int, Exchange] = {}
        rest = [id_ for exchange in exchanges for id_ in self._named(exchange)]
        seen: set[str] = set()
        while rest and len(found) <= MOST:
            id_ = rest.pop()
            if id_ in seen:
                continue
            seen.add(id_)
            steps = [self._made[id_], *self._changed.get(id_, ())]
            for step in steps:
                leads = step is steps[0] or children or _leads(step)
                if step.number < until and leads and step.number not in found:
                    found[step.number] = step
                    rest += self._named(step)
        return found

    def _named(self, exchange: Exchange) -> Iterator[str]:
        """The records of the run that a request names."""
        path, _, query = exchange.request.target.partition("?")
        parts = [unquote(part) for part in path.split("/")]
        parts += [unquote(part.partition("=")[2]) for part in query.split("&")]
        parts += (exchange.request.body or b"").decode("utf-8", "replace").split('"')
        return (part for part in dict.fromkeys(parts) if part in self._made)


def _leads(exchange: Exchange) -> bool:
    return bool(exchange.operation and exchange.operation.action.kind in _LEADING)
