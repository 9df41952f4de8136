"""What time does by itself: each timer at its own instant, in order, once, and only where it still
applies."""

from dataclasses import replace

import pytest

from bacasable.contract import Refusal
from bacasable.core import Situation
from bacasable.core import engine as engines
from bacasable.core.portions import at_once
from bacasable.core.timers import NEVER, Due, Schedule

from .loans import LOAN, Library, after, loan_document
from .toy import START

pytestmark = pytest.mark.usefixtures("dialect")


@pytest.fixture
def library() -> Library:
    return Library()


def test_each_falls_due_at_its_own_instant_in_order(library: Library) -> None:
    one = library.lend(beganAt=after(0), dueAt=after(1.5))
    two = library.lend(beganAt=after(0.5))
    told = [
        (after(1), "loan.called", one),
        (after(1.5), "loan.late", one),
        (after(1.5), "loan.called", two),
        (after(2), "loan.called", one),
        (after(2.5), "loan.called", two),
        (after(24), "loan.called", one),
        (after(24.5), "loan.called", two),
        (after(25.5), "loan.lost", one),
    ]
    library.wait(48)
    assert library.facts() == told
    loan = library.loan(one)
    assert (loan["status"], loan["note"], loan["calls"]) == ("LOST", "late", 3)
    assert (loan["lateAt"], loan["calledAt"]) == (after(1.5), after(24))
    assert loan["updatedAt"] == after(25.5)
    assert [e["sequence"] for e in library.events()] == list(range(1, 12))


def test_at_the_same_instant_the_order_of_the_calls_is_no_matter(library: Library) -> None:
    first, second = library.lend(), library.lend()
    library.change(second, dueAt=after(1), closesAt=after(1))
    library.change(first, dueAt=after(1))
    fired = library.wait(1)
    assert fired == [
        (after(1), "loanLate", first),
        (after(1), "closeLoan", second),
    ]


def test_facts_of_time_have_no_actor(library: Library) -> None:
    library.lend(dueAt=after(1))
    library.wait(2)
    event = library.events()[-1]
    assert (event["type"], event["actorId"]) == ("loan.late", None)
    assert event["data"]["status"] == "LATE"


def test_a_day_is_over_when_the_next_begins(library: Library) -> None:
    loan = library.lend(day="2026-11-02")
    assert library.wait(14.999) == []
    assert library.wait(0.001) == [("2026-11-03T00:00:00.000Z", "loanAged", loan)]


def test_until_the_very_instant_nothing_happens(library: Library) -> None:
    loan = library.lend(dueAt=after(1))
    library.tick(hours=1, milliseconds=-1)
    assert library.loan(loan)["status"] == "OPEN"
    library.tick(milliseconds=1)
    assert library.loan(loan)["status"] == "LATE"


def test_what_fell_due_happens_before_the_call_that_finds_it(library: Library) -> None:
    loan = library.lend(dueAt=after(1), closesAt=after(2))
    library.tick(hours=3)
    refusal = library.refusal("closeLoan", id=library.shelf_id, loanId=loan)
    assert refusal.code == "ILLEGAL_TRANSITION"
    assert refusal.members["currentState"] == "CLOSED"
    assert [t for _, t, _ in library.facts()] == ["loan.late", "loan.closed"]


def test_what_fell_due_stays_done_when_the_call_is_refused(library: Library) -> None:
    loan = library.lend(dueAt=after(1))
    library.tick(hours=2)
    assert library.code("getShelf", id="shf_none") == "NOT_FOUND"
    assert library.facts() == [(after(1), "loan.late", loan)]


def test_an_instant_that_has_passed_is_due_at_once(library: Library) -> None:
    loan = library.lend(beganAt=after(-30))
    assert library.space.schedule.next == after(0)
    assert library.wait(0) == [(after(0), "loanCalled", loan)] * 3
    assert library.loan(loan)["calls"] == 3


def test_another_instant_takes_the_place_of_the_first(library: Library) -> None:
    loan = library.lend(dueAt=after(1))
    library.change(loan, dueAt=after(3))
    assert library.wait(2) == []
    library.change(loan, dueAt=None)
    assert library.wait(2) == []
    library.change(loan, dueAt=after(5))
    assert library.wait(2) == [(after(5), "loanLate", loan)]


