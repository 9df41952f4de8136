"""Faults: every kind does what it says to the calls it is meant for, and to no others."""

import json
from time import monotonic, sleep

import httpx
import pytest

from bacasable.sandbox.faults import Fault
from bacasable.server import detour
from tests.server.faulty import COURSE, FAULTS, add, marks, struck
from tests.server.problems import assert_problem
from tests.support import ALL, in_process, make_sandbox, over_socket

OTHER = {"X-Tenant-ID": "autre"}


@pytest.fixture
def waits(monkeypatch):
    """The seconds that calls in process would have waited, and do not."""
    waited = []

    async def pause(_receive, seconds):
        waited.append(seconds)

    monkeypatch.setattr(detour, "pause", pause)
    return waited


def test_without_faults_answers_carry_no_mark(api):
    assert "x-sandbox-fault" not in api.as_("ADMIN").get(COURSE).headers


def test_a_delay_waits_and_lets_the_call_through(local, waits):
    caller = local.as_("ADMIN")
    plain = caller.get(COURSE)
    fault = add(local, "DELAY", seconds=2)
    late = caller.get(COURSE)
    assert waits == [2]
    assert late.data == plain.data
    assert marks(late) == fault


def test_jitter_varies_a_delay_within_its_bounds(local, waits):
    caller = local.as_("ADMIN")
    add(local, "DELAY", seconds=1, jitter=2)
    for _ in range(100):
        caller.get(COURSE)
    assert len(set(waits)) == 100
    assert all(-1 <= seconds <= 3 for seconds in waits)  # less than none is none
    assert min(waits) < -0.5
    assert max(waits) > 2.5


@pytest.mark.sweep
def test_a_client_that_hangs_up_ends_the_wait_and_the_call_goes_on(contract):
    with over_socket(make_sandbox(contract)) as api:
        caller = api.as_("ADMIN")
        fault = add(api, "DELAY", seconds=60, operations=["archiveCourse"])
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{api.url}/api/v1{COURSE}/archive", headers=caller.headers, timeout=0.5)
        deadline = monotonic() + 20
        while caller.get(COURSE).data["status"] != "ARCHIVED":
            assert monotonic() < deadline
            sleep(0.01)
        assert struck(api, fault) == 1


def test_delays_add_up(local, waits):
    caller = local.as_("ADMIN")
    first, second = add(local, "DELAY", seconds=1), add(local, "DELAY", seconds=3)
    assert marks(caller.get(COURSE)) == f"{first}, {second}"
    assert waits == [1, 3]


def test_an_account_that_went_during_a_delay_is_refused(local, monkeypatch):
    admin, trainer = local.as_("ADMIN"), local.as_("TRAINER")
    add(local, "DELAY", seconds=1, roles=["TRAINER"])

    async def pause(_receive, _seconds):
        users = local.sandbox.engine.platform.space("votre-tenant").collection("User")
        users.put(users.get("usr_trainer") | {"status": "INACTIVE"})

    monkeypatch.setattr(detour, "pause", pause)
    assert_problem(trainer.get(COURSE), "SESSION_ENDED")
    assert admin.get(COURSE).status == 200


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"status": 404}, "NOT_FOUND"),
        ({"status": 500}, "INTERNAL_ERROR"),
        ({"status": 503}, "UNAVAILABLE"),
        ({"status": 403, "code": "TENANT_SUSPENDED"}, "TENANT_SUSPENDED"),
        ({"code": "SESSION_ENDED"}, "SESSION_ENDED"),
        ({"code": "CONTRACT_VIOLATION"}, "CONTRACT_VIOLATION"),
    ],
)
def test_an_error_is_a_documented_problem(api, options, code):
    caller = api.as_("ADMIN")
    fault = add(api, "ERROR", **options)
    answer = caller.get(COURSE)
    assert_problem(answer, code)
    assert marks(answer) == fault
    assert "retry-after" not in answer.headers


def test_a_provoked_failure_leaves_no_line_in_the_log(local, caplog):
    caller = local.as_("ADMIN")
    add(local, "ERROR", code="CONTRACT_VIOLATION")
    add(local, "ERROR", status=500)
    caller.get(COURSE)
    assert caplog.records == []


