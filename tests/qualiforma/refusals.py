"""For every rule of every operation, a call that breaks it. The table is held to the contract."""

from collections.abc import Callable

from tests.qualiforma.steps import (
    FUTURE,
    PAST,
    adaptive_path,
    enrollment,
    needs,
    path_module,
    plant,
    set_clock,
)
from tests.support import Answer, Api

Refuse = Callable[[Api], Answer]

REFUSALS: dict[tuple[str, str], Refuse] = {}
"""By operation and rule."""

REASON = {"statusReason": "Essai"}
SAME_KEYS = [{"key": "q", "type": "SCALE", "text": "Une note ?"}] * 2
GAP = [path_module("crs_excel_init", 1), path_module("crs_excel_form", 3)]
LOCKED = [path_module("crs_excel_init", 1, unlockCondition="SCORE_GTE_70")]
STEP = "/adaptive-paths/adp_libre/assignments/{}/modules/1/{}"


def breaks(operation: str, rule: str) -> Callable[[Refuse], Refuse]:
    def enter(function: Refuse) -> Refuse:
        REFUSALS[operation, rule] = function
        return function

    return enter


def posts(operation: str, rule: str, path: str, body: object = None) -> None:
    """One POST by an administrator is enough to break the rule."""
    REFUSALS[operation, rule] = lambda api: api.as_("ADMIN").post(path, body)


def patches(operation: str, rule: str, path: str, body: object) -> None:
    REFUSALS[operation, rule] = lambda api: api.as_("ADMIN").patch(path, body)


def puts(operation: str, rule: str, path: str, body: object) -> None:
    REFUSALS[operation, rule] = lambda api: api.as_("ADMIN").put(path, body)


# Tenants and users


@breaks("suspendTenant", "OWN_TENANT")
def suspend_own_tenant(api: Api) -> Answer:
    own = "tnt_00000000-0000-4000-8000-000000000001"
    return api.as_("SUPER_ADMIN").post(f"/admin/tenants/{own}/suspend", REASON)


patches("updateUser", "PROTECTED_ACCOUNT", "/users/usr_superadmin", {"lastName": "Autre"})
puts("setUserRoles", "PLATFORM_ROLE", "/users/usr_superadmin/roles", {"roles": ["TRAINER"]})
posts("deactivateUser", "PROTECTED_ACCOUNT", "/users/usr_superadmin/deactivate")
posts("deactivateUser", "OWN_ACCOUNT", "/users/usr_admin/deactivate")


def but_one_admin(api: Api) -> Api:
    """The super administrator, in a tenant whose only administrator left is usr_admin."""
    caller = api.as_("SUPER_ADMIN")
    assert caller.post("/users/usr_admin_qualiforma/deactivate").status == 200
    return caller


@breaks("setUserRoles", "LAST_ADMIN")
def take_role_of_last_admin(api: Api) -> Answer:
    return but_one_admin(api).put("/users/usr_admin/roles", {"roles": ["TRAINER"]})


@breaks("deactivateUser", "LAST_ADMIN")
def deactivate_last_admin(api: Api) -> Answer:
    return but_one_admin(api).post("/users/usr_admin/deactivate")


@breaks("reactivateUser", "PROTECTED_ACCOUNT")
def reactivate_super_admin(api: Api) -> Answer:
    plant(api, "User", "usr_superadmin", status="DEACTIVATED")
    return api.as_("ADMIN").post("/users/usr_superadmin/reactivate")


# Courses

posts("publishCourse", "OBJECTIVE_MISSING", "/courses/crs_jetable/publish")
posts("publishCourse", "MODULE_MISSING", "/courses/crs_jetable/publish")
posts(
    "createCourseModule",
    "POSITION_TAKEN",
    "/courses/crs_excel_init/modules",
    {"title": "Doublon", "position": 1},
)
patches(
    "updateCourseModule",
    "POSITION_TAKEN",
    "/courses/crs_excel_init/modules/mod_excel_1",
    {"position": 2},
)

# Enrollments

