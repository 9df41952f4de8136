"""Lifecycles as checks see them: what an operation may do in which state, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract import Operation
from ...contract.document import pointer
from ...contract.model import Lifecycle, Transition
from ...contract.shape import inside, shape_of
from ..bench import Bench, Subject
from ..maker import Arranged, CannotMake, Record
from ..model import Exchange, Fault

BUSY = 429
CONFLICT = 409
WRONG_DATA = 102


@dataclass(frozen=True, slots=True)
class Step:
    """What a lifecycle says of one operation."""

    operation: Operation
    resource: str
    lifecycle: Lifecycle
    transition: Transition

    @property
    def place(self) -> str:
        """Where the contract says so."""
        names = list(self.lifecycle.transitions)
        index = names.index(self.transition.operation)
        return self.lifecycle_place + pointer("transitions", index)

    @property
    def lifecycle_place(self) -> str:
        """Where the contract has the lifecycle."""
        return pointer("components", "schemas", self.resource, "x-lifecycle")

    @property
    def elsewhere(self) -> list[str]:
        """States in which the operation is not allowed, in the contract's order."""
        return [s for s in self.lifecycle.states if s not in self.transition.sources]


def step_of(subject: Subject, operation: Operation | None) -> Step | None:
    """What a lifecycle says of an operation; None when none names it."""
    if operation is None or not operation.action.item_param:
        return None
    resource = subject.contract.resources.get(operation.action.resource or "")
    lifecycle = resource.lifecycle if resource else None
    transition = lifecycle.transitions.get(operation.id) if lifecycle else None
    if resource is None or lifecycle is None or transition is None:
        return None
    return Step(operation, resource.name, lifecycle, transition)


def not_applicable(subject: Subject, operation: Operation | None, *kinds: str) -> str:
    """Why an operation cannot be tried in the states of a lifecycle; empty when it can."""
    step = step_of(subject, operation)
    if step is None or operation is None or operation.action.kind not in kinds:
        return "no lifecycle says in which states it is allowed"
    if subject.caller(operation) is None:
        return "no account was given whose role may call it"
    if not creates(subject, step.resource):
        return f"no operation creates a {step.resource} to try it on"
    return ""


def creates(subject: Subject, resource: str) -> bool:
    """Whether an operation creates records of a resource."""
    actions = (o.action for o in subject.contract.operations.values())
    return any(action.kind == "create" and action.resource == resource for action in actions)


def call(bench: Bench, arranged: Arranged) -> Exchange:
    """Make an arranged call."""
    return bench.call(
        arranged.operation,
        path=arranged.path,
        query=arranged.query,
        body=arranged.body,
        identity=arranged.identity,
    )


def refused_by_rule(exchange: Exchange) -> bool:
    """Whether a refusal names a business rule of its operation: that is no matter of states."""
    rules = exchange.operation.rules if exchange.operation else ()
    text = exchange.response.body if exchange.response else b""
    return exchange.status == CONFLICT and any(rule.id.encode() in text for rule in rules)


def says_nothing(exchange: Exchange) -> bool:
    """Whether an answer has nothing to do with states: none at all, a fault, too many requests."""
    return exchange.response is None or exchange.status >= 500 or exchange.status == BUSY


# --- where it is not allowed


def refused_elsewhere(bench: Bench, step: Step) -> Iterator[Fault]:
    """Faults of an operation in the states in which it is not allowed."""
    unreached = []
    states = step.elsewhere[: bench.subject.options.profile.samples]
    for state in states:
        try:
            yield from _refused_in(bench, step, state)
        except CannotMake as error:
            unreached.append(str(error))
    if unreached and len(unreached) == len(states):
        raise CannotMake(unreached[0])


def _refused_in(bench: Bench, step: Step, state: str) -> Iterator[Fault]:
    arranged = bench.maker.arranged(step.operation, state=state, fresh=False)
    record = arranged.record
    before = bench.maker.again(record) if record else None
    if before is None or before.value.get(step.lifecycle.field) != state:
        raise CannotMake(f"there is no {step.resource} in the state {state}")
    exchange = call(bench, arranged)
    if says_nothing(exchange):
        return
    name = step.operation.id
    if exchange.ok:
        bench.maker.drop(before)
        yield Fault(
            cause=f"{name} is allowed in {state}",
            title=f"{name} is accepted in the state {state}",
            expected=f"{_wanted(step)}: allowed in {', '.join(step.transition.sources)} only",
            received=str(exchange.status),
            place=step.place,
            exchanges=(exchange,),
            wfc=WRONG_DATA,
        )
        return
    if CONFLICT in step.operation.answers and exchange.status != CONFLICT:
        yield Fault(
            cause=f"{name} is refused by {exchange.status} in a wrong state",
            title=f"{name} in a wrong state is refused by another status than 409",
            expected="409: the state of the record does not allow it",
            received=str(exchange.status),
            place=step.place,
            exchanges=(exchange,),
        )
    yield from _unchanged(bench, step, arranged, before, exchange)


