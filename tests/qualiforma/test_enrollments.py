"""Enrollments: payment, progress, the states of access."""

from typing import Any

from tests.qualiforma.steps import enrollment, set_clock
from tests.support import Api

REASON = {"statusReason": "Essai"}
XYZ = "/enrollments/enr_xyz789"


def record(api: Api, **work: Any) -> dict[str, Any]:
    body = {"moduleId": "mod_excel_1", "percent": 0} | work
    answer = api.put(f"{XYZ}/progress", body)
    assert answer.status == 200, answer.json
    return answer.data


def test_a_free_enrollment_is_open_at_once(local: Api) -> None:
    made = local.as_("ADMIN").post("/enrollments", enrollment()).data
    assert (made["status"], made["subStatus"]) == ("ACTIVE", "OPEN")
    assert made["enrolledAt"] == "2026-11-02T09:00:00.000Z"
    assert made["paymentId"] is made["completedAt"] is made["expiresAt"] is None
    assert made["progress"]["percent"] == 0


def test_a_paid_enrollment_waits_for_its_payment(local: Api) -> None:
    admin = local.as_("ADMIN")
    body = enrollment(courseId="crs_excel_form", userId="usr_ines", paymentMethod="STRIPE")
    assert admin.post("/enrollments", body).json["rules"] == ["ALREADY_ENROLLED"]
    made = admin.post("/enrollments", body | {"courseId": "crs_ancien"})
    assert made.json["rules"] == ["NOTHING_TO_PAY"]
    waiting = admin.get("/enrollments/enr_a_payer").data
    assert (waiting["status"], waiting["subStatus"]) == ("ACTIVE", "PENDING_PAYMENT")
    path = "/enrollments/enr_a_payer/activate"
    paid = admin.post(path, {"paymentId": "pay_abc123"}).data
    assert (paid["subStatus"], paid["paymentId"]) == ("OPEN", "pay_abc123")
    assert admin.post(path, {"paymentId": "pay_abc123"}).json["rules"] == ["NO_PAYMENT_PENDING"]


def test_progress_is_the_mean_of_the_mandatory_modules(local: Api) -> None:
    progress = record(local.as_("LEARNER"), percent=100, score=80, minutes=150)
    assert (progress["percent"], progress["score"]) == (50, 80)
    progress = record(local.as_("LEARNER"), moduleId="mod_excel_2", percent=50, score=60)
    assert (progress["percent"], progress["score"]) == (75, 70)
    assert progress["minutesSpent"] == 150


def test_what_was_reached_is_never_lost(local: Api) -> None:
    learner = local.as_("LEARNER")
    record(learner, percent=100, score=80)
    progress = record(learner, percent=10, score=20)
    assert progress["modules"][0]["percent"] == 100
    assert progress["modules"][0]["score"] == 80
    assert progress["modules"][0]["completedAt"] == "2026-11-02T09:00:00.000Z"


def test_a_learner_cannot_record_progress_of_another(local: Api) -> None:
    body = {"moduleId": "mod_form_1", "percent": 10}
    answer = local.as_("LEARNER").put("/enrollments/enr_a_payer/progress", body)
    assert answer.code == "NOT_FOUND"


def test_an_enrollment_is_completed_at_full_progress(local: Api) -> None:
    trainer = local.as_("TRAINER")
    record(trainer, percent=100)
    record(trainer, moduleId="mod_excel_2", percent=100)
    done = trainer.post(f"{XYZ}/complete").data
    assert (done["status"], done["subStatus"]) == ("COMPLETED", None)
    assert done["completedAt"] == "2026-11-02T09:00:00.000Z"


def test_a_reopened_enrollment_is_no_longer_completed(local: Api) -> None:
    answer = local.as_("ADMIN").post("/enrollments/enr_termine/reopen", REASON)
    assert (answer.data["status"], answer.data["completedAt"]) == ("ACTIVE", None)