def test_the_same_instant_given_again_counts_once(library: Library) -> None:
    loan = library.lend(beganAt=after(0))
    library.change(loan, beganAt=after(1))
    library.change(loan, beganAt=after(0))
    library.step("closeLoan", loan)
    library.step("reopenLoan", loan)
    library.wait(30)
    assert library.loan(loan)["calls"] == 3


def test_a_change_of_something_else_starts_nothing(library: Library) -> None:
    loan = library.lend(beganAt=after(0), dueAt=after(9))
    before = len(library.space.schedule)
    library.change(loan, name="Renamed")
    library.loan(loan)
    assert len(library.space.schedule) == before


def test_who_leaves_its_state_is_left_alone(library: Library) -> None:
    loan = library.lend(beganAt=after(0), dueAt=after(3), day="2026-11-02")
    library.wait(1)
    library.step("closeLoan", loan)
    assert library.wait(96) == []
    assert library.loan(loan)["status"] == "CLOSED"


def test_whoever_comes_back_waits_anew(library: Library) -> None:
    loan = library.lend(dueAt=after(3))
    library.step("closeLoan", loan)
    library.wait(1)
    library.step("reopenLoan", loan)
    assert library.wait(5) == [(after(3), "loanLate", loan)]


def test_a_record_that_is_gone_is_left_alone(library: Library) -> None:
    loan = library.lend(dueAt=after(1))
    library.call("deleteLoan", id=library.shelf_id, loanId=loan)
    assert library.wait(2) == []


def test_a_write_that_is_taken_back_starts_nothing(library: Library) -> None:
    loan = library.lend(dueAt=after(2))
    broken = {"name": "Broken", "dueAt": after(1), "beganAt": after(-5)}
    path = {"id": library.shelf_id}
    assert library.code("updateLoan", broken, loanId=loan, **path) == "CONTRACT_VIOLATION"
    assert library.code("createLoan", broken, **path) == "CONTRACT_VIOLATION"
    assert library.wait(24) == [(after(2), "loanLate", loan)]


def test_a_rule_that_is_not_kept_prevents_it_for_good(library: Library) -> None:
    closed = library.shelf("Closed")
    library.lend(closed, beganAt=after(0))
    numbers = dict(library.space._counters)
    assert library.wait(1) == []
    assert library.space._counters == numbers
    library.call("updateShelf", {"name": "Open"}, id=closed)
    library.wait(0.5)
    assert [at for at, *_ in library.wait(1)] == [after(2)]


def test_a_record_without_its_parent_is_asked_with_an_empty_one(library: Library) -> None:
    loan = library.lend(beganAt=after(0))
    library.gone("Shelf", library.shelf_id)
    assert library.wait(1) == [(after(1), "loanCalled", loan)]


def test_a_refusal_half_way_changes_nothing() -> None:
    def refuse(s: Situation) -> None:
        s.write("Shelf", s.new("Shelf", name="half done"))
        raise Refusal("RULE_REFUSED")

    library = Library(Loan=replace(LOAN, effects={"loanLate": refuse}))
    loan = library.lend(dueAt=after(1))
    assert library.wait(2) == []
    assert library.loan(loan)["status"] == "OPEN"
    assert [s["name"] for s in library.space.collection("Shelf")] == ["Novels"]


def test_a_defect_takes_back_its_own_writes_and_no_others() -> None:
    def fail(s: Situation) -> None:
        s.write("Shelf", s.new("Shelf", name="half done"))
        raise RuntimeError("half way")

    library = Library(Loan=replace(LOAN, effects={"loanLate": fail}))
    loan = library.lend(dueAt=after(1), closesAt=after(3), beganAt=after(-0.5))
    with pytest.raises(RuntimeError):
        library.wait(4)
    assert library.platform.log.mark() == 0
    assert library.facts() == [(after(0.5), "loan.called", loan)]
    assert [s["name"] for s in library.space.collection("Shelf")] == ["Novels"]
    # What comes after it is not held up.
    assert [t for _, t, _ in library.wait(0)] == ["loanCalled", "closeLoan"]


