"""Refusals: the documented shape, and a code of the catalogue that goes with the status.

What the remedy of the catalogue sends the caller to must be there, and how long to wait.
"""

import re
from collections.abc import Iterator

from ...contract.catalogue import told_code
from ...contract.media import essence
from ...contract.model import JsonObject
from ...contract.schema import schema_view
from ..bench import Subject
from ..model import Exchange, Fault
from . import Check
from ._answers import Counted, PerSubject, counted
from ._bodies import body_faults

_CATALOGUE = "/x-problems"
_PROBLEM = "application/problem+json"
_SENT_TO = re.compile(r"\b(in|at|see) ([A-Za-z]\w*)\b")
"""What is named in a member stands there; at what one only looks, nothing may stand."""


def judge(subject: Subject, exchange: Exchange) -> Iterator[Fault]:
    """Faults of a documented refusal."""
    answer = counted(subject, exchange)
    if answer is None or answer.response.status < 400 or answer.documented is None:
        return
    yield from body_faults(subject, answer)
    body = answer.response.json if answer.response.body else None
    if isinstance(body, dict) and answer.documented.documents(_type(answer)):
        yield from _status(answer, body)
        yield from _code(subject, answer, body)
    yield from _wait(answer)


def _type(answer: Counted) -> str:
    return answer.response.header("content-type") or ""


def _status(answer: Counted, body: JsonObject) -> Iterator[Fault]:
    """RFC 9457, 3.1.2: the member `status` is the status of the answer."""
    said, status = body.get("status"), answer.response.status
    if essence(_type(answer)) == _PROBLEM and isinstance(said, int) and said != status:
        yield Fault(
            cause="the member status",
            title="A problem names another status than its answer has",
            expected=f"status: {status}",
            received=f"status: {said}",
            place=answer.documented.place if answer.documented else answer.place,
            exchanges=(answer.exchange,),
        )


def _code(subject: Subject, answer: Counted, body: JsonObject) -> Iterator[Fault]:
    code = told_code(subject.contract, answer.operation, answer.response.status, body)
    kind = subject.contract.problems.get(code)
    if kind is None:
        return  # a code that is none breaks the schema
    status = answer.response.status
    if kind.status != status and code not in _stated(answer):
        yield Fault(
            cause=f"{code} with {status}",
            title=f"The problem {code} does not go with status {status}",
            expected=f"{code}: {kind.status}",
            received=f"{code}: {status}",
            place=_CATALOGUE,
            exchanges=(answer.exchange,),
        )
    for name, filled in _named(subject).members(answer, kind.remedy):
        if name not in body or (filled and not body[name]):
            yield Fault(
                cause=f"{code} without {name}",
                title=f"The problem {code} has no {name}, to which its remedy sends the caller",
                expected=f"{code}: {name} with what is meant",
                received=f"{code}: {name} is {'empty' if name in body else 'missing'}",
                place=_CATALOGUE,
                exchanges=(answer.exchange,),
            )


def _stated(answer: Counted) -> frozenset[str]:
    """The codes that the contract has for this answer in particular."""
    documented = answer.operation.answers.get(answer.response.status)
    return frozenset(documented.problems.values()) if documented else frozenset()


class _Named:
    """The members of a problem to which the remedies of the catalogue send callers."""

    def __init__(self, subject: Subject) -> None:
        self._document = subject.contract.document
        self._found: dict[tuple[str, str], list[tuple[str, bool]]] = {}

    def members(self, answer: Counted, remedy: str) -> list[tuple[str, bool]]:
        """Members of the answer's schema that a remedy names, and whether they must be filled."""
        place = answer.documented.schema_for(_type(answer)) if answer.documented else ""
        if not place:
            return []
        if (place, remedy) not in self._found:
            known = {n for one in schema_view(self._document, place).speaking for n in one.members}
            named = _SENT_TO.findall(remedy)
            self._found[place, remedy] = [(n, how == "in") for how, n in named if n in known]
        return self._found[place, remedy]


_named = PerSubject(_Named)


def _wait(answer: Counted) -> Iterator[Fault]:
    """Who asks too often is told how long to wait, where the answer documents that."""
    if answer.response.status != 429 or answer.documented is None:
        return
    found = [h for h in answer.documented.headers if h.name.lower() == "retry-after"]
    if found and answer.response.header("retry-after") is None:
        yield Fault(
            cause="429 without Retry-After",
            title="A caller who asks too often is not told how long to wait",
            expected="Retry-After",
            received="no Retry-After",
            place=found[0].place,
            exchanges=(answer.exchange,),
        )


def _applies(subject: Subject, operation: object) -> str:
    if operation is None:
        return "it judges the answers of operations"
    refusals = any(
        status >= 400 for o in subject.contract.operations.values() for status in o.answers
    )
    ranges = any(o.ranges for o in subject.contract.operations.values())
    return "" if refusals or ranges else "the contract documents no refusals"


CHECK = Check(
    id="problem-shape",
    enforces="Every refusal has its documented shape, and a code that goes with its status.",
    stands="Responses from 400 and their schemas; x-problems; RFC 9457.",
    severity="error",
    repair="Make every refusal in one place, from the catalogue of problems.",
    kind="answer",
    applies=_applies,
    judge=judge,
    writes=False,
    wfc=101,
)
