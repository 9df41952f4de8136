"""Enrollments: access, payment, progress. The finer state stands in subStatus."""

from ...core import Behaviour, Record, Situation
from .enrollment_letters import LETTERS

NO_PROGRESS: Record = {
    "percent": 0,
    "score": None,
    "minutesSpent": 0,
    "lastActivityAt": None,
    "modules": [],
}


def open_access(s: Situation) -> None:
    """A free enrollment is open at once; a paid one waits for its payment."""
    paid = s.draft["paymentMethod"] != "FREE"
    s.draft["subStatus"] = "PENDING_PAYMENT" if paid else "OPEN"
    s.draft["enrolledAt"] = s.now
    s.draft["progress"] = NO_PROGRESS


def reopen_access(s: Situation) -> None:
    """Access as it was: still waiting for its payment, or open."""
    pending = s.record["paymentMethod"] != "FREE" and s.record["paymentId"] is None
    s.draft["subStatus"] = "PENDING_PAYMENT" if pending else "OPEN"
    if s.operation.id == "reopenEnrollment":
        s.draft["completedAt"] = None
    else:
        s.draft["statusReason"] = None


def take_payment(s: Situation) -> None:
    """The captured payment opens access."""
    s.draft["subStatus"] = "OPEN"


def close_access(s: Situation) -> None:
    """A completed or revoked enrollment has no finer state."""
    s.draft["subStatus"] = None


def add_progress(s: Situation) -> None:
    """Work on one module; what was reached is never lost."""
    before = s.record["progress"]
    modules = {entry["moduleId"]: entry for entry in before["modules"]}
    module_id, percent, score = s.body["moduleId"], s.body["percent"], s.body["score"]
    fresh = {"percent": 0, "score": None, "minutes": 0, "completedAt": None}
    old = modules.get(module_id, fresh)
    reached = max(old["percent"], percent)
    modules[module_id] = {
        "moduleId": module_id,
        "percent": reached,
        "score": old["score"] if score is None else max(score, old["score"] or 0),
        "minutes": max(old["minutes"], s.body["minutes"]),
        "completedAt": old["completedAt"] or (s.now if reached == 100 else None),
    }
    scores = [entry["score"] for entry in modules.values() if entry["score"] is not None]
    s.draft["progress"] = {
        "percent": _share_done(s, modules),
        "score": round(sum(scores) / len(scores)) if scores else None,
        "minutesSpent": sum(entry["minutes"] for entry in modules.values()),
        "lastActivityAt": s.now,
        "modules": list(modules.values()),
    }


def _share_done(s: Situation, done: dict[str, Record]) -> int:
    modules = s.where("CourseModule", courseId=s.record["courseId"])
    counted = [m for m in modules if m["mandatory"]] or modules
    reached = sum(done[m["id"]]["percent"] for m in counted if m["id"] in done)
    return int(reached // len(counted)) if counted else 0


def cancel_questionnaires(s: Situation) -> None:
    """Open questionnaires of a revoked enrollment are cancelled."""
    for response in s.where("QuestionnaireResponse", enrollmentId=s.draft["id"]):
        if response["status"] in {"SCHEDULED", "SENT", "IN_PROGRESS"}:
            cancelled = response | {"status": "CANCELLED", "updatedAt": s.now}
            s.write("QuestionnaireResponse", cancelled)
            s.emit("questionnaire.cancelled", "QuestionnaireResponse", cancelled)


def course_published(s: Situation) -> bool:
    """COURSE_NOT_PUBLISHED."""
    course = s.get("Course", s.draft["courseId"])
    return course is not None and course["status"] == "PUBLISHED"


def is_active_learner(s: Situation) -> bool:
    """NOT_A_LEARNER."""
    user = s.get("User", s.draft["userId"])
    return user is not None and user["status"] == "ACTIVE" and "LEARNER" in user["roles"]


def not_enrolled_twice(s: Situation) -> bool:
    """ALREADY_ENROLLED: at most one enrollment of a learner in a course is running."""
    others = s.where("Enrollment", userId=s.draft["userId"], courseId=s.draft["courseId"])
    running = {"ACTIVE", "SUSPENDED"}
    return all(e["id"] == s.draft["id"] or e["status"] not in running for e in others)


def something_to_pay(s: Situation) -> bool:
    """NOTHING_TO_PAY."""
    course = s.get("Course", s.draft["courseId"])
    return s.draft["paymentMethod"] == "FREE" or course is None or course["price"] > 0


def ends_later(s: Situation) -> bool:
    """ACCESS_ENDED: access ends in the future, or never."""
    return s.draft["expiresAt"] is None or s.draft["expiresAt"] > s.now


def given_end_lies_ahead(s: Situation) -> bool:
    """ALREADY_EXPIRED: asked only of an end that is given."""
    return "expiresAt" not in s.body or ends_later(s)


def payment_is_pending(s: Situation) -> bool:
    """NO_PAYMENT_PENDING."""
    return bool(s.record["subStatus"] == "PENDING_PAYMENT")


def access_is_open(s: Situation) -> bool:
    """ACCESS_CLOSED."""
    return s.record["subStatus"] == "OPEN" and ends_later(s)


def module_of_course(s: Situation) -> bool:
    """MODULE_OF_OTHER_COURSE."""
    module = s.get("CourseModule", s.body["moduleId"])
    return module is not None and module["courseId"] == s.record["courseId"]


BEHAVIOURS = {
    "Enrollment": Behaviour(
        prepare={
            "createEnrollment": open_access,
            "activateEnrollment": take_payment,
            "resumeEnrollment": reopen_access,
            "reopenEnrollment": reopen_access,
            "completeEnrollment": close_access,
            "revokeEnrollment": close_access,
            "recordProgress": add_progress,
        },
        rules={
            "COURSE_NOT_PUBLISHED": course_published,
            "NOT_A_LEARNER": is_active_learner,
            "ALREADY_ENROLLED": not_enrolled_twice,
            "NOTHING_TO_PAY": something_to_pay,
            "ALREADY_EXPIRED": given_end_lies_ahead,
            "NO_PAYMENT_PENDING": payment_is_pending,
            "ACCESS_ENDED": ends_later,
            "PROGRESS_INCOMPLETE": lambda s: s.record["progress"]["percent"] == 100,
            "PAYMENT_PENDING": lambda s: not payment_is_pending(s),
            "ACCESS_CLOSED": access_is_open,
            "MODULE_OF_OTHER_COURSE": module_of_course,
        },
        effects={"revokeEnrollment": cancel_questionnaires},
        letters=LETTERS,
        shows={
            "getEnrollmentProgress": lambda record: record["progress"],
            "recordProgress": lambda record: record["progress"],
        },
    )
}
