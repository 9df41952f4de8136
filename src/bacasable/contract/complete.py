"""Completing a valid value: defaults are filled in, instants are written in UTC, at every depth.

Compiled once per schema; where a schema declares neither, nothing is done when a value is read.
What a server sets itself (`readOnly`) is taken out of the requests of documents of others.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .direction import READ_ONLY
from .document import pointer
from .model import Json, JsonObject, Violation
from .schema import SchemaView
from .schemas import SchemaSet

Complete = Callable[[Json, str, list[Violation]], Json]
"""Completes a value, in place where it can, and returns it; the text is the value's place."""


@dataclass(slots=True, eq=False)
class _Step:
    """What is to be done with the values of one schema."""

    instant: bool = False
    owned: list[str] = field(default_factory=list)
    """Members that are the server's own, and taken out."""
    defaults: list[tuple[str, Json]] = field(default_factory=list)
    members: dict[str, "_Step"] = field(default_factory=dict)
    others: "_Step | None" = None
    items: "_Step | None" = None
    parts: list["_Step"] = field(default_factory=list)
    choices: list["_Choice"] = field(default_factory=list)

    def below(self) -> Iterator["_Step"]:
        yield from self.members.values()
        yield from self.parts
        yield from (branch for choice in self.choices for branch in choice.branches)
        yield from (step for step in (self.others, self.items) if step)


@dataclass(slots=True, eq=False)
class _Choice:
    """The branches of oneOf or anyOf. The first that a value fits is the one it is read by."""

    schemas: list[Any]
    branches: list[_Step]
    tests: list[Callable[[Any], bool]] = field(default_factory=list)


def completer(
    document: JsonObject,
    schemas: SchemaSet,
    schema: Any,
    *,
    partial: bool = False,
    owned: bool = False,
) -> Complete | None:
    """A function that completes the valid values of a schema; None when nothing is to be done.

    A partial value is a change: its own members that are left out stay as they are, so only what
    lies within those that are given gets its defaults. What is the server's own is taken out if
    it is asked for by `owned`.
    """
    steps: dict[int, _Step] = {}
    root = _step(SchemaView(document, schema), steps)
    for step in steps.values() if not owned else ():
        step.owned = []
    if partial:
        for step in (root, *root.parts):
            step.defaults = []
    active = _active(list(steps.values()))
    for step in steps.values():
        _prune(step, active, schemas)
    if root not in active:
        return None
    return lambda value, place, found: _run(root, value, place, found)


def fresh(value: Json) -> Json:
    """A copy of a JSON value that shares nothing that can change."""
    if isinstance(value, dict):
        return {name: fresh(member) for name, member in value.items()}
    return [fresh(item) for item in value] if isinstance(value, list) else value


def _step(schema: SchemaView, steps: dict[int, _Step]) -> _Step:
    """The step of a schema; a schema that contains itself has a step that does."""
    known = steps.get(id(schema.schema))
    if known:
        return known
    step = steps[id(schema.schema)] = _Step()
    step.instant = schema.get("format") == "date-time"
    for name, member in schema.members.items():
        step.members[name] = _step(member, steps)
        if member.is_marked(READ_ONLY):
            step.owned.append(name)
        if "default" in member:
            step.defaults.append((name, member["default"]))
    step.items = _step(schema.items, steps) if "items" in schema else None
    others = schema.others
    step.others = _step(others, steps) if others else None
    step.parts = [_step(part, steps) for part in schema.parts]
    for branches in schema.choices:
        parts = [_step(branch, steps) for branch in branches]
        step.choices.append(_Choice([branch.schema for branch in branches], parts))
    return step


def _active(steps: list[_Step]) -> set[_Step]:
    """The steps that do something, themselves or further down."""
    active = {step for step in steps if step.instant or step.defaults or step.owned}
    while more := {s for s in steps if s not in active and not active.isdisjoint(s.below())}:
        active |= more
    return active


def _prune(step: _Step, active: set[_Step], schemas: SchemaSet) -> None:
    """Take out what does nothing, and compile the tests of the choices that remain."""
    if step.others not in active:
        # Otherwise idle members stay: what is listed is none of the others.
        step.others = None
        step.members = {n: s for n, s in step.members.items() if s in active}
    step.items = step.items if step.items in active else None
    step.parts = [part for part in step.parts if part in active]
    step.choices = [c for c in step.choices if not active.isdisjoint(c.branches)]
    for choice in step.choices:
        choice.tests = [schemas.test_for(schema) for schema in choice.schemas]


def _run(step: _Step, value: Json, place: str, found: list[Violation]) -> Json:
    # Chosen first: what is filled in below could make another branch fit.
    chosen = [_chosen(choice, value) for choice in step.choices]
    if isinstance(value, dict):
        _run_members(step, value, place, found)
    elif isinstance(value, list) and step.items:
        for index, item in enumerate(value):
            value[index] = _run(step.items, item, f"{place}/{index}", found)
    elif step.instant and isinstance(value, str):
        value = in_utc(value, place, found)
    for part in (*step.parts, *chosen):
        if part:
            value = _run(part, value, place, found)
    return value


def _run_members(step: _Step, value: JsonObject, place: str, found: list[Violation]) -> None:
    for name in step.owned:
        value.pop(name, None)
    for name, default in step.defaults:
        if name not in value and name not in step.owned:
            value[name] = fresh(default)
    for name, member in step.members.items():
        if name in value:
            value[name] = _run(member, value[name], place + pointer(name), found)
    if step.others:
        for name in [n for n in value if n not in step.members]:
            value[name] = _run(step.others, value[name], place + pointer(name), found)


def _chosen(choice: _Choice, value: Json) -> _Step | None:
    tried = zip(choice.tests, choice.branches, strict=True)
    return next((branch for fits, branch in tried if fits(value)), None)


def in_utc(text: str, place: str, found: list[Violation]) -> str:
    """An RFC 3339 instant in UTC with milliseconds; leap seconds count as the second before."""
    normal = re.sub(r":60(?=[.Zz+-])", ":59", text).upper()
    try:
        moment = datetime.fromisoformat(normal).astimezone(UTC)
    except (ValueError, OverflowError):
        found.append(Violation(place, "lies outside the years 1 to 9999"))
        return text
    return format_instant(moment)


def parse_instant(text: str) -> datetime:
    """An instant from ISO 8601 text; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_instant(moment: datetime) -> str:
    """An instant as the contract writes it: ISO 8601, UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
