"""Needs analysis: the same input gives the same recommendations and gap; its states."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.platforms.qualiforma.needs_analysis import LEVELS, analysis_of
from tests.qualiforma.steps import needs
from tests.support import Api

REPEATABLE = settings(derandomize=True, deadline=None)

OBJECTIVES = (
    "Construire un tableau croisé",
    "Automatiser des tableaux",
    "Utiliser les formules simples",
    "Parler anglais",
    "été à la mer",
)
COURSES = [
    {
        "id": f"crs_{number}",
        "title": title,
        "description": None,
        "level": LEVELS[number % 4],
        "objectives": [OBJECTIVES[number % len(OBJECTIVES)]],
    }
    for number, title in enumerate(("Tableur", "Macros", "Formules", "Anglais", "Sécurité", "Paie"))
]
LEVEL_PAIRS = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted)


@REPEATABLE
@given(
    objectives=st.lists(st.sampled_from(OBJECTIVES), min_size=1, unique=True),
    levels=LEVEL_PAIRS,
    order=st.permutations(COURSES),
)
def test_the_same_needs_give_the_same_analysis_whatever_the_order_of_the_catalogue(
    objectives: list[str], levels: list[int], order: list[dict[str, Any]]
) -> None:
    low, high = levels
    asked = {
        "objectives": objectives,
        "currentLevel": LEVELS[low],
        "targetLevel": LEVELS[high],
    }
    analysis = analysis_of(asked, COURSES)
    assert analysis == analysis_of(dict(asked), order)
    gap, scores = analysis["gapAnalysis"], [r["score"] for r in analysis["recommendations"]]
    assert gap["simulated"] is True
    assert gap["levelGap"] == high - low
    assert sorted(gap["coveredObjectives"] + gap["uncoveredObjectives"]) == sorted(objectives)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 100 for score in scores)
    assert len(scores) <= 5


def test_two_equal_requests_get_equal_analyses(local: Api) -> None:
    trainer = local.as_("TRAINER")
    first, second = (trainer.post("/needs-analysis", needs()).data for _ in range(2))
    assert first["id"] != second["id"]
    for member in ("recommendations", "gapAnalysis"):
        assert first[member] == second[member]
    assert first["gapAnalysis"]["simulated"] is True


def test_the_course_that_shares_words_and_level_comes_first(local: Api) -> None:
    made = local.as_("TRAINER").post("/needs-analysis", needs()).data
    best = made["recommendations"][0]
    assert best["courseId"] == "crs_excel_form"
    assert "croise" in best["reason"]
    assert made["gapAnalysis"]["levelGap"] == 1
    assert made["gapAnalysis"]["coveredObjectives"] == ["Construire un tableau croisé"]


def test_only_published_courses_are_recommended(local: Api) -> None:
    body = needs(objectives=["Présenter des indicateurs"], targetLevel="ADVANCED")
    made = local.as_("TRAINER").post("/needs-analysis", body).data
    assert "crs_brouillon" not in {r["courseId"] for r in made["recommendations"]}
    assert made["gapAnalysis"]["uncoveredObjectives"] == ["Présenter des indicateurs"]


def test_an_analysis_is_made_at_once(local: Api) -> None:
    made = local.as_("TRAINER").post("/needs-analysis", needs()).data
    assert made["status"] == "ANALYSED"
    assert made["submittedAt"] == made["analysedAt"] == "2026-11-02T09:00:00.000Z"
    assert made["version"] == 1


def test_a_draft_goes_its_way_step_by_step(local: Api) -> None:
    trainer = local.as_("TRAINER")
    draft = trainer.post("/needs-analysis", needs(draft=True)).data
    assert (draft["status"], draft["recommendations"]) == ("DRAFT", [])
    path = f"/needs-analysis/{draft['id']}"
    assert trainer.patch(path, {"targetLevel": "EXPERT"}).data["targetLevel"] == "EXPERT"
    assert trainer.post(f"{path}/submit").data["status"] == "SUBMITTED"
    analysed = trainer.post(f"{path}/analyse").data
    assert analysed["gapAnalysis"]["levelGap"] == 3
    done = trainer.post(f"{path}/validate").data
    assert (done["status"], done["completedAt"]) == ("COMPLETED", "2026-11-02T09:00:00.000Z")


def test_a_draft_sent_back_has_no_analysis(local: Api) -> None:
    path = "/needs-analysis/nas_analyse/request-changes"
    back = local.as_("TRAINER").post(path, {"statusReason": "Préciser"}).data
    assert (back["status"], back["recommendations"]) == ("DRAFT", [])
    assert back["gapAnalysis"] is back["analysedAt"] is None


def test_an_analysis_completed_after_the_start_of_the_training_is_late(local: Api) -> None:
    trainer = local.as_("TRAINER")
    for enrollment, late in (("enr_xyz789", True), (None, False)):
        made = trainer.post("/needs-analysis", needs(enrollmentId=enrollment)).data
        done = trainer.post(f"/needs-analysis/{made['id']}/validate").data
        assert done["late"] is late


def test_a_revision_takes_the_place_of_a_completed_analysis(local: Api) -> None:
    trainer = local.as_("TRAINER")
    answer = trainer.post("/needs-analysis/nas_abc123/revise")
    fresh = answer.data
    assert (fresh["status"], fresh["version"]) == ("DRAFT", 2)
    assert fresh["supersedesId"] == "nas_abc123"
    assert fresh["objectives"] == trainer.get("/needs-analysis/nas_abc123").data["objectives"]
    assert trainer.get("/needs-analysis/nas_abc123").data["status"] == "SUPERSEDED"
    assert answer.headers["location"].endswith(f"/needs-analysis/{fresh['id']}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("companyId=cmp_abc123", 4),
        ("companyId=cmp_opco", 0),
        ("status=ANALYSED", 1),
        ("fundingSource=OPCO", 1),
        ("enrollmentId=enr_abc123", 1),
    ],
)
def test_analyses_are_filtered(local: Api, query: str, found: int) -> None:
    answer = local.as_("AUDITOR").get(f"/needs-analysis?{query}")
    assert answer.json["meta"]["pagination"]["total"] == found
