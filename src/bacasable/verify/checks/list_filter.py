"""Every filter of a list gives all records that match, and no others."""

from collections.abc import Iterator

from ...contract import Operation
from ..bench import Bench, Subject
from ..maker import CannotMake
from ..model import Fault
from . import Check
from ._filters import conditions, judged, others
from ._lists import filters_of, no_list
from ._stock import listing_of

_FEW = 5


def applies(subject: Subject, operation: Operation | None) -> str:
    """Only to lists that filter."""
    reason = no_list(subject, operation)
    if reason or operation is None:
        return reason
    return (
        ""
        if filters_of(subject, operation)
        else "the contract says of no parameter what it filters"
    )


def probe(bench: Bench, operation: Operation | None) -> Iterator[Fault]:
    """Filter by values that some records have, and by one that none has."""
    if operation is None:
        return
    listing = listing_of(bench, operation)
    reading = listing.all()
    if not reading.records:
        raise CannotMake("there is no record to filter")
    few = bench.subject.options.profile.samples < _FEW
    for parameter, how in filters_of(bench.subject, operation):
        most = 1 if few else 5 if how.match in ("contains", "has") else 2
        tried = conditions(listing, reading, parameter, how)[:most]
        for condition in [*tried, *others(listing, reading, parameter, how)]:
            faults = list(judged(listing, [condition]))
            yield from faults
            if faults:
                break


CHECK = Check(
    id="list-filter",
    enforces="Every filter of a list gives all records that match, and no others.",
    stands="The extension x-filter of the parameter.",
    severity="error",
    repair="Apply the parameter in the query of the list: to all records, before they are paged.",
    kind="operation",
    applies=applies,
    probe=probe,
    writes=False,
    wfc=102,
)
