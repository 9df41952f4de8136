"""The words in which a training body's history is told: steps of fixture files, ids, instants."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol

Step = dict[str, Any]
"""One call, as fixture files write it: at, do, as, id, path, body."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class Cast(Protocol):
    """Where people and companies come from; nobody comes twice."""

    random: Random

    def person(self) -> dict[str, str]:
        """firstName, lastName, email, phone."""
        ...

    def company(self) -> dict[str, str]:
        """name, siret, vatNumber."""
        ...


class Body:
    """A training body while its history is told: who and what exists so far."""

    def __init__(self, sizes: dict[str, Any], cast: Cast) -> None:
        self.sizes, self.cast, self.random = sizes, cast, cast.random
        self.start = datetime.fromisoformat(sizes["from"]).replace(tzinfo=UTC, hour=8)
        self.end = self.start + sizes["months"] * 30.4 * DAY
        self.steps: list[Step] = []
        self.learners: list[str] = []
        self.trainers: list[str] = []
        self.companies: list[str] = []
        self.courses: list[dict[str, Any]] = []
        self.questionnaires: dict[str, list[str]] = {}

    def step(
        self,
        at: datetime,
        operation: str,
        body: Any = None,
        path: Mapping[str, Any] | None = None,
        *,
        pin: str = "",
        user: str = "",
    ) -> Step:
        """One call; `pin` is the id of the record it creates, `user` who makes it (the admin)."""
        return {
            "at": text(at),
            "do": operation,
            "as": user or self.sizes["admin"],
            "id": pin,
            "path": dict(path or {}),
            "body": body,
        }

    def needs(self, at: datetime, course: Mapping[str, Any], **more: Any) -> list[Step]:
        """A needs analysis that leads to a course, made and then validated."""
        needs, trainer = self.new_id("nas_"), self.random.choice(self.trainers)
        body = {
            "companyId": self.random.choice(self.companies),
            "objectives": course["objectives"],
            "currentLevel": "BEGINNER",
            "targetLevel": course["level"],
            "context": "Entretien avec le responsable de service.",
            "fundingSource": self.random.choice(("OPCO", "CPF", "SELF")),
            **more,
        }
        return [
            self.step(at, "createNeedsAnalysis", body, pin=needs, user=trainer),
            self.step(at + HOUR, "validateNeedsAnalysis", None, {"id": needs}, user=trainer),
        ]

    def new_id(self, prefix: str) -> str:
        """A fresh id of the usual form: prefix and 20 base32 characters."""
        return prefix + "".join(self.random.choices(_BASE32, k=20))


class Minutes:
    """Instants that follow each other by a minute."""

    def __init__(self, start: datetime) -> None:
        self._at = start

    def tick(self) -> datetime:
        """The next minute."""
        self._at += timedelta(minutes=1)
        return self._at


def business(at: datetime) -> datetime:
    """The same day at nine."""
    return at.replace(hour=9, minute=0, second=0, microsecond=0)


def text(at: datetime) -> str:
    """An instant as fixture files write it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def questions(kind: str) -> list[dict[str, Any]]:
    """The questions of a positioning test (PRE), or of a survey."""
    if kind != "PRE":
        asked = ("Les objectifs sont-ils atteints ?", "Recommanderiez-vous cette formation ?")
        return [{"key": f"q{n}", "type": "SCALE", "text": said} for n, said in enumerate(asked, 1)]
    choices = [
        {"value": value, "label": label, "points": points}
        for value, label, points in (("a", "Jamais", 0), ("b", "Parfois", 3), ("c", "Souvent", 5))
    ]
    tested = ("Pratiquez-vous le sujet ?", "L'avez-vous déjà enseigné ?", "Êtes-vous autonome ?")
    return [
        {"key": f"q{n}", "type": "SINGLE_CHOICE", "text": said, "choices": choices}
        for n, said in enumerate(tested, 1)
    ]
