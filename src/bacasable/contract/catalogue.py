"""The problems of an API: which of its codes answers which kind, and where a document errs in it.

What serves a document raises kinds (`kinds.py`). The document has codes for them, at its root
(`x-problems`), and a response may say which it is for (`x-problem`); else statuses tell.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .compiled import compiled
from .document import Node, pointer
from .extensions import fits, is_strict
from .kinds import KINDS, ProblemKind
from .model import Answer, Contract, Json, JsonObject, Operation, Violation
from .names import did_you_mean
from .schema import schema_view
from .shape import inside
from .template import Path


def catalogue_of(document: JsonObject) -> dict[str, ProblemKind]:
    """The problems that a document declares at its root, by code.

    Of a document that is not strict what breaks the extension is passed over.
    """
    declared = document.get("x-problems", {})
    if not is_strict(document) and not fits("x-problems", declared):
        return {}
    return {
        code: ProblemKind(
            code,
            one["status"],
            one["title"],
            one.get("remedy", ""),
            kind=one.get("kind", code),
            cause=one.get("cause", ""),
            provoke=tuple(one.get("provoke", ())),
        )
        for code, one in declared.items()
    }


def documented(
    contract: Contract, operation: Operation | None, raised: str
) -> tuple[ProblemKind, int, Answer | None]:
    """What answers a kind of problem at an operation: what is said of it, its status, its answer.

    A code of the catalogue may be asked for, too. The status is the problem's own where a range or
    `default` stands for it, or where nothing does. Raises KeyError for what is neither.
    """
    for answer in _answers(contract, operation, raised):
        if raised in answer.problems:
            kind = _called(contract, raised, answer.problems[raised])
            return kind, answer.status or kind.status, answer
    known = contract.problems
    kinds = [kind for kind in known.values() if kind.kind == raised]
    kinds = kinds or [known[raised] if raised in known else KINDS[raised]]
    if operation is None:
        return kinds[0], kinds[0].status, None
    for kind in kinds:
        for status in (kind.status, *kind.others):
            if status in operation.answers:
                return kind, status, operation.answers[status]
    status, ranges = kinds[0].status, operation.ranges
    return kinds[0], status, ranges.get(f"{status // 100}XX") or ranges.get("default")


def _answers(contract: Contract, operation: Operation | None, raised: str) -> Iterable[Answer]:
    if operation is None:
        return [contract.unrouted[raised]] if raised in contract.unrouted else ()
    return (*operation.answers.values(), *operation.ranges.values())


def _called(contract: Contract, raised: str, code: str) -> ProblemKind:
    """A kind of problem under the code that a response has for it."""
    if code in contract.problems:
        return contract.problems[code]
    return replace(contract.problems.get(raised) or KINDS[raised], code=code)


def code_place(contract: Contract, operation: Operation | None, answer: Answer) -> Path | None:
    """Where a documented refusal holds its code; None where it holds none."""
    template = compiled(contract).template(operation, answer)
    slots = {slot: place for place, slot in template.slots.items()} if template else {}
    return slots.get("code") or slots.get("number")


def told_code(contract: Contract, operation: Operation | None, status: int, body: Json) -> str:
    """The code that a refusal tells, as text; empty where it tells none."""
    answer = contract.unrouted.get("UNKNOWN_PATH")
    if operation is not None:
        ranges = operation.ranges
        answer = operation.answers.get(status) or ranges.get(f"{status // 100}XX")
        answer = answer or ranges.get("default")
    place = code_place(contract, operation, replace(answer, status=status)) if answer else None
    found = inside(body, place or ("code",))
    return str(found) if isinstance(found, str | int) else ""


# --- what a document says wrong


def problem_findings(contract: Contract, nodes: list[Node]) -> Iterator[Violation]:
    """Kinds that there are not, codes that the catalogue does not have, and two codes for one."""
    for kind in contract.problems.values():
        yield from _declared_findings(contract, kind, pointer("x-problems", kind.code))
    for path, node in nodes:
        if "x-problem" not in node:
            continue
        place = pointer(*path, "x-problem")
        if path[-2:-1] != ("responses",):
            yield Violation(place, "stands on no response; put it on the one that tells of it")
        else:
            yield from _response_findings(contract, node["x-problem"], place)
    for operation in contract.operations.values():
        yield from _ambiguous(contract, operation)
    yield from _unlisted(contract)


def _declared_findings(contract: Contract, kind: ProblemKind, place: str) -> Iterator[Violation]:
    if kind.kind != kind.code:
        yield from _unknown_kind(contract, kind.kind, place + "/kind")
    for index, one in enumerate(kind.provoke):
        name = one["operation"]
        if name not in contract.operations:
            near = did_you_mean(name, contract.operations)
            at = place + pointer("provoke", index, "operation")
            yield Violation(at, f"'{name}' is no operation{near}")


def _unknown_kind(contract: Contract, kind: str, place: str) -> Iterator[Violation]:
    if kind not in KINDS and kind not in contract.problems:
        yield Violation(place, f"'{kind}' is no kind of problem{did_you_mean(kind, KINDS)}")


def _response_findings(contract: Contract, declared: JsonObject, place: str) -> Iterator[Violation]:
    for kind, code in declared.items():
        at, listed = place + pointer(kind), contract.problems
        yield from _unknown_kind(contract, kind, at)
        found = listed.get(str(code))
        if listed and found is None:
            near = did_you_mean(str(code), listed)
            yield Violation(at, f"'{code}' is no code under x-problems{near}")
        elif found and found.kind != kind:
            yield Violation(at, f"'{code}' is for {found.kind} under x-problems; name one for this")


def _ambiguous(contract: Contract, operation: Operation) -> Iterator[Violation]:
    """Kinds of problem for which an operation has several codes, and nothing tells which."""
    place = pointer(*operation.steps, "responses")
    answers = (*operation.answers.values(), *operation.ranges.values())
    stated = [kind for answer in answers for kind in answer.problems]
    for kind in dict.fromkeys(stated):
        if stated.count(kind) > 1:
            yield Violation(place, f"{kind} is told by several responses; say x-problem at one")
    codes: dict[str, list[str]] = {}
    for one in contract.problems.values():
        if one.status in operation.answers:
            codes.setdefault(one.kind, []).append(one.code)
    for kind, several in codes.items():
        if len(several) > 1 and kind not in stated:
            said = f"{kind} may be {' or '.join(several)} here; say which by x-problem"
            yield Violation(place, said)


def _unlisted(contract: Contract) -> Iterator[Violation]:
    """Codes that the schema of the answer that tells them does not allow."""
    judged: set[str] = set()
    for operation in contract.operations.values() if contract.problems else ():
        for status, answer in operation.answers.items():
            if status < 400 or answer.schema is None or answer.schema in judged:
                continue
            judged.add(answer.schema)
            allowed = _enumerated(contract, operation, answer)
            for kind in contract.problems.values() if allowed else ():
                if kind.status == status and kind.code not in allowed:
                    said = f"does not list the code {kind.code} of x-problems; add it"
                    yield Violation(answer.schema, said)


def _enumerated(contract: Contract, operation: Operation, answer: Answer) -> list[Json]:
    """The codes that the schema of a refusal lists; empty where it leaves them open."""
    place = code_place(contract, operation, answer)
    found = schema_view(contract.document, answer.schema or "").at(place) if place else []
    return [str(code) for schema in found for code in schema.get("enum", ())]