def _wanted(step: Step) -> str:
    return "409" if CONFLICT in step.operation.answers else "a refusal"


def _unchanged(
    bench: Bench, step: Step, arranged: Arranged, before: Record, exchange: Exchange
) -> Iterator[Fault]:
    """The fault of a refused call that changed the record all the same."""
    what = _difference(step, before, bench.maker.again(before))
    if what and not what.startswith("it is"):
        # Others may have changed another member meanwhile: whoever does it again did it.
        before = bench.maker.again(before) or before
        exchange = call(bench, arranged)
        what = "" if exchange.ok else _difference(step, before, bench.maker.again(before))
    if what:
        bench.maker.drop(before)
        yield Fault(
            cause=f"{step.operation.id} is refused and changes the record",
            title=f"{step.operation.id} changes the record although it is refused",
            expected="the record as it was",
            received=what,
            place=step.place,
            exchanges=(exchange,),
            wfc=WRONG_DATA,
        )


def _difference(step: Step, before: Record, after: Record | None) -> str:
    if after is None:
        return "it is gone"
    field = step.lifecycle.field
    if after.value.get(field) != before.value.get(field):
        return f"it is {after.value.get(field)}"
    names = [n for n in before.value if after.value.get(n) != before.value[n]]
    return f"other values in {', '.join(names)}" if names else ""


# --- where it is allowed


def accepted_where_allowed(bench: Bench, step: Step) -> Iterator[Fault]:
    """Faults of an operation in the states in which it is allowed."""
    unreached = []
    states = step.transition.sources[: bench.subject.options.profile.samples]
    for state in states:
        try:
            yield from _accepted_in(bench, step, state)
        except CannotMake as error:
            unreached.append(str(error))
    if unreached and len(unreached) == len(states):
        raise CannotMake(unreached[0])


def _accepted_in(bench: Bench, step: Step, state: str) -> Iterator[Fault]:
    arranged = bench.maker.arranged(step.operation, state=state)
    before = arranged.record
    if before is None:
        raise CannotMake(f"there is no {step.resource} in the state {state}")
    exchange = call(bench, arranged)
    if says_nothing(exchange):
        return
    if refused_by_rule(exchange):
        raise CannotMake(f"{step.operation.id} is refused by a rule in the state {state}")
    if not exchange.ok:
        if exchange.status in (CONFLICT, 400, 403, 404, 422):
            yield Fault(
                cause=f"{step.operation.id} is refused in {state}",
                title=f"{step.operation.id} is refused in the state {state}",
                expected=f"{step.operation.success}: allowed in {state}",
                received=str(exchange.status),
                place=step.place,
                exchanges=(exchange,),
            )
        return
    yield from _arrived(bench, step, before, exchange)


def _arrived(bench: Bench, step: Step, before: Record, exchange: Exchange) -> Iterator[Fault]:
    """Faults of what an accepted call left behind."""
    after = bench.maker.again(before)
    deletes = step.operation.action.kind == "delete"
    if deletes or after is None:
        if (after is None) != deletes:
            yield _left(step, exchange, "a record", "no record" if after is None else "a record")
        return
    transition, field = step.transition, step.lifecycle.field
    was, now = before.value.get(field), after.value.get(field)
    allowed = transition.targets or (was,)
    if now not in allowed:
        yield _left(step, exchange, f"{field} {' or '.join(map(str, allowed))}", f"{field} {now}")
    shown = inside(exchange.json, shape_of(bench.contract, step.operation).record)
    if isinstance(shown, dict) and str(shown.get("id")) == before.id:
        said = shown.get(field, now)
        if said != now and now in allowed:
            yield _left(step, exchange, f"{field} {said}, as it answered", f"{field} {now}")
    stamp = transition.stamps
    if stamp and now in allowed and after.value.get(stamp) is None:
        yield _left(step, exchange, f"{stamp}: the instant", f"{stamp}: null")
    for name, value in transition.sets.items():
        if after.value.get(name) != value:
            yield _left(step, exchange, f"{name}: {value}", f"{name}: {after.value.get(name)}")


def _left(step: Step, exchange: Exchange, expected: str, received: str) -> Fault:
    name = step.operation.id
    return Fault(
        cause=f"{name} leaves {received.partition(':')[0]} behind",
        title=f"{name} is accepted and leaves the record in another way than it should",
        expected=expected,
        received=received,
        place=step.place,
        exchanges=(exchange,),
    )
