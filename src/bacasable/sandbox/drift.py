"""Contract drift: an answer that breaks its contract in one place, as servers in the field do.

What breaks is the record that is answered, or the first one of a list; a problem is one itself.
Every change is held against the schema of the answer, so that what is drifted is wrong indeed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

from ..contract import Contract, Operation
from ..contract.compiled import compiled
from ..contract.model import Answer, Json
from ..contract.schema import SchemaView, Steps, schema_view, steps_of
from ..contract.schemas import Check
from ..contract.wire import from_json, to_json
from ..core import Reply

UNKNOWN_VALUE = "UNHEARD_OF"
UNKNOWN_MEMBER = "unheardOf"
UNKNOWN_STATUSES = (202, 203, 226, 402, 418, 502)
"""Of these, one that the operation does not document is drawn."""
_BODILESS = {204, 205, 304}


class Drift:
    """Breaks answers by the contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._check: Callable[[str], Check] = compiled(contract).answer_check
        self._template = compiled(contract).template

    def can_break(self, operation: Operation, change: str, member: str) -> bool:
        """Whether some documented answer of an operation has a member that a change fits."""
        for answer in (a for a in operation.answers.values() if a.schema):
            schema = answer.schema or ""
            place = (*self._record_in(operation, answer), *steps_of(member))
            owner = self._said(schema, place[:-1])
            found = self._said(schema, place)
            fits = {
                "MISSING": any(place[-1] in one.required for one in owner),
                "TYPE": bool(found),
                "ENUM": _is_enumerated(found),
                "EXTRA": bool(owner) and not found,
            }
            if fits[change]:
                return True
        return False

    def _said(self, schema: str, place: Steps) -> list[SchemaView]:
        """What the schema of an answer says of a place."""
        return schema_view(self._contract.document, schema).at(place)

    def _payload_in(self, operation: Operation, answer: Answer) -> Steps:
        template = self._template(operation, answer)
        return (template.payload if template else None) or ()

    def _record_in(self, operation: Operation, answer: Answer) -> Steps:
        """Where the record lies in an answer, or the first one of its list."""
        place = self._payload_in(operation, answer)
        found = self._said(answer.schema or "", place)
        return (*place, 0) if any("items" in part for part in found) else place

    def apply(
        self, operation: Operation, reply: Reply, options: dict[str, Any], chance: Random
    ) -> Reply | None:
        """The reply, broken by the options of a DRIFT fault, or None when none of it fits.

        Without `member` one is drawn among those that fit.
        """
        if options["change"] == "STATUS":
            return _with_status(operation, reply, options.get("status"), chance)
        answer = operation.answers.get(reply.status)
        if not reply.content or answer is None or answer.schema is None:
            return None
        try:
            body = from_json(reply.content)
        except ValueError:
            return None  # truncated before
        start = _record_of(body, self._payload_in(operation, answer))
        if start is None:
            return None
        wrong = len(self._check(answer.schema)(body))  # by a drift before this one
        member = options.get("member")
        if member is None:
            places = list(_places(body, start, options["change"]))
            chance.shuffle(places)
        else:
            places = [(*start, *steps_of(member))]
        for place in places:
            broken = self._broken(answer.schema, body, place, options["change"])
            if broken is not None and len(self._check(answer.schema)(broken)) > wrong:
                return replace(reply, content=to_json(broken))
        return None

    def _broken(self, schema: str, body: Json, place: Steps, change: str) -> Json | None:
        """The body with a change at a place, or None when it has no such place."""
        if change == "ENUM" and not _is_enumerated(self._said(schema, place)):
            return None
        try:
            return _CHANGES[change](body, place)
        except (AttributeError, KeyError, IndexError, TypeError):
            return None


def _is_enumerated(schemas: list[SchemaView]) -> bool:
    """Whether one of the schemas lists the values it allows."""
    return any("enum" in one or "const" in one for one in schemas)


def _with_status(
    operation: Operation, reply: Reply, status: int | None, chance: Random
) -> Reply | None:
    if status is None:
        status = chance.choice([s for s in UNKNOWN_STATUSES if s not in operation.answers])
    if status == reply.status:
        return None
    return replace(reply, status=status, content=b"" if status in _BODILESS else reply.content)


def _record_of(body: Json, place: Steps) -> Steps | None:
    """Where the record of an answer lies, or None when there is none."""
    try:
        found = _at(body, place)
    except (KeyError, TypeError):
        return None
    if isinstance(found, list):
        return (*place, 0) if found and isinstance(found[0], dict) else None
    return place if isinstance(found, dict) else None


def _places(body: Json, start: Steps, change: str) -> Iterator[Steps]:
    """The places below a record where a change may be tried; of inner lists, the first item."""
    value = _at(body, start)
    if change == "EXTRA" and isinstance(value, dict):
        yield (*start, UNKNOWN_MEMBER)
    steps = [0] if isinstance(value, list) and value else []
    for step in value if isinstance(value, dict) else steps:
        if change != "EXTRA":
            yield (*start, step)
        yield from _places(body, (*start, step), change)


def _at(value: Json, steps: Steps) -> Json:
    for step in steps:
        value = value[step]
    return value


def _changed(value: Json, steps: Steps, change: Callable[[Json], Json]) -> Json:
    """A copy with the value at a place changed; what lies beside is shared."""
    if not steps:
        return change(value)
    copy = value.copy()
    copy[steps[0]] = _changed(value[steps[0]], steps[1:], change)
    return copy


def _missing(body: Json, place: Steps) -> Json:
    _at(body, place)  # there must be one to be left out
    return _changed(
        body, place[:-1], lambda owner: {n: v for n, v in owner.items() if n != place[-1]}
    )


def _extra(body: Json, place: Steps) -> Json:
    if str(place[-1]) in _at(body, place[:-1]):
        raise KeyError(place[-1])  # it is there already
    return _changed(body, place[:-1], lambda owner: owner | {str(place[-1]): UNKNOWN_VALUE})


def _unknown_value(body: Json, place: Steps) -> Json:
    return _changed(body, place, lambda _: UNKNOWN_VALUE)


def _other_type(body: Json, place: Steps) -> Json:
    return _changed(body, place, _retyped)


def _retyped(value: Json) -> Json:
    """A value of another type, the one that careless servers take for it where there is one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return []
    return {} if isinstance(value, list) else 42


_CHANGES: dict[str, Callable[[Json, Steps], Json]] = {
    "MISSING": _missing,
    "TYPE": _other_type,
    "ENUM": _unknown_value,
    "EXTRA": _extra,
}
