"""One of everything else: the states that a run of enrollments leaves out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .storytelling import DAY, HOUR, Body, Minutes, Step, questions, text


def variety(tale: Body) -> Iterator[list[Step]]:
    """Chains of steps that bring about every state that enrollments alone do not."""
    late = tale.end - 60 * DAY
    yield _odd_courses(tale)
    yield _odd_needs(tale, late + DAY)
    yield _odd_questionnaires(tale, late + 2 * DAY)
    yield _paths(tale, late + 3 * DAY)
    for number, ending in enumerate(("draft", "started", "completed", "archived", "discarded")):
        yield _plan(tale, late + (4 + number) * DAY, ending)
    for number, learner in enumerate(tale.learners[-2:]):
        at = tale.end - (number + 1) * DAY
        yield [tale.step(at, "deactivateUser", None, {"id": learner})]


def _odd_courses(tale: Body) -> list[Step]:
    retired = {"id": tale.courses[-1]["id"]}
    return [tale.step(tale.end - HOUR, "archiveCourse", None, retired)]


def _odd_needs(tale: Body, at: datetime) -> list[Step]:
    steps: list[Step] = []
    clock = Minutes(at)
    for ending in ("draft", "submit", "reject", "revise", "analysed"):
        needs = tale.new_id("nas_")
        course = tale.random.choice(tale.courses)
        (created, *_) = tale.needs(clock.tick(), course)
        body = created["body"] | {"draft": ending in {"draft", "submit"}}
        steps.append(created | {"id": needs, "body": body})
        calls: dict[str, list[tuple[str, Any]]] = {
            "submit": [("submitNeedsAnalysis", None)],
            "reject": [("rejectNeedsAnalysis", {"statusReason": "Projet abandonné"})],
            "revise": [("validateNeedsAnalysis", None), ("reviseNeedsAnalysis", None)],
        }
        for call, reason in calls.get(ending, []):
            steps.append(tale.step(clock.tick(), call, reason, {"id": needs}))
    return steps


def _odd_questionnaires(tale: Body, at: datetime) -> list[Step]:
    clock = Minutes(at)
    draft, old, later = tale.new_id("qst_"), tale.new_id("qst_"), tale.new_id("qre_")
    body = {"title": "Satisfaction à froid", "kind": "COLD", "questions": questions("HOT")}
    scheduled = {
        "questionnaireId": tale.questionnaires["HOT"][0],
        "respondentId": tale.learners[0],
        "scheduledFor": text(tale.end + 120 * DAY),
    }
    return [
        tale.step(clock.tick(), "createQuestionnaire", body, pin=draft),
        tale.step(clock.tick(), "createQuestionnaire", body | {"title": "Ancien"}, pin=old),
        tale.step(clock.tick(), "archiveQuestionnaire", None, {"id": old}),
        tale.step(clock.tick(), "createQuestionnaireResponse", scheduled, pin=later),
    ]


def _paths(tale: Body, at: datetime) -> list[Step]:
    clock = Minutes(at)
    free, tested, draft, old = (tale.new_id("adp_") for _ in range(4))
    chain = [
        {"courseId": course["id"], "order": order, "mandatory": order < 3}
        for order, course in enumerate(tale.courses[:3], 1)
    ]
    body = {"name": "Parcours manager", "targetAudience": "INTERMEDIATE", "modules": chain}
    assessed = body | {"prerequisiteAssessmentId": tale.questionnaires["PRE"][0]}
    steps = [
        tale.step(clock.tick(), "createAdaptivePath", body, pin=free),
        tale.step(clock.tick(), "publishAdaptivePath", None, {"id": free}),
        tale.step(clock.tick(), "createAdaptivePath", assessed, pin=tested),
        tale.step(clock.tick(), "publishAdaptivePath", None, {"id": tested}),
        tale.step(clock.tick(), "createAdaptivePath", body | {"name": "Brouillon"}, pin=draft),
        tale.step(clock.tick(), "createAdaptivePath", body | {"name": "Ancien"}, pin=old),
        tale.step(clock.tick(), "archiveAdaptivePath", None, {"id": old}),
        tale.step(
            clock.tick(), "createPathAssignment", {"userId": tale.learners[0]}, {"id": tested}
        ),
    ]
    for learner, done in ((tale.learners[1], 0), (tale.learners[2], 2), (tale.learners[3], -1)):
        steps += _assignment(tale, clock, free, learner, done)
    return steps


def _assignment(tale: Body, clock: Minutes, path: str, learner: str, done: int) -> list[Step]:
    """A learner in a path: `done` steps passed, or abandoned for -1."""
    assignment = tale.new_id("pas_")
    place = {"id": path, "assignmentId": assignment}
    body = {"userId": learner}
    steps = [tale.step(clock.tick(), "createPathAssignment", body, {"id": path}, pin=assignment)]
    for order in range(1, done + 1):
        step = place | {"order": order}
        passed = {"completed": True, "score": 85}
        steps.append(tale.step(clock.tick(), "startPathModule", None, step, user=learner))
        steps.append(tale.step(clock.tick(), "recordPathModuleResult", passed, step))
    if done < 0:
        reason = {"statusReason": "Changement de poste"}
        steps.append(tale.step(clock.tick(), "abandonPathAssignment", reason, place))
    return steps


def _plan(tale: Body, at: datetime, ending: str) -> list[Step]:
    clock, trainer = Minutes(at), tale.trainers[0]
    plan, done, dropped, begun = (tale.new_id(p) for p in ("imp_", "ima_", "ima_", "ima_"))
    path = {"id": plan}
    body = {
        "title": f"Plan {ending}",
        "trigger": "AUDIT",
        "sourceId": "audit-2026",
        "indicator": 32,
    }
    steps = [tale.step(clock.tick(), "createImprovementPlan", body, pin=plan)]
    for number, action in enumerate((done, dropped, begun), 1):
        task = {"title": f"Action {number}", "ownerId": trainer, "dueDate": "2026-09-30"}
        steps.append(tale.step(clock.tick(), "createImprovementAction", task, path, pin=action))
    calls: list[tuple[str, str]] = []
    if ending in {"started", "completed", "archived"}:
        steps.append(tale.step(clock.tick(), "startImprovementPlan", None, path))
        calls = [("finishImprovementAction", done), ("startImprovementAction", begun)]
    if ending in {"completed", "archived"}:
        calls += [("cancelImprovementAction", dropped), ("finishImprovementAction", begun)]
    for call, action in calls:
        steps.append(tale.step(clock.tick(), call, None, path | {"actionId": action}))
    if ending in {"completed", "archived"}:
        report = {"closingReport": "Actions menées.", "effectivenessNote": "Effet constaté."}
        steps.append(tale.step(clock.tick(), "completeImprovementPlan", report, path))
    if ending in {"archived", "discarded"}:
        steps.append(tale.step(clock.tick(), "archiveImprovementPlan", None, path))
    return steps
