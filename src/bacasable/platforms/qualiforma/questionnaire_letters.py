"""Letters about questionnaires: invitations, reminders, and what administrators are told.

What somebody answered is in none of them.
"""

from collections.abc import Iterator

from ...core import Record, Situation
from ...core.messages import Letter, Link
from ...core.situation import Correspondence
from .letters import administrators, day, title

_KINDS = {
    "PRE": "au questionnaire de positionnement",
    "MID": "à l'évaluation en cours de formation",
    "HOT": "à l'évaluation à chaud",
    "COLD": "à l'évaluation à froid",
    "TRAINER": "au questionnaire destiné aux formateurs",
    "COMPANY": "au questionnaire destiné aux entreprises",
    "FUNDER": "au questionnaire destiné aux financeurs",
}
_OPEN = ("SENT", "IN_PROGRESS")


def invite(s: Situation, response: Record) -> Iterator[Letter]:
    """The respondent is asked to answer."""
    name = _name(s, response)
    yield Letter(
        response["respondentId"],
        f"Votre questionnaire {name}",
        (
            f"Merci de répondre {_KINDS[response['kind']]} {name}{_about(s, response)}.",
            "Vos réponses sont enregistrées au fur et à mesure ; vous les validez à la fin.",
            *_until(response),
        ),
        _answer(response),
        sms=f"Votre questionnaire {name} vous attend.",
    )


def remind(s: Situation, response: Record) -> Iterator[Letter]:
    """The respondent is reminded, for the first, second or third time."""
    name, number = _name(s, response), response["remindersSent"]
    yield Letter(
        response["respondentId"],
        f"Rappel n°\u00a0{number} : votre questionnaire {name}",
        (
            f"Nous attendons encore vos réponses au questionnaire {name}{_about(s, response)}.",
            "Quelques minutes suffisent ; ce que vous avez déjà saisi est conservé.",
            *_until(response),
        ),
        _answer(response),
        sms=f"Rappel n°\u00a0{number} : votre questionnaire {name} vous attend toujours.",
    )


def tell_expired(s: Situation, response: Record) -> Iterator[Letter]:
    """The respondent can answer no more."""
    name = _name(s, response)
    yield Letter(
        response["respondentId"],
        f"Le questionnaire {name} est clos",
        (
            f"Le questionnaire {name}{_about(s, response)} n'accepte plus de réponses.",
            "Si vous souhaitez encore vous exprimer, adressez-vous à votre organisme de formation.",
        ),
    )


def tell_alert(s: Situation, response: Record) -> Iterator[Letter]:
    """Administrators hear of a score under the threshold; whose it is, they read in the record."""
    name = _name(s, response)
    for admin in administrators(s):
        yield Letter(
            admin["id"],
            f"Alerte : résultat sous le seuil au questionnaire {name}",
            (
                f"Questionnaire {name}{_about(s, response)} : un résultat est sous le seuil.",
                "Prenez contact avec la personne concernée et gardez trace de la suite donnée.",
            ),
            (Link("Voir la réponse", "getQuestionnaireResponse", {"id": response["id"]}),),
        )


def _name(s: Situation, response: Record) -> str:
    return title(s, "Questionnaire", response["questionnaireId"])


def _about(s: Situation, response: Record) -> str:
    """The course it is about, when that can be told, as the end of a phrase."""
    enrollment = s.get("Enrollment", response["enrollmentId"])
    questionnaire = s.get("Questionnaire", response["questionnaireId"]) or {"courseId": None}
    course_id = enrollment["courseId"] if enrollment else questionnaire["courseId"]
    return f" pour la formation {title(s, 'Course', course_id)}" if course_id else ""


def _until(response: Record) -> tuple[str, ...]:
    end = response["expiresAt"]
    return (f"Vous pouvez répondre jusqu'au {day(end)}.",) if end else ()


def _answer(response: Record) -> tuple[Link, ...]:
    path = {"id": response["id"]}
    return (Link("Répondre au questionnaire", "getQuestionnaireResponse", path, _OPEN),)


LETTERS: Correspondence = {
    "questionnaire.sent": invite,
    "questionnaire.reminded": remind,
    "questionnaire.expired": tell_expired,
    "questionnaire.alert": tell_alert,
}
