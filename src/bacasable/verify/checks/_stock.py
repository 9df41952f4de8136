"""Records that the checks of a list share: enough of them, and different from one another."""

from collections.abc import Mapping

from ...contract import Operation
from ...contract.model import Json, JsonObject, ResourceType
from ...contract.renaming import unique_taken
from ..bench import Bench
from ..maker import CannotMake, Record
from ._lists import Listing, filters_of, sort_members
from ._records import body_members
from ._values import variants


def listing_of(bench: Bench, operation: Operation) -> Listing:
    """A list with records to tell apart, made once for all checks of the list.

    A run that only reads takes what is there. Raises CannotMake when the list cannot be had.
    """
    known = ("stock", operation.id)
    if known not in bench.session.memo:
        bench.session.memo[known] = _stocked(bench, operation)
    return Listing(bench, operation, bench.session.memo[known])


def creation_of(bench: Bench, operation: Operation) -> Operation | None:
    """The operation that creates records of a list, at the same path; None without one."""
    for other in bench.contract.operations.values():
        if other.action.kind == "create" and other.path == operation.path:
            return other if bench.subject.caller(other) else None
    return None


def _stocked(bench: Bench, operation: Operation) -> Mapping[str, str]:
    """The path of a list that has records; makes them where it may and must."""
    creation = creation_of(bench, operation)
    writes = creation is not None and not bench.subject.options.read_only
    if creation is None or not writes:
        return bench.maker.arranged(operation, fresh=False).path if "{" in operation.path else {}
    parent, path = None, {}
    if "{" in operation.path:
        arranged = bench.maker.arranged(creation)
        parent, path = arranged.parent, dict(arranged.path)
        if parent:
            bench.maker.drop(parent)  # what lies below it is not what others expect there
    listing = Listing(bench, operation, path)
    told = _to_vary(bench, operation, creation)
    wanted = bench.subject.options.profile.records
    missing = wanted - len(listing.all().records)
    missing = max(missing, wanted if _alike(listing, told) else 0)
    states = _states(bench, operation)
    for number in range(missing):
        members = {name: values[number % len(values)] for name, values in told.items()}
        state = states[number % len(states)] if states else ""
        if not _made(bench, operation, state, members, parent):
            break
    return path


def _made(
    bench: Bench, operation: Operation, state: str, members: JsonObject, parent: Record | None
) -> bool:
    """Make one record for a list: as it is wanted, or as it can be had."""
    resource = operation.action.resource or ""
    for given, at in ((members, state), (members, ""), ({}, "")):
        try:
            bench.maker.new(resource, state=at, members=given, parent=parent)
        except CannotMake:
            continue
        return True
    return False


def _to_vary(bench: Bench, operation: Operation, creation: Operation) -> dict[str, list[Json]]:
    """The members by which the list is sorted or filtered and a creation sets; their values.

    References and members that occur once are left to the maker.
    """
    subject = bench.subject
    names = [name for _, how in filters_of(subject, operation) for name in how.fields]
    names += sort_members(subject, operation).values()
    given = body_members(subject, creation)
    fixed = set(unique_taken(subject.contract, creation))
    fixed |= (
        {reference.path[0] for reference in creation.body.references} if creation.body else set()
    )
    found = {n: variants(subject, given[n]) for n in names if n in given and n not in fixed}
    return {name: values for name, values in found.items() if len(values) > 1}


def _states(bench: Bench, operation: Operation) -> list[str]:
    """The states that records should have: those of the lifecycle, if the list filters by them."""
    resource = _resource(bench, operation)
    if resource is None or resource.lifecycle is None:
        return []
    cycle = resource.lifecycle
    filtered = [n for _, how in filters_of(bench.subject, operation) for n in how.fields]
    return list(cycle.states) if cycle.field in filtered else []


def _resource(bench: Bench, operation: Operation) -> ResourceType | None:
    return bench.contract.resources.get(operation.action.resource or "")


def _alike(listing: Listing, told: Mapping[str, list[Json]]) -> bool:
    """Whether the records of a list differ too little in what it is sorted and filtered by."""
    records = listing.all().records
    for name, values in told.items():
        found = {str(record.get(name)) for record in records}
        numbers = [r[name] for r in records if isinstance(r.get(name), int | float)]
        several = any(isinstance(value, list) and len(value) > 1 for value in values)
        if several and not any(len(record.get(name) or ()) > 1 for record in records):
            return True
        if len(found) < min(len(values), 3):
            return True
        if numbers and sorted(numbers) == sorted(numbers, key=str):
            return True
    return False
