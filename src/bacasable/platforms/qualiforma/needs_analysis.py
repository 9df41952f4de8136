"""Needs analysis (Qualiopi indicator 4): recommendations and gap, computed by fixed rules.

Simulated and deterministic: no expert and no model is asked. A course is worth up to 60 points for
the words it shares with the objectives and up to 40 for the distance of its level.
"""

import re
from collections.abc import Iterable, Iterator

from ...core import Behaviour, Record, Situation
from ...core.journal import JOURNAL
from ...core.messages import Letter, Link
from ...core.query import fold
from .letters import administrators, title

LEVELS = ("BEGINNER", "INTERMEDIATE", "ADVANCED", "EXPERT")
LEVELS_FR = {
    "BEGINNER": "débutant",
    "INTERMEDIATE": "intermédiaire",
    "ADVANCED": "avancé",
    "EXPERT": "expert",
}
_WORD_POINTS, _LEVEL_POINTS, _POINTS_A_LEVEL = 60, 40, 15
_MOST = 5
_STOP = frozenset(
    [
        "avec",
        "dans",
        "pour",
        "plus",
        "leur",
        "leurs",
        "cette",
        "sans",
        "sous",
        "entre",
        "vers",
        "etre",
        "avoir",
        "faire",
    ]
)


def analysis_of(needs: Record, courses: Iterable[Record]) -> Record:
    """`recommendations` and `gapAnalysis` for an analysis, from the published courses given."""
    wanted = _words(" ".join(needs["objectives"]))
    ranked = sorted(
        (_recommendation(needs, wanted, course) for course in courses),
        key=lambda r: (-r["score"], r["courseId"]),
    )
    best = [r for r in ranked if r["shared"]][:_MOST] or ranked[:_MOST]
    offered = {word for r in best for word in r["shared"]}
    covered = [o for o in needs["objectives"] if _words(o) & offered]
    missing = [o for o in needs["objectives"] if o not in covered]
    return {
        "recommendations": [{k: v for k, v in r.items() if k != "shared"} for r in best],
        "gapAnalysis": {
            "levelGap": _gap(needs),
            "coveredObjectives": covered,
            "uncoveredObjectives": missing,
            "summary": _summary(needs, best, missing),
            "simulated": True,
        },
    }


def _recommendation(needs: Record, wanted: set[str], course: Record) -> Record:
    text = " ".join([course["title"], course["description"] or "", *course["objectives"]])
    shared = wanted & _words(text)
    level, low, high = (
        LEVELS.index(course["level"]),
        LEVELS.index(needs["currentLevel"]),
        LEVELS.index(needs["targetLevel"]),
    )
    distance = max(low - level, level - high, 0)
    score = round(_WORD_POINTS * len(shared) / len(wanted)) if wanted else 0
    score += max(0, _LEVEL_POINTS - _POINTS_A_LEVEL * distance)
    said = ", ".join(sorted(shared)) or "aucun mot commun"
    return {
        "courseId": course["id"],
        "title": course["title"],
        "level": course["level"],
        "score": score,
        "reason": f"Niveau {LEVELS_FR[course['level']]} ; objectifs communs : {said}.",
        "shared": shared,
    }


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w{4,}", fold(text)) if word not in _STOP}


def _gap(needs: Record) -> int:
    return LEVELS.index(needs["targetLevel"]) - LEVELS.index(needs["currentLevel"])


def _summary(needs: Record, best: list[Record], missing: list[str]) -> str:
    levels = (
        f"du niveau {LEVELS_FR[needs['currentLevel']]} au niveau {LEVELS_FR[needs['targetLevel']]}"
    )
    first = (
        f"Progression {levels} ({_gap(needs)} palier(s)) ; {len(best)} formation(s) proposée(s)."
    )
    rest = f" Sans réponse au catalogue : {' ; '.join(missing)}." if missing else ""
    return f"{first}{rest} Analyse simulée."


def analyse(s: Situation) -> None:
    """Fill the draft with its analysis."""
    published = s.where("Course", status="PUBLISHED")
    if _gap(s.draft) >= 0:
        s.draft.update(analysis_of(s.draft, published))


def first_state(s: Situation) -> None:
    """Analysed at once, unless the client wants a draft."""
    if s.body["draft"]:
        s.draft["status"] = "DRAFT"
        return
    s.draft["submittedAt"] = s.draft["analysedAt"] = s.now
    analyse(s)


def first_facts(s: Situation) -> list[str]:
    """What creation tells the journal."""
    later = [] if s.body["draft"] else ["needs_analysis.submitted", "needs_analysis.analysed"]
    return ["needs_analysis.created", *later]


def forget_analysis(s: Situation) -> None:
    """A draft sent back has no analysis."""
    s.draft |= {"recommendations": [], "gapAnalysis": None, "submittedAt": None, "analysedAt": None}


def note_lateness(s: Situation) -> None:
    """Late when the learner had begun to work (indicator 4: the analysis comes before that)."""
    enrollment_id = s.record["enrollmentId"]
    worked = s.where(JOURNAL, resourceId=enrollment_id, type="enrollment.progressed")
    s.draft["late"] = enrollment_id is not None and bool(worked)


def revise(s: Situation) -> Record:
    """A new draft with the next version number takes the place of a completed analysis."""
    old = s.record | {"status": "SUPERSEDED", "updatedAt": s.now}
    s.write("NeedsAnalysis", old)
    s.emit("needs_analysis.superseded", "NeedsAnalysis", old)
    kept = (
        "companyId",
        "enrollmentId",
        "objectives",
        "currentLevel",
        "targetLevel",
        "context",
        "fundingSource",
    )
    fresh = s.new(
        "NeedsAnalysis",
        **{name: old[name] for name in kept},
        status="DRAFT",
        version=old["version"] + 1,
        supersedesId=old["id"],
    )
    s.write("NeedsAnalysis", fresh)
    s.emit("needs_analysis.created", "NeedsAnalysis", fresh)
    return fresh


def tell_completed(s: Situation, analysis: Record) -> Iterator[Letter]:
    """Administrators hear that an analysis is valid; its context may be personal and stays out."""
    company = title(s, "Company", analysis["companyId"], "name")
    number = len(analysis["recommendations"])
    for admin in administrators(s):
        yield Letter(
            admin["id"],
            f"Analyse des besoins validée : {company}",
            (
                f"L'analyse des besoins de l'entreprise {company} est validée.",
                f"Nombre de formations recommandées : {number}.",
            ),
            (Link("Voir l'analyse", "getNeedsAnalysis", {"id": analysis["id"]}),),
        )


BEHAVIOURS = {
    "NeedsAnalysis": Behaviour(
        prepare={
            "createNeedsAnalysis": first_state,
            "analyseNeedsAnalysis": analyse,
            "requestNeedsAnalysisChanges": forget_analysis,
            "validateNeedsAnalysis": note_lateness,
        },
        facts={"createNeedsAnalysis": first_facts},
        operations={"reviseNeedsAnalysis": revise},
        letters={"needs_analysis.completed": tell_completed},
    )
}
