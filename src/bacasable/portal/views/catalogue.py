"""The catalogue for the guides: every kind of problem, and every fact of the journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...contract.document import resolve
from ...contract.model import Contract, JsonObject, ResourceType, Transition
from ..edition import Edition
from ..model import Code, Found, Link, Member
from .limits import value_text
from .members import ANSWER, members
from .places import chosen_media, places
from .problems import codes_of, facts_of, is_everywhere
from .provoking import Provocation, provocation_of
from .resources import fact_resource, shown_record, when
from .shown import json_code, shown_code


@dataclass(frozen=True, slots=True)
class ProblemEntry:
    """A kind of problem: what it means, which operations can give it, a request that gets it.

    `everywhere` tells that nearly all of them can, so that nobody wants to read their list.
    """

    code: str
    status: int
    title: str
    remedy: str
    anchor: str
    operations: tuple[Link, ...]
    everywhere: bool
    provocation: Provocation | None


@dataclass(frozen=True, slots=True)
class EventEntry:
    """A fact of the journal: its payload, and what records it: operations, or time (`timers`).

    `model` is the resource it is about.
    """

    name: str
    summary: str
    anchor: str
    model: Link | None
    members: tuple[Member, ...]
    example: Code | None
    operations: tuple[Link, ...]
    timers: tuple[str, ...]


@lru_cache(maxsize=16)
def problem_entries(edition: Edition) -> tuple[ProblemEntry, ...]:
    """Every kind of problem of the contract, in its order."""
    return tuple(
        ProblemEntry(
            code=kind.code,
            status=kind.status,
            title=kind.title,
            remedy=f"{kind.cause} {kind.remedy}".strip(),
            anchor=kind.code,
            operations=tuple(_giving(edition, kind.code)),
            everywhere=is_everywhere(edition, kind.code),
            provocation=provocation_of(edition, kind.code),
        )
        for kind in edition.contract.problems.values()
    )


@lru_cache(maxsize=16)
def event_entries(edition: Edition) -> tuple[EventEntry, ...]:
    """Every fact that the contract names, in its order."""
    return tuple(_event(edition, name) for name in edition.contract.facts)


def found_errors(edition: Edition) -> Iterator[Found]:
    """What search knows of the kinds of problem."""
    for kind in edition.contract.problems.values():
        detail = f"{kind.status} · {kind.title}"
        yield Found("error", kind.code, detail, f"guides/errors.html#{kind.code}")


def found_events(edition: Edition) -> Iterator[Found]:
    """What search knows of the facts."""
    for name, summary in edition.contract.facts.items():
        yield Found("event", name, summary, f"guides/events.html#{name}")


def _giving(edition: Edition, code: str) -> Iterator[Link]:
    for operation in edition.contract.operations:
        if code in codes_of(edition, operation):
            yield places(edition).operations[operation]


def _event(edition: Edition, name: str) -> EventEntry:
    contract, here = edition.contract, places(edition)
    webhook = resolve(contract.document, contract.document["webhooks"][name])
    body = resolve(contract.document, webhook["post"].get("requestBody", {}))
    media_type, media = chosen_media(body.get("content", {}))
    steps = [step for _, step in _steps(contract) if step.timed and step.fact == name]
    recording = [
        here.operations[operation.id]
        for operation in contract.operations.values()
        if any(fact.name == name for fact in facts_of(edition, operation))
    ]
    own = shown_code(contract.document, media, media_type)
    return EventEntry(
        name=name,
        summary=contract.facts[name],
        anchor=name,
        model=here.models.get(fact_resource(contract, name)),
        members=members(edition).of(media.get("schema", {}), ANSWER),
        example=own or _example(edition, name),
        operations=tuple(recording),
        timers=tuple(f"{value_text(step.operation)}: {when(edition, step)}" for step in steps),
    )


def _steps(contract: Contract) -> Iterator[tuple[ResourceType, Transition]]:
    for resource in contract.resources.values():
        for step in resource.lifecycle.transitions.values() if resource.lifecycle else ():
            yield resource, step


def _example(edition: Edition, name: str) -> Code | None:
    """A fact put together of the contract's examples: an event, and the record it is about."""
    contract = edition.contract
    resource = contract.resources.get(fact_resource(contract, name))
    event: Any = shown_record(edition, "Event")
    record: Any = shown_record(edition, resource.name) if resource else None
    if resource is None or not isinstance(event, dict) or not isinstance(record, dict):
        return None
    data = {key: value for key, value in record.items() if key not in resource.masked}
    told = {"type": name, "resource": resource.name, "resourceId": record.get("id")}
    return json_code(event | told | {"data": data | _changed(contract, name)})


def _changed(contract: Contract, name: str) -> JsonObject:
    """What the transition that records a fact makes of a record, where there is one such."""
    steps = [(resource, step) for resource, step in _steps(contract) if step.fact == name]
    if len(steps) != 1 or len(steps[0][1].targets) != 1 or steps[0][0].lifecycle is None:
        return {}
    resource, step = steps[0]
    return {**step.sets, resource.lifecycle.field: step.targets[0]} if resource.lifecycle else {}
