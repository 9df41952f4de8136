"""Questionnaires: answers, scores, levels, reminders."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.platforms.qualiforma.questionnaires import score_of
from tests.support import Answer, Api

REPEATABLE = settings(derandomize=True, deadline=None)

RESPONSES = "/questionnaire-responses"


def filled_in(api: Api, first: list[str], second: list[str]) -> dict[str, Any]:
    """The response qre_en_cours with these choices, submitted."""
    learner, path = api.as_("LEARNER"), f"{RESPONSES}/qre_en_cours"
    chosen = {"q1": first, "q2": second}
    answers = [{"key": k, "choices": v} for k, v in chosen.items()]
    assert learner.put(f"{path}/answers", {"answers": answers}).status == 200
    submitted = learner.post(f"{path}/submit")
    assert submitted.status == 200, submitted.json
    return submitted.data


def test_twelve_points_of_twenty_make_an_intermediate(local: Api) -> None:
    done = filled_in(local, ["a"], ["c"])
    assert done["score"] == {"points": 12, "maxPoints": 20, "percent": 60}
    assert (done["level"], done["alert"]) == ("INTERMEDIATE", False)
    assert done["status"] == "SUBMITTED"


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (["b"], ["c"], (0, "BEGINNER", True)),
        (["b"], ["a", "b"], (8, "INTERMEDIATE", False)),
        (["a"], ["b", "c"], (12, "INTERMEDIATE", False)),
        (["a"], ["b"], (16, "ADVANCED", False)),
        (["a"], ["a", "b"], (20, "EXPERT", False)),
    ],
)
def test_points_decide_level_and_alert(
    local: Api, first: list[str], second: list[str], outcome: tuple[int, str, bool]
) -> None:
    done = filled_in(local, first, second)
    assert (done["score"]["points"], done["level"], done["alert"]) == outcome


def test_an_alert_is_a_fact_of_its_own(local: Api) -> None:
    filled_in(local, ["b"], ["c"])
    alerts = local.as_("ADMIN").get("/events?type=questionnaire.alert").data
    assert [event["resourceId"] for event in alerts] == ["qre_en_cours"]


def answer(api: Api, **given_: Any) -> Answer:
    body = {"answers": [given_]}
    return api.as_("LEARNER").put(f"{RESPONSES}/qre_en_cours/answers", body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "q1", "choices": ["a", "b"]},
        {"key": "q1", "choices": ["z"]},
        {"key": "q1", "number": 3},
        {"key": "q2", "text": "a"},
        {"key": "q3", "choices": ["a"]},
    ],
)
def test_an_answer_must_be_of_the_type_of_its_question(local: Api, wrong: dict[str, Any]) -> None:
    assert answer(local, **wrong).json["rules"] == ["ANSWER_OF_OTHER_TYPE"]


def test_a_question_is_answered_once(local: Api) -> None:
    twice = [{"key": "q1", "choices": ["a"]}, {"key": "q1", "choices": ["b"]}]
    path = f"{RESPONSES}/qre_en_cours/answers"
    refused = local.as_("LEARNER").put(path, {"answers": twice})
    assert refused.json["rules"] == ["QUESTION_UNKNOWN"]


def test_answers_that_are_put_replace_those_before(local: Api) -> None:
    answer(local, key="q3", text="Gagner du temps")
    answer(local, key="q1", choices=["a"])
    kept = local.as_("LEARNER").get(f"{RESPONSES}/qre_en_cours").data["answers"]
    assert [a["key"] for a in kept] == ["q1"]


def test_a_response_is_sent_at_once_or_scheduled(local: Api) -> None:
    trainer = local.as_("TRAINER")
    body = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_hugo"}
    sent = trainer.post(RESPONSES, body).data
    assert (sent["status"], sent["kind"]) == ("SENT", "PRE")
    assert sent["sentAt"] == "2026-11-02T09:00:00.000Z"
    later = trainer.post(RESPONSES, body | {"scheduledFor": "2026-12-01T08:00:00Z"}).data
    assert (later["status"], later["sentAt"]) == ("SCHEDULED", None)
    now = trainer.post(f"{RESPONSES}/{later['id']}/send").data
    assert (now["status"], now["sentAt"]) == ("SENT", "2026-11-02T09:00:00.000Z")


def test_reminders_are_counted(local: Api) -> None:
    reminded = local.as_("TRAINER").post(f"{RESPONSES}/qre_envoye/remind").data
    assert reminded["remindersSent"] == 1
    assert reminded["status"] == "SENT"


def test_a_learner_sees_their_own_responses_only(local: Api) -> None:
    learner = local.as_("LEARNER")
    assert learner.get(f"{RESPONSES}/qre_abc123").code == "NOT_FOUND"
    assert learner.post(f"{RESPONSES}/qre_rempli/submit").code == "NOT_FOUND"


def test_a_submitted_response_is_not_changed_any_more(local: Api) -> None:
    body = {"answers": [{"key": "q1", "choices": ["b"]}]}
    refused = local.as_("ADMIN").put(f"{RESPONSES}/qre_abc123/answers", body)
    assert refused.code == "ILLEGAL_TRANSITION"
    assert refused.json["allowedTransitions"] == []


CHOICES = st.lists(st.sampled_from("abc"), unique=True)
POINTS = st.fixed_dictionaries({value: st.integers(0, 20) for value in "abc"})


@REPEATABLE
@given(points=POINTS, several=st.booleans(), chosen=CHOICES)
def test_nobody_wins_more_than_there_is_to_win(
    points: dict[str, int], several: bool, chosen: list[str]
) -> None:
    kind = "MULTIPLE_CHOICE" if several else "SINGLE_CHOICE"
    choices = [{"value": value, "points": worth} for value, worth in points.items()]
    answers = [{"key": "q", "choices": chosen if several else chosen[:1]}]
    score = score_of([{"key": "q", "type": kind, "choices": choices}], answers)
    if score is None:
        assert not any(points.values())
    else:
        assert 0 <= score["points"] <= score["maxPoints"]
        assert 0 <= score["percent"] <= 100
