"""Timers against a naive model: each record carries the list of what is to come of it."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from bacasable.core import Space
from bacasable.core.clock import format_instant, parse_instant

from .dialects import Dialect, Theirs
from .loans import DAY, HOUR, LIFECYCLE, Library

STEPS = {step.get("timer") or step["operation"]: step for step in LIFECYCLE["transitions"]}
TIMED = {name: step for name, step in STEPS.items() if "at" in step}
DELAYS = {"PT1H": HOUR, "PT2H": 2 * HOUR, "P1D": DAY, "PT0S": timedelta(0)}


@dataclass
class Loan:
    """A record and, by timer, the instants at which it will act."""

    id: str
    members: dict[str, Any]
    waiting: dict[str, list[datetime]] = field(default_factory=dict)


@dataclass
class Tenant:
    """A tenant by the book: its records, and everything that time has done."""

    loans: dict[str, Loan]
    told: list[tuple[str, str, str]]

    def write(self, loan: Loan, now: datetime, **changes: Any) -> None:
        before, after = loan.members, loan.members | changes
        loan.members = after
        for timer, step in TIMED.items():
            waited = before["status"] in step["from"] and before[step["at"]]
            waits = after["status"] in step["from"] and after[step["at"]]
            if not waits:
                loan.waiting[timer] = []
            elif waits != waited:
                start = parse_instant(waits)
                delays = [DELAYS[text] for text in step.get("after", ["PT0S"])]
                loan.waiting[timer] = [max(start + delay, now) for delay in delays]

    def settle(self, now: datetime) -> None:
        while True:
            due = [
                (at, loan.id, timer)
                for loan in self.loans.values()
                for timer, instants in loan.waiting.items()
                for at in instants
                if at <= now
            ]
            if not due:
                return
            at, name, timer = min(due)
            loan = self.loans[name]
            loan.waiting[timer].remove(at)
            self.fire(loan, timer, at)

    def fire(self, loan: Loan, timer: str, at: datetime) -> None:
        step, text = TIMED[timer], format_instant(at)
        changes = {"status": step.get("to", loan.members["status"]), **step.get("sets", {})}
        if "stamps" in step:
            changes[step["stamps"]] = text
        if timer == "loanCalled":
            changes["calls"] = loan.members["calls"] + 1
        self.told.append((text, step["fact"], loan.id))
        self.write(loan, at, **changes)


hours = st.one_of(st.none(), st.sampled_from([-30.0, -1.5, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0, 25.0]))
fields = st.sampled_from(["beganAt", "dueAt", "closesAt", "day"])
changes = st.dictionaries(fields, hours, max_size=3)


class Timers(RuleBasedStateMachine):
    """Loans in a tenant and in forks of it, all at one clock."""

    dialect: type[Dialect] = Dialect
    tenants: Bundle[str] = Bundle("tenants")
    loans: Bundle[tuple[str, str]] = Bundle("loans")

    def __init__(self) -> None:
        super().__init__()
        self.library = Library(dialect=self.dialect)
        self.models: dict[str, Tenant] = {"toys": Tenant({}, [])}
        self.broken = 0

    @property
    def now(self) -> datetime:
        return self.library.clock.instant

    def space(self, slug: str) -> Space:
        found = self.library.platform.space(slug)
        assert found is not None
        return found

    def told(self, wanted: dict[str, float | None]) -> dict[str, Any]:
        """The members of a body from hours before or after the present."""
        members: dict[str, Any] = {}
        for name, value in wanted.items():
            text = None if value is None else format_instant(self.now + timedelta(hours=value))
            members[name] = text[:10] if text and name == "day" else text
        return members

    def call(self, slug: str, operation: str, body: Any = None, **path: str) -> Any:
        space, shelf = self.space(slug), self.library.shelf_id
        reply = self.library.call(operation, body, space=space, id=shelf, **path)
        return reply.json and reply.json["data"]

    @rule(target=tenants)
    def origin(self) -> str:
        return "toys"

    @rule(target=loans, slug=tenants, wanted=changes)
    def lend(self, slug: str, wanted: dict[str, float | None]) -> tuple[str, str]:
        members = self.told(wanted)
        self.models[slug].settle(self.now)
        made = self.call(slug, "createLoan", {"name": "Loan", **members})
        empty = dict.fromkeys(("beganAt", "dueAt", "closesAt", "day", "lateAt"))
        loan = Loan(made["id"], {"status": "NONE", "calls": 0, **empty})
        self.models[slug].loans[loan.id] = loan
        self.models[slug].write(loan, self.now, status="OPEN", **members)
        return slug, loan.id

    def in_state(self, place: tuple[str, str], operation: str) -> Loan | None:
        """The model of a loan, settled; None when the operation would be refused."""
        slug, name = place
        self.models[slug].settle(self.now)
        loan = self.models[slug].loans.get(name)
        sources = STEPS[operation]["from"]
        return loan if loan and loan.members["status"] in sources else None

    @rule(place=loans, wanted=changes)
    def change(self, place: tuple[str, str], wanted: dict[str, float | None]) -> None:
        loan, members = self.in_state(place, "updateLoan"), self.told(wanted)
        if loan:
            self.call(place[0], "updateLoan", members, loanId=place[1])
            self.models[place[0]].write(loan, self.now, **members)

    @rule(place=loans, wanted=changes)
    def change_in_vain(self, place: tuple[str, str], wanted: dict[str, float | None]) -> None:
        if self.in_state(place, "updateLoan"):
            body = {"name": "Broken", **self.told(wanted)}
            path = {"id": self.library.shelf_id, "loanId": place[1]}
            code = self.library.code("updateLoan", body, space=self.space(place[0]), **path)
            assert code == "CONTRACT_VIOLATION"

    @rule(place=loans, operation=st.sampled_from(["closeLoan", "reopenLoan"]))
    def move(self, place: tuple[str, str], operation: str) -> None:
        loan = self.in_state(place, operation)
        if loan:
            self.call(place[0], operation, loanId=place[1])
            status = "CLOSED" if operation == "closeLoan" else "OPEN"
            if status == "CLOSED":
                told = (format_instant(self.now), "loan.closed", loan.id)
                self.models[place[0]].told.append(told)
            self.models[place[0]].write(loan, self.now, status=status)

    @rule(place=consumes(loans))
    def delete(self, place: tuple[str, str]) -> None:
        slug, name = place
        self.models[slug].settle(self.now)
        if self.models[slug].loans.pop(name, None):
            self.call(slug, "deleteLoan", loanId=name)

    @rule(target=tenants, slug=tenants)
    def fork(self, slug: str) -> str:
        name = f"fork-{len(self.models)}"
        platform = self.library.platform
        twin = platform.open(name, f"tnt_{name}")
        twin.load(self.space(slug).image())
        platform.log.commit(0)
        self.models[name] = deepcopy(self.models[slug])
        return name

    @rule(hours=st.sampled_from([0.25, 0.5, 1.0, 3.0, 24.0, 50.0]))
    def wait(self, hours: float) -> None:
        self.library.tick(hours=hours)

    @rule(slug=tenants)
    def look(self, slug: str) -> None:
        """Read something, or settle: what time did is as the model has it."""
        model, space = self.models[slug], self.space(slug)
        model.settle(self.now)
        self.call(slug, "listLoans")
        ours = {step["fact"] for step in TIMED.values()}
        told = [
            (e["occurredAt"], e["type"], e["resourceId"])
            for e in space.collection("Event")
            if e["type"] in ours
        ]
        assert told == model.told
        states = {loan.id: loan.members for loan in model.loans.values()}
        for record in self.library.rows("Loan", space):
            assert states[record["id"]].items() <= record.items()
        assert len(states) == len(space.collection("Loan"))

    @invariant()
    def nothing_is_left_to_undo(self) -> None:
        assert self.library.platform.log.mark() == 0

    def teardown(self) -> None:
        self.library.tick(days=3)
        for slug in self.models:
            self.look(slug)


Timers.TestCase.settings = settings(
    derandomize=True,
    deadline=None,
    max_examples=30,
    stateful_step_count=25,
)
TestTimers = Timers.TestCase


class OtherTimers(Timers):
    """The same where every convention is another one."""

    dialect = Theirs


OtherTimers.TestCase.settings = Timers.TestCase.settings
TestOtherTimers = OtherTimers.TestCase


@pytest.mark.sweep
class TestManyTimers(Timers.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(derandomize=True, deadline=None, max_examples=100, stateful_step_count=25)
