"""Questionnaires: what an answer is worth, and what is told of it."""

from ...core import Behaviour, Record, Situation
from .questionnaire_letters import LETTERS

LEVEL_BOUNDS = ((40, "BEGINNER"), (65, "INTERMEDIATE"), (85, "ADVANCED"), (101, "EXPERT"))
"""Level found by a positioning test: the first whose bound the percentage stays under."""
_SCALE_POINTS = 4


def first_state(s: Situation) -> None:
    """Sent at once, or scheduled."""
    questionnaire = s.get("Questionnaire", s.draft["questionnaireId"]) or {}
    s.draft["kind"] = questionnaire.get("kind")
    s.draft["questions"] = [_without_points(q) for q in questionnaire.get("questions", [])]
    if s.draft["scheduledFor"]:
        s.draft["status"] = "SCHEDULED"
    else:
        s.draft["sentAt"] = s.now


def first_fact(s: Situation) -> list[str]:
    """What creation tells the journal."""
    scheduled = s.draft["status"] == "SCHEDULED"
    return ["questionnaire.scheduled" if scheduled else "questionnaire.sent"]


def count_reminder(s: Situation) -> None:
    """One more reminder."""
    s.draft["remindersSent"] = s.record["remindersSent"] + 1


def score_answers(s: Situation) -> None:
    """Points, level and alert of a submission."""
    questionnaire = _questionnaire(s)
    score = score_of(questionnaire["questions"], s.record["answers"])
    s.draft["score"] = score
    threshold = questionnaire["alertBelow"]
    if score is None:
        return
    s.draft["alert"] = threshold is not None and score["percent"] < threshold
    if s.record["kind"] == "PRE":
        s.draft["level"] = next(name for bound, name in LEVEL_BOUNDS if score["percent"] < bound)


def score_of(questions: list[Record], answers: list[Record]) -> Record | None:
    """Points won and possible; None when no question can give points."""
    given = {answer["key"]: answer for answer in answers}
    scored = [_points(question, given.get(question["key"], {})) for question in questions]
    won, possible = sum(w for w, _ in scored), sum(p for _, p in scored)
    if not possible:
        return None
    return {"points": won, "maxPoints": possible, "percent": won * 100 // possible}


def _points(question: Record, answer: Record) -> tuple[int, int]:
    """Points won by an answer and points possible.

    A single choice wins its points. A multiple one wins the sum, or nothing when a choice without
    points is among them: ticking everything must not pay. A scale counts its number less one.
    """
    if question["type"] == "SCALE":
        return answer.get("number", 1) - 1, _SCALE_POINTS
    points = {choice["value"]: choice.get("points", 0) for choice in question.get("choices", [])}
    won = [points[value] for value in answer.get("choices", ())]
    if question["type"] == "MULTIPLE_CHOICE":
        return (sum(won) if all(won) else 0), sum(points.values())
    return sum(won), max(points.values(), default=0)


def _without_points(question: Record) -> Record:
    shown = {name: question[name] for name in ("key", "type", "text")}
    shown["required"] = question.get("required", True)
    if "choices" in question:
        shown["choices"] = [{"value": c["value"], "label": c["label"]} for c in question["choices"]]
    return shown


def tell_alert(s: Situation) -> None:
    """A score under the threshold is a fact of its own."""
    if s.draft["alert"]:
        s.emit("questionnaire.alert", "QuestionnaireResponse", s.draft)


def _questionnaire(s: Situation) -> Record:
    return s.get("Questionnaire", s.record["questionnaireId"]) or {"questions": []}


BEHAVIOURS = {
    "QuestionnaireResponse": Behaviour(
        prepare={
            "createQuestionnaireResponse": first_state,
            "remindQuestionnaireResponse": count_reminder,
            "submitQuestionnaireResponse": score_answers,
        },
        facts={"createQuestionnaireResponse": first_fact},
        effects={"submitQuestionnaireResponse": tell_alert},
        letters=LETTERS,
    ),
}
