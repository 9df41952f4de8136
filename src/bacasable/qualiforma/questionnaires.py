"""Questionnaires: what may be answered, and what an answer is worth."""

from ..core import Behaviour, Record, Situation

LEARNER_KINDS = {"PRE", "MID", "HOT", "COLD"}
LEVELS = ((40, "BEGINNER"), (65, "INTERMEDIATE"), (85, "ADVANCED"), (101, "EXPERT"))
"""Level found by a positioning test: the first whose bound the percentage stays under."""
MAX_REMINDERS = 3


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
        s.draft["level"] = next(name for bound, name in LEVELS if score["percent"] < bound)


def score_of(questions: list[Record], answers: list[Record]) -> Record | None:
    """Points won and possible; None when no question gives points.

    A single choice can win its best choice, a multiple choice the sum of its choices.
    """
    chosen = {answer["key"]: set(answer.get("choices", ())) for answer in answers}
    won = possible = 0
    for question in questions:
        points = {c["value"]: c.get("points", 0) for c in question.get("choices", [])}
        if not points:
            continue
        several = question["type"] == "MULTIPLE_CHOICE"
        possible += sum(points.values()) if several else max(points.values())
        won += sum(points.get(value, 0) for value in chosen.get(question["key"], ()))
    if not possible:
        return None
    return {"points": won, "maxPoints": possible, "percent": won * 100 // possible}


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
            "QUESTION_UNKNOWN": questions_known,
            "ANSWER_OF_OTHER_TYPE": answers_of_type,
            "ANSWERS_MISSING": required_answered,
            "REMINDERS_EXHAUSTED": lambda s: s.record["remindersSent"] < MAX_REMINDERS,
        },
        facts={"createQuestionnaireResponse": first_fact},
        effects={"submitQuestionnaireResponse": tell_alert},
    ),
}
