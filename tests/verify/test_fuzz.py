"""Generated requests: what they are, what they leave alone, and what becomes of what they show."""

import json
import re
import time
from dataclasses import replace

import pytest

from bacasable.verify.fuzz import fuzz
from bacasable.verify.fuzzing.guard import Guard, ids_in
from bacasable.verify.model import Identity, Profile
from bacasable.verify.session import Failed, OutOfTime, Unreachable
from tests.verify.defective import Defect, Reply, answers, requests
from tests.verify.sweep import SWEEP

SMALL = Profile("small", 4, 3, 12, 3)
ALONE = replace(SMALL, stateful_examples=0)
"""For one operation, which makes no chain."""
WIDE = Profile("wide", 25, 0, 12, 3)
MADE = re.compile(r"\b([a-z]{2,4})_[a-z2-7]{20}\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def spoiled(change, *operations):
    """A defect that is in no catalogue."""
    return Defect("spoiled", "no-server-error", operations, "It is spoiled.", change)


@pytest.fixture
def fuzzed(contract, bench_for):
    """`fuzzed(*operations, defect=..., **options)`: the bench, and the faults of a fuzzing run."""

    def run(*names, defect=None, first=lambda _: None, **options):
        bench = bench_for("no-server-error", names[0], defect, **({"profile": SMALL} | options))
        bench.before = first(bench)
        bench.seen = []
        bench.session.watchers.append(bench.seen.append)
        operations = [contract.operations[name] for name in names]
        return bench, list(fuzz(bench.subject, bench.session, bench.maker, operations))

    return run


def of_fuzz(bench):
    return [e for e in bench.seen if e.purpose == "fuzz"]


def told(exchange):
    """A request, without what the server made: ids and moments."""
    request = exchange.request
    text = f"{request.method} {request.target} {(request.body or b'').decode('latin-1')}"
    return MOMENT.sub("now", MADE.sub(r"\1_made", text)), exchange.intent


COURSES = ("listCourses", "createCourse", "getCourse", "updateCourse", "deleteCourse")


@pytest.fixture
def fresh(serving):
    """A server that begins anew."""
    return lambda: serving(None)


@SWEEP
def test_the_same_seed_sends_the_same_requests_in_the_same_order(fresh, fuzzed):
    harmless = spoiled(lambda: None, *COURSES)
    runs = []
    for seed in (7, 7, 8):
        bench, _ = fuzzed(*COURSES, defect=replace(harmless, make=handed_on), seed=seed)
        runs.append([told(e) for e in of_fuzz(bench)])
    assert len(runs[0]) > 100
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def handed_on():
    return requests(lambda call: None)()


@pytest.mark.parametrize(
    "names",
    [
        # Companies are all called below.
        ("getCourse", "deleteCourse"),
        pytest.param(COURSES, marks=SWEEP),
    ],
)
def test_the_clean_server_shows_no_fault_and_every_operation_is_called(fuzzed, capfd, names):
    bench, found = fuzzed(*names, "login", "getSession", "setUserRoles")
    assert found == []
    assert bench.session.faults == []
    assert {e.operation.id for e in of_fuzz(bench) if e.operation} >= {*names, "setUserRoles"}
    intents = {(e.intent, e.status // 100) for e in of_fuzz(bench)}
    assert intents >= {("valid", 2), ("invalid", 4)}
    assert capfd.readouterr().out == ""


def test_it_writes_nothing_where_the_user_works(fuzzed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fuzzed("listCourses", profile=ALONE)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_only_reads_sends_nothing_that_may_write(fuzzed):
    bench, found = fuzzed("listCourses", "getCourse", read_only=True)
    assert found == []
    assert {e.request.method for e in of_fuzz(bench)} <= {"GET", "HEAD"}
    assert {e.intent for e in of_fuzz(bench)} >= {"valid", "invalid"}


@pytest.mark.sweep
@pytest.mark.turns
def test_records_of_others_stay_as_they_are_and_new_ones_are_removed(contract, fuzzed):
    def companies(bench):
        listed = bench.call(contract.operations["listCompanies"], query={"perPage": 100})
        return {record["id"]: record for record in listed.json["data"]}

    operations = ("createCompany", "updateCompany", "deleteCompany", "getCompany", "listCompanies")
    bench, found = fuzzed(*operations, defect=spoiled(handed_on, *operations), first=companies)
    assert found == []
    assert bench.session.faults == []
    made = {m.record.id for m in bench.maker.ledger if m.record.resource == "Company"}
    assert len(made) > 5
    assert bench.maker.clean_up() == []
    assert companies(bench) == bench.before


def test_a_record_there_is_one_of_is_put_back(fuzzed, contract):
    def branding(bench):
        return bench.call(contract.operations["getCurrentTenant"]).json["data"]["branding"]

    bench, found = fuzzed("updateCurrentTenant", first=branding)
    assert found == []
    assert any(e.ok for e in of_fuzz(bench))
    assert bench.maker.clean_up() == []
    assert branding(bench) == bench.before


def test_a_generated_logout_ends_no_session_but_its_own(fuzzed, contract):
    bench, _ = fuzzed("logout", "getSession")
    ended = [e for e in of_fuzz(bench) if e.operation and e.operation.id == "logout" and e.ok]
    assert ended
    assert bench.call(contract.operations["getSession"]).status == 200


def accepting(call, reply):
    """What is refused as invalid is answered as if it were created."""
    if call.method == "POST" and reply.status == 400:
        reply.status = 201
        reply.headers["content-type"] = "application/json"
        reply.say({"data": {"id": "cmp_accepted"}})


def lenient(call, reply):
    if call.method == "GET" and reply.status == 400:
        reply.status = 200
        reply.headers["content-type"] = "application/json"
        reply.say({"data": []})


def refusing(call):
    if call.method == "POST" and call.json and call.json.get("kind"):
        return Reply(422, {"content-type": "application/problem+json"}, b"{}")
    return None


def anonymous(call, reply):
    if reply.status == 401:
        reply.status = 200


REFUSED = {"invalid-body-refused", "unknown-member-refused", "invalid-parameter-refused"}


@pytest.mark.parametrize(
    ("change", "operation", "checks"),
    [
        (answers(accepting), "createCompany", REFUSED),
        (answers(lenient), "listCompanies", {"invalid-parameter-refused"}),
        (requests(refusing), "createCompany", {"valid-accepted"}),
        (answers(anonymous), "listCompanies", {"auth-required"}),
    ],
)
def test_what_schemathesis_finds_is_told_as_faults_of_our_checks(fuzzed, change, operation, checks):
    bench, found = fuzzed(operation, defect=spoiled(change, operation), profile=ALONE)
    assert {fault.check for fault in found} == checks
    for fault in found:
        assert fault.operation == operation
        assert fault.exchanges[-1] in bench.seen
        assert fault.place.startswith("/")
    kinds = {(f.check, f.operation, f.cause) for f in found}
    assert len(kinds) == len(found), "a cause is told once"


def crowded(call):
    """The server fails on a course with a certain pair of optional members."""
    body = call.json if call.is_("POST", "/courses") else None
    if isinstance(body, dict) and body.get("objectives") and "modality" in body:
        return Reply(500, {"content-type": "application/problem+json"}, b"{}")
    return None


@pytest.mark.sweep
@pytest.mark.turns
def test_a_failing_request_is_made_smaller(fuzzed):
    defect = spoiled(requests(crowded), "createCourse")
    bench, _ = fuzzed("createCourse", defect=defect, profile=WIDE)
    bodies = [json.loads(f.exchanges[-1].request.body) for f in bench.session.faults]
    smallest = min(bodies, key=lambda body: len(json.dumps(body)))
    needed = {"title", "category", "level", "durationHours", "objectives", "modality"}
    assert needed <= smallest.keys()
    assert len(smallest) <= len(needed) + 1 < max(map(len, bodies))
    assert len(smallest["objectives"]) == len(smallest["objectives"][0]) == 1


def test_the_clean_up_gets_its_share_of_the_time(fuzzed, contract, bench_for):
    bench = bench_for("no-server-error", "listCourses", profile=SMALL, max_time=1000.0)
    bench.session.began = time.monotonic() - 985
    seen = []
    bench.session.watchers.append(seen.append)
    with pytest.raises(OutOfTime):
        list(fuzz(bench.subject, bench.session, bench.maker, [contract.operations["listCourses"]]))
    assert [e for e in seen if e.purpose == "fuzz"] == []


def test_a_server_that_is_gone_ends_the_run(contract, bench_for, monkeypatch):
    bench = bench_for("no-server-error", "listCourses", profile=SMALL)
    real, calls = bench.session.transport.exchange, []

    def dying(request, within=None):
        calls.append(request)
        if len(calls) > 30:
            raise Failed("no connection: refused", connected=False)
        return real(request, within)

    monkeypatch.setattr(bench.session.transport, "exchange", dying)
    with pytest.raises(Unreachable):
        list(fuzz(bench.subject, bench.session, bench.maker, [contract.operations["listCourses"]]))
    assert len(calls) < 60


def test_ids_are_found_wherever_they_stand():
    value = {
        "data": [{"id": "a", "courseId": "b", "valid": "no", "of": {"user_id": 3}}],
        "id": True,
    }
    assert ids_in(value) == ["a", "b", "3"]


@pytest.mark.parametrize(
    ("method", "value", "sent"),
    [
        ("DELETE", "crs_seen", "not-nees_src"),
        ("DELETE", "crs_made", "crs_made"),
        ("DELETE", "crs_invented", "crs_invented"),
        ("DELETE", "7", "9" * 15),
        ("DELETE", "own", "not-nwo"),
        ("GET", "crs_seen", "crs_seen"),
    ],
)
def test_the_guard_keeps_writes_away_from_what_others_have(contract, method, value, sent):
    contract = replace(contract, base_path="/api")
    guard = Guard(contract, [Identity("me", tenant="own", said={"user": {"id": "usr_me"}})])
    guard._seen.add("crs_seen")
    operation = contract.operations["deleteCourse"]
    guard.made({"id": "crs_made"}, "Other")
    target = f"/api/courses/{value}?x=1"
    assert guard.safe(operation, method, target) == f"/api/courses/{sent}?x=1"
    assert guard._taboo("usr_me")
