"""The clock of a tenant: read, set, freeze, run, advance."""

from datetime import UTC, datetime

from ...contract.model import JsonObject, Violation
from ...contract.problems import Refusal
from ...contract.request import Values, format_instant
from ...core import Space, TenantClock
from ...core.clock import later, parse_instant
from ...core.journal import JOURNAL
from ...core.portions import at_once
from ...core.timers import Due
from ..hub import Answer, Hub

_LAST = datetime(9999, 1, 1, tzinfo=UTC)
"""Later instants leave no room for what is computed from them: the life of a token, a duration."""


def get_clock(hub: Hub, values: Values) -> Answer:
    """The clock."""
    return Answer(data=_clock(hub.estate.space(values.path["tenant"])))


def set_clock(hub: Hub, values: Values) -> Answer:
    """Another instant, another mode, or both."""
    space = hub.estate.space(values.path["tenant"])
    wanted = values.body
    clock = _own_clock(space)
    frozen = clock.frozen if "mode" not in wanted else wanted["mode"] == "FROZEN"
    instant = parse_instant(wanted["now"]) if "now" in wanted else clock.now()
    return _moved(hub, space, instant, frozen=frozen, pointer="/now")


def advance_clock(hub: Hub, values: Values) -> Answer:
    """Later by a duration."""
    space = hub.estate.space(values.path["tenant"])
    clock = _own_clock(space)
    try:
        instant = later(clock.now(), values.body["by"])
    except (ValueError, OverflowError) as error:
        said = f"cannot be added: {error}"
        raise Refusal("INVALID_REQUEST", violations=[Violation("/by", said)]) from error
    return _moved(hub, space, instant, frozen=clock.frozen, pointer="/by")


def _moved(hub: Hub, space: Space, instant: datetime, *, frozen: bool, pointer: str) -> Answer:
    if instant >= _LAST:
        said = "leads beyond the year 9998"
        raise Refusal("INVALID_REQUEST", violations=[Violation(pointer, said)])
    back = instant < space.clock.now()
    if back:
        last = max((event["occurredAt"] for event in space.collection(JOURNAL)), default="")
        if format_instant(instant) < last:
            raise Refusal("CLOCK_BACKWARDS", f"The last fact of '{space.slug}' is of {last}.")
    before = (space.schedule.copy(), _own_clock(space).copy())

    def undo() -> None:
        space.schedule, space.clock = before

    space.log.note(undo)
    _own_clock(space).set(instant, frozen=frozen)
    if back:
        # What a rule has prevented since then is asked again.
        at_once(hub.engine.reschedule(space, format_instant(instant)))
    fired = hub.engine.settle(space, format_instant(instant))
    return Answer(data=_clock(space) | {"fired": [_told(due) for due in fired]})


def _own_clock(space: Space) -> TenantClock:
    if not isinstance(space.clock, TenantClock):
        raise TypeError(f"the clock of {space.slug} cannot be set")
    return space.clock


def _clock(space: Space) -> JsonObject:
    mode = "FROZEN" if _own_clock(space).frozen else "RUNNING"
    return {"now": format_instant(space.clock.now()), "mode": mode}


def _told(due: Due) -> JsonObject:
    return {
        "at": due.at,
        "timer": due.transition,
        "resource": due.resource,
        "resourceId": due.record_id,
    }
