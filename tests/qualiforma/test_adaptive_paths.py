"""Adaptive paths: order, unlocking, scores, the waiver by assessment."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.platforms.qualiforma.adaptive_paths import DONE, demanded_score, unlocked
from tests.qualiforma.steps import adaptive_path, path_module, plant
from tests.support import Api

REPEATABLE = settings(derandomize=True, deadline=None)

EXCEL = ("crs_excel_init", "crs_excel_form", "crs_excel_macro")


def assigned(api: Api, *changes: dict[str, Any], **path: Any) -> str:
    """The path of an assignment of usr_learner to a new path; changes are those of its modules."""
    modules = [
        path_module(course, order, **more)
        for order, (course, more) in enumerate(zip(EXCEL, changes, strict=False), 1)
    ]
    made = api.post("/adaptive-paths", adaptive_path(*modules, **path)).data["id"]
    assert api.post(f"/adaptive-paths/{made}/publish").status == 200
    body = {"userId": "usr_learner"}
    assignment = api.post(f"/adaptive-paths/{made}/assignments", body)
    assert assignment.status == 201, assignment.json
    return f"/adaptive-paths/{made}/assignments/{assignment.data['id']}"


def states(progress: dict[str, Any]) -> list[str]:
    return [module["status"] for module in progress["modules"]]


def finish(api: Api, path: str, order: int, **result: Any) -> dict[str, Any]:
    """The progress after one attempt at a step."""
    assert api.post(f"{path}/modules/{order}/start").status == 200
    answer = api.post(f"{path}/modules/{order}/result", {"completed": True} | result)
    assert answer.status == 200, answer.json
    return answer.data


def test_modules_are_kept_in_their_order(local: Api) -> None:
    body = adaptive_path(path_module("crs_excel_form", 2), path_module("crs_excel_init", 1))
    made = local.as_("TRAINER").post("/adaptive-paths", body).data
    assert [m["courseId"] for m in made["modules"]] == ["crs_excel_init", "crs_excel_form"]
    assert len(made["modules"]) == len(body["modules"])
    assert (made["status"], made["version"]) == ("DRAFT", 1)


def test_a_change_of_a_published_path_is_a_new_version_and_spares_its_learners(local: Api) -> None:
    trainer = local.as_("TRAINER")
    body = {"modules": [path_module("crs_excel_macro", 1)]}
    changed = trainer.patch("/adaptive-paths/adp_libre", body).data
    assert changed["version"] == 2
    before = trainer.get("/adaptive-paths/adp_libre/assignments/pas_libre_1").data
    assert before["pathVersion"] == 1
    assert [m["courseId"] for m in before["modules"]] == ["crs_excel_init", "crs_excel_form"]


def test_a_step_opens_when_the_mandatory_one_before_it_is_passed(local: Api) -> None:
    trainer = local.as_("TRAINER")
    path = assigned(trainer, {}, {}, {})
    assert states(trainer.get(path).data) == ["AVAILABLE", "LOCKED", "LOCKED"]
    assert trainer.post(f"{path}/modules/2/start").json["rules"] == ["MODULE_NOT_AVAILABLE"]
    assert states(finish(trainer, path, 1)) == ["PASSED", "AVAILABLE", "LOCKED"]
    assert finish(trainer, path, 2)["percent"] == 66
    done = finish(trainer, path, 3)
    assert (done["status"], done["percent"]) == ("COMPLETED", 100)
    assert done["completedAt"] == "2026-11-02T09:00:00.000Z"


@pytest.mark.parametrize(("condition", "bound"), [("SCORE_GTE_70", 70), ("SCORE_GTE_80", 80)])
def test_a_score_opens_the_next_step_from_its_bound_on(
    local: Api, condition: str, bound: int
) -> None:
    trainer = local.as_("TRAINER")
    path = assigned(trainer, {}, {"unlockCondition": condition})
    assert states(finish(trainer, path, 1, score=bound - 1)) == ["FAILED", "LOCKED"]
    assert states(finish(trainer, path, 1)) == ["FAILED", "LOCKED"]
    done = finish(trainer, path, 1, score=bound)
    assert states(done) == ["PASSED", "AVAILABLE"]
    assert done["modules"][0]["attempts"] == 3


def test_a_step_that_was_not_completed_fails_whatever_its_score(local: Api) -> None:
    trainer = local.as_("TRAINER")
    path = assigned(trainer, {}, {})
    assert states(finish(trainer, path, 1, completed=False, score=100)) == ["FAILED", "LOCKED"]


def test_an_optional_step_never_blocks(local: Api) -> None:
    trainer = local.as_("TRAINER")
    path = assigned(trainer, {}, {"mandatory": False}, {})
    assert states(finish(trainer, path, 1)) == ["PASSED", "AVAILABLE", "AVAILABLE"]
    failed = finish(trainer, path, 2, completed=False)
    assert states(failed) == ["PASSED", "FAILED", "AVAILABLE"]
    assert finish(trainer, path, 3)["status"] == "COMPLETED"


def test_each_opened_step_and_the_end_are_facts(local: Api) -> None:
    admin = local.as_("ADMIN")
    path = assigned(admin, {}, {})
    finish(admin, path, 1)
    finish(admin, path, 2)
    told = admin.get(f"/events?resourceId={path.rpartition('/')[2]}").data
    assert [event["type"].partition(".")[2] for event in told] == [
        "assigned",
        "module_started",
        "module_finished",
        "module_unlocked",
        "module_started",
        "module_finished",
        "completed",
    ]


BEGIN = "/adaptive-paths/adp_excel/assignments/pas_excel_1/begin"
PROOF = {"assessmentResponseId": "qre_abc123"}


def test_a_prerequisite_assessment_comes_first(local: Api) -> None:
    trainer = local.as_("TRAINER")
    path = BEGIN.removesuffix("/begin")
    assert trainer.get(path).data["status"] == "ASSESSMENT_PENDING"
    assert set(states(trainer.get(path).data)) == {"LOCKED"}
    assert trainer.post(f"{path}/modules/1/start").code == "ILLEGAL_TRANSITION"
    begun = trainer.post(BEGIN, PROOF).data
    assert begun["status"] == "IN_PROGRESS"
    assert states(begun) == ["AVAILABLE", "LOCKED", "LOCKED"]


@pytest.mark.parametrize(("percent", "first"), [(79, "AVAILABLE"), (80, "WAIVED")])
def test_a_good_assessment_waives_the_first_step(local: Api, percent: int, first: str) -> None:
    score = {"points": percent // 5, "maxPoints": 20, "percent": percent}
    plant(local, "QuestionnaireResponse", "qre_abc123", score=score)
    begun = local.as_("TRAINER").post(BEGIN, PROOF).data
    assert states(begun)[0] == first
    assert states(begun)[1] == ("AVAILABLE" if first == "WAIVED" else "LOCKED")


def test_a_learner_sees_their_own_assignments_only(local: Api) -> None:
    learner = local.as_("LEARNER")
    found = learner.get("/adaptive-paths/adp_libre/assignments").data
    assert [a["id"] for a in found] == ["pas_libre_1"]
    assert learner.get("/adaptive-paths/adp_libre/assignments/pas_libre_2").code == "NOT_FOUND"


MODULES = st.lists(
    st.fixed_dictionaries(
        {
            "mandatory": st.booleans(),
            "score": st.none() | st.integers(0, 100),
            "status": st.sampled_from(("LOCKED", "AVAILABLE", "IN_PROGRESS", "PASSED", "WAIVED")),
            "unlockCondition": st.sampled_from(("COMPLETION", "SCORE_GTE_70", "SCORE_GTE_80")),
        }
    ),
    min_size=1,
    max_size=8,
)


BOUNDS = {"COMPLETION": 0, "SCORE_GTE_70": 70, "SCORE_GTE_80": 80}


def meets(before: dict[str, Any] | None, condition: str) -> bool:
    if before is None or before["status"] == "WAIVED":
        return True
    return before["status"] in DONE and (before["score"] or 0) >= BOUNDS[condition]


@REPEATABLE
@given(MODULES)
def test_a_step_opens_when_the_last_mandatory_one_meets_its_condition(
    modules: list[dict[str, Any]],
) -> None:
    after = unlocked(modules)
    assert unlocked(after) == after
    for number, (old, new) in enumerate(zip(modules, after, strict=True)):
        mandatory = [m for m in modules[:number] if m["mandatory"]]
        before = mandatory[-1] if mandatory else None
        opens = old["status"] == "LOCKED" and meets(before, old["unlockCondition"])
        assert new["status"] == ("AVAILABLE" if opens else old["status"])


@REPEATABLE
@given(MODULES)
def test_a_step_is_asked_for_the_score_of_the_next_mandatory_one(
    modules: list[dict[str, Any]],
) -> None:
    following = [m for m in modules[1:] if m["mandatory"]]
    expected = BOUNDS[following[0]["unlockCondition"]] if following else 0
    assert demanded_score(modules, 1) == expected
