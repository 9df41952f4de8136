"""Courses: what the public must be told before a course is published (Qualiopi 1, 5 and 6)."""

from ..core import Behaviour, Situation


def has_objective(s: Situation) -> bool:
    """OBJECTIVE_MISSING."""
    return bool(s.draft["objectives"])


def has_module(s: Situation) -> bool:
    """MODULE_MISSING."""
    return bool(s.where("CourseModule", courseId=s.record["id"]))


def position_free(s: Situation) -> bool:
    """POSITION_TAKEN."""
    same = s.where("CourseModule", courseId=s.draft["courseId"], position=s.draft["position"])
    return all(module["id"] == s.draft["id"] for module in same)


BEHAVIOURS = {
    "Course": Behaviour(rules={"OBJECTIVE_MISSING": has_objective, "MODULE_MISSING": has_module}),
    "CourseModule": Behaviour(rules={"POSITION_TAKEN": position_free}),
}
