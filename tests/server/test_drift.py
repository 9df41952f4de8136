"""Contract drift: a drifted answer breaks the contract, in one place, in the way that was asked."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import SchemaSet
from bacasable.contract.examples import shown_answers
from bacasable.core import Reply
from bacasable.sandbox.drift import UNKNOWN_MEMBER, UNKNOWN_STATUSES, UNKNOWN_VALUE, Drift
from tests.server.faulty import COURSE, FAULTS, add, marks, struck
from tests.server.table import contract, operations

CHANGES = ("MISSING", "TYPE", "ENUM", "EXTRA")
DRIFT = Drift(contract())
SCHEMAS = SchemaSet(contract().document)
ANSWERS = [
    (operation, Reply(status, json.dumps(body).encode()))
    for operation in operations()
    for status, shown in shown_answers(contract(), operation).items()
    for body in shown.bodies.values()
]
"""Every example of every answer of the contract: 111 operations, some 1800 answers."""


def differing(one, other, place=()):
    """The places where two values differ, at the depth where they do."""
    if type(one) is not type(other):
        return [place]
    if isinstance(one, dict):
        names = {**one, **other}
        pairs = [(n, one.get(n, ...), other.get(n, ...)) for n in names]
        return [p for n, a, b in pairs for p in differing(a, b, (*place, n))]
    if isinstance(one, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [p for n, (a, b) in pairs for p in differing(a, b, (*place, n))]
    return [] if one == other else [place]


def at(value, place):
    for step in place:
        value = value[step]
    return value


@pytest.mark.parametrize("change", CHANGES)
@given(answer=st.sampled_from(ANSWERS), seed=st.integers(0, 2**32))
def test_a_drifted_answer_breaks_the_contract_in_one_place(change, answer, seed):
    operation, reply = answer
    check = SCHEMAS.answer_check(operation.answers[reply.status].schema)
    assert check(reply.json) == []
    drifted = DRIFT.apply(operation, reply, {"change": change}, Random(seed))
    if drifted is None:
        assert change == "ENUM", "there is always something to leave out, retype or add"
        return
    assert drifted.status == reply.status
    assert check(drifted.json) != []
    (place,) = differing(reply.json, drifted.json)
    assert place[0] == ("data" if "data" in reply.json else place[0])
    if change == "MISSING":
        assert place[-1] not in at(drifted.json, place[:-1])
    elif change == "TYPE":
        assert type(at(drifted.json, place)) is not type(at(reply.json, place))
    elif change == "ENUM":
        assert at(drifted.json, place) == UNKNOWN_VALUE
    else:
        assert place[-1] == UNKNOWN_MEMBER


@given(answer=st.sampled_from(ANSWERS), seed=st.integers(0, 2**32))
def test_a_drawn_status_is_undocumented(answer, seed):
    operation, reply = answer
    drifted = DRIFT.apply(operation, reply, {"change": "STATUS"}, Random(seed))
    assert drifted.status in set(UNKNOWN_STATUSES) - set(operation.answers)
    assert drifted.content == reply.content


def test_records_with_an_enum_have_a_value_to_get_wrong():
    found = {
        operation.id
        for operation, reply in ANSWERS
        if reply.status < 300 and DRIFT.apply(operation, reply, {"change": "ENUM"}, Random(1))
    }
    assert {"getCourse", "listCourses", "createEnrollment", "getSession"} <= found
    assert len(found) > 60


def test_every_member_that_fits_is_drawn_at_some_time():
    operation = contract().operations["getCompany"]
    reply = next(r for o, r in ANSWERS if o.id == "getCompany" and r.status == 200)
    drawn = set()
    for seed in range(400):
        drifted = DRIFT.apply(operation, reply, {"change": "MISSING"}, Random(seed))
        drawn |= {place[1:] for place in differing(reply.json, drifted.json)}
    assert {(name,) for name in reply.json["data"]} <= drawn


def test_equal_chances_drift_alike():
    for operation, reply in ANSWERS[::97]:
        once, again = (
            DRIFT.apply(operation, reply, {"change": "TYPE"}, Random(7)) for _ in range(2)
        )
        assert once == again


MEMBERS = [
    ("MISSING", "/title", lambda course: "title" not in course),
    ("MISSING", "/status", lambda course: "status" not in course),
    ("TYPE", "/title", lambda course: course["title"] == 42),
    ("TYPE", "/objectives", lambda course: course["objectives"] == {}),
    ("TYPE", "/objectives/0", lambda course: course["objectives"][0] == 42),
    ("ENUM", "/status", lambda course: course["status"] == UNKNOWN_VALUE),
    ("EXTRA", "/novel", lambda course: course["novel"] == UNKNOWN_VALUE),
]


@pytest.mark.parametrize(("change", "member", "broken"), MEMBERS)
def test_the_member_that_is_asked_for_is_broken(api, change, member, broken):
    caller = api.as_("ADMIN")
    fault = add(api, "DRIFT", change=change, member=member)
    answer = caller.get(COURSE)
    assert marks(answer) == fault
    assert broken(answer.data)
    api.delete(FAULTS)
    assert not SCHEMAS.answer_check("/components/schemas/Course")(caller.get(COURSE).data)


def test_in_a_list_the_first_record_breaks(api):
    caller = api.as_("ADMIN")
    add(api, "DRIFT", change="MISSING", member="/title")
    courses = caller.get("/courses").data
    assert [("title" in course) for course in courses] == [False] + [True] * (len(courses) - 1)


def test_another_status_is_sent(api):
    caller = api.as_("ADMIN")
    whole = caller.get(COURSE).data
    add(api, "DRIFT", change="STATUS", status=202, operations=["getCourse"])
    answer = caller.get(COURSE)
    assert (answer.status, answer.data) == (202, whole)


def test_a_status_without_a_body_has_none(api):
    add(api, "DRIFT", change="STATUS", status=204, operations=["getCourse"])
    answer = api.as_("ADMIN").get(COURSE)
    assert (answer.status, answer.content) == (204, b"")


def test_problems_drift_too(api):
    caller = api.as_("ADMIN")
    fault = add(api, "DRIFT", change="MISSING", member="/code")
    problem = caller.get("/courses/crs_inconnu")
    assert (problem.status, marks(problem)) == (404, fault)
    assert "code" not in problem.json


def test_what_fits_nothing_does_not_strike(api):
    caller = api.as_("ADMIN")
    company = caller.post("/companies", {"name": "Éphémère"}).data["id"]
    faults = [
        add(api, "DRIFT", change="MISSING"),
        add(api, "DRIFT", change="ENUM", member="/level"),
        add(api, "DRIFT", change="STATUS", status=204),
    ]
    assert marks(caller.delete(f"/companies/{company}")) == ""
    assert [struck(api, fault) for fault in faults] == [0, 0, 0]


def test_drifts_add_up(api):
    caller = api.as_("ADMIN")
    add(api, "DRIFT", change="MISSING", member="/title")
    add(api, "DRIFT", change="ENUM", member="/status")
    add(api, "DRIFT", change="EXTRA")
    answer = caller.get(COURSE)
    assert marks(answer) == "flt_1, flt_2, flt_3"
    assert "title" not in answer.data
    assert answer.data["status"] == UNKNOWN_VALUE
    assert answer.data[UNKNOWN_MEMBER] == UNKNOWN_VALUE


def test_the_answer_to_head_drifts_in_its_status_alone(api):
    caller = api.as_("ADMIN")
    body, status = add(api, "DRIFT", change="TYPE"), add(api, "DRIFT", change="STATUS")
    answer = caller.request("HEAD", COURSE)
    assert answer.status in UNKNOWN_STATUSES
    assert marks(answer) == status
    assert struck(api, body) == 0


def test_an_empty_list_has_nothing_to_break(api):
    caller = api.as_("ADMIN")
    fault = add(api, "DRIFT", change="TYPE")
    answer = caller.get("/courses?q=introuvable")
    assert (answer.data, marks(answer)) == ([], "")
    assert struck(api, fault) == 0
