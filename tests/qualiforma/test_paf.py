"""PAF: the timeline of one enrollment, as on the platform's public page."""

from tests.support import Api

TIMELINE = "/paf/enrollments/{}/timeline"


def test_the_timeline_of_the_sample_is_as_published(api: Api) -> None:
    answer = api.as_("ADMIN").get(TIMELINE.format("enr_abc123"))
    assert answer.status == 200
    assert answer.data["enrollmentId"] == "enr_abc123"
    first, second, third = answer.data["events"][:3]
    assert (first["date"], first["type"]) == ("2026-04-01T10:00:00.000Z", "ENROLLMENT_CREATED")
    assert first["metadata"]["createdBy"] == "admin@qualiforma.fr"
    assert (second["date"], second["type"]) == (
        "2026-04-02T09:30:00.000Z",
        "NEEDS_ANALYSIS_COMPLETED",
    )
    assert second["metadata"]["targetLevel"] == "ADVANCED"
    assert (third["date"], third["type"]) == (
        "2026-04-15T14:00:00.000Z",
        "PRE_QUESTIONNAIRE_COMPLETED",
    )
    assert "12/20" in third["description"]
    assert third["metadata"]["score"] == {"points": 12, "maxPoints": 20, "percent": 60}


def test_the_timeline_ends_with_the_improvement_plan_it_led_to(local: Api) -> None:
    events = local.as_("ADMIN").get(TIMELINE.format("enr_abc123")).data["events"]
    assert [e["type"] for e in events[3:]] == ["IMPROVEMENT_PLAN_CREATED"]
    assert events[3]["metadata"]["improvementPlanId"] == "imp_abc123"


def test_a_timeline_is_ascending_and_told_in_french(seeded: Api) -> None:
    admin = seeded.as_("ADMIN", "qualiforma-demo")
    for enrollment in admin.get("/enrollments?perPage=100").data[:40]:
        events = admin.get(TIMELINE.format(enrollment["id"])).data["events"]
        dates = [event["date"] for event in events]
        assert dates == sorted(dates)
        assert events[0]["type"] == "ENROLLMENT_CREATED"
        assert events[0]["description"].startswith("Inscription créée")


def test_a_questionnaire_after_the_training_is_on_the_timeline(local: Api) -> None:
    admin = local.as_("ADMIN")
    body = {
        "title": "Satisfaction",
        "kind": "HOT",
        "questions": [{"key": "q", "type": "SCALE", "text": "Une note ?"}],
    }
    form = admin.post("/questionnaires", body).data["id"]
    admin.post(f"/questionnaires/{form}/publish")
    sent = {"questionnaireId": form, "respondentId": "usr_learner", "enrollmentId": "enr_xyz789"}
    path = f"/questionnaire-responses/{admin.post('/questionnaire-responses', sent).data['id']}"
    admin.post(f"{path}/open")
    assert admin.put(f"{path}/answers", {"answers": [{"key": "q", "number": 4}]}).status == 200
    admin.post(f"{path}/submit")
    events = admin.get(TIMELINE.format("enr_xyz789")).data["events"]
    assert [e["type"] for e in events] == ["ENROLLMENT_CREATED", "POST_QUESTIONNAIRE_COMPLETED"]


def test_a_learner_reads_their_own_timeline_only(local: Api) -> None:
    learner = local.as_("LEARNER")
    assert learner.get(TIMELINE.format("enr_xyz789")).status == 200
    assert learner.get(TIMELINE.format("enr_abc123")).code == "NOT_FOUND"


def test_an_auditor_reads_no_address_on_a_timeline(local: Api) -> None:
    answer = local.as_("AUDITOR").get(TIMELINE.format("enr_abc123"))
    assert answer.status == 200
    assert b"admin@qualiforma.fr" not in answer.content
