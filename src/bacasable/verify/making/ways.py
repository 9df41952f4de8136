"""Ways through a lifecycle, and what must be given for all the steps of one."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...contract import Contract, Operation
from ...contract.model import Lifecycle
from ...contract.preconditions import Given, Wanted

NOTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Way:
    """How a record comes into a state: the state it begins in, and the calls that follow."""

    begins: str
    steps: tuple[Operation, ...] = ()


def shortest_way(
    contract: Contract, lifecycle: Lifecycle, begins: Iterable[str], targets: Iterable[str]
) -> Way | None:
    """The shortest way from one of some states to one of others; None without one.

    Of equally short ways the first in the contract's order. What time alone does is no step.
    """
    wanted = set(targets)
    ways = deque(Way(state) for state in begins)
    seen: set[str] = set()
    ends = {id(way): way.begins for way in ways}
    while ways:
        way = ways.popleft()
        at = ends[id(way)]
        if at in wanted:
            return way
        if at in seen:
            continue
        seen.add(at)
        for transition in lifecycle.allowed_from(at):
            operation = contract.operations.get(transition.operation)
            for target in transition.targets if operation else ():
                further = replace(way, steps=(*way.steps, operation))  # type: ignore[arg-type]
                ends[id(further)] = target
                ways.append(further)
    return None


def both(first: Wanted, second: Wanted) -> Wanted:
    """A record that is like both; the second decides where they differ."""
    if first == NOTHING:
        return second
    if second == NOTHING:
        return first
    parents = [wanted.parent for wanted in (first, second) if wanted.parent]
    return Wanted(
        state=second.state or first.state,
        members={**first.members, **second.members},
        parent=both(parents[0], parents[-1]) if parents else None,
        after=(*first.after, *(o for o in second.after if o not in first.after)),
        of=second.of or first.of,
        fresh=first.fresh or second.fresh,
    )


def asked_by(operation: Operation) -> Wanted:
    """What an operation asks of its record, but for its state and what is done last."""
    record, parent = operation.given.record, operation.given.parent
    above = both(record.parent or NOTHING, parent)
    return replace(record, state="", after=(), parent=None if above == NOTHING else above)


def given_for(operation: Operation, begins: str) -> Given:
    """What must be given for a create whose record is to begin in a state."""
    given = operation.given
    more = given.initial.get(begins)
    if more is None:
        return given
    places = {**given.references, **more.references}
    return Given(
        parent=both(given.parent, more.parent),
        references={
            place: both(given.references.get(place, NOTHING), more.references.get(place, NOTHING))
            for place in places
        },
        body={**given.body, **more.body},
    )
