"""A training body's history, told as steps of a fixture: who did what, when.

Plain data in the language of fixture files; the seeding plays it, so every rule holds and the
journal comes out coherent. The same sizes, cast and random source give the same history.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol

Step = dict[str, Any]
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


def training_body(sizes: dict[str, Any], cast: Cast) -> list[Step]:
    """All steps, ascending in time.

    `sizes`: admin (account id), from (day), months, learners, trainers, companies, enrollments and
    catalogue (list of title, category, level, hours, price).
    """
    return _Body(sizes, cast).history()


class _Body:
    """One training body in the making."""

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

    def history(self) -> list[Step]:
        """Every step, sorted by time; a chain that passes the end is cut there."""
        chains = [self._foundation(), *self._enrollments(), *self._variety()]
        horizon = _text(self.end)
        kept = [step for chain in chains for step in chain if step["at"] <= horizon]
        return sorted(kept, key=lambda step: step["at"])

    # --- the first days

    def _foundation(self) -> list[Step]:
        steps: list[Step] = []
        clock = _Clock(self.start)
        for _ in range(self.sizes["trainers"]):
            self.trainers.append(self._user(steps, clock, "TRAINER"))
        for number in range(self.sizes["companies"]):
            company = self.cast.company() | {"kind": "FUNDER" if number % 6 == 5 else "CUSTOMER"}
            self.companies.append(self._id("cmp_"))
            steps.append(self._step(clock.tick(), "createCompany", company, id=self.companies[-1]))
        for _ in range(self.sizes["learners"]):
            self.learners.append(self._user(steps, clock, "LEARNER"))
        for number, entry in enumerate(self.sizes["catalogue"]):
            self._course(steps, clock, entry, number)
        for kind in ("PRE", "HOT"):
            self._questionnaires(steps, clock, kind)
        return steps

    def _user(self, steps: list[Step], clock: "_Clock", role: str) -> str:
        user = self._id("usr_")
        body: dict[str, Any] = self.cast.person() | {"roles": [role]}
        if role == "LEARNER" and self.companies and self.random.random() < 0.7:
            body["companyId"] = self.random.choice(self.companies)
        steps.append(self._step(clock.tick(), "createUser", body, id=user))
        return user

    def _course(
        self, steps: list[Step], clock: "_Clock", entry: dict[str, Any], number: int
    ) -> None:
        course = {"id": self._id("crs_"), "modules": [], **entry}
        body = {
            "title": entry["title"],
            "category": entry["category"],
            "level": entry["level"],
            "durationHours": entry["hours"],
            "price": entry["price"],
            "objectives": entry["objectives"],
            "modality": ("IN_PERSON", "REMOTE", "BLENDED")[number % 3],
        }
        steps.append(self._step(clock.tick(), "createCourse", body, id=course["id"]))
        for position, title in enumerate(("Fondements", "Mise en pratique", "Bilan"), 1):
            module = {"title": title, "position": position, "mandatory": position < 3}
            course["modules"].append(self._id("mod_"))
            path = {"id": course["id"]}
            steps.append(
                self._step(clock.tick(), "createCourseModule", module, path, course["modules"][-1])
            )
        if number % 12 != 11:
            steps.append(self._step(clock.tick(), "publishCourse", None, {"id": course["id"]}))
            self.courses.append(course)

    def _questionnaires(self, steps: list[Step], clock: "_Clock", kind: str) -> None:
        for number in range(3):
            name = self._id("qst_")
            title = {"PRE": "Positionnement", "HOT": "Satisfaction à chaud"}[kind]
            body = {
                "title": f"{title} {number + 1}",
                "kind": kind,
                "alertBelow": 40,
                "questions": _questions(kind),
            }
            steps.append(self._step(clock.tick(), "createQuestionnaire", body, id=name))
            steps.append(self._step(clock.tick(), "publishQuestionnaire", None, {"id": name}))
            self.questionnaires.setdefault(kind, []).append(name)

    # --- enrollments over the months

    def _enrollments(self) -> Iterator[list[Step]]:
        pairs = [(learner, course) for learner in self.learners for course in self.courses]
        chosen = self.random.sample(pairs, self.sizes["enrollments"])
        first, span = self.start + 7 * DAY, self.end - self.start - 8 * DAY
        fates = (
            ("complete",) * 11
            + ("active",) * 4
            + ("suspend", "resume", "revoke", "pending", "stall")
        )
        for number, (learner, course) in enumerate(chosen):
            at = first + span * number / len(chosen)
            yield self._enrollment(_business(at), learner, course, fates[number % len(fates)])

    def _enrollment(
        self, at: datetime, learner: str, course: dict[str, Any], fate: str
    ) -> list[Step]:
        enrollment = self._id("enr_")
        path = {"id": enrollment}
        method = "FREE" if course["price"] == 0 else self.random.choice(("VIVA_ISV", "STRIPE"))
        body = {"courseId": course["id"], "userId": learner, "paymentMethod": method}
        body["companyId"] = self.random.choice(self.companies)
        steps = [self._step(at, "createEnrollment", body, id=enrollment)]
        if fate == "pending" and method != "FREE":
            return steps
        if method != "FREE":
            payment = {"paymentId": self._id("pay_")}
            steps.append(self._step(at + HOUR, "activateEnrollment", payment, path))
        if self.random.random() < 0.4:
            steps += self._needs(at + 2 * HOUR, enrollment, course)
        steps += self._response(at + DAY, "PRE", learner, enrollment)
        if fate == "revoke":
            reason = {"statusReason": "Rétractation dans le délai légal"}
            return [*steps, self._step(at + 9 * DAY, "revokeEnrollment", reason, path)]
        reached = course["modules"] if fate == "complete" else course["modules"][:1]
        for number, module in enumerate(reached):
            work = {"moduleId": module, "percent": 100, "minutes": 210}
            work["score"] = self.random.randint(55, 98)
            when = at + (8 + 7 * number) * DAY
            steps.append(self._step(when, "recordProgress", work, path, user=learner))
        return steps + self._ending(at, fate, learner, enrollment)

    def _ending(self, at: datetime, fate: str, learner: str, enrollment: str) -> list[Step]:
        path, trainer = {"id": enrollment}, self.random.choice(self.trainers)
        pause = {"statusReason": "Indisponibilité du stagiaire"}
        if fate == "complete":
            done = at + 30 * DAY
            steps = [self._step(done, "completeEnrollment", None, path, user=trainer)]
            return steps + self._response(done + HOUR, "HOT", learner, enrollment)
        if fate in {"suspend", "resume"}:
            steps = [self._step(at + 12 * DAY, "suspendEnrollment", pause, path)]
            if fate == "resume":
                steps.append(self._step(at + 20 * DAY, "resumeEnrollment", None, path))
            return steps
        return []

    def _needs(self, at: datetime, enrollment: str, course: dict[str, Any]) -> list[Step]:
        needs, trainer = self._id("nas_"), self.random.choice(self.trainers)
        body = {
            "companyId": self.random.choice(self.companies),
            "enrollmentId": enrollment,
            "objectives": course["objectives"],
            "currentLevel": "BEGINNER",
            "targetLevel": course["level"],
            "context": "Entretien avec le responsable de service.",
            "fundingSource": self.random.choice(("OPCO", "CPF", "SELF")),
        }
        validated = self._step(
            at + HOUR, "validateNeedsAnalysis", None, {"id": needs}, user=trainer
        )
        return [self._step(at, "createNeedsAnalysis", body, id=needs, user=trainer), validated]

    def _response(self, at: datetime, kind: str, learner: str, enrollment: str) -> list[Step]:
        """A questionnaire and what becomes of it: mostly answered, sometimes not."""
        response = self._id("qre_")
        path = {"id": response}
        body = {"respondentId": learner, "enrollmentId": enrollment}
        body["questionnaireId"] = self.random.choice(self.questionnaires[kind])
        steps = [self._step(at, "createQuestionnaireResponse", body, id=response)]
        luck = self.random.random()
        if luck < 0.08:
            return steps
        if luck < 0.14:
            remind = self._step(at + 3 * DAY, "remindQuestionnaireResponse", None, path)
            expire = self._step(at + 30 * DAY, "expireQuestionnaireResponse", None, path)
            return [*steps, remind, expire]
        if luck < 0.17:
            return [*steps, self._step(at + HOUR, "cancelQuestionnaireResponse", None, path)]
        opened = at + DAY
        steps.append(self._step(opened, "openQuestionnaireResponse", None, path, user=learner))
        if luck < 0.22:
            return steps
        answers = {"answers": self._answers(kind)}
        return [
            *steps,
            self._step(opened + HOUR, "answerQuestionnaireResponse", answers, path, user=learner),
            self._step(opened + 2 * HOUR, "submitQuestionnaireResponse", None, path, user=learner),
        ]

    def _answers(self, kind: str) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for question in _questions(kind):
            if question["type"] == "SCALE":
                answers.append({"key": question["key"], "number": self.random.randint(2, 5)})
            else:
                value = self.random.choice(question["choices"])["value"]
                answers.append({"key": question["key"], "choices": [value]})
        return answers

    # --- one of everything else

    def _variety(self) -> Iterator[list[Step]]:
        late = self.end - 60 * DAY
        yield self._odd_courses(late)
        yield self._odd_needs(late + DAY)
        yield self._odd_questionnaires(late + 2 * DAY)
        yield self._paths(late + 3 * DAY)
        for number, ending in enumerate(("draft", "started", "completed", "archived", "discarded")):
            yield self._plan(late + (4 + number) * DAY, ending)
        for number, learner in enumerate(self.learners[-2:]):
            at = self.end - (number + 1) * DAY
            yield [self._step(at, "deactivateUser", None, {"id": learner})]

    def _odd_courses(self, at: datetime) -> list[Step]:
        retired = {"id": self.courses[-1]["id"]}
        return [self._step(self.end - HOUR, "archiveCourse", None, retired)]

    def _odd_needs(self, at: datetime) -> list[Step]:
        steps: list[Step] = []
        clock = _Clock(at)
        for ending in ("draft", "submit", "reject", "revise", "analysed"):
            needs = self._id("nas_")
            course = self.random.choice(self.courses)
            created, *_ = self._needs(clock.tick(), "", course)
            body = created["body"] | {"draft": ending in {"draft", "submit"}}
            body.pop("enrollmentId")
            steps.append(created | {"id": needs, "body": body})
            calls = {
                "submit": [("submitNeedsAnalysis", None)],
                "reject": [("rejectNeedsAnalysis", {"statusReason": "Projet abandonné"})],
                "revise": [("validateNeedsAnalysis", None), ("reviseNeedsAnalysis", None)],
            }
            for call, reason in calls.get(ending, []):
                steps.append(self._step(clock.tick(), call, reason, {"id": needs}))
        return steps

    def _odd_questionnaires(self, at: datetime) -> list[Step]:
        clock = _Clock(at)
        draft, old, later = self._id("qst_"), self._id("qst_"), self._id("qre_")
        body = {"title": "Satisfaction à froid", "kind": "COLD", "questions": _questions("HOT")}
        scheduled = {
            "questionnaireId": self.questionnaires["HOT"][0],
            "respondentId": self.learners[0],
            "scheduledFor": _text(self.end + 120 * DAY),
        }
        return [
            self._step(clock.tick(), "createQuestionnaire", body, id=draft),
            self._step(clock.tick(), "createQuestionnaire", body | {"title": "Ancien"}, id=old),
            self._step(clock.tick(), "archiveQuestionnaire", None, {"id": old}),
            self._step(clock.tick(), "createQuestionnaireResponse", scheduled, id=later),
        ]

    def _paths(self, at: datetime) -> list[Step]:
        clock = _Clock(at)
        free, tested, draft, old = (self._id("adp_") for _ in range(4))
        chain = [
            {"courseId": course["id"], "order": order, "mandatory": order < 3}
            for order, course in enumerate(self.courses[:3], 1)
        ]
        body = {"name": "Parcours manager", "targetAudience": "INTERMEDIATE", "modules": chain}
        assessed = body | {"prerequisiteAssessmentId": self.questionnaires["PRE"][0]}
        steps = [
            self._step(clock.tick(), "createAdaptivePath", body, id=free),
            self._step(clock.tick(), "publishAdaptivePath", None, {"id": free}),
            self._step(clock.tick(), "createAdaptivePath", assessed, id=tested),
            self._step(clock.tick(), "publishAdaptivePath", None, {"id": tested}),
            self._step(clock.tick(), "createAdaptivePath", body | {"name": "Brouillon"}, id=draft),
            self._step(clock.tick(), "createAdaptivePath", body | {"name": "Ancien"}, id=old),
            self._step(clock.tick(), "archiveAdaptivePath", None, {"id": old}),
            self._step(
                clock.tick(), "createPathAssignment", {"userId": self.learners[0]}, {"id": tested}
            ),
        ]
        for learner, done in ((self.learners[1], 0), (self.learners[2], 2), (self.learners[3], -1)):
            steps += self._assignment(clock, free, learner, done)
        return steps

    def _assignment(self, clock: "_Clock", path: str, learner: str, done: int) -> list[Step]:
        """A learner in a path: `done` steps passed, or abandoned for -1."""
        assignment = self._id("pas_")
        place = {"id": path, "assignmentId": assignment}
        body = {"userId": learner}
        steps = [self._step(clock.tick(), "createPathAssignment", body, {"id": path}, assignment)]
        for order in range(1, done + 1):
            step = place | {"order": order}
            passed = {"completed": True, "score": 85}
            steps.append(self._step(clock.tick(), "startPathModule", None, step, user=learner))
            steps.append(self._step(clock.tick(), "recordPathModuleResult", passed, step))
        if done < 0:
            reason = {"statusReason": "Changement de poste"}
            steps.append(self._step(clock.tick(), "abandonPathAssignment", reason, place))
        return steps

    def _plan(self, at: datetime, ending: str) -> list[Step]:
        clock, trainer = _Clock(at), self.trainers[0]
        plan, done, dropped, begun = (self._id(p) for p in ("imp_", "ima_", "ima_", "ima_"))
        path = {"id": plan}
        body = {
            "title": f"Plan {ending}",
            "trigger": "AUDIT",
            "sourceId": "audit-2026",
            "indicator": 32,
        }
        steps = [self._step(clock.tick(), "createImprovementPlan", body, id=plan)]
        for number, action in enumerate((done, dropped, begun), 1):
            task = {"title": f"Action {number}", "ownerId": trainer, "dueDate": "2026-09-30"}
            steps.append(self._step(clock.tick(), "createImprovementAction", task, path, action))
        calls: list[tuple[str, str]] = []
        if ending in {"started", "completed", "archived"}:
            steps.append(self._step(clock.tick(), "startImprovementPlan", None, path))
            calls = [("finishImprovementAction", done), ("startImprovementAction", begun)]
        if ending in {"completed", "archived"}:
            calls += [("cancelImprovementAction", dropped), ("finishImprovementAction", begun)]
        for call, action in calls:
            steps.append(self._step(clock.tick(), call, None, path | {"actionId": action}))
        if ending in {"completed", "archived"}:
            report = {"closingReport": "Actions menées.", "effectivenessNote": "Effet constaté."}
            steps.append(self._step(clock.tick(), "completeImprovementPlan", report, path))
        if ending in {"archived", "discarded"}:
            steps.append(self._step(clock.tick(), "archiveImprovementPlan", None, path))
        return steps

    # --- words of the language of fixtures

    def _step(
        self,
        at: datetime,
        operation: str,
        body: Any = None,
        path: dict[str, Any] | None = None,
        id: str = "",
        user: str = "",
    ) -> Step:
        return {
            "at": _text(at),
            "do": operation,
            "as": user or self.sizes["admin"],
            "id": id,
            "path": path or {},
            "body": body,
        }

    def _id(self, prefix: str) -> str:
        return prefix + "".join(self.random.choices(_BASE32, k=20))


class _Clock:
    """Calls that follow each other by a minute."""

    def __init__(self, start: datetime) -> None:
        self._at = start

    def tick(self) -> datetime:
        """The next minute."""
        self._at += timedelta(minutes=1)
        return self._at


def _business(at: datetime) -> datetime:
    """The same day at nine."""
    return at.replace(hour=9, minute=0, second=0, microsecond=0)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _questions(kind: str) -> list[dict[str, Any]]:
    if kind == "HOT":
        texts = ("Les objectifs sont-ils atteints ?", "Recommanderiez-vous cette formation ?")
        return [{"key": f"q{n}", "type": "SCALE", "text": text} for n, text in enumerate(texts, 1)]
    choices = [
        {"value": value, "label": label, "points": points}
        for value, label, points in (("a", "Jamais", 0), ("b", "Parfois", 3), ("c", "Souvent", 5))
    ]
    texts = ("Pratiquez-vous le sujet ?", "L'avez-vous déjà enseigné ?", "Êtes-vous autonome ?")
    return [
        {"key": f"q{n}", "type": "SINGLE_CHOICE", "text": text, "choices": choices}
        for n, text in enumerate(texts, 1)
    ]
