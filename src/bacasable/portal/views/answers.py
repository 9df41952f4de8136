"""What an operation answers: its documented answers and what can be done next with them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from ...contract.document import resolve
from ...contract.model import Contract, Json, JsonObject, Operation
from ...contract.schema import SchemaView
from ..edition import Edition
from ..model import AnswerView, Code, Link, Member, Next
from .limits import kinds_of, value_text
from .members import ANSWER, described, members
from .parameters import headers_of
from .places import chosen_media, payload_of, places, responses_of, schema_name
from .problems import codes_of
from .shown import shown_code

_PHRASES = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
"""Reason phrases of RFC 9110 that Python has had since its version 3.13."""


@lru_cache(maxsize=4096)
def answers_of(edition: Edition, operation_id: str) -> tuple[AnswerView, ...]:
    """Every documented answer of an operation, `default` and ranges included."""
    operation = edition.contract.operations[operation_id]
    return tuple(
        _answer(edition, operation, status, response)
        for status, response in responses_of(edition.contract, operation).items()
    )


def next_of(edition: Edition, operation: Operation) -> tuple[Next, ...]:
    """What the answers of success lead to (`links`), each operation once."""
    document = edition.contract.document
    found: dict[str, Next] = {}
    for status, response in responses_of(edition.contract, operation).items():
        for given in response.get("links", {}).values() if status.startswith("2") else ():
            link = resolve(document, given)
            target = _target(edition.contract, link)
            if target and target not in found:
                how = tuple(_hows(edition, link))
                found[target] = Next(places(edition).operations[target], how)
    return tuple(found.values())


def reason(edition: Edition, status: str) -> str:
    """The reason phrase of a status, or what `default` and ranges such as 4XX stand for."""
    if status.isdigit():
        try:
            return _PHRASES.get(int(status)) or HTTPStatus(int(status)).phrase
        except ValueError:
            return ""
    if re.fullmatch("[1-5]XX", status):
        low = int(status[0]) * 100
        return edition.say("reference.status_range", low=low, high=low + 99)
    return edition.say("reference.status_default")


def _answer(
    edition: Edition, operation: Operation, status: str, response: JsonObject
) -> AnswerView:
    document = edition.contract.document
    media_type, media = chosen_media(response.get("content", {}))
    payload, enveloped = payload_of(document, media.get("schema", {}))
    told = described(str(response.get("description", "")))
    model = _model(edition, payload)
    # What is shared by all refusals stands on the page of its model, once.
    rows = () if model and status[0] in "45d" else members(edition).of(payload, ANSWER)
    return AnswerView(
        status=status,
        reason=reason(edition, status),
        html=told + _shape(edition, payload, rows, enveloped=enveloped),
        media_type=media_type,
        model=model,
        members=rows,
        headers=headers_of(edition, response),
        example=_example(edition, operation, media, media_type),
    )


def _model(edition: Edition, payload: Any) -> Link | None:
    """The page of what an answer shows, or of what its list holds."""
    items = SchemaView(edition.contract.document, payload).items.schema
    name = schema_name(payload) or schema_name(items)
    return places(edition).models.get(name)


def _shape(edition: Edition, payload: Any, rows: tuple[Member, ...], *, enveloped: bool) -> str:
    """Where the members stand that are listed below, in a sentence."""
    listed = "array" in kinds_of(SchemaView(edition.contract.document, payload).keywords)
    if rows and enveloped:
        return described(edition.say(f"reference.envelope{'_list' if listed else ''}"))
    if rows:
        return described(edition.say("reference.payload_list")) if listed else ""
    if payload and not _model(edition, payload):
        return described(
            edition.say("reference.payload_value", type=members(edition).said(payload))
        )
    return ""


# --- examples


def _example(
    edition: Edition, operation: Operation, media: JsonObject, media_type: str
) -> Code | None:
    """The example of an answer; of several problems, one that the operation can give, or none."""
    given = codes_of(edition, operation.id)
    named = media.get("examples", {})
    chosen = next((name for name in named if name in given), "")
    if not chosen and named and set(named) <= set(edition.contract.problems):
        return None
    if chosen:
        media = {"example": resolve(edition.contract.document, named[chosen]).get("value")}
    return shown_code(edition.contract.document, media, media_type)


# --- links


def _target(contract: Contract, link: JsonObject) -> str:
    """The id of the operation that a link leads to; empty when it is none of the contract."""
    if "operationId" in link:
        return link["operationId"] if link["operationId"] in contract.operations else ""
    match = re.fullmatch(r"#/paths/([^/]+)/(\w+)", str(link.get("operationRef", "")))
    if match is None:
        return ""
    path = match[1].replace("~1", "/").replace("~0", "~")
    found = (o.id for o in contract.operations.values() if (o.path, o.method) == (path, match[2]))
    return next(found, "")


def _hows(edition: Edition, link: JsonObject) -> Iterator[tuple[str, str]]:
    """Each value that the next request takes, and where it comes from."""
    for name, expression in link.get("parameters", {}).items():
        # A name may say its place in front, as in path.id.
        yield re.sub(r"^(path|query|header|cookie)\.", "", name), _said(edition, expression)
    if "requestBody" in link:
        yield from _body_hows(edition, link["requestBody"], "")


def _body_hows(edition: Edition, value: Json, name: str) -> Iterator[tuple[str, str]]:
    """Each member of the next body, or the whole of it."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _body_hows(edition, inner, f"{name}.{member}".strip("."))
    else:
        yield name or edition.say("reference.next_payload"), _said(edition, value)


def _said(edition: Edition, expression: Json) -> str:
    """A runtime expression of OpenAPI in plain words; anything else is the value itself."""
    say = edition.say
    if not isinstance(expression, str) or not expression.startswith("$"):
        return value_text(expression)
    simple = {"$url": "url", "$method": "method", "$statusCode": "status"}
    if expression in simple:
        return say(f"reference.next_{simple[expression]}")
    source, _, pointer = expression.partition("#")
    place = ".".join(pointer.strip("/").split("/"))
    if source == "$response.body":
        return say("reference.next_body", place=place) if place else say("reference.next_whole")
    if source == "$request.body":
        key = "body" if place else "whole"
        return say(f"reference.next_request_{key}", name=place)
    where, _, name = source.removeprefix("$").partition(".")
    kind, _, name = name.partition(".")
    if where == "response" and kind == "header":
        return say("reference.next_header", name=name)
    return say("reference.next_request", name=name, place=kind)
