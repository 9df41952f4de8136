"""Bodies of answers against their schemas: what breaks them, told by the place of the schema."""

from collections.abc import Iterable, Iterator

import jsonschema_rs

from ...contract import Violation
from ...contract.media import essence, is_json
from ...contract.model import Json
from ...contract.schemas import Check as SchemaCheck
from ..bench import Subject
from ..model import NOT_JSON, Fault
from ._answers import Counted, PerSubject
from ._schemas import Steps, at, located, says, shown, shown_place, steps_of

MOST = 10
"""So many violations of one body are told."""
_ANOTHER = 4
_MISSING, _UNKNOWN = "is required", "is not a known member"
_CANNOT = (ValueError, jsonschema_rs.ReferencingError, RecursionError)
_BODILESS = frozenset({204, 205, 304})


class Bodies:
    """Checks of bodies, compiled once for each schema."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.document = subject.contract.document
        self._checks: dict[str, SchemaCheck | None] = {}

    def violations(self, place: str, value: Json) -> list[Violation]:
        """What breaks the schema at a pointer; nothing where the schema itself cannot be read."""
        if place not in self._checks:
            self._checks[place] = self._compiled(place)
        check = self._checks[place]
        try:
            return check(value) if check else []
        except _CANNOT:  # half characters, which no validator takes
            return []

    def _compiled(self, place: str) -> SchemaCheck | None:
        try:
            # What documents of others do not name may be there: their objects are open.
            return self.subject.schemas.answer_check(place)
        except _CANNOT:
            return None


_bodies = PerSubject(Bodies)


def violations(subject: Subject, place: str, value: Json) -> list[Violation]:
    """What in a value breaks the schema at a pointer into the contract."""
    return _bodies(subject).violations(place, value)


def body_faults(subject: Subject, answer: Counted) -> Iterator[Fault]:
    """What is wrong with the body of a documented answer, if it is JSON that has a schema.

    A wrong Content-Type is for another check to tell, and so is an instant that is none.
    """
    response, documented = answer.response, answer.documented
    if documented is None or response.status in _BODILESS or response.header("content-encoding"):
        return
    kinds = [kind for kind in documented.media if is_json(kind)]
    given = response.header("content-type") or (kinds[0] if kinds else "")
    place = documented.schema_for(given)
    if not place or not is_json(essence(given)):
        return
    if not response.body or response.json is NOT_JSON:
        found = "no JSON" if response.body else "no body"
        yield Fault(
            cause=f"{documented.place} {found}",
            title=f"An answer {response.status} has {found}",
            expected="a JSON body",
            received=found,
            place=place,
            exchanges=(answer.exchange,),
        )
        return
    yield from _told_once(_faults(subject, answer, place))


def _told_once(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Faults of different causes, and not too many of them."""
    seen: set[str] = set()
    for fault in faults:
        if fault.cause not in seen and len(seen) < MOST:
            seen.add(fault.cause)
            yield fault


def _faults(subject: Subject, answer: Counted, place: str) -> Iterator[Fault]:
    """What breaks the schema of a body. An object of another shape is one fault, not ten."""
    found = violations(subject, place, answer.response.json)
    others = _others(found)
    for above in others:
        missing = [v for v in found if _parent(v) == above and v.detail == _MISSING]
        yield _another(subject, answer, place, missing)
    for violation in found[: 3 * MOST]:
        about_member = violation.detail == _MISSING or violation.detail.startswith(_UNKNOWN)
        if not (about_member and _parent(violation) in others):
            fault = _fault(subject, answer, place, violation)
            if fault:
                yield fault


def _parent(violation: Violation) -> str:
    return violation.pointer.rpartition("/")[0]


def _others(found: list[Violation]) -> list[str]:
    """The pointers of objects that lack members and have others: they are others altogether."""
    missing = [_parent(v) for v in found if v.detail == _MISSING]
    unknown = [_parent(v) for v in found if v.detail.startswith(_UNKNOWN)]
    both = [above for above in dict.fromkeys(missing) if above in unknown]
    return [a for a in both if missing.count(a) + unknown.count(a) >= _ANOTHER]


def _another(subject: Subject, answer: Counted, place: str, missing: list[Violation]) -> Fault:
    steps = steps_of(_parent(missing[0]))
    where = located(subject.contract.document, place, steps)[0].pointer
    names = [steps_of(violation.pointer)[-1] for violation in missing]
    value = at(answer.response.json, steps)
    given = sorted(value) if isinstance(value, dict) else []
    return Fault(
        cause=f"{where} has another shape",
        title=f"An answer has another shape than its schema at {shown_place(steps) or 'its root'}",
        expected="members " + ", ".join(names[:MOST]),
        received="members " + ", ".join(given[:MOST]),
        place=where,
        exchanges=(answer.exchange,),
    )


def _fault(subject: Subject, answer: Counted, place: str, violation: Violation) -> Fault | None:
    document, steps = subject.contract.document, steps_of(violation.pointer)
    schema, left = located(document, place, steps)
    where = schema.pointer
    if violation.detail == _MISSING:
        # The object asks for the member; the member's own schema says more.
        where = located(document, place, steps[:-1])[0].pointer
        if schema.get("writeOnly"):
            return None
        return _told(answer, where, steps, f"a member {steps[-1]}", "is missing")
    if violation.detail.startswith(_UNKNOWN):
        return _told(answer, where, steps, f"no member {steps[-1]}", "is there")
    value = at(answer.response.json, steps)
    if schema.get("format") == "date-time" and isinstance(value, str) and not left:
        return None
    wanted = says(schema) if not left else violation.detail
    named = steps[-1] if steps else "the body"
    return _told(answer, where, steps, wanted, shown(value, named), why=violation.detail)


def _told(
    answer: Counted, where: str, steps: Steps, wanted: str, found: str, *, why: str = ""
) -> Fault:
    inside = shown_place(steps)
    return Fault(
        cause=f"{where} {steps[-1] if steps else ''} {why or found}".strip(),
        title=f"An answer does not fit its schema at {inside or 'its root'}",
        expected=f"{inside}: {wanted}".removeprefix(": "),
        received=f"{inside}: {found}".removeprefix(": "),
        place=where,
        exchanges=(answer.exchange,),
    )
