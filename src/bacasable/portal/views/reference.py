"""The reference: a page for each tag, with a block for each operation, and one for each of these.

The page of an operation has samples, and a form to try it, besides.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

from ...contract.document import resolve
from ...contract.model import JsonObject, Operation
from ...contract.schema import SchemaView
from ..edition import Edition
from ..markdown import plain
from ..model import BodyView, Found, Link, Member, OperationView, TagView
from ..pages import Source
from .answers import answers_of, next_of
from .members import REQUEST, described, members
from .parameters import parameter_groups
from .places import Tag, chosen_media, places, raw_operation, responses_of, schema_name
from .problems import facts_of, problems_of, rules_of
from .shown import shown_code


def sources(edition: Edition) -> Iterator[Source]:
    """The page of each tag, in the contract's order, and those of its operations below it."""
    for tag in places(edition).tags:
        yield Source(
            tag.href,
            tag.name,
            "tag.html.j2",
            partial(_tag_context, edition, tag),
            group="api",
            description=_first_sentence(tag.description),
        )
        for operation in tag.operations:
            yield _operation_source(edition, tag, operation)


def operation_link(edition: Edition, operation_id: str) -> Link:
    """The page of an operation, by its summary. Raises KeyError for one that does not exist."""
    return places(edition).operations[operation_id]


@lru_cache(maxsize=4096)
def operation_view(edition: Edition, operation_id: str) -> OperationView:
    """Everything that pages say of an operation. Raises KeyError for one that does not exist."""
    operation = edition.contract.operations[operation_id]
    raw, here = raw_operation(edition.contract, operation), places(edition)
    tag = here.tag_of[operation_id]
    return OperationView(
        id=operation.id,
        anchor=here.anchors[operation_id],
        href=here.operations[operation_id].href,
        method=operation.method,
        path=operation.path,
        url=edition.api_url + operation.path,
        crumbs=tuple(_crumbs(edition, operation)),
        tag=Link(tag.name, tag.href),
        summary=operation.summary or operation.id,
        html=described(str(raw.get("description", ""))),
        deprecated=raw.get("deprecated") is True,
        roles=operation.roles,
        parameters=parameter_groups(edition, operation),
        body=_body(edition, raw),
        answers=answers_of(edition, operation_id),
        problems=problems_of(edition, operation),
        rules=rules_of(operation),
        facts=facts_of(edition, operation),
        next=next_of(edition, operation),
        untried=_untried(edition, operation, raw),
    )


def tag_views(edition: Edition) -> tuple[TagView, ...]:
    """Every tag that has operations, with their views."""
    return tuple(_tag_view(edition, tag) for tag in places(edition).tags)


# --- pages


def _tag_view(edition: Edition, tag: Tag) -> TagView:
    views = tuple(operation_view(edition, operation.id) for operation in tag.operations)
    models = places(edition).models
    named = [models.get(operation.action.resource or "") for operation in tag.operations]
    shown = [a.model for view in views for a in view.answers if a.status.startswith("2")]
    unique = tuple(dict.fromkeys(link for link in [*named, *shown] if link))
    return TagView(tag.name, tag.slug, tag.href, described(tag.description), views, unique)


def _tag_context(edition: Edition, tag: Tag) -> dict[str, Any]:
    return {"tag": _tag_view(edition, tag)}


def _operation_source(edition: Edition, tag: Tag, operation: Operation) -> Source:
    link = operation_link(edition, operation.id)
    raw = raw_operation(edition.contract, operation)
    return Source(
        link.href,
        link.text,
        "operation.html.j2",
        partial(_operation_context, edition, operation.id),
        group="api",
        parent=tag.href,
        badge=operation.method,
        description=_first_sentence(str(raw.get("description", "")) or link.text),
        found=partial(_found, edition, operation),
    )


def _operation_context(edition: Edition, operation_id: str) -> dict[str, Any]:
    from ..samples import samples_of  # noqa: PLC0415 - samples read views
    from .console import console  # noqa: PLC0415 - so does the form

    return {
        "operation": operation_view(edition, operation_id),
        "samples": samples_of(edition, operation_id),
        "console": console(edition, operation_id),
    }


def _first_sentence(text: str) -> str:
    line = re.split(r"(?<=[.!?])\s|\n\n", text.strip(), maxsplit=1)[0]
    return " ".join(line.replace("`", "").replace("*", "").split())


# --- parts of an operation


def _crumbs(edition: Edition, operation: Operation) -> Iterator[Link]:
    """The parts of the path; those at which something can be read lead to that operation."""
    readers = {
        other.path: other.id
        for other in edition.contract.operations.values()
        if other.method == "get" and other.id != operation.id
    }
    parts = operation.path.strip("/").split("/")
    for number, part in enumerate(parts, 1):
        reader = readers.get("/" + "/".join(parts[:number]))
        yield Link(part, operation_link(edition, reader).href if reader else "")


