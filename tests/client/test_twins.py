"""The controls of a tenant in Python: clock, snapshots, bulk data, faults, log, inbox."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bacasable.client import ControlRefused
from bacasable.client.values import Fired, instant


def enroll(tenant):
    body = {"courseId": "crs_excel_macro", "userId": "usr_learner", "paymentMethod": "FREE"}
    answer = tenant.client().post("/enrollments", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["id"]


def test_the_clock_is_set_frozen_advanced_and_runs_on(tenant):
    clock = tenant.clock
    assert not clock.frozen
    clock.freeze(at="2027-01-31T09:00:00Z")
    assert clock.frozen
    assert clock.now == datetime(2027, 1, 31, 9, tzinfo=UTC)
    clock.advance("P1M")
    assert clock.now == datetime(2027, 2, 28, 9, tzinfo=UTC)
    clock.advance(timedelta(days=1, hours=2))
    assert clock.now == datetime(2027, 3, 1, 11, tzinfo=UTC)
    clock.set("2027-03-02")
    assert clock.frozen
    assert clock.now == datetime(2027, 3, 2, tzinfo=UTC)
    clock.run()
    assert not clock.frozen
    clock.freeze()
    assert clock.frozen


def test_what_falls_due_is_told(sandbox):
    with sandbox.tenant("votre-tenant").fork() as tenant:
        before = tenant.clock.now
        fired = tenant.clock.advance("P2Y")
        assert fired
        assert all(isinstance(each, Fired) and each.at > before for each in fired)
        assert fired == sorted(fired, key=lambda each: each.at)


def test_times_that_are_none_are_refused(tenant):
    with pytest.raises(ValueError, match="2026-09-01T09:00:00Z"):
        tenant.clock.set("tomorrow")
    with pytest.raises(ValueError, match="whole seconds"):
        tenant.clock.advance(timedelta(seconds=-1))
    with pytest.raises(ControlRefused) as caught:
        tenant.clock.advance("90 days")
    assert caught.value.errors[0]["pointer"] == "/by"
    with pytest.raises(ControlRefused) as caught:
        tenant.clock.set("2001-01-01")
    assert caught.value.code == "CLOCK_BACKWARDS"


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("2026-09-01", "2026-09-01T00:00:00Z"),
        ("2026-09-01T09:00:00+02:00", "2026-09-01T07:00:00Z"),
        (datetime(2026, 9, 1, 9), "2026-09-01T09:00:00Z"),  # noqa: DTZ001 - what is tested
    ],
)
def test_instants_are_utc_where_nothing_else_is_said(when, text):
    assert instant(when) == text


def test_snapshots_are_saved_restored_downloaded_and_uploaded(tenant):
    client = tenant.client()
    saved = tenant.snapshots.save("before")
    assert list(tenant.snapshots) == [saved]
    made = client.post("/companies", json={"name": "Société"}).json()["data"]["id"]
    document = tenant.snapshots.download("before")
    assert tenant.snapshots.upload("copy", document).records == saved.records
    tenant.snapshots.delete("before")
    assert [each.name for each in tenant.snapshots.list()] == ["copy"]
    tenant.snapshots.restore("copy")
    assert client.get(f"/companies/{made}").status_code == 404
    assert tenant.info()["records"] == saved.records
    with pytest.raises(ControlRefused, match="NOT_FOUND"):
        tenant.snapshots.restore("before")


def test_records_are_inserted_together_or_not_at_all(tenant):
    companies = [{"name": f"Société {number}"} for number in range(50)]
    ids = tenant.insert("Company", companies)
    assert len(set(ids)) == 50
    client = tenant.client()
    assert client.get(f"/companies/{ids[7]}").json()["data"]["name"] == "Société 7"
    with pytest.raises(ControlRefused) as caught:
        tenant.insert("Company", [*companies, {"name": 1}])
    assert any("/50" in error["pointer"] for error in caught.value.errors)
    total = client.get("/companies").json()["meta"]["pagination"]["total"]
    assert total == tenant.client().get("/companies").json()["meta"]["pagination"]["total"]


def test_a_fault_strikes_as_often_as_it_may(tenant):
    client = tenant.client()
    fault = tenant.faults.add(
        "RATE_LIMIT", operations="listCourses", roles=["ADMIN"], count=2, retry_after=7
    )
    answers = [client.get("/courses") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert (fault.struck, fault.remaining) == (2, 0)
    assert fault.options["operations"] == ["listCourses"]
    assert [each.id for each in tenant.faults] == [fault.id]
    fault.remove()
    assert not tenant.faults.list()


def test_a_fault_lives_in_its_block(tenant):
    client = tenant.client()
    with tenant.faults.add("ERROR", status=503):
        assert client.get("/courses").status_code == 503
    assert client.get("/courses").status_code == 200
    with tenant.faults.add("ERROR", status=503):
        tenant.faults.clear()
    with pytest.raises(ControlRefused, match="INVALID_REQUEST"):
        tenant.faults.add("EARTHQUAKE")


@pytest.mark.parametrize("when", ["BEFORE", "MIDWAY"])
def test_a_cut_connection_breaks_the_request(tenant, when):
    client = tenant.client()
    with tenant.faults.add("CUT", when=when), pytest.raises(httpx.RemoteProtocolError):
        client.get("/courses")
    assert client.get("/courses").status_code == 200
    assert next((each.status, each.operation) for each in tenant.log) == (0, "listCourses")


def test_a_late_answer_is_a_timeout(tenant):
    client = tenant.client(timeout=0.2)
    for kind in ("DELAY", "SLOW"):
        with tenant.faults.add(kind, seconds=30), pytest.raises(httpx.ReadTimeout):
            client.get("/courses")


def test_a_slow_answer_arrives_whole(tenant):
    client = tenant.client()
    whole = client.get("/companies").json()["data"]
    with tenant.faults.add("SLOW", seconds=0.1), client.stream("GET", "/companies") as answer:
        answer.read()
    assert answer.json()["data"] == whole


def test_the_log_is_read_filtered_exported_and_cleared(sandbox, tenant):
    client = tenant.client()
    client.get("/courses?perPage=1")
    client.get("/companies/cmp_none")
    first, second = tenant.log.list()
    assert (first.operation, first.query, first.status) == ("listCourses", "perPage=1", 200)
    assert (second.code, second.tenant) == ("NOT_FOUND", tenant.slug)
    assert second.response.body["code"] == "NOT_FOUND"
    assert first.at.tzinfo is not None
    assert [each.id for each in tenant.log.list(status="4xx")] == [second.id]
    assert [each.id for each in tenant.log.list(status=200, limit=1)] == [first.id]
    assert tenant.log.list(since=datetime.now(UTC) + timedelta(hours=1)) == []
    assert second.id in {each.id for each in sandbox.log}
    assert len(tenant.log.har(operation="listCourses")["log"]["entries"]) == 1
    with pytest.raises(ControlRefused, match="INVALID_REQUEST"):
        tenant.log.list(statuss=200)
    tenant.log.clear()
    assert list(tenant.log) == []


def test_the_log_is_followed(tenant):
    client = tenant.client()
    with tenant.log.follow(operation="listCourses") as exchanges:
        client.get("/companies")
        client.get("/courses?page=1")
        client.get("/courses?page=2")
        assert [next(exchanges).query, next(exchanges).query] == ["page=1", "page=2"]
    with pytest.raises(ControlRefused), tenant.log.follow(status="many"):
        pass


def test_messages_are_read_and_their_links_followed(tenant):
    tenant.inbox.clear()
    enrollment = enroll(tenant)
    assert len(tenant.inbox) == len(list(tenant.inbox)) > 0
    message = tenant.inbox.last(to="apprenant@example.com", channel="EMAIL")
    assert message.to.user_id == "usr_learner"
    assert message.subject
    assert message.links[0].url in message.text
    assert message.html.startswith("<!doctype html>")
    reached = message.links[0].follow()
    answer = reached.call()
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == enrollment
    assert reached.client.get("/auth/me").json()["data"]["user"]["id"] == "usr_learner"


def test_an_inbox_without_a_message_says_so(tenant):
    tenant.inbox.clear()
    with pytest.raises(LookupError, match=f"no message among 0 in the inbox of {tenant.slug}"):
        tenant.inbox.last()
    with pytest.raises(LookupError, match=r"with to='nobody@example\.com' among 0"):
        tenant.inbox.last(to="nobody@example.com")
    assert not tenant.inbox
