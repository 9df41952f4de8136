"""A PUT is idempotent: the same one again changes nothing more, and makes nothing more."""

import re
from collections.abc import Iterator

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..bench import UNSENT, Bench
from ..maker import CannotMake
from ..model import Exchange, Fault
from . import Check
from ._lists import Listing, place_of
from ._replacing import Putting, is_secret, no_reading, path_for, putting
from ._values import brief, instant, same

_COUNTS = re.compile(
    "version|revision|etag|updat|modif|chang|activity|histor|log|audit|event|view|seen|token|url",
    re.IGNORECASE,
)
"""Names of members that may tell of the second request itself, which no PUT need hide."""
_GONE = (404, 410)


def _probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    if operation is None:
        return
    put = putting(bench, operation)
    body = put.arranged.body
    first = put.put(body)
    if not first.ok:
        raise CannotMake(f"its valid request was answered with {first.status}")
    read, once = put.read()
    if once is None:
        return
    twins = _twins(put, body)
    second = put.put(body)
    if second.status in _GONE:
        yield _fault(put, "finds nothing", "the same answer", str(second.status), (first, second))
    if not second.ok:
        return
    again, twice = put.read()
    if twice is None:
        return
    for name, before, after in _differences("", once, twice):
        shown = ("•••", "•••") if is_secret(name) else (brief(before), brief(after))
        said = (f"changes {name} again", f"{name}: {shown[0]}", f"{name}: {shown[1]}")
        yield _fault(put, *said, (first, read, second, again))
    if twins is not None:
        more = _twins(put, body) or []
        new = [key for key in more if key not in twins]
        if new:
            exchanges = (first, second)
            yield _fault(put, "makes another record", "no new record", "a new record", exchanges)


def _fault(
    put: Putting, what: str, expected: str, received: str, exchanges: tuple[Exchange, ...]
) -> Fault:
    return Fault(
        cause=f"the same PUT again {what}",
        title=f"The same PUT again {what}",
        expected=expected,
        received=received,
        place=place_of(put.operation),
        exchanges=exchanges,
    )


def _differences(at: str, before: Json, after: Json) -> Iterator[tuple[str, Json, Json]]:
    """Members that differ, but for instants and for what counts or tells of requests."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            if not _COUNTS.search(name):
                below = f"{at}.{name}" if at else name
                yield from _differences(below, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differences(at, one, other)
    elif not same(before, after) and not (instant(before) and instant(after)):
        yield at, before, after


def _twins(put: Putting, body: Json) -> list[str] | None:
    """Other records of the list that hold what the PUT sends; None where no list tells.

    That somebody else makes such a record just now need not be feared.
    """
    bench, operation = put.bench, put.operation
    if operation.action.kind != "update" or body is UNSENT or not isinstance(body, dict):
        return None
    resource = operation.action.resource
    found = [
        o
        for o in bench.contract.operations.values()
        if o.action.kind == "list" and o.action.resource == resource and bench.subject.caller(o)
    ]
    if not found:
        return None
    listing = Listing(bench, found[0], path_for(found[0], put.arranged.path))
    reading = listing.read(fresh=True)
    if reading is None or not reading.complete:
        return None
    sent: JsonObject = body
    pairs = zip(reading.keys, reading.records, strict=True)
    return [key for key, record in pairs if _holds(record, sent)]


def _holds(record: JsonObject, sent: JsonObject) -> bool:
    return all(same(value, record[name]) for name, value in sent.items() if name in record)


CHECK = Check(
    id="put-idempotent",
    enforces="The same PUT again leaves everything as the first one left it.",
    stands="RFC 9110, 9.2.2: PUT is idempotent.",
    severity="error",
    repair="Set what the body says, do not add to it; use POST for what adds.",
    kind="operation",
    applies=no_reading,
    probe=_probe,
    wfc=102,
)