for _rule, _body in {
    "COURSE_NOT_PUBLISHED": enrollment(courseId="crs_brouillon"),
    "NOT_A_LEARNER": enrollment(userId="usr_trainer"),
    "ALREADY_ENROLLED": enrollment(courseId="crs_excel_init"),
    "NOTHING_TO_PAY": enrollment(paymentMethod="STRIPE"),
    "ALREADY_EXPIRED": enrollment(expiresAt=PAST),
}.items():
    posts("createEnrollment", _rule, "/enrollments", _body)
patches("updateEnrollment", "ALREADY_EXPIRED", "/enrollments/enr_xyz789", {"expiresAt": PAST})
posts(
    "activateEnrollment",
    "NO_PAYMENT_PENDING",
    "/enrollments/enr_xyz789/activate",
    {"paymentId": "pay_abc123"},
)
posts("completeEnrollment", "PROGRESS_INCOMPLETE", "/enrollments/enr_xyz789/complete")
posts("completeEnrollment", "PAYMENT_PENDING", "/enrollments/enr_a_payer/complete")
puts(
    "recordProgress",
    "ACCESS_CLOSED",
    "/enrollments/enr_a_payer/progress",
    {"moduleId": "mod_form_1", "percent": 10},
)
puts(
    "recordProgress",
    "MODULE_OF_OTHER_COURSE",
    "/enrollments/enr_xyz789/progress",
    {"moduleId": "mod_form_1", "percent": 10},
)


@breaks("resumeEnrollment", "ACCESS_ENDED")
def resume_after_the_end(api: Api) -> Answer:
    end = {"expiresAt": "2026-12-01T00:00:00Z"}
    assert api.as_("ADMIN").patch("/enrollments/enr_suspendu", end).status == 200
    set_clock(api, FUTURE)
    return api.as_("ADMIN").post("/enrollments/enr_suspendu/resume")


@breaks("reopenEnrollment", "ALREADY_ENROLLED")
def reopen_beside_a_running_one(api: Api) -> Answer:
    caller = api.as_("ADMIN")
    assert caller.post("/enrollments", enrollment(userId="usr_hugo")).status == 201
    return caller.post("/enrollments/enr_termine/reopen", REASON)


# Questionnaires

posts(
    "createQuestionnaire",
    "QUESTION_KEYS_NOT_UNIQUE",
    "/questionnaires",
    {"title": "Doublon", "kind": "HOT", "questions": SAME_KEYS},
)
patches(
    "updateQuestionnaire",
    "QUESTION_KEYS_NOT_UNIQUE",
    "/questionnaires/qst_brouillon",
    {"questions": SAME_KEYS},
)
_SENT = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_hugo"}
for _rule, _changes in {
    "QUESTIONNAIRE_NOT_PUBLISHED": {"questionnaireId": "qst_brouillon"},
    "RESPONDENT_MISMATCH": {"enrollmentId": "enr_xyz789"},
    "CLOSES_BEFORE_SENT": {"expiresAt": PAST},
    "ENROLLMENT_CLOSED": {"enrollmentId": "enr_revoque"},
}.items():
    posts("createQuestionnaireResponse", _rule, "/questionnaire-responses", _SENT | _changes)
for _rule, _answer in {
    "QUESTION_UNKNOWN": {"key": "q9", "text": "?"},
    "ANSWER_OF_OTHER_TYPE": {"key": "q1", "text": "?"},
}.items():
    puts(
        "answerQuestionnaireResponse",
        _rule,
        "/questionnaire-responses/qre_en_cours/answers",
        {"answers": [_answer]},
    )
posts(
    "submitQuestionnaireResponse",
    "ANSWERS_MISSING",
    "/questionnaire-responses/qre_en_cours/submit",
)


for _name, _record, _body in (
    ("open", "qre_envoye", None),
    ("answer", "qre_en_cours", {"answers": [{"key": "q1", "choices": ["a"]}]}),
    ("submit", "qre_rempli", None),
):

    def after_its_end(
        api: Api, name: str = _name, record: str = _record, body: object = _body
    ) -> Answer:
        plant(api, "QuestionnaireResponse", record, expiresAt="2026-10-01T00:00:00.000Z")
        path, caller = f"/questionnaire-responses/{record}", api.as_("ADMIN")
        if name == "answer":
            return caller.put(f"{path}/answers", body)
        return caller.post(f"{path}/{name}")

    REFUSALS[f"{_name}QuestionnaireResponse", "QUESTIONNAIRE_CLOSED"] = after_its_end