def test_what_a_failing_control_found_due_is_still_to_come(library: Library) -> None:
    loan = library.lend(dueAt=after(1), beganAt=after(0))
    library.tick(hours=3)

    def control() -> None:
        with library.platform.log.held():
            library.engine.settle(library.space)
            raise Refusal("NOT_FOUND")

    before = len(library.space.schedule)
    with pytest.raises(Refusal):
        control()
    assert library.facts() == []
    assert (library.space.schedule.next, len(library.space.schedule)) == (after(1), before)
    assert [t for _, t, _ in library.wait(0)] == ["loanCalled", "loanLate", "loanCalled"]
    assert library.loan(loan)["calls"] == 2


@pytest.mark.parametrize("last", ["9999-12-31T23:59:59.999Z", "9999-12-31T00:00:00.000Z"])
def test_what_lies_beyond_the_last_year_never_comes(library: Library, last: str) -> None:
    loan = library.lend(beganAt=last, day="9999-12-31", dueAt=last)
    assert {d.declared for d in library.space.schedule._heap} >= {last}
    assert library.loan(loan)["beganAt"] == last


def test_a_timer_needs_neither_parent_nor_fact() -> None:
    document = loan_document()
    forgotten = {"timer": "bookForgotten", "from": ["PUBLISHED"], "to": "LOST"}
    forgotten |= {"at": "publishedAt", "after": ["P1M"]}
    document["components"]["schemas"]["Book"]["x-lifecycle"]["transitions"].append(forgotten)
    library = Library(document=document)
    book = library.book_in("PUBLISHED")
    facts = len(library.events())
    assert [t for _, t, _ in library.wait(24 * 31)] == ["bookForgotten"]
    assert library.data("getBook", id=book)["status"] == "LOST"
    assert len(library.events()) == facts


def test_what_lies_ahead_is_found_anew(library: Library) -> None:
    loan = library.lend(beganAt=after(0), dueAt=after(1.5))
    library.wait(1)
    before = sorted(library.space.schedule._heap)
    at_once(library.engine.reschedule(library.space, after(1)))
    assert sorted(library.space.schedule._heap) == before
    at_once(library.engine.reschedule(library.space, after(1.5)))
    assert [d.at for d in sorted(library.space.schedule._heap)] == [after(2), after(24)]
    assert {d.record_id for d in library.space.schedule._heap} == {loan}


def due(at: float, record: str = "one") -> Due:
    return Due(after(at), "Loan", record, "loanLate", after(at))


def test_a_schedule_gives_the_earliest_first_and_equal_ones_once() -> None:
    schedule = Schedule()
    assert (schedule.next, len(schedule)) == (NEVER, 0)
    for hours in (3, 1, 2, 1):
        schedule.push(due(hours))
    schedule.push(due(1, "other"))
    assert schedule.next == after(1)
    found = [schedule.pop() for _ in range(4)]
    assert found == [due(1), due(1, "other"), due(2), due(3)]
    assert (schedule.next, len(schedule)) == (NEVER, 0)


def test_very_many_are_added_at_once() -> None:
    schedule = Schedule()
    schedule.push(due(2))
    twin = schedule.copy()
    schedule.extend([])
    schedule.extend([due(3), due(1), due(2)])
    assert [schedule.pop() for _ in range(3)] == [due(1), due(2), due(3)]
    assert (twin.next, len(twin)) == (after(2), 1)


def test_what_lies_ahead_of_many_is_found_in_portions(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "PORTION", 2)
    for _ in range(5):
        library.lend(beganAt=after(0), dueAt=after(1.5))
    before = sorted(library.space.schedule._heap)
    held = library.space.schedule
    for number, _ in enumerate(library.engine.reschedule(library.space, after(0))):
        assert library.space.schedule is held, number
    assert number >= 1
    assert sorted(library.space.schedule._heap) == before


def test_copies_of_a_schedule_go_their_own_ways() -> None:
    origin = Schedule()
    origin.push(due(2))
    twin, third = origin.copy(), origin.copy()
    origin.push(due(1))
    twin.pop()
    assert [s.next for s in (origin, twin, third)] == [after(1), NEVER, after(2)]
    assert third.copy().pop() == due(2)
    assert [len(s) for s in (origin, twin, third)] == [2, 0, 1]


def test_never_is_later_than_every_instant() -> None:
    assert after(24 * 365 * 7900) < NEVER
    assert START.replace(year=9999).isoformat() < NEVER
