"""What the maker makes on a clean sandbox: every call, every state, and what remains of it."""

from datetime import UTC, datetime, timedelta

import pytest

from bacasable.contract import load_contract
from bacasable.resources import CONTRACT
from bacasable.verify.bench import UNSENT
from bacasable.verify.maker import CannotMake
from bacasable.verify.model import Identity

from .defective import Defect, answers

CONTRACT_ = load_contract(CONTRACT)
OPERATIONS = CONTRACT_.operations
WITH_STATES = [r for r in CONTRACT_.resources.values() if r.lifecycle]
STATES = [(r.name, state) for r in WITH_STATES for state in r.lifecycle.states]


@pytest.fixture
def bench(bench_for):
    return bench_for("none", "none")


def call(bench, arranged, **given):
    a = arranged
    told = {"path": a.path, "query": a.query, "body": a.body, "identity": a.identity, **given}
    return bench.call(a.operation, **told)


def test_every_operation_can_be_called_and_succeeds(bench):
    refused = []
    for operation in OPERATIONS.values():
        exchange = call(bench, bench.maker.arranged(operation))
        if exchange.status != operation.success:
            refused.append((operation.id, exchange.status, exchange.json))
    assert refused == []


def test_a_call_is_cheap(bench):
    for operation in OPERATIONS.values():
        bench.maker.arranged(operation, fresh=False)
    begun = bench.session.sent
    for operation in OPERATIONS.values():
        bench.maker.arranged(operation, fresh=False)
    # Only fresh learners and sessions of their own are made again.
    assert bench.session.sent - begun <= 10


@pytest.mark.parametrize(("resource", "state"), STATES)
def test_every_state_is_reached(bench, resource, state):
    field = CONTRACT_.resources[resource].lifecycle.field
    record = bench.maker.new(resource, state=state)
    assert record.value[field] == state
    again = bench.maker.again(record)
    assert again is not None
    assert again.value[field] == state


@pytest.mark.parametrize("resource", [r for r in CONTRACT_.resources if r != "Event"])
def test_records_are_new_unless_they_are_shared(bench, resource):
    maker = bench.maker
    first, second = maker.new(resource), maker.new(resource)
    shared = maker.some(resource)
    assert len({first.id, second.id, shared.id}) == 3
    assert maker.some(resource).id == shared.id
    maker.drop(shared)
    assert maker.some(resource).id != shared.id


def test_what_cannot_be_created_is_found(bench):
    event = bench.maker.some("Event")
    assert not event.made
    assert event.id.startswith("evt_")
    with pytest.raises(CannotMake, match="no operation creates a Event"):
        bench.maker.new("Event")


def test_members_are_put_in_as_they_are(bench):
    company = bench.maker.new("Company", members={"name": "Société 1", "siret": None})
    assert (company.value["name"], company.value["siret"]) == ("Société 1", None)
    course = bench.maker.some("Course")
    module = bench.maker.new("CourseModule", parent=course)
    assert module.value["courseId"] == course.id
    assert module.path == {"id": course.id, "moduleId": module.id}


def test_learners_get_what_they_can_see_and_use(bench):
    learner = bench.subject.by_role["LEARNER"]
    allowed = [o for o in OPERATIONS.values() if "LEARNER" in (o.roles or ())]
    refused = []
    for operation in allowed:
        arranged = bench.maker.arranged(operation, identity=learner)
        assert arranged.identity.role == "LEARNER"
        exchange = call(bench, arranged)
        if not exchange.ok:
            refused.append((operation.id, exchange.status, exchange.json))
    assert refused == []


@pytest.mark.parametrize("role", ["TRAINER", "AUDITOR", "SUPER_ADMIN"])
def test_other_roles_too(bench, role):
    who = bench.subject.by_role[role]
    for operation in OPERATIONS.values():
        if role in (operation.roles or ()) and operation.id != "listEvents":
            exchange = call(bench, bench.maker.arranged(operation, identity=who))
            assert exchange.ok, (operation.id, exchange.json)


def test_another_tenant_has_records_of_its_own(bench):
    other = bench.subject.others[0]
    ours = bench.maker.some("Course")
    theirs = bench.maker.some("Course", identity=other)
    assert ours.id != theirs.id
    arranged = bench.maker.arranged(OPERATIONS["getCourse"], identity=other)
    assert arranged.identity == other
    assert call(bench, arranged).ok
    assert call(bench, arranged, identity=bench.subject.main).status == 404


def test_the_callers_stay_who_they_are(bench):
    def state(who: Identity):
        return bench.call(OPERATIONS["getSession"], identity=who).json["data"]["user"]

    before = {role: state(who) for role, who in bench.subject.by_role.items()}
    harmful = ("deactivateUser", "setUserRoles", "updateUser", "suspendTenant", "logout", "refresh")
    for name in harmful:
        assert call(bench, bench.maker.arranged(OPERATIONS[name])).ok
    after = {role: state(who) for role, who in bench.subject.by_role.items()}
    for role, user in before.items():
        assert {**after[role], "lastLoginAt": 0} == {**user, "lastLoginAt": 0}