def test_an_error_changes_nothing(api):
    caller = api.as_("ADMIN")
    add(api, "ERROR", status=503, retryAfter=7, operations=["createCompany"])
    answer = caller.post("/companies", {"name": "Exemple"})
    assert_problem(answer, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "7"
    assert "Exemple" not in [c["name"] for c in caller.get("/companies").data]


def test_an_error_spares_operations_that_do_not_document_it(api):
    caller = api.as_("ADMIN")
    fault = add(api, "ERROR", status=409)
    assert caller.get(COURSE).status == 200
    assert_problem(caller.delete("/companies/cmp_abc123"), "ILLEGAL_TRANSITION")
    assert struck(api, fault) == 1


def test_too_many_requests_say_when_to_come_back(api):
    caller = api.as_("ADMIN")
    add(api, "RATE_LIMIT", count=1)
    add(api, "RATE_LIMIT", retryAfter=30)
    for seconds in ("1", "30"):
        answer = caller.get(COURSE)
        assert_problem(answer, "RATE_LIMITED")
        assert answer.headers["retry-after"] == seconds


def test_an_expired_token_is_refused_and_no_token_is_missing(api):
    caller = api.as_("ADMIN")
    fault = add(api, "TOKEN_EXPIRED")
    answer = caller.get(COURSE)
    assert_problem(answer, "TOKEN_EXPIRED")
    assert answer.headers["www-authenticate"] == "Bearer"
    bare = api.get(COURSE, headers={"X-Tenant-ID": "votre-tenant"})
    assert_problem(bare, "TOKEN_MISSING")
    assert api.as_("ADMIN").headers["Authorization"]  # login takes no token
    assert struck(api, fault) == 1


def test_a_truncated_body_ends_early_in_a_complete_answer(api):
    caller = api.as_("ADMIN")
    whole = caller.get(COURSE)
    add(api, "TRUNCATE")
    answer = caller.get(COURSE)
    assert answer.status == 200
    assert int(answer.headers["content-length"]) == len(answer.content) < len(whole.content)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_problems_are_truncated_too(api):
    caller = api.as_("ADMIN")
    fault = add(api, "TRUNCATE")
    answer = caller.get("/courses/crs_inconnu")
    assert (answer.status, marks(answer)) == (404, fault)
    assert answer.headers["content-type"] == "application/problem+json"
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_what_has_no_body_cannot_be_truncated_or_slow(api):
    caller = api.as_("ADMIN")
    faults = [add(api, "TRUNCATE"), add(api, "SLOW", seconds=60)]
    tag = caller.request("HEAD", COURSE)
    assert (tag.status, marks(tag)) == (200, "")
    assert caller.get(COURSE, headers={"If-None-Match": tag.headers["etag"]}).status == 304
    assert [struck(api, fault) for fault in faults] == [0, 0]


@pytest.mark.parametrize("kinds", [("TRUNCATE", "DRIFT"), ("DRIFT", "TRUNCATE")])
def test_what_is_truncated_drifts_no_more(local, kinds):
    caller = local.as_("ADMIN")
    for kind in kinds:
        add(local, kind, **({"change": "TYPE"} if kind == "DRIFT" else {}))
    answer = caller.get(COURSE)
    assert marks(answer) == ("flt_1" if kinds[0] == "TRUNCATE" else "flt_1, flt_2")
    assert answer.status == 200


def test_slow_and_cut_answers_lose_nothing_to_a_status_without_a_body(local):
    caller = local.as_("ADMIN")
    add(local, "SLOW", seconds=0.01)
    add(local, "DRIFT", change="STATUS", status=204)
    answer = caller.get(COURSE)
    assert (answer.status, answer.content, marks(answer)) == (204, b"", "flt_1, flt_2")


def test_what_belongs_to_no_tenant_is_never_stale(api):
    caller = api.as_("SUPER_ADMIN")
    add(api, "STALE")
    answer = caller.get("/admin/tenants")
    assert (answer.status, marks(answer)) == (200, "")
    assert len(answer.data) > 0


def test_a_slow_body_is_whole(api):
    caller = api.as_("ADMIN")
    whole = caller.get(COURSE)
    fault = add(api, "SLOW", seconds=0.01)
    answer = caller.get(COURSE)
    assert answer.data == whole.data
    assert len(answer.content) == int(answer.headers["content-length"])
    assert marks(answer) == fault


def test_a_slow_body_takes_its_time(local, waits):
    caller = local.as_("ADMIN")
    add(local, "SLOW", seconds=4)
    caller.get(COURSE)
    assert len(waits) > 10
    assert sum(waits) == pytest.approx(4)


def test_stale_reads_see_the_past_and_writes_the_present(api):
    caller = api.as_("ADMIN")
    before = caller.get("/companies/cmp_abc123").data["name"]
    fault = add(api, "STALE")
    assert caller.patch("/companies/cmp_abc123", {"name": "Nouveau"}).data["name"] == "Nouveau"
    stale = caller.get("/companies/cmp_abc123")
    assert (stale.data["name"], marks(stale)) == (before, fault)
    assert before in [c["name"] for c in caller.get("/companies").data]
    made = caller.post("/companies", {"name": "Toute neuve"}).data["id"]
    assert_problem(caller.get(f"/companies/{made}"), "NOT_FOUND")
    assert api.delete(f"{FAULTS}/{fault}").status == 204
    assert caller.get("/companies/cmp_abc123").data["name"] == "Nouveau"
    assert caller.get(f"/companies/{made}").status == 200


def test_a_call_that_is_delivered_twice_acts_twice(api):
    caller = api.as_("ADMIN")
    total = len(caller.get("/companies").data)
    add(api, "DUPLICATE", operations=["createCompany"])
    made = caller.post("/companies", {"name": "Double"})
    assert made.status == 201
    assert len(caller.get("/companies").data) == total + 2


def test_an_idempotency_key_protects_from_double_delivery(api):
    caller = api.as_("ADMIN")
    total = len(caller.get("/companies").data)
    add(api, "DUPLICATE", operations=["createCompany"])
    once = caller.with_headers({"Idempotency-Key": "k1"})
    first = once.post("/companies", {"name": "Double"})
    again = once.post("/companies", {"name": "Double"})
    assert first.data == again.data
    assert marks(first) == marks(again) == "flt_1"
    assert len(caller.get("/companies").data) == total + 1
    api.delete(FAULTS)
    # What was stored is the platform's answer, without the mark of the fault.
    assert marks(once.post("/companies", {"name": "Double"})) == ""


def test_the_second_of_two_deliveries_meets_what_the_first_has_done(api):
    caller = api.as_("ADMIN")
    company = caller.post("/companies", {"name": "Éphémère"}).data["id"]
    add(api, "DUPLICATE")
    assert_problem(caller.delete(f"/companies/{company}"), "NOT_FOUND")


def test_only_the_named_operations_are_struck(api):
    caller = api.as_("ADMIN")
    add(api, "ERROR", status=500, operations=["getCourse", "listCompanies"])
    assert caller.get(COURSE).status == 500
    assert caller.get("/companies").status == 500
    assert caller.get("/courses").status == 200


def test_only_the_named_roles_are_struck(api):
    trainer, admin = api.as_("TRAINER"), api.as_("ADMIN")
    fault = add(api, "ERROR", status=500, roles=["TRAINER", "LEARNER"])
    assert trainer.get(COURSE).status == 500
    assert admin.get(COURSE).status == 200
    bare = api.get(COURSE, headers={"X-Tenant-ID": "votre-tenant"})
    assert_problem(bare, "TOKEN_MISSING")
    assert struck(api, fault) == 1


def test_a_fault_without_roles_strikes_callers_without_a_token(api):
    add(api, "ERROR", status=500)
    assert api.get(COURSE, headers={"X-Tenant-ID": "votre-tenant"}).status == 500
    assert api.get(COURSE, headers=OTHER).status == 401


def test_a_fault_strikes_as_often_as_it_counts(api):
    caller = api.as_("ADMIN")
    fault = add(api, "ERROR", status=500, count=3)
    assert [caller.get(COURSE).status for _ in range(5)] == [500, 500, 500, 200, 200]
    told = api.get(f"{FAULTS}/{fault}").json
    assert (told["count"], told["struck"], told["remaining"]) == (3, 3, 0)
    assert not api.sandbox.hub.faults.active


def test_the_first_that_answers_spares_those_that_would_come_next(api):
    caller = api.as_("ADMIN")
    first = add(api, "ERROR", status=404)
    second = add(api, "ERROR", status=500)
    assert caller.get(COURSE).status == 404
    assert (struck(api, first), struck(api, second)) == (1, 0)


def strikes_of(contract, seed):
    """Which of many calls a fault of 30 percent strikes, in a fresh sandbox."""
    with in_process(make_sandbox(contract, seed=seed)) as api:
        caller = api.as_("ADMIN")
        add(api, "ERROR", status=500, percent=30)
        return [caller.get(COURSE).status == 500 for _ in range(300)]


def test_equal_calls_meet_equal_faults_near_the_percentage(contract):
    strikes = strikes_of(contract, seed=1)
    assert strikes == strikes_of(contract, seed=1)
    assert 0.22 < sum(strikes) / 300 < 0.38
    assert strikes != strikes_of(contract, seed=2)


def test_the_chance_of_a_fault_is_its_own(contract):
    with in_process(make_sandbox(contract)) as api:
        caller = api.as_("ADMIN")
        for _ in range(2):
            add(api, "DELAY", seconds=0, percent=50)
        met = {marks(caller.get(COURSE)) for _ in range(50)}
    assert met == {"", "flt_1", "flt_2", "flt_1, flt_2"}


def test_chance_is_even_over_many_calls():
    fault = Fault("flt_1", "DELAY", (), (), 12.5, None, {}, "42/x")
    hits = sum(fault.draw() is not None for _ in range(20_000))
    assert hits / 20_000 == pytest.approx(0.125, abs=0.01)


def test_other_tenants_are_untouched(contract):
    with in_process(make_sandbox(contract, ALL)) as api:
        mine, other = api.as_("ADMIN"), api.as_("ADMIN", "qualiforma-demo")
        add(api, "ERROR", status=500)
        assert mine.get("/courses").status == 500
        assert other.get("/courses").status == 200
        assert api.get("!/_sandbox/tenants/qualiforma-demo/faults").json == {"items": []}


def test_faults_are_listed_read_removed_and_cleared(api):
    first, second = add(api, "TRUNCATE"), add(api, "SLOW", seconds=1)
    assert [f["id"] for f in api.get(FAULTS).json["items"]] == [first, second]
    assert api.delete(f"{FAULTS}/{first}").status == 204
    assert api.delete(f"{FAULTS}/{first}").status == 404
    assert [f["id"] for f in api.get(FAULTS).json["items"]] == [second]
    for _ in range(2):
        assert api.delete(FAULTS).status == 204
    assert api.get(FAULTS).json == {"items": []}
    assert add(api, "TRUNCATE") == "flt_3"


def test_the_answer_to_an_addition_says_where_the_fault_is(api):
    answer = api.post(FAULTS, {"kind": "RATE_LIMIT", "count": 2})
    assert answer.headers["location"] == FAULTS[1:] + "/flt_1"
    assert answer.json == api.get("!" + answer.headers["location"]).json
    assert answer.json == {
        "id": "flt_1",
        "kind": "RATE_LIMIT",
        "operations": [],
        "roles": [],
        "percent": 100,
        "count": 2,
        "struck": 0,
        "remaining": 2,
        "retryAfter": 1,
    }


@pytest.mark.parametrize("path", ["", "/flt_1"])
def test_an_unknown_tenant_or_fault_is_not_found(api, path):
    answer = api.get(f"!/_sandbox/tenants/votre-tenan/faults{path}")
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
    assert api.get(f"{FAULTS}/flt_9").status == 404


def test_the_exchange_names_the_faults(api):
    caller = api.as_("ADMIN")
    add(api, "DELAY", seconds=0)
    add(api, "ERROR", status=500)
    caller.get(COURSE)
    kept = api.sandbox.hub.exchanges._rings["votre-tenant"].whole[-1]
    assert (kept.operation, kept.faults) == ("getCourse", ("flt_1", "flt_2"))
    assert kept.reply.status == 500
