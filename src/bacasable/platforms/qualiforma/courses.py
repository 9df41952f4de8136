"""Courses: what the public must be told before a course is published (Qualiopi 1, 5 and 6)."""

from ...core import Behaviour, Situation


def has_objective(s: Situation) -> bool:
    """OBJECTIVE_MISSING: a draft may still be without."""
    drafting = s.operation.id == "updateCourse" and s.record["status"] == "DRAFT"
    return drafting or bool(s.draft["objectives"])


def has_module(s: Situation) -> bool:
    """MODULE_MISSING, on publication."""
    return bool(s.where("CourseModule", courseId=s.record["id"]))


def module_remains(s: Situation) -> bool:
    """MODULE_MISSING, on removal from a published course."""
    others = s.where("CourseModule", courseId=s.parent["id"])
    return s.parent["status"] != "PUBLISHED" or len(others) > 1


def position_free(s: Situation) -> bool:
    """POSITION_TAKEN."""
    same = s.where("CourseModule", courseId=s.draft["courseId"], position=s.draft["position"])
    return all(module["id"] == s.draft["id"] for module in same)


BEHAVIOURS = {
    "Course": Behaviour(rules={"OBJECTIVE_MISSING": has_objective, "MODULE_MISSING": has_module}),
    "CourseModule": Behaviour(
        rules={
            "POSITION_TAKEN": position_free,
            "MODULE_MISSING": module_remains,
            "COURSE_ARCHIVED": lambda s: s.parent["status"] != "ARCHIVED",
        }
    ),
}