@breaks("remindQuestionnaireResponse", "REMINDERS_EXHAUSTED")
def remind_a_fourth_time(api: Api) -> Answer:
    caller, path = api.as_("TRAINER"), "/questionnaire-responses/qre_envoye/remind"
    assert [caller.post(path).status for _ in range(3)] == [200] * 3
    return caller.post(path)


# Needs analysis

posts(
    "createNeedsAnalysis", "TARGET_BELOW_CURRENT", "/needs-analysis", needs(currentLevel="EXPERT")
)
patches(
    "updateNeedsAnalysis",
    "TARGET_BELOW_CURRENT",
    "/needs-analysis/nas_brouillon",
    {"currentLevel": "EXPERT"},
)


@breaks("submitNeedsAnalysis", "TARGET_BELOW_CURRENT")
def submit_a_descent(api: Api) -> Answer:
    plant(api, "NeedsAnalysis", "nas_brouillon", currentLevel="EXPERT")
    return api.as_("TRAINER").post("/needs-analysis/nas_brouillon/submit")


# Adaptive paths

for _rule, _modules in {"ORDER_NOT_CONTIGUOUS": GAP, "FIRST_MODULE_LOCKED": LOCKED}.items():
    posts("createAdaptivePath", _rule, "/adaptive-paths", adaptive_path(*_modules))
    patches("updateAdaptivePath", _rule, "/adaptive-paths/adp_brouillon", {"modules": _modules})


@breaks("publishAdaptivePath", "COURSES_NOT_PUBLISHED")
def publish_a_path_of_drafts(api: Api) -> Answer:
    caller = api.as_("TRAINER")
    made = caller.post("/adaptive-paths", adaptive_path(path_module("crs_brouillon", 1)))
    return caller.post(f"/adaptive-paths/{made.data['id']}/publish")


patches(
    "updateAdaptivePath",
    "COURSES_NOT_PUBLISHED",
    "/adaptive-paths/adp_libre",
    {"modules": [path_module("crs_brouillon", 1)]},
)
patches(
    "updateAdaptivePath",
    "ASSESSMENT_NOT_PUBLISHED",
    "/adaptive-paths/adp_libre",
    {"prerequisiteAssessmentId": "qst_brouillon"},
)


@breaks("publishAdaptivePath", "ASSESSMENT_NOT_PUBLISHED")
def publish_a_path_with_a_draft_assessment(api: Api) -> Answer:
    caller = api.as_("TRAINER")
    assessed = {"prerequisiteAssessmentId": "qst_brouillon"}
    assert caller.patch("/adaptive-paths/adp_brouillon", assessed).status == 200
    return caller.post("/adaptive-paths/adp_brouillon/publish")


for _rule, _path, _body in (
    ("PATH_NOT_PUBLISHED", "adp_brouillon", {"userId": "usr_ines"}),
    ("NOT_A_LEARNER", "adp_libre", {"userId": "usr_trainer"}),
    ("ALREADY_ASSIGNED", "adp_libre", {"userId": "usr_learner"}),
    (
        "ENROLLMENT_OF_OTHER_LEARNER",
        "adp_libre",
        {"userId": "usr_ines", "enrollmentId": "enr_xyz789"},
    ),
):
    posts("createPathAssignment", _rule, f"/adaptive-paths/{_path}/assignments", _body)
posts(
    "beginPathAssignment",
    "ASSESSMENT_NOT_SUBMITTED",
    "/adaptive-paths/adp_excel/assignments/pas_excel_1/begin",
    {"assessmentResponseId": "qre_en_cours"},
)
posts("startPathModule", "MODULE_NOT_AVAILABLE", STEP.format("pas_libre_2", "start"))
posts(
    "recordPathModuleResult",
    "MODULE_NOT_STARTED",
    STEP.format("pas_libre_1", "result"),
    {"completed": True},
)


