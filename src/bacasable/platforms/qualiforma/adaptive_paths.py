"""Adaptive paths (Qualiopi indicator 10): the order of steps, unlocking, a learner's progress."""

from collections.abc import Callable

from ...core import Behaviour, Record, Situation
from .path_letters import LETTERS

MAX_ATTEMPTS = 3
WAIVING_PERCENT = 80
"""A prerequisite assessment at this percentage or more waives the first step."""
DONE = {"PASSED", "WAIVED"}
_SCORES = {"COMPLETION": 0, "SCORE_GTE_70": 70, "SCORE_GTE_80": 80}


# --- the path


def in_order(s: Situation) -> None:
    """Steps are kept in their order; a change of a published path makes a new version."""
    s.draft["modules"] = sorted(s.draft["modules"], key=lambda m: m["order"])
    if s.operation.id == "updateAdaptivePath" and s.record["status"] == "PUBLISHED":
        s.draft["version"] = s.record["version"] + 1


# --- a learner's progress


def assign(s: Situation) -> None:
    """The learner gets the path as it is now."""
    path = s.parent
    s.draft["pathVersion"] = path["version"]
    s.draft["prerequisiteAssessmentId"] = path["prerequisiteAssessmentId"]
    s.draft["modules"] = [
        {
            "courseId": module["courseId"],
            "order": module["order"],
            "mandatory": module["mandatory"],
            "unlockCondition": module.get("unlockCondition", "COMPLETION"),
            "status": "LOCKED",
            "score": None,
            "attempts": 0,
            "startedAt": None,
            "finishedAt": None,
        }
        for module in path["modules"]
    ]
    if path["prerequisiteAssessmentId"]:
        s.draft["status"] = "ASSESSMENT_PENDING"
    else:
        s.draft["startedAt"] = s.now
        s.draft["modules"] = unlocked(s.draft["modules"])


def begin(s: Situation) -> None:
    """The assessment opens the first step, or waives it."""
    response = s.get("QuestionnaireResponse", s.body["assessmentResponseId"]) or {}
    modules = [dict(module) for module in s.record["modules"]]
    if (response.get("score") or {}).get("percent", 0) >= WAIVING_PERCENT:
        modules[0] |= {"status": "WAIVED", "finishedAt": s.now}
    _settle(s, unlocked(modules))


def start_module(s: Situation) -> None:
    """One more attempt at a step."""
    started = {"status": "IN_PROGRESS", "startedAt": s.now, "finishedAt": None}
    _change_module(
        s, lambda module: started | {"attempts": min(module["attempts"] + 1, MAX_ATTEMPTS)}
    )


def finish_module(s: Situation) -> None:
    """Pass or fail a step, unlock what follows, complete the path when all is done."""
    completed, score = s.body["completed"], s.body["score"]
    demanded = demanded_score(s.record["modules"], s.values.path["order"])
    passed = completed and (demanded == 0 or (score is not None and score >= demanded))
    outcome = {"status": "PASSED" if passed else "FAILED", "score": score, "finishedAt": s.now}
    _change_module(s, lambda _module: outcome)
    _settle(s, unlocked(s.draft["modules"]))


def unlocked(modules: list[Record]) -> list[Record]:
    """Steps with every lock opened whose condition the last mandatory step before it meets."""
    result: list[Record] = []
    before: Record | None = None
    for module in modules:
        opens = module["status"] == "LOCKED" and _meets(before, module["unlockCondition"])
        result.append(module | {"status": "AVAILABLE"} if opens else module)
        if module["mandatory"]:
            before = module
    return result


def _meets(before: Record | None, condition: str) -> bool:
    """Whether a step is done as the condition demands; a waived one meets every condition."""
    if before is None or before["status"] == "WAIVED":
        return True
    return before["status"] == "PASSED" and (before["score"] or 0) >= _SCORES[condition]


def demanded_score(modules: list[Record], order: int) -> int:
    """The score that the next mandatory step demands of this one; optional ones block nothing."""
    following = (m for m in modules[order:] if m["mandatory"])
    return next((_SCORES[m["unlockCondition"]] for m in following), 0)


def _settle(s: Situation, modules: list[Record]) -> None:
    required = [m for m in modules if m["mandatory"]] or modules
    done = [m for m in required if m["status"] in DONE]
    s.draft["modules"] = modules
    # One that came from outside can be without modules.
    s.draft["percent"] = len(done) * 100 // len(required) if required else 0
    if required and len(done) == len(required):
        s.draft |= {"status": "COMPLETED", "completedAt": s.now}


def _change_module(s: Situation, change: Callable[[Record], Record]) -> None:
    order = s.values.path["order"]
    s.draft["modules"] = [m | change(m) if m["order"] == order else m for m in s.record["modules"]]


def tell_progress(s: Situation) -> None:
    """Facts beside the outcome: a step that became available, the path completed."""
    before = {m["order"]: m["status"] for m in s.record["modules"]}
    for module in s.draft["modules"]:
        if module["status"] == "AVAILABLE" and before[module["order"]] == "LOCKED":
            s.emit("adaptive_path.module_unlocked", "PathAssignment", s.draft)
    if s.draft["status"] == "COMPLETED":
        s.emit("adaptive_path.completed", "PathAssignment", s.draft)


BEHAVIOURS = {
    "AdaptivePath": Behaviour(
        prepare={"createAdaptivePath": in_order, "updateAdaptivePath": in_order}
    ),
    "PathAssignment": Behaviour(
        prepare={
            "createPathAssignment": assign,
            "beginPathAssignment": begin,
            "startPathModule": start_module,
            "recordPathModuleResult": finish_module,
        },
        effects={"beginPathAssignment": tell_progress, "recordPathModuleResult": tell_progress},
        letters=LETTERS,
    ),
}