def test_suspension_keeps_a_payment_pending(local: Api) -> None:
    admin = local.as_("ADMIN")
    assert admin.post("/enrollments/enr_a_payer/suspend", REASON).status == 200
    resumed = admin.post("/enrollments/enr_a_payer/resume").data
    assert (resumed["status"], resumed["subStatus"]) == ("ACTIVE", "PENDING_PAYMENT")
    assert resumed["statusReason"] is None


def test_access_ends_at_its_date(local: Api) -> None:
    end = {"expiresAt": "2026-11-02T09:30:00+00:00"}
    assert local.as_("ADMIN").patch(XYZ, end).data["expiresAt"] == "2026-11-02T09:30:00.000Z"
    assert record(local.as_("LEARNER"), percent=60)
    set_clock(local, "2026-11-02T09:30:00Z")
    answer = local.as_("LEARNER").put(f"{XYZ}/progress", {"moduleId": "mod_excel_1", "percent": 1})
    assert (answer.status, answer.code) == (409, "ILLEGAL_TRANSITION")
    expired = local.as_("ADMIN").get(XYZ).data
    assert (expired["status"], expired["subStatus"]) == ("SUSPENDED", "EXPIRED")


def test_an_expired_enrollment_goes_on_when_it_is_extended(local: Api) -> None:
    admin = local.as_("ADMIN")
    admin.patch(XYZ, {"expiresAt": "2026-11-02T09:30:00Z"})
    set_clock(local, "2026-11-02T09:30:00Z")
    admin = local.as_("ADMIN")
    assert admin.post(f"{XYZ}/resume").json["rules"] == ["ACCESS_ENDED"]
    admin.patch(XYZ, {"expiresAt": "2026-12-02T09:30:00Z"})
    resumed = admin.post(f"{XYZ}/resume").data
    assert (resumed["status"], resumed["subStatus"]) == ("ACTIVE", "OPEN")


def test_expiry_is_no_way_around_the_payment(local: Api) -> None:
    path = "/enrollments/enr_a_payer"
    local.as_("ADMIN").patch(path, {"expiresAt": "2026-11-02T09:30:00Z"})
    set_clock(local, "2026-11-02T09:30:00Z")
    admin = local.as_("ADMIN")
    assert admin.get(path).data["subStatus"] == "EXPIRED"
    admin.patch(path, {"expiresAt": None})
    assert admin.post(f"{path}/resume").data["subStatus"] == "PENDING_PAYMENT"


def test_revocation_cancels_open_questionnaires_only(local: Api) -> None:
    admin = local.as_("ADMIN")
    assert admin.post(f"{XYZ}/revoke", REASON).data["status"] == "REVOKED"
    assert admin.get("/questionnaire-responses/qre_envoye").data["status"] == "CANCELLED"
    admin.post("/enrollments/enr_abc123/revoke", REASON)
    assert admin.get("/questionnaire-responses/qre_abc123").data["status"] == "SUBMITTED"


def test_after_revocation_the_learner_may_enroll_again(local: Api) -> None:
    admin = local.as_("ADMIN")
    body = enrollment(courseId="crs_excel_init", userId="usr_hugo")
    assert admin.get("/enrollments/enr_revoque").data["status"] == "REVOKED"
    assert admin.post("/enrollments", body).status == 201


def test_enrollments_are_found_between_two_dates(local: Api) -> None:
    query = "enrolledFrom=2026-04-22T00:00:00Z&enrolledTo=2026-04-24T23:59:59Z&sort=enrolledAt"
    found = local.as_("ADMIN").get(f"/enrollments?{query}").data
    assert [e["id"] for e in found] == ["enr_suspendu", "enr_a_payer"]


def test_all_broken_rules_are_named_at_once(local: Api) -> None:
    body = enrollment(
        userId="usr_trainer", paymentMethod="STRIPE", expiresAt="2020-01-01T00:00:00Z"
    )
    answer = local.as_("ADMIN").post("/enrollments", body)
    assert answer.json["rules"] == ["NOT_A_LEARNER", "NOTHING_TO_PAY", "ALREADY_EXPIRED"]
    assert len(answer.json["errors"]) == 3