@breaks("startPathModule", "ATTEMPTS_EXHAUSTED")
def attempt_a_fourth_time(api: Api) -> Answer:
    caller, failed = api.as_("TRAINER"), {"completed": False}
    for _ in range(3):
        assert caller.post(STEP.format("pas_libre_1", "start")).status == 200
        assert caller.post(STEP.format("pas_libre_1", "result"), failed).status == 200
    return caller.post(STEP.format("pas_libre_1", "start"))


# Improvement plans

posts("startImprovementPlan", "ACTION_INCOMPLETE", "/improvement-plans/imp_jetable/start")
posts(
    "completeImprovementPlan",
    "ACTIONS_UNFINISHED",
    "/improvement-plans/imp_abc123/complete",
    {"closingReport": "Fini.", "effectivenessNote": "Bien."},
)
posts(
    "createImprovementAction",
    "PLAN_CLOSED",
    "/improvement-plans/imp_termine/actions",
    {"title": "Trop tard"},
)
for _name in ("start", "finish"):
    posts(
        f"{_name}ImprovementAction",
        "PLAN_NOT_STARTED",
        f"/improvement-plans/imp_brouillon/actions/ima_brouillon/{_name}",
    )


@breaks("startImprovementPlan", "SOURCE_MISSING")
def start_without_a_source(api: Api) -> Answer:
    caller = api.as_("TRAINER")
    plan = caller.post("/improvement-plans", {"title": "Sans source", "trigger": "AUDIT"})
    action = {"title": "Agir", "ownerId": "usr_trainer", "dueDate": "2026-12-01"}
    path = f"/improvement-plans/{plan.data['id']}"
    assert caller.post(f"{path}/actions", action).status == 201
    return caller.post(f"{path}/start")


def in_closed_plan(method: str, ending: str = "", body: object = None) -> Refuse:
    """A call on an unfinished action of a plan that was archived."""

    def refuse(api: Api) -> Answer:
        caller = api.as_("ADMIN")
        assert caller.post("/improvement-plans/imp_brouillon/archive").status == 200
        path = f"/improvement-plans/imp_brouillon/actions/ima_brouillon{ending}"
        return caller.request(method, path, body)

    return refuse


REFUSALS["deleteImprovementAction", "PLAN_CLOSED"] = in_closed_plan("DELETE")
REFUSALS["updateImprovementAction", "PLAN_CLOSED"] = in_closed_plan("PATCH", "", {"title": "Non"})
REFUSALS["cancelImprovementAction", "PLAN_CLOSED"] = in_closed_plan("POST", "/cancel")
patches(
    "updateImprovementPlan", "SOURCE_MISSING", "/improvement-plans/imp_abc123", {"sourceId": None}
)
patches(
    "updateImprovementAction",
    "ACTION_INCOMPLETE",
    "/improvement-plans/imp_abc123/actions/ima_abc123",
    {"ownerId": None},
)

# Courses once published, and once archived

patches("updateCourse", "OBJECTIVE_MISSING", "/courses/crs_excel_init", {"objectives": []})
REFUSALS["deleteCourseModule", "MODULE_MISSING"] = lambda api: api.as_("ADMIN").delete(
    "/courses/crs_excel_form/modules/mod_form_1"
)


def in_archived_course(method: str, ending: str = "", body: object = None) -> Refuse:
    def refuse(api: Api) -> Answer:
        caller = api.as_("ADMIN")
        assert caller.post("/courses/crs_ancien/archive").status == 200
        return caller.request(method, f"/courses/crs_ancien/modules{ending}", body)

    return refuse


REFUSALS["createCourseModule", "COURSE_ARCHIVED"] = in_archived_course(
    "POST", "", {"title": "Trop tard", "position": 2}
)
REFUSALS["updateCourseModule", "COURSE_ARCHIVED"] = in_archived_course(
    "PATCH", "/mod_ancien_1", {"title": "Trop tard"}
)
REFUSALS["deleteCourseModule", "COURSE_ARCHIVED"] = in_archived_course("DELETE", "/mod_ancien_1")
