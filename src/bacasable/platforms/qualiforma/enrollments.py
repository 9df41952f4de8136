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
        effects={"revokeEnrollment": cancel_questionnaires},
        letters=LETTERS,
        shows={
            "getEnrollmentProgress": lambda record: record["progress"],
            "recordProgress": lambda record: record["progress"],
        },
    )
}
