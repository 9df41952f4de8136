"""What a refusal is answered with: the answer that the operation documents for it, filled in.

Where an operation documents none it is a problem document (RFC 9457).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from .catalogue import documented
from .compiled import compiled
from .kinds import ProblemKind
from .media import is_json, may_be_json
from .model import Contract, Json, Operation, Violation
from .problems import Refusal, as_sent, render, told_of
from .template import Template
from .wire import to_json

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a refusal: status, media type (empty for no body), body."""

    status: int
    media_type: str
    content: bytes


def told(
    contract: Contract,
    refusal: Refusal,
    operation: Operation | None,
    *,
    instance: str,
    request_id: str,
) -> Told:
    """The answer to a refusal of a call of an operation; None where it was of none.

    `instance` is the path as it was sent. Raises KeyError for a code that is no kind of problem: a
    defect of ours, not of a caller.
    """
    known = compiled(contract).refusals
    key = (operation.id if operation else "", refusal.code)
    plan = known.get(key)
    if plan is None:
        plan = known[key] = _plan(contract, operation, refusal.code)
    if plan.plain is not None and not (refusal.violations or refusal.members):
        detail = told_of(plan.kind, refusal)
        said = {"detail": detail, "instance": as_sent(instance), "requestId": request_id}
        if plan.is_brief:
            said["title"] = detail
        return Told(plan.status, plan.media_type, b"".join(plan.plain.render(said)))
    problem = render(plan.kind, refusal, instance=instance, request_id=request_id)
    problem["status"] = plan.status
    if plan.template is not None:
        problem |= plan.facts
        problem["violations"] = problem.get("errors")
        if "violations" not in plan.template.slots.values():
            problem["detail"] = _with_places(problem["detail"], refusal.violations)
        if plan.is_brief:
            problem["title"] = problem["detail"]
        return Told(plan.status, plan.media_type, b"".join(plan.template.render(problem)))
    if plan.media_type and is_json(plan.media_type):
        return Told(plan.status, plan.media_type, to_json(problem))
    detail = _with_places(problem["detail"], refusal.violations)
    text = detail.encode() if plan.media_type else b""
    return Told(plan.status, plan.media_type, text)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How refusals of a kind are answered: by a template, as a problem document, text or nothing.

    `facts` are those that are the same each time.
    """

    kind: ProblemKind
    status: int
    media_type: str
    template: Template | None
    facts: dict[str, Json]
    plain: Template | None = None
    """The template of those without violations and members of their own, which are most."""
    is_brief: bool = False
    """Whether a title is all that the answer has room for: then that says what went wrong."""


def _plan(contract: Contract, operation: Operation | None, code: str) -> _Plan:
    kind, status, answer = documented(contract, operation, code)
    number = int(kind.code) if kind.code.isdecimal() else status
    facts: dict[str, Json] = {"number": number, "statusText": HTTPStatus(status).phrase}
    if answer is None:
        return _Plan(kind, status, PROBLEM, None, facts)
    media_type = answer.media_type or ""
    # A range has no status of its own, and what it documents here is a refusal.
    answer = replace(answer, status=status)
    template = compiled(contract).template(operation, answer) if may_be_json(media_type) else None
    if template is None and media_type and not media_type.startswith("text/"):
        # A document that names JSON and says no more of it is not broken by a problem document.
        media_type = media_type if is_json(media_type) else PROBLEM
    if template is None:
        return _Plan(kind, status, media_type, None, facts)
    same = render(kind, Refusal(code), instance="", request_id="") | facts | {"status": status}
    slots = set(template.slots.values())
    is_brief = "title" in slots and "detail" not in slots
    plain = template.fixed(same, _EACH | {"title"} if is_brief else _EACH)
    return _Plan(kind, status, media_type, template, facts, plain, is_brief)


def _with_places(detail: str, violations: Sequence[Violation]) -> str:
    """What went wrong, with the first places of it, where an answer has no list for them."""
    told = [f"{one.pointer} {one.detail}".strip() for one in violations[:_SHOWN]]
    return " ".join([detail, *([f"({'; '.join(told)})"] if told else [])])


_SHOWN = 5


_EACH = frozenset({"detail", "instance", "requestId"})
"""What is another in each refusal of a kind."""
