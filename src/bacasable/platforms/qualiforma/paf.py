"""PAF: the timeline of one enrollment, read from the journal. It knows facts, not resources."""

from collections.abc import Callable
from contextlib import suppress

from ...core import Behaviour, Record, Situation
from ...core.journal import JOURNAL

Entry = tuple[str, str, Record]
"""Type of the timeline event, its sentence in French, its metadata."""


def _enrolled(data: Record) -> Entry:
    said = {"FREE": "formation interne", "VIVA_ISV": "paiement Viva", "STRIPE": "paiement Stripe"}
    how = said[data["paymentMethod"]]
    return "ENROLLMENT_CREATED", f"Inscription créée ({how})", {"courseId": data["courseId"]}


def _needs_completed(data: Record) -> Entry:
    level = data["targetLevel"]
    return (
        "NEEDS_ANALYSIS_COMPLETED",
        f"Analyse des besoins validée, niveau visé : {level}",
        {"needsAnalysisId": data["id"], "targetLevel": level},
    )


def _submitted(data: Record) -> Entry | None:
    before = data["kind"] == "PRE"
    if not before and data["kind"] not in {"HOT", "COLD"}:
        return None
    score = data["score"]
    result = f" : {score['points']}/{score['maxPoints']}" if score else ""
    kind = "PRE_QUESTIONNAIRE_COMPLETED" if before else "POST_QUESTIONNAIRE_COMPLETED"
    name = "Questionnaire de positionnement" if before else "Questionnaire de fin de formation"
    metadata = {"questionnaireId": data["questionnaireId"], "kind": data["kind"], "score": score}
    return kind, f"{name} rempli{result}", metadata


def _plan_created(data: Record) -> Entry:
    # Not the title: it may tell a learner what others have said.
    return (
        "IMPROVEMENT_PLAN_CREATED",
        "Plan d'amélioration ouvert",
        {"improvementPlanId": data["id"]},
    )


ENTRIES: dict[str, Callable[[Record], Entry | None]] = {
    "enrollment.created": _enrolled,
    "needs_analysis.completed": _needs_completed,
    "questionnaire.submitted": _submitted,
    "improvement_plan.created": _plan_created,
}


_ABOUT = ("data", "enrollmentId")


def timeline(s: Situation) -> Record:
    """The events of the enrollment in the path, ascending by date."""
    enrollment = s.need("Enrollment", s.call.request.path["id"])
    journal, own = s.collection(JOURNAL), enrollment["id"]
    of_it = {e["id"]: e for e in journal.found("resourceId", own) if e["resourceId"] == own}
    of_it |= {e["id"]: e for e in journal.found(_ABOUT, own) if e["data"]["enrollmentId"] == own}
    events = []
    for _, event in sorted(of_it.items()):
        data = event["data"]
        entry = None
        # A fact that came from outside need not tell what the sentence is made of.
        with suppress(KeyError, TypeError):
            entry = ENTRIES[event["type"]](data)
        if entry:
            kind, said, metadata = entry
            author = _author(s, event["actorId"])
            events.append(
                {
                    "date": event["occurredAt"],
                    "type": kind,
                    "description": said,
                    "metadata": metadata | ({"createdBy": author} if author else {}),
                }
            )
    events.sort(key=lambda e: e["date"])
    return {"enrollmentId": enrollment["id"], "events": events}


def _author(s: Situation, user_id: str | None) -> str | None:
    """The e-mail address of who acted, masked for those who see personal data masked."""
    user = s.get("User", user_id)
    if user is None:
        return None
    email: str = s.seen(s.contract.resources["User"], user)["email"]
    return email


BEHAVIOURS = {"PAF": Behaviour(operations={"getEnrollmentTimeline": timeline})}
