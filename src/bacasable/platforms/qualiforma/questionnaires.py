"""Questionnaires: what may be answered, and what an answer is worth."""

from ...core import Behaviour, Record, Situation
from .questionnaire_letters import LETTERS

LEARNER_KINDS = {"PRE", "MID", "HOT", "COLD"}
LEVEL_BOUNDS = ((40, "BEGINNER"), (65, "INTERMEDIATE"), (85, "ADVANCED"), (101, "EXPERT"))
"""Level found by a positioning test: the first whose bound the percentage stays under."""
MAX_REMINDERS = 3
_SCALE_POINTS = 4


def names_are_unique(s: Situation) -> bool:
    """QUESTION_KEYS_NOT_UNIQUE."""
    questions = s.draft["questions"]
    lists = [[q["key"] for q in questions]]
    lists += [[c["value"] for c in q.get("choices", [])] for q in questions]
    return all(len(names) == len(set(names)) for names in lists)


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


def questionnaire_published(s: Situation) -> bool:
    """QUESTIONNAIRE_NOT_PUBLISHED."""
    found = s.get("Questionnaire", s.draft["questionnaireId"])
    return found is not None and found["status"] == "PUBLISHED"


def respondent_is_learner(s: Situation) -> bool:
    """RESPONDENT_MISMATCH."""
    enrollment = s.get("Enrollment", s.draft["enrollmentId"])
    if enrollment is None or s.draft["kind"] not in LEARNER_KINDS:
        return True
    return bool(enrollment["userId"] == s.draft["respondentId"])


def still_open(s: Situation) -> bool:
    """QUESTIONNAIRE_CLOSED."""
    return s.record["expiresAt"] is None or s.record["expiresAt"] > s.now


def enrollment_runs(s: Situation) -> bool:
    """ENROLLMENT_CLOSED."""
    enrollment = s.get("Enrollment", s.draft["enrollmentId"])
    return enrollment is None or enrollment["status"] != "REVOKED"


def closes_after_sending(s: Situation) -> bool:
    """CLOSES_BEFORE_SENT."""
    end = s.draft["expiresAt"]
    return end is None or (end > s.now and end > (s.draft["scheduledFor"] or ""))


def questions_known(s: Situation) -> bool:
    """QUESTION_UNKNOWN."""
    known = {question["key"] for question in _questionnaire(s)["questions"]}
    keys = [answer["key"] for answer in s.body["answers"]]
    return set(keys) <= known and len(keys) == len(set(keys))


def answers_of_type(s: Situation) -> bool:
    """ANSWER_OF_OTHER_TYPE."""
    questions = {question["key"]: question for question in _questionnaire(s)["questions"]}
    return all(
        _fits(questions[answer["key"]], answer)
        for answer in s.body["answers"]
        if answer["key"] in questions
    )


def _fits(question: Record, answer: Record) -> bool:
    kind = question["type"]
    if kind == "SCALE":
        return "number" in answer
    if kind == "TEXT":
        return "text" in answer
    offered = {choice["value"] for choice in question["choices"]}
    chosen = answer.get("choices", [])
    return bool(chosen) and set(chosen) <= offered and (kind != "SINGLE_CHOICE" or len(chosen) == 1)


def required_answered(s: Situation) -> bool:
    """ANSWERS_MISSING."""
    answered = {answer["key"] for answer in s.record["answers"]}
    questions = _questionnaire(s)["questions"]
    return all(q["key"] in answered for q in questions if q.get("required", True))


def _questionnaire(s: Situation) -> Record:
    return s.get("Questionnaire", s.record["questionnaireId"]) or {"questions": []}


BEHAVIOURS = {
    "Questionnaire": Behaviour(rules={"QUESTION_KEYS_NOT_UNIQUE": names_are_unique}),
    "QuestionnaireResponse": Behaviour(
        prepare={
            "createQuestionnaireResponse": first_state,
            "remindQuestionnaireResponse": count_reminder,
            "submitQuestionnaireResponse": score_answers,
        },
        rules={
            "QUESTIONNAIRE_NOT_PUBLISHED": questionnaire_published,
            "RESPONDENT_MISMATCH": respondent_is_learner,
            "CLOSES_BEFORE_SENT": closes_after_sending,
            "ENROLLMENT_CLOSED": enrollment_runs,
            "QUESTIONNAIRE_CLOSED": still_open,
            "QUESTION_UNKNOWN": questions_known,
            "ANSWER_OF_OTHER_TYPE": answers_of_type,
            "ANSWERS_MISSING": required_answered,
            "REMINDERS_EXHAUSTED": lambda s: s.record["remindersSent"] < MAX_REMINDERS,
        },
        facts={"createQuestionnaireResponse": first_fact},
        effects={"submitQuestionnaireResponse": tell_alert},
        letters=LETTERS,
    ),
}
