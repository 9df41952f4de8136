"""The samples of the platform's public pages, with nothing changed but the host."""

from typing import Any

import pytest

from tests.support import Api

LEVELS = ("BEGINNER", "INTERMEDIATE", "ADVANCED", "EXPERT")
NEEDS = {
    "companyId": "cmp_abc123",
    "enrollmentId": "enr_xyz789",
    "objectives": ["Maîtriser les tableaux croisés dynamiques", "Automatiser avec des macros"],
    "currentLevel": "BEGINNER",
    "targetLevel": "ADVANCED",
    "context": "Équipe comptable de huit personnes.",
    "fundingSource": "OPCO",
}
PATH = {
    "name": "Parcours Excel complet",
    "description": "De la saisie aux macros.",
    "targetAudience": "BEGINNER",
    "modules": [
        {"courseId": "crs_excel_init", "order": 1, "mandatory": True},
        {
            "courseId": "crs_excel_form",
            "order": 2,
            "mandatory": True,
            "unlockCondition": "SCORE_GTE_70",
        },
        {
            "courseId": "crs_excel_macro",
            "order": 3,
            "mandatory": False,
            "unlockCondition": "COMPLETION",
        },
    ],
    "prerequisiteAssessmentId": "qst_pre_excel",
}


@pytest.fixture
def caller(api: Api) -> Api:
    """The quickstart's own login."""
    return api.login("admin@example.com", "votre-mot-de-passe", "votre-tenant")


def assert_enveloped(answer: Any) -> None:
    assert set(answer.json) == {"data", "meta"}
    assert answer.json["meta"]["requestId"].startswith("req_")
    assert answer.json["meta"]["timestamp"].endswith("Z")


def test_the_quickstart_reads_its_tenant(caller: Api) -> None:
    answer = caller.get("/tenants/current")
    assert answer.status == 200
    assert_enveloped(answer)
    assert {"id", "branding", "plan", "features"} <= set(answer.data)


def test_a_needs_analysis_recommends_and_measures_the_gap(caller: Api) -> None:
    answer = caller.post("/needs-analysis", NEEDS)
    assert answer.status == 201
    assert_enveloped(answer)
    assert answer.data["id"].startswith("nas_")
    assert {r["courseId"] for r in answer.data["recommendations"]} >= {"crs_excel_macro"}
    assert answer.data["gapAnalysis"]["levelGap"] == 2
    minimal = {k: v for k, v in NEEDS.items() if k not in {"enrollmentId", "fundingSource"}}
    assert caller.post("/needs-analysis", minimal).status == 201


def test_analyses_of_a_company_are_listed(caller: Api) -> None:
    answer = caller.get("/needs-analysis?companyId=cmp_abc123&page=1&perPage=20")
    assert_enveloped(answer)
    assert answer.data
    assert {analysis["companyId"] for analysis in answer.data} == {"cmp_abc123"}
    assert answer.json["meta"]["pagination"]["perPage"] == 20


def test_an_adaptive_path_is_created_listed_and_changed(caller: Api) -> None:
    made = caller.post("/adaptive-paths", PATH)
    assert made.status == 201
    assert len(made.data["modules"]) == len(PATH["modules"])
    listed = caller.get("/adaptive-paths?perPage=100").data
    assert made.data["id"] in {path["id"] for path in listed}
    change = {"targetAudience": "INTERMEDIATE", "modules": PATH["modules"][:2]}
    changed = caller.patch(f"/adaptive-paths/{made.data['id']}", change)
    assert changed.status == 200
    assert changed.data["targetAudience"] == "INTERMEDIATE"
    assert len(changed.data["modules"]) == 2


def test_the_enrollment_of_the_page_has_every_member(caller: Api) -> None:
    enrollment = caller.get("/enrollments/enr_xyz789").data
    assert {"id", "courseId", "userId", "status", "paymentMethod", "paymentId"} <= set(enrollment)
    assert {"enrolledAt", "completedAt", "expiresAt"} <= set(enrollment)


def test_improvement_plans_are_listed_by_state_and_trigger(caller: Api) -> None:
    query = "status=IN_PROGRESS&trigger=COMPLAINT&page=1&perPage=20"
    answer = caller.get(f"/improvement-plans?{query}")
    assert_enveloped(answer)
    assert [plan["id"] for plan in answer.data] == ["imp_pret"]


@pytest.mark.parametrize("level", LEVELS)
def test_the_four_levels_are_taken(local: Api, level: str) -> None:
    admin = local.as_("ADMIN")
    assert admin.post("/adaptive-paths", PATH | {"targetAudience": level}).status == 201
    assert admin.post("/needs-analysis", NEEDS | {"targetLevel": level}).status == 201


@pytest.mark.parametrize("source", ["OPCO", "CPF", "POLE_EMPLOI", "SELF", "OTHER"])
def test_the_five_funding_sources_are_taken(local: Api, source: str) -> None:
    answer = local.as_("ADMIN").post("/needs-analysis", NEEDS | {"fundingSource": source})
    assert answer.status == 201
    assert answer.data["fundingSource"] == source
