"""The models: a page for each resource of the contract, and for each schema that an answer shows.

A resource has more to tell than its members: its lifecycle, drawn; who sees what of it; what can be
done with it, and what the journal records about it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from ...contract.document import resolve, schema_at
from ...contract.model import Contract, Json, JsonObject, Lifecycle, ResourceType, Transition
from ...contract.schema import whole
from ...contract.values import example_of
from ..edition import Edition
from ..markdown import plain
from ..model import Code, Found, LifecycleView, Link, Member, ModelView, TransitionView
from ..pages import Source
from .answers import answers_of
from .diagram import Edge, Told, draw
from .limits import either
from .members import RECORD, described, members
from .places import (
    chosen_media,
    kebab,
    payload_of,
    places,
    responses_of,
    schema_name,
    schema_title,
)
from .problems import fact_view
from .shown import has_example, json_code

_SCHEMAS = "#/components/schemas/"
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<TH>\d+)H)?(?:(?P<TM>\d+)M)?(?:(?P<TS>\d+)S)?)?"
)


def sources(edition: Edition) -> Iterator[Source]:
    """The list of models, and the page of each below it; nothing where there are none."""
    models = places(edition).models
    if not models:
        return
    index = "models/index.html"
    yield Source(
        index,
        edition.say("reference.models"),
        "models.html.j2",
        lambda: {"models": model_views(edition)},
        group="models",
        description=edition.say("reference.models_description"),
    )
    for name, link in models.items():
        yield Source(
            link.href,
            link.text,
            "model.html.j2",
            partial(_context, edition, name),
            group="models",
            description=_schema(edition.contract, name).get("description", ""),
            found=partial(_found, edition, name),
        )


def model_link(edition: Edition, name: str) -> Link:
    """The page of a model. Raises KeyError for a schema that has none."""
    return places(edition).models[name]


def model_views(edition: Edition) -> tuple[ModelView, ...]:
    """Every model, resources first."""
    return tuple(model_view(edition, name) for name in places(edition).models)


@lru_cache(maxsize=1024)
def model_view(edition: Edition, name: str) -> ModelView:
    """Everything that pages say of a model. Raises KeyError for a schema that has none."""
    link, contract = model_link(edition, name), edition.contract
    schema, resource = _schema(contract, name), contract.resources.get(name)
    parent = resource.parent.resource if resource and resource.parent else ""
    lifecycle = resource.lifecycle if resource else None
    return ModelView(
        name=name,
        title=link.text,
        href=link.href,
        html=described(str(schema.get("description", ""))) + _visibility(edition, resource),
        id_prefix=resource.id_prefix if resource else "",
        collection=resource.collection if resource else "",
        parent=places(edition).models.get(parent),
        members=members(edition).of(_raw_schema(contract, name), RECORD),
        masked=tuple(resource.masked.items()) if resource else (),
        lifecycle=_lifecycle(edition, name, lifecycle) if lifecycle else None,
        operations=tuple(_operations(edition, link, name)),
        facts=tuple(fact_view(edition, fact) for fact in _facts(contract, name)),
        example=_example(edition, name),
    )


def fact_resource(contract: Contract, fact: str) -> str:
    """The resource that a fact is about: the one value of `resource` that its payload allows."""
    webhook = resolve(contract.document, contract.document.get("webhooks", {}).get(fact, {}))
    body = resolve(contract.document, webhook.get("post", {}).get("requestBody", {}))
    _, media = chosen_media(body.get("content", {}))
    payload = whole(contract.document, media.get("schema", {}))
    kind = payload.members.get("resource")
    return str(kind.get("const", "")) if kind else ""


# --- parts of a model


def _raw_schema(contract: Contract, name: str) -> Any:
    return contract.document["components"]["schemas"][name]


def _schema(contract: Contract, name: str) -> JsonObject:
    return schema_at(contract.document, {"$ref": _SCHEMAS + name})


def _context(edition: Edition, name: str) -> dict[str, Any]:
    return {"model": model_view(edition, name)}


def _found(edition: Edition, name: str) -> Iterator[Found]:
    """The model, and its members at all depths; nested ones lead to the one they are in."""
    view = model_view(edition, name)
    said = _schema(edition.contract, name).get("description", "")
    resource = edition.contract.resources.get(name)
    words = f"{name} {resource.id_prefix}" if resource else name
    yield Found("model", view.title, str(said), view.href, words)
    told = edition.say("reference.in_model", model=view.title)
    for member, top, row in _names(view.members, "", ""):
        yield Found("member", member, told, f"{view.href}#{top}", plain(row.html))


def _names(rows: tuple[Member, ...], above: str, top: str) -> Iterator[tuple[str, str, Member]]:
    for row in rows:
        name = ".".join(filter(None, (above, row.name)))
        if row.name:
            yield name, top or row.name, row
        if not row.choice:
            yield from _names(row.members, name, top or row.name)


def _visibility(edition: Edition, resource: ResourceType | None) -> str:
    """Who sees only some of the records, a sentence for each role."""
    if resource is None:
        return ""
    said = ""
    for role, fields in resource.visibility.items():
        joined = f" {edition.say('reference.and')} "
        conditions = joined.join(_condition(edition, *item) for item in fields.items())
        text = edition.say("reference.visible", role=f"`{role}`", conditions=conditions)
        said += described(text)
    return said


def _condition(edition: Edition, field: str, values: tuple[str, ...]) -> str:
    if values == ("$me",):
        return edition.say("reference.visible_me", field=f"`{field}`")
    told = either(edition, [f"`{value}`" for value in values])
    return edition.say("reference.visible_is", field=f"`{field}`", values=told)


def _operations(edition: Edition, model: Link, name: str) -> Iterator[Link]:
    """The operations of a resource; those whose answer shows it, for any other model."""
    for operation in edition.contract.operations.values():
        own = operation.action.resource == name
        if name not in edition.contract.resources:
            shown = answers_of(edition, operation.id)
            own = any(a.model == model for a in shown if a.status.startswith("2"))
        if own:
            yield places(edition).operations[operation.id]


def _facts(contract: Contract, name: str) -> Iterator[str]:
    return (fact for fact in contract.facts if fact_resource(contract, fact) == name)


def _example(edition: Edition, name: str) -> Code | None:
    value = shown_record(edition, name)
    return None if value is None else json_code(value)


def shown_record(edition: Edition, name: str) -> Json:
    """A record as an answer shows it by itself, or the example of its schema; None for neither."""
    document = edition.contract.document
    if name in _records(edition):
        return _records(edition)[name]
    schema = document.get("components", {}).get("schemas", {}).get(name, {})
    own = {"schema": schema}
    return example_of(document, own) if has_example(document, own) else None


@lru_cache(maxsize=16)
def _records(edition: Edition) -> Mapping[str, Json]:
    """By name of model, a record as an answer shows it alone, that of a get if any."""
    found: dict[str, Json] = {}
    document = edition.contract.document
    operations = edition.contract.operations.values()
    for operation in sorted(operations, key=lambda one: one.action.kind != "get"):
        for response in responses_of(edition.contract, operation).values():
            _, media = chosen_media(response.get("content", {}))
            payload, enveloped = payload_of(document, media.get("schema", {}))
            name = schema_name(payload)
            if name and name not in found and has_example(document, media):
                value = example_of(document, media)
                inner = value.get("data") if enveloped and isinstance(value, dict) else value
                found[name] = inner
    return found


# --- lifecycles


def _lifecycle(edition: Edition, name: str, lifecycle: Lifecycle) -> LifecycleView:
    steps = tuple(
        _transition(edition, number, step)
        for number, step in enumerate(lifecycle.transitions.values(), 1)
    )
    title = edition.say("reference.diagram_title", model=schema_title(edition.contract, name))
    said = _told(edition, lifecycle, steps)
    edges = [
        Edge(source, target, step.number, timed=step.operation is None)
        for step in steps
        for source in step.sources
        for target in step.targets or (source,)
    ]
    states, initial = lifecycle.states, lifecycle.initial
    svg = draw(Told(f"lifecycle-{kebab(name)}", title, said), states, initial, edges)
    return LifecycleView(lifecycle.field, lifecycle.initial, lifecycle.states, svg, steps)


def _transition(edition: Edition, number: int, step: Transition) -> TransitionView:
    operation = edition.contract.operations.get(step.operation)
    return TransitionView(
        number=number,
        operation=places(edition).operations[operation.id] if operation else None,
        when=when(edition, step),
        sources=step.sources,
        targets=step.targets,
        roles=(operation.roles or ()) if operation else (),
        fact=fact_view(edition, step.fact) if step.fact else None,
    )


def _told(edition: Edition, lifecycle: Lifecycle, steps: tuple[TransitionView, ...]) -> str:
    """What a drawing shows, in sentences."""
    states = either(edition, list(lifecycle.initial))
    said = [edition.say("reference.diagram_begins", states=states)]
    for step in steps:
        name = step.operation.text if step.operation else step.when
        given = {"number": step.number, "source": either(edition, list(step.sources)), "name": name}
        if step.targets:
            target = either(edition, list(step.targets))
            said.append(edition.say("reference.diagram_step", target=target, **given))
        else:
            said.append(edition.say("reference.diagram_stay", **given))
    return " ".join(said)


def when(edition: Edition, step: Transition) -> str:
    """When a transition happens by itself, in words; empty for one that never does."""
    if not step.at:
        return ""
    told = [duration_text(edition, text) for text in step.after]
    if not any(told):
        return edition.say("reference.when_at", field=step.at)
    joined = f" {edition.say('reference.and')} "
    durations = joined.join(filter(None, [", ".join(told[:-1]), told[-1]]))
    return edition.say("reference.when_after", durations=durations, field=step.at)


def duration_text(edition: Edition, text: str) -> str:
    """A duration (ISO 8601) in words: "3 days"; empty for none at all."""
    match = _DURATION.fullmatch(text)
    parts: Mapping[str, str | None] = match.groupdict() if match else {}
    said = [
        edition.say(f"reference.duration_{unit}_{'one' if int(n) == 1 else 'many'}", n=int(n))
        for unit, n in parts.items()
        if n and int(n)
    ]
    return " ".join(said) if match else text
