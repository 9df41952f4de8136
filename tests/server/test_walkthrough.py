"""What only a walk through the whole sandbox shows: roles together, tenants opened later, masks."""

import pytest
import yaml

from bacasable.core import FixedClock
from bacasable.core.clock import parse_instant
from bacasable.resources import CONTRACT
from tests.support import ALL, NOW, Api, in_process, make_sandbox

ADMIN = {"email": "a@nouveau.example", "password": "un-mot-de-passe-long"}
NEW = {
    "slug": "nouveau",
    "name": "Nouveau",
    "admin": ADMIN | {"firstName": "Alix", "lastName": "Exemple"},
}
TWO_ROLES = {
    "email": "double@votre-tenant.example",
    "password": "un-mot-de-passe-long",
    "firstName": "+Plus",
    "lastName": "Double",
    "roles": ["LEARNER", "AUDITOR"],
}


@pytest.mark.parametrize("tenant", [t for t in ALL if t != "suspendu"])
@pytest.mark.parametrize("role", ["ADMIN", "TRAINER", "LEARNER", "AUDITOR"])
def test_every_role_reads_every_list_it_may(seeded: Api, contract, tenant: str, role: str) -> None:
    caller = seeded.as_(role, tenant)
    for operation in contract.operations.values():
        if operation.action.kind == "list" and "{" not in operation.path:
            status = caller.get(operation.path + "?perPage=100").status
            assert status == (200 if role in (operation.roles or ()) else 403), operation.id


def test_a_tenant_opened_later_has_ids_and_a_time_of_its_own(contract) -> None:
    with in_process(make_sandbox(contract, ALL, clock=FixedClock(parse_instant(NOW)))) as api:
        opened = api.as_("SUPER_ADMIN").post("/admin/tenants", NEW)
        assert opened.status == 201
        session = api.login(ADMIN["email"], ADMIN["password"], "nouveau").get("/auth/me")
        assert session.json["meta"]["timestamp"] == "2026-11-02T09:00:00.000Z"
        assert session.data["user"]["createdAt"] == "2026-11-02T09:00:00.000Z"
        users = [u for s in api.sandbox.engine.platform.spaces() for u in s.collection("User")]
        assert len({user["id"] for user in users}) == len(users)


def test_a_weaker_role_takes_no_limit_away(local: Api) -> None:
    admin = local.as_("ADMIN")
    made = admin.post("/users", TWO_ROLES).data
    mine = {"courseId": "crs_excel_init", "userId": made["id"], "paymentMethod": "FREE"}
    enrollment = admin.post("/enrollments", mine).data["id"]
    admin.post(f"/enrollments/{enrollment}/suspend", {"statusReason": "Personnel"})
    admin.post("/enrollments/enr_xyz789/suspend", {"statusReason": "Secret"})
    caller = local.login(TWO_ROLES["email"], TWO_ROLES["password"], "votre-tenant")
    seen = {u["id"]: u for u in caller.get("/users?perPage=100").data}
    assert seen["usr_learner"]["email"] == "masked@masked.invalid"
    assert seen["usr_learner"]["firstName"] == "C***"
    # The list of users admits auditors and not learners; one's own account admits both.
    assert seen[made["id"]]["firstName"] == "+***"
    assert caller.get(f"/users/{made['id']}").data["firstName"] == "+Plus"
    reasons = {e["id"]: e["statusReason"] for e in caller.get("/enrollments").data}
    assert reasons[enrollment] == "Personnel"
    assert reasons["enr_xyz789"] is None
    assert caller.get("/enrollments/enr_xyz789").data["statusReason"] is None
    assert caller.get(f"/enrollments/{enrollment}").data["statusReason"] == "Personnel"


def test_an_auditor_reads_paid_enrollments(local: Api) -> None:
    paid = {"paymentId": "pay_abc123"}
    assert local.as_("ADMIN").post("/enrollments/enr_a_payer/activate", paid).status == 200
    answer = local.as_("AUDITOR").get("/enrollments/enr_a_payer")
    assert (answer.status, answer.data["paymentId"]) == (200, None)


def test_a_super_administrator_logs_out_wherever_they_are(seeded: Api) -> None:
    body = {"email": "superadmin@example.com", "password": "votre-mot-de-passe"}
    home = {"X-Tenant-ID": "votre-tenant"}
    pair = seeded.post("/auth/login", body, headers=home).data
    away = {"X-Tenant-ID": "vide", "Authorization": f"Bearer {pair['accessToken']}"}
    token = {"refreshToken": pair["refreshToken"]}
    assert seeded.post("/auth/logout", token, headers=away).status == 204
    assert seeded.get("/auth/me", headers=away).code == "SESSION_ENDED"


def test_an_unknown_tenant_is_named_to_a_super_administrator(seeded: Api) -> None:
    answer = seeded.as_("SUPER_ADMIN").get("/courses", headers={"X-Tenant-ID": "aucun"})
    assert (answer.status, answer.code) == (403, "TENANT_MISMATCH")
    assert "'aucun'" in answer.json["detail"]


def test_a_learner_sees_questions_without_their_points(local: Api) -> None:
    learner = local.as_("LEARNER")
    answer = learner.get("/questionnaire-responses/qre_envoye")
    assert answer.data["questions"][0]["choices"][0] == {"value": "a", "label": "Le signe égal"}
    assert b"points" not in answer.content
    assert learner.get("/questionnaires/qst_pre_excel").code == "ROLE_REQUIRED"


