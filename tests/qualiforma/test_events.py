"""The journal: facts in order, by their authors, without personal data."""

from tests.server.table import contract
from tests.support import Api


def test_what_is_done_stands_in_the_journal_with_its_author(local: Api) -> None:
    made = local.as_("ADMIN").post("/companies", {"name": "Exemple"}).data
    (event,) = local.as_("AUDITOR").get(f"/events?resourceId={made['id']}").data
    assert event["type"] == "company.created"
    assert (event["resource"], event["actorId"]) == ("Company", "usr_admin")
    assert event["occurredAt"] == "2026-11-02T09:00:00.000Z"
    assert event["data"]["name"] == "Exemple"


def test_events_are_numbered_without_gaps(local: Api) -> None:
    events = local.as_("ADMIN").get("/events?perPage=100").data
    assert [e["sequence"] for e in events] == list(range(1, len(events) + 1))


def test_a_refused_call_leaves_no_event(local: Api) -> None:
    admin = local.as_("ADMIN")
    total = admin.get("/events").json["meta"]["pagination"]["total"]
    assert admin.post("/companies", {"name": "X", "siret": "00000002600013"}).code == "DUPLICATE"
    assert admin.get("/events").json["meta"]["pagination"]["total"] == total


def test_events_hold_no_personal_data(local: Api) -> None:
    hidden = {n: set(r.masked) for n, r in contract().resources.items()}
    for event in local.sandbox.engine.platform.space("votre-tenant").collection("Event"):
        assert not hidden[event["resource"]] & set(event["data"])


def test_events_are_found_by_time(local: Api) -> None:
    query = "occurredFrom=2026-04-01T00:00:00Z&occurredTo=2026-04-02T23:00:00Z"
    found = [e["type"] for e in local.as_("ADMIN").get(f"/events?{query}").data]
    assert found[0] == "enrollment.created"
    assert found[-1] == "needs_analysis.completed"
