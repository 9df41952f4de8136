"""Letters to learners about their enrollments. The reason of a change of state is never in them."""

from collections.abc import Iterator

from ...core import Record, Situation
from ...core.messages import Letter, Link
from ...core.situation import Correspondence
from .letters import SUPPORT, day, euros, title

_VIEWABLE = ("ACTIVE", "SUSPENDED", "COMPLETED")


def tell_created(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """The enrollment is confirmed, or waits for its payment."""
    course = _course(s, enrollment)
    if enrollment["subStatus"] == "PENDING_PAYMENT":
        subject = f"Votre inscription à {course} attend son paiement"
        said = (
            f"Votre inscription à la formation {course} est enregistrée.",
            _to_pay(s, enrollment),
        )
    else:
        subject = f"Votre inscription à {course} est confirmée"
        said = (f"Votre inscription à la formation {course} est confirmée.", _access(enrollment))
    yield _letter(enrollment, subject, *said, label="Voir mon inscription")


def tell_activated(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """The payment has come."""
    course = _course(s, enrollment)
    yield _letter(
        enrollment,
        f"Paiement reçu : votre accès à {course} est ouvert",
        f"Nous avons bien reçu le paiement de la formation {course}.",
        _access(enrollment),
        label="Voir mon inscription",
    )


def tell_suspended(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """Access is closed for a while."""
    course = _course(s, enrollment)
    yield _letter(
        enrollment,
        f"Votre accès à {course} est suspendu",
        f"Votre accès à la formation {course} est suspendu. Votre progression est conservée.",
        SUPPORT,
    )


def tell_open_again(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """Access is as it was before it was suspended, or before the course was completed."""
    course = _course(s, enrollment)
    waits = enrollment["subStatus"] == "PENDING_PAYMENT"
    yield _letter(
        enrollment,
        f"Votre inscription à {course} reprend",
        f"Votre inscription à la formation {course} reprend, avec la progression déjà acquise.",
        _to_pay(s, enrollment) if waits else _access(enrollment),
        label="Voir mon inscription",
    )


def tell_revoked(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """Access is closed for good."""
    course = _course(s, enrollment)
    yield _letter(
        enrollment,
        f"Votre inscription à {course} a pris fin",
        f"Il a été mis fin à votre inscription à la formation {course}.",
        "Les questionnaires en cours de cette inscription sont annulés.",
        SUPPORT,
    )


def tell_completed(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """The course is done."""
    course = _course(s, enrollment)
    yield _letter(
        enrollment,
        f"Félicitations, vous avez terminé {course}",
        f"Vous avez suivi la formation {course} jusqu'à son terme.",
        "Votre organisme de formation vous remettra votre certificat de réalisation.",
        label="Voir mon bilan",
    )


def tell_expired(s: Situation, enrollment: Record) -> Iterator[Letter]:
    """The time of access is over."""
    course = _course(s, enrollment)
    yield _letter(
        enrollment,
        f"Votre accès à {course} est arrivé à son terme",
        f"Votre accès à la formation {course} est terminé. Votre progression est conservée.",
        SUPPORT,
    )


def _letter(enrollment: Record, subject: str, *paragraphs: str, label: str = "") -> Letter:
    path = {"id": enrollment["id"]}
    links = (Link(label, "getEnrollment", path, _VIEWABLE),) if label else ()
    return Letter(enrollment["userId"], subject, paragraphs, links)


def _course(s: Situation, enrollment: Record) -> str:
    return title(s, "Course", enrollment["courseId"])


def _to_pay(s: Situation, enrollment: Record) -> str:
    course = s.get("Course", enrollment["courseId"]) or {"price": 0}
    return f"Votre accès s'ouvrira dès réception du paiement de {euros(course['price'])} HT."


def _access(enrollment: Record) -> str:
    end = enrollment["expiresAt"]
    return f"Votre accès est ouvert jusqu'au {day(end)}." if end else "Votre accès est ouvert."


LETTERS: Correspondence = {
    "enrollment.created": tell_created,
    "enrollment.activated": tell_activated,
    "enrollment.suspended": tell_suspended,
    "enrollment.resumed": tell_open_again,
    "enrollment.reopened": tell_open_again,
    "enrollment.revoked": tell_revoked,
    "enrollment.completed": tell_completed,
    "enrollment.expired": tell_expired,
}