def test_a_wrong_state_is_refused_for_itself_alone(bench):
    tried = 0
    for resource in WITH_STATES:
        for step in [s for s in resource.lifecycle.transitions.values() if not s.timed]:
            for state in [s for s in resource.lifecycle.states if s not in step.sources]:
                arranged = bench.maker.arranged(
                    OPERATIONS[step.operation], state=state, fresh=False
                )
                exchange = call(bench, arranged)
                assert exchange.json["code"] == "ILLEGAL_TRANSITION", (step, exchange.json)
                tried += 1
    assert tried > 100


def test_what_is_there_once_is_put_back(bench):
    get, change = OPERATIONS["getCurrentTenant"], OPERATIONS["updateCurrentTenant"]
    before = bench.call(get).json["data"]["branding"]
    arranged = bench.maker.arranged(change)
    body = {"branding": {**arranged.body["branding"], "displayName": "Autre"}}
    assert call(bench, arranged, body=body).ok
    assert bench.call(get).json["data"]["branding"] != before
    bench.maker.clean_up()
    assert bench.call(get).json["data"]["branding"] == before


def test_nothing_deletable_remains(bench):
    for operation in OPERATIONS.values():
        call(bench, bench.maker.arranged(operation))
    draft = bench.maker.new("NeedsAnalysis", state="ANALYSED")
    residue = bench.maker.clean_up()
    left = [made for made in bench.maker.ledger if not made.removed]
    assert bench.maker.again(draft) is None
    for made in left:
        if made.deletes:
            arranged = {"path": made.record.path, "identity": bench.subject.caller(made.deletes)}
            assert bench.call(made.deletes, **arranged).status == 409
    assert sum(one.count for one in residue) == len(left)
    assert any(str(one).endswith("User: no operation deletes it") for one in residue)
    assert all(one.expected for one in residue), [str(one) for one in residue]


def test_what_checks_create_and_delete_is_noticed(bench):
    company = bench.call(OPERATIONS["createCompany"], body={"name": "Société"}).json["data"]
    assert bench.maker.ledger[-1].record.id == company["id"]
    assert bench.call(OPERATIONS["deleteCompany"], path={"id": company["id"]}).ok
    assert bench.maker.ledger[-1].removed


def test_what_a_check_changes_is_shared_no_more(bench):
    change = OPERATIONS["updateCompany"]
    company = bench.maker.some("Company")
    assert bench.call(change, path=company.path, body={"name": ""}).status == 400
    assert bench.maker.some("Company").id == company.id
    assert bench.call(change, path=company.path, body={"name": "Autre"}).ok
    assert bench.maker.some("Company").id != company.id


def test_the_youngest_goes_first(bench):
    maker = bench.maker
    course = maker.new("Course")
    module = maker.new("CourseModule", parent=course)
    sent = []
    send = bench.session.transport.exchange
    bench.session.transport.exchange = lambda r, within=None: (sent.append(r), send(r))[1]
    assert maker.clean_up() == []
    deleted = [r.target.rpartition("/")[2] for r in sent if r.method == "DELETE"]
    assert deleted == [module.id, course.id]


def test_the_same_seed_makes_the_same_requests(bench_for, serving):
    def requests():
        bench = bench_for("none", "none", Defect("none", "", (), "", answers(lambda _c, _r: None)))
        sent = []
        bench.session.watchers.append(lambda e: sent.append((e.request.method, e.request.body)))
        for name in ("createUser", "completeEnrollment", "createTenant", "beginPathAssignment"):
            call(bench, bench.maker.arranged(OPERATIONS[name]))
        return sent

    assert requests() == requests()


def test_a_second_run_finds_values_that_are_free(bench_for):
    for _ in range(3):
        bench = bench_for("none", "none")
        for name in ("createUser", "createCompany", "createTenant"):
            assert call(bench, bench.maker.arranged(OPERATIONS[name])).ok, name
        assert bench.maker.new("User").id


def test_a_run_that_only_reads_finds_everything(bench_for):
    # The sandbox begins without one.
    bench_for("none", "none").maker.new("Course", state="ARCHIVED")
    bench = bench_for("none", "none", read_only=True)
    read = 0
    for operation in OPERATIONS.values():
        if operation.method == "get":
            assert call(bench, bench.maker.arranged(operation)).ok, operation.id
            read += 1
    assert read > 30
    with pytest.raises(CannotMake, match="only reads"):
        bench.maker.new("Course")
    assert bench.maker.some("Course", state="ARCHIVED").value["status"] == "ARCHIVED"
    assert bench.maker.clean_up() == []


def test_dates_are_relative_to_today(bench):
    response = bench.maker.new("QuestionnaireResponse", state="SCHEDULED")
    day = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    assert response.value["scheduledFor"].startswith(day)
    assert bench.maker.arranged(OPERATIONS["publishCourse"]).body is UNSENT