def test_a_course_that_is_archived_stays_readable_for_learners(local: Api) -> None:
    assert local.as_("ADMIN").post("/courses/crs_excel_init/archive").status == 200
    assert local.as_("LEARNER").get("/courses/crs_excel_init/modules").status == 200


def test_recording_progress_twice_changes_nothing_more(local: Api) -> None:
    work = {"moduleId": "mod_excel_1", "percent": 80, "minutes": 200}
    learner = local.as_("LEARNER")
    first = learner.put("/enrollments/enr_xyz789/progress", work).data
    assert learner.put("/enrollments/enr_xyz789/progress", work).data == first


def test_a_path_whose_only_mandatory_step_is_waived_is_completed(local: Api) -> None:
    trainer = local.as_("TRAINER")
    steps = [{"courseId": "crs_excel_init", "order": 1, "mandatory": True}]
    body = {"name": "Court", "targetAudience": "BEGINNER", "modules": steps}
    body["prerequisiteAssessmentId"] = "qst_pre_excel"
    path = "/adaptive-paths/" + trainer.post("/adaptive-paths", body).data["id"]
    trainer.post(path + "/publish")
    given = trainer.post(path + "/assignments", {"userId": "usr_hugo"}).data["id"]
    assert trainer.post("/questionnaire-responses/qre_rempli/submit").data["level"] == "EXPERT"
    proof = {"assessmentResponseId": "qre_rempli"}
    begun = trainer.post(f"{path}/assignments/{given}/begin", proof).data
    assert (begun["status"], begun["percent"]) == ("COMPLETED", 100)


def test_an_optional_step_blocks_nothing(local: Api) -> None:
    trainer = local.as_("TRAINER")
    steps = [
        {"courseId": "crs_excel_init", "order": 1, "mandatory": True},
        {"courseId": "crs_excel_form", "order": 2, "mandatory": False},
        {"courseId": "crs_excel_macro", "order": 3, "mandatory": True},
    ]
    steps[1]["unlockCondition"] = "SCORE_GTE_80"
    body = {"name": "Long", "targetAudience": "BEGINNER", "modules": steps}
    path = "/adaptive-paths/" + trainer.post("/adaptive-paths", body).data["id"]
    trainer.post(path + "/publish")
    given = trainer.post(path + "/assignments", {"userId": "usr_ines"}).data["id"]
    step = f"{path}/assignments/{given}/modules/1"
    trainer.post(step + "/start")
    done = trainer.post(step + "/result", {"completed": True, "score": 75}).data
    assert [m["status"] for m in done["modules"]] == ["PASSED", "LOCKED", "AVAILABLE"]


def test_a_scale_can_raise_an_alert(local: Api) -> None:
    trainer = local.as_("TRAINER")
    asked = [{"key": "note", "type": "SCALE", "text": "Une note ?"}]
    body = {"title": "À chaud", "kind": "HOT", "questions": asked, "alertBelow": 60}
    survey = trainer.post("/questionnaires", body).data["id"]
    trainer.post(f"/questionnaires/{survey}/publish")
    sending = {"questionnaireId": survey, "respondentId": "usr_learner"}
    path = (
        "/questionnaire-responses/" + trainer.post("/questionnaire-responses", sending).data["id"]
    )
    trainer.post(path + "/open")
    trainer.put(path + "/answers", {"answers": [{"key": "note", "number": 2}]})
    done = trainer.post(path + "/submit").data
    assert (done["score"]["percent"], done["alert"]) == (25, True)


def test_ticking_every_choice_does_not_pay(local: Api) -> None:
    trainer = local.as_("TRAINER")
    path = "/questionnaire-responses/qre_en_cours"
    answers = [{"key": "q1", "choices": ["a"]}, {"key": "q2", "choices": ["a", "b", "c"]}]
    assert trainer.put(path + "/answers", {"answers": answers}).status == 200
    assert trainer.post(path + "/submit").data["score"]["points"] == 12


def test_an_analysis_is_late_once_the_learner_has_worked(local: Api) -> None:
    trainer = local.as_("TRAINER")
    late = {}
    for enrollment in ("enr_abc123", "enr_xyz789"):
        body = {
            "companyId": "cmp_abc123",
            "enrollmentId": enrollment,
            "objectives": ["Utiliser les formules"],
            "currentLevel": "BEGINNER",
            "targetLevel": "BEGINNER",
            "context": "Équipe.",
        }
        needs = trainer.post("/needs-analysis", body).data["id"]
        late[enrollment] = trainer.post(f"/needs-analysis/{needs}/validate").data["late"]
    assert late == {"enr_abc123": False, "enr_xyz789": True}


def test_the_contract_is_read_by_every_yaml_reader() -> None:
    text = CONTRACT.read_text("utf-8")
    assert yaml.load(text, Loader=yaml.SafeLoader)["openapi"] == "3.1.0"


def test_a_sort_by_nothing_is_refused(seeded: Api, contract) -> None:
    sorted_lists = [
        o
        for o in contract.operations.values()
        if any(p.name == "sort" for p in o.parameters) and "{" not in o.path and "ADMIN" in o.roles
    ]
    for operation in sorted_lists:
        answer = seeded.as_("ADMIN").get(operation.path + "?sort=")
        assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), operation.id