def _body(edition: Edition, raw: JsonObject) -> BodyView | None:
    if "requestBody" not in raw:
        return None
    document = edition.contract.document
    declared = resolve(document, raw["requestBody"])
    content = declared.get("content", {})
    media_type, media = chosen_media(content)
    schema = media.get("schema", {})
    return BodyView(
        media_type=media_type,
        required=declared.get("required") is True,
        html=_body_text(edition, declared, schema, media_type),
        members=members(edition).of(schema, REQUEST),
        example=shown_code(document, media, media_type),
    )


def _body_text(edition: Edition, declared: JsonObject, schema: Any, media_type: str) -> str:
    """What is said of a body, of its schema, and of its other media types."""
    found = SchemaView(edition.contract.document, schema)
    texts = dict.fromkeys([declared.get("description", ""), found.get("description", "")])
    said = [described(str(text)) for text in texts if text]
    if "properties" not in found and schema:
        told = members(edition).said(schema)
        said.append(described(edition.say("reference.payload_value", type=told)))
    others = [f"`{name}`" for name in declared.get("content", {}) if name != media_type]
    if others:
        said.append(described(edition.say("reference.also_media", types=", ".join(others))))
    return "\n".join(said)


def _untried(edition: Edition, operation: Operation, raw: JsonObject) -> str:
    """Why an operation cannot be tried from a page, or an empty string."""
    document = edition.contract.document
    if "requestBody" in raw:
        media_type, _ = chosen_media(resolve(document, raw["requestBody"]).get("content", {}))
        if media_type and "json" not in media_type:
            return edition.say("reference.untried_upload", type=media_type)
    cookie = next((p for p in operation.parameters if p.location == "cookie" and p.required), None)
    if cookie:
        return edition.say("reference.untried_cookie", name=cookie.name)
    responses = responses_of(edition.contract, operation)
    good = [status for status in responses if status[0] in "23"]
    if good and all(status.startswith("3") for status in good):
        return edition.say("reference.untried_redirect")
    first = responses[good[0]] if good else {}
    media_type, _ = chosen_media(first.get("content", {}))
    if media_type.startswith("text/html") or "octet-stream" in media_type:
        return edition.say("reference.untried_page", type=media_type)
    return ""


# --- search


def _found(edition: Edition, operation: Operation) -> Iterator[Found]:
    """The operation, and those of its parameters and members that are its own to tell."""
    link = operation_link(edition, operation.id)
    view = operation_view(edition, operation.id)
    words = " ".join([plain(view.html), *(f"{rule.id} {rule.says}" for rule in view.rules)])
    called = f"{operation.method.upper()} {operation.path}"
    yield Found("operation", link.text, called, link.href, words)
    for (place, name), (words, holders) in _holders(edition).items():
        if holders[0] == operation.id:
            yield _found_member(edition, place, name, holders, words)


def _found_member(edition: Edition, place: str, name: str, holders: list[str], words: str) -> Found:
    """A member, or one that several operations share: it leads to the first of them."""
    link = operation_link(edition, holders[0])
    where = edition.say("reference.in_body") if place.startswith("body") else place
    detail = edition.say("reference.in_operation", place=where, operation=link.text)
    if len(holders) > 1:
        detail = edition.say("reference.more_operations", first=detail, n=len(holders) - 1)
    anchor = f"{place.partition(' ')[0]}-{name.partition('.')[0]}"
    return Found("member", name, detail, f"{link.href}#{anchor}", words)


@lru_cache(maxsize=16)
def _holders(edition: Edition) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """What is said of each parameter, and of each member of a body with the resource it is of.

    With it go the operations that it stands in.
    """
    holders: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for operation in edition.contract.operations.values():
        view = operation_view(edition, operation.id)
        for group in view.parameters:
            for member in group.members:
                key = (group.place, member.name)
                holders.setdefault(key, (plain(member.html), []))[1].append(operation.id)
        raw = raw_operation(edition.contract, operation)
        for name, member in _names(view.body.members if view.body else ()):
            key = (f"body {operation.action.resource or _schema_of(edition, raw)}", name)
            holders.setdefault(key, (plain(member.html), []))[1].append(operation.id)
    return holders


def _schema_of(edition: Edition, raw: JsonObject) -> str:
    body = resolve(edition.contract.document, raw["requestBody"])
    return schema_name(chosen_media(body.get("content", {}))[1].get("schema", {}))


def _names(rows: tuple[Member, ...], above: str = "") -> Iterator[tuple[str, Member]]:
    """The members at all depths by their names, with dots between them."""
    for row in rows:
        name = ".".join(filter(None, (above, row.name if not row.choice or row.name else "")))
        if row.name:
            yield name, row
        if not row.choice:
            yield from _names(row.members, name)
