"""Records that were deleted and turn up in another list: in a trash, in an archive.

Deleting moves a record on some servers. What lies there under the id of a record that this run
made, and says all that was sent of it, is that record, and is deleted once more.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import product

from ...contract import Operation
from ...contract.model import Json, JsonObject
from ..model import Identity
from .bodies import example_parameters
from .calls import PARAMETER, Calls, lies_in
from .ledger import Ledger, Made
from .model import CannotMake

_TELLING = 4
"""A text of so many characters is not that of two records by chance, if their ids are one."""


def moved(calls: Calls, ledger: Ledger) -> Iterator[Made]:
    """Entries of the ledger that are removed where they were made and lie in another list.

    They are given as entries of that place, not removed. Only the first page of a list is read, and
    no list below a record.
    """
    removed: dict[str, list[Made]] = {}
    for made in (made for made in ledger.entries if made.removed):
        removed.setdefault(made.record.id, []).append(made)
    # Each tenant has a trash of its own.
    callers = {made.identity.tenant: made.identity for some in removed.values() for made in some}
    operations = calls.subject.contract.operations.values()
    lists = [o for o in operations if o.action.kind == "list" and not PARAMETER.search(o.path)]
    for listing, (tenant, who) in product(lists, callers.items()):
        same = [
            (value, made)
            for value in _listed(calls, listing, who)
            for made in removed.get(calls.id_of(listing, value), ())
            if made.identity.tenant == tenant
            and made.record.resource != listing.action.resource
            and _is_it(value, made)
        ]
        # One that tells is enough: then the list is one where such records go.
        if any(_tells(value, made) for value, made in same):
            there = [o for o in operations if lies_in(o.path, listing.path)]
            deletes = next((o for o in there if o.method == "delete"), None)
            for value, made in same:
                if ledger.move(made, listing, value, deletes):
                    yield made


def _listed(calls: Calls, listing: Operation, who: Identity) -> list[JsonObject]:
    """The first page of a list; empty where it cannot be read."""
    query = example_parameters(calls.subject.contract, listing, "query")
    with suppress(CannotMake):
        exchange = calls.ask(listing, calls.sees_most(listing, who), {}, query=query)
        return calls.items_in(exchange) if exchange.ok else []
    return []


def _shared(value: JsonObject, made: Made) -> list[tuple[Json, Json]]:
    """What a record was answered with, or sent, and what another value has under the same names.

    Only names that were sent: a server changes others as it moves a record.
    """
    sent = made.sent if isinstance(made.sent, dict) else {}
    known = {**sent, **made.record.value}
    return [(known[name], value[name]) for name in sent.keys() & value.keys()]


def _is_it(value: JsonObject, made: Made) -> bool:
    """Whether a value says all that was sent of a record, as far as it has it."""
    return all(one == other for one, other in _shared(value, made))


def _tells(value: JsonObject, made: Made) -> bool:
    """Whether a value says a text of a record that is not that of two by chance."""
    return any(isinstance(one, str) and len(one) >= _TELLING for one, _ in _shared(value, made))
