"""Whether two answers tell the same, but for what differs from answer to answer anyway.

What differs anyway is seen, not assumed: two answers to two ids that nobody has are compared first.
"""

import re
from collections.abc import Iterator, Mapping

from ...contract.model import Json
from ..model import NOT_JSON, Exchange

_UNEVEN = frozenset({"date", "age", "content-length", "connection", "keep-alive", "server-timing"})
_NUMBERED = re.compile(r"\d+")

Told = dict[str, str]
"""What an answer tells, by the place in it: status, header x, body /pointer."""


def told(exchange: Exchange, ids: Mapping[str, str]) -> Told:
    """What an answer tells; `ids` are texts of the request, and what stands in their place."""
    found: Told = {"status": str(exchange.status)}
    if exchange.response is None:
        return found | {"answer": exchange.failure}
    for name, value in exchange.response.headers:
        if name.lower() not in _UNEVEN:
            found[f"header {name.lower()}"] = _without(value, ids)
    if exchange.json is NOT_JSON:
        text = exchange.response.body.decode("utf-8", "replace")
        return found | {"body": _without(text, ids)}
    return found | {f"body {at}": value for at, value in _leaves(exchange.json, ids, "")}


def _leaves(value: Json, ids: Mapping[str, str], at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(inner, ids, f"{at}/{_without(name, ids)}")
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(inner, ids, f"{at}/{number}")
    else:
        yield at, _without(repr(value), ids)


def _without(text: str, ids: Mapping[str, str]) -> str:
    for id_, name in ids.items():
        text = text.replace(id_, name)
    return text


def differences(seen: Told, unknown: Told, another: Told) -> list[str]:
    """Where one answer differs from two that should tell the same, unless these two differ too.

    What every answer numbers anew (a count of what is left of a rate, say) is no difference.
    """
    found = []
    for place in sorted(seen.keys() | unknown.keys()):
        if unknown.get(place) != another.get(place):
            continue
        here, there = seen.get(place), unknown.get(place)
        if here == there:
            continue
        counted = place.startswith("header ") and here is not None and there is not None
        if counted and _NUMBERED.sub("#", str(here)) == _NUMBERED.sub("#", str(there)):
            continue
        found.append(place)
    return found
