"""A training body's history, told as steps of a fixture: who did what, when.

Plain data in the language of fixture files; the seeding plays it, so every rule holds and the
journal comes out coherent. The same sizes, cast and random source give the same history.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .storytelling import DAY, HOUR, Body, Cast, Minutes, Step, business, questions, text
from .variety import variety


def training_body(sizes: dict[str, Any], cast: Cast) -> list[Step]:
    """All steps, ascending in time.

    `sizes`: admin (account id), from (day), months, learners, trainers, companies, enrollments and
    catalogue (list of title, category, level, hours, price).
    """
    return _Body(sizes, cast).history()


class _Body(Body):
    """One training body in the making."""

    def history(self) -> list[Step]:
        """Every step, sorted by time; a chain that passes the end is cut there."""
        chains = [self._foundation(), *self._enrollments(), *variety(self)]
        horizon = text(self.end)
        kept = [step for chain in chains for step in chain if step["at"] <= horizon]
        return sorted(kept, key=lambda step: step["at"])

    # --- the first days

    def _foundation(self) -> list[Step]:
        steps: list[Step] = []
        clock = Minutes(self.start)
        for _ in range(self.sizes["trainers"]):
            self.trainers.append(self._user(steps, clock, "TRAINER"))
        for number in range(self.sizes["companies"]):
            company = self.cast.company() | {"kind": "FUNDER" if number % 6 == 5 else "CUSTOMER"}
            self.companies.append(self.new_id("cmp_"))
            steps.append(self.step(clock.tick(), "createCompany", company, pin=self.companies[-1]))
        for _ in range(self.sizes["learners"]):
            self.learners.append(self._user(steps, clock, "LEARNER"))
        for number, entry in enumerate(self.sizes["catalogue"]):
            self._course(steps, clock, entry, number)
        for kind in ("PRE", "HOT"):
            self._forms(steps, clock, kind)
        return steps

    def _user(self, steps: list[Step], clock: Minutes, role: str) -> str:
        user = self.new_id("usr_")
        body: dict[str, Any] = self.cast.person() | {"roles": [role]}
        if role == "LEARNER" and self.companies and self.random.random() < 0.7:
            body["companyId"] = self.random.choice(self.companies)
        steps.append(self.step(clock.tick(), "createUser", body, pin=user))
        return user

    def _course(
        self, steps: list[Step], clock: Minutes, entry: dict[str, Any], number: int
    ) -> None:
        course = {"id": self.new_id("crs_"), "modules": [], **entry}
        body = {
            "title": entry["title"],
            "category": entry["category"],
            "level": entry["level"],
            "durationHours": entry["hours"],
            "price": entry["price"],
            "objectives": entry["objectives"],
            "modality": ("IN_PERSON", "REMOTE", "BLENDED")[number % 3],
        }
        steps.append(self.step(clock.tick(), "createCourse", body, pin=course["id"]))
        for position, title in enumerate(("Fondements", "Mise en pratique", "Bilan"), 1):
            module = {"title": title, "position": position, "mandatory": position < 3}
            course["modules"].append(self.new_id("mod_"))
            path = {"id": course["id"]}
            steps.append(
                self.step(
                    clock.tick(), "createCourseModule", module, path, pin=course["modules"][-1]
                )
            )
        if number % 12 != 11:
            steps.append(self.step(clock.tick(), "publishCourse", None, {"id": course["id"]}))
            self.courses.append(course)

    def _forms(self, steps: list[Step], clock: Minutes, kind: str) -> None:
        for number in range(3):
            name = self.new_id("qst_")
            title = {"PRE": "Positionnement", "HOT": "Satisfaction à chaud"}[kind]
            body = {
                "title": f"{title} {number + 1}",
                "kind": kind,
                "alertBelow": 40,
                "questions": questions(kind),
            }
            steps.append(self.step(clock.tick(), "createQuestionnaire", body, pin=name))
            steps.append(self.step(clock.tick(), "publishQuestionnaire", None, {"id": name}))
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
            yield self._enrollment(business(at), learner, course, fates[number % len(fates)])

    def _enrollment(
        self, at: datetime, learner: str, course: dict[str, Any], fate: str
    ) -> list[Step]:
        enrollment = self.new_id("enr_")
        path = {"id": enrollment}
        method = "FREE" if course["price"] == 0 else self.random.choice(("VIVA_ISV", "STRIPE"))
        body = {"courseId": course["id"], "userId": learner, "paymentMethod": method}
        body["companyId"] = self.random.choice(self.companies)
        if fate != "complete":
            # Access for two years: it ends after the story, when the clock is advanced.
            body["expiresAt"] = text(at + 730 * DAY)
        steps = [self.step(at, "createEnrollment", body, pin=enrollment)]
        if fate == "pending" and method != "FREE":
            return steps
        if method != "FREE":
            payment = {"paymentId": self.new_id("pay_")}
            steps.append(self.step(at + HOUR, "activateEnrollment", payment, path))
        if self.random.random() < 0.4:
            steps += self.needs(at + 2 * HOUR, course, enrollmentId=enrollment)
        steps += self._response(at + DAY, "PRE", learner, enrollment)
        if fate == "revoke":
            # Revoking cancels what is open, so nothing of it can follow.
            revoked = at + 9 * DAY
            reason = {"statusReason": "Rétractation dans le délai légal"}
            before = [step for step in steps if step["at"] < text(revoked)]
            return [*before, self.step(revoked, "revokeEnrollment", reason, path)]
        reached = course["modules"] if fate == "complete" else course["modules"][:1]
        for number, module in enumerate(reached):
            work: dict[str, Any] = {"moduleId": module, "percent": 100, "minutes": 210}
            work["score"] = self.random.randint(55, 98)
            when = at + (8 + 7 * number) * DAY
            steps.append(self.step(when, "recordProgress", work, path, user=learner))
        return steps + self._ending(at, fate, learner, enrollment)

    def _ending(self, at: datetime, fate: str, learner: str, enrollment: str) -> list[Step]:
        path, trainer = {"id": enrollment}, self.random.choice(self.trainers)
        pause = {"statusReason": "Indisponibilité du stagiaire"}
        if fate == "complete":
            done = at + 30 * DAY
            steps = [self.step(done, "completeEnrollment", None, path, user=trainer)]
            return steps + self._response(done + HOUR, "HOT", learner, enrollment)
        if fate in {"suspend", "resume"}:
            steps = [self.step(at + 12 * DAY, "suspendEnrollment", pause, path)]
            if fate == "resume":
                steps.append(self.step(at + 20 * DAY, "resumeEnrollment", None, path))
            return steps
        return []

    def _response(self, at: datetime, kind: str, learner: str, enrollment: str) -> list[Step]:
        """A questionnaire and what becomes of it: mostly answered, sometimes not."""
        response = self.new_id("qre_")
        path = {"id": response}
        body = {"respondentId": learner, "enrollmentId": enrollment}
        body["questionnaireId"] = self.random.choice(self.questionnaires[kind])
        steps = [self.step(at, "createQuestionnaireResponse", body, pin=response)]
        luck = self.random.random()
        if luck < 0.08:
            return steps
        if luck < 0.14:
            remind = self.step(at + 3 * DAY, "remindQuestionnaireResponse", None, path)
            expire = self.step(at + 30 * DAY, "expireQuestionnaireResponse", None, path)
            return [*steps, remind, expire]
        if luck < 0.17:
            return [*steps, self.step(at + HOUR, "cancelQuestionnaireResponse", None, path)]
        opened = at + DAY
        steps.append(self.step(opened, "openQuestionnaireResponse", None, path, user=learner))
        if luck < 0.22:
            return steps
        answers = {"answers": self._answers(kind)}
        return [
            *steps,
            self.step(opened + HOUR, "answerQuestionnaireResponse", answers, path, user=learner),
            self.step(opened + 2 * HOUR, "submitQuestionnaireResponse", None, path, user=learner),
        ]

    def _answers(self, kind: str) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        for question in questions(kind):
            if question["type"] == "SCALE":
                answers.append({"key": question["key"], "number": self.random.randint(2, 5)})
            else:
                value = self.random.choice(question["choices"])["value"]
                answers.append({"key": question["key"], "choices": [value]})
        return answers
