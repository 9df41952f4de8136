"""From what a verb gives to a reply: envelope, entity tag, place, and the check by the contract."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..contract.media import JSON, is_range
from ..contract.model import Answer, Contract, Json, JsonObject, ResourceType, Violation
from ..contract.problems import Refusal
from ..contract.representation import MENDED, Mend, Show, mender, renaming, representation
from ..contract.request import RequestReader
from ..contract.schemas import Check
from ..contract.template import Template
from ..contract.wire import from_json, to_json
from .calls import Page, Reply
from .offers import EXAMPLE
from .situation import Reading, Situation
from .store import Record
from .verbs import Plan


@dataclass(frozen=True, slots=True)
class Compiled:
    """An operation, ready to run."""

    plan: Plan
    act: Callable[[Plan, Situation], Any]
    reader: RequestReader
    answer: Answer
    template: Template | None
    check: Check | None
    reads: Callable[[Situation], Iterable[Reading]] | None
    lists: ResourceType | None
    """The resource whose records are all that is read."""
    media_type: str = ""
    """What it is answered in, if not as application/json."""
    show: Show | None = None
    """What makes of a record what is answered, where that is not the record as it is."""
    mend: Mend | None = None
    """What makes of that what fits, where the schema of the answer has no room for it."""
    in_list: bool = False
    """Whether it shows a record as the only item of a list."""
    created: "Compiled | None" = None
    """How it answers where it made the record that it was to change."""


def media_type_of(answer: Answer) -> str:
    """The media type of an answer; empty for application/json, in which nearly all are."""
    named = answer.media_type or JSON
    return "" if named == JSON or is_range(named) else named


def show_of(
    contract: Contract, plan: Plan, answer: Answer, template: Template | None, *, is_list: bool
) -> tuple[Show | None, Mend | None]:
    """How a document of others has its records shown.

    One that declares them shows all of them, but for other names that it has for their members.
    """
    kind = plan.resource
    if kind is None or template is None or (contract.strict and not plan.shown):
        return None, None
    shown = contract.document, answer, template, kind
    if contract.strict:
        return renaming(*shown, is_list=is_list), None
    return representation(*shown, is_list=is_list), mender(*shown, is_list=is_list)


def refuse_stale(plan: Plan, situation: Situation) -> None:
    """Raise Refusal PRECONDITION_FAILED when If-Match names another state of the record."""
    if situation.record and plan.operation.method != "get":
        current = _etag(to_json(_seen(plan, situation, situation.record)))
        if not _names(situation.call.if_match, current, weak=False):
            raise Refusal("PRECONDITION_FAILED", headers={"ETag": current})


def reply_of(compiled: Compiled, situation: Situation, result: Record | Page | None) -> Reply:
    """The reply around what a verb gives.

    Where a document says too little for that to fit, its example is answered, and says so.
    """
    offers, accept = compiled.plan.offers, situation.call.request.accept
    if offers is None or offers.is_plain:
        return _in_json(compiled, situation, result)
    written = offers.writer(accept)
    if written is None:
        other = offers.instead(accept, result if isinstance(result, dict) else None)
        return other or _in_json(compiled, situation, result)
    reply = _in_json(compiled, situation, result)
    if not reply.content or reply.headers.items() >= EXAMPLE.items():
        return reply
    media_type, write = written
    content = write(from_json(reply.content))
    return Reply(reply.status, content, reply.headers, media_type=media_type)


def _in_json(compiled: Compiled, situation: Situation, result: Record | Page | None) -> Reply:
    """The same in JSON; an example is in whatever is wanted."""
    offers, accept = compiled.plan.offers, situation.call.request.accept
    if result is None and compiled.plan.operation.action.kind == "delete":
        # Where a body is documented, it tells of what is gone.
        result = situation.record
    try:
        if isinstance(result, Page):
            return _page(compiled, situation, result)
        return _single(compiled, situation, result)
    except Refusal as refusal:
        if refusal.code != "CONTRACT_VIOLATION" or offers is None:
            raise
        return _mended(compiled, situation, result, refusal.violations) or offers.reply(accept)


def _mended(
    compiled: Compiled,
    situation: Situation,
    result: Record | Page | None,
    broken: Sequence[Violation],
) -> Reply | None:
    """The reply with those members made anew that the answer's schema has no room for."""
    if compiled.show is None or compiled.mend is None or compiled.check is None or result is None:
        return None
    facts, value = _facts(situation), None
    if isinstance(result, Page):
        facts |= result.said
        value = [compiled.show(record) for record in result.records]
    else:
        value = compiled.show(_seen(compiled.plan, situation, result))
        value = [value] if compiled.in_list else value
    for attempt in range(MENDED):
        value = compiled.mend(value, list(broken), attempt)
        data = to_json(value)
        broken = compiled.check(from_json(b"".join(_around(compiled, facts, data))))
        if broken:
            continue
        if isinstance(result, Page):
            reply = _page(compiled, situation, result, data)
        else:
            reply = _single(compiled, situation, result, data)
        reply.headers.update(_MENDED)
        return reply
    return None


_MENDED = {"X-Sandbox-Answer": "mended"}


def _page(
    compiled: Compiled, situation: Situation, page: Page, mended: bytes | None = None
) -> Reply:
    """The reply of a list, or what was `mended` of it.

    The JSON of a page is made and checked once while nothing changes.
    """
    name = (compiled.answer.schema, page.place.start, page.place.stop)
    facts = _facts(situation) | page.said
    data = page.order.pages.get(name) if mended is None else mended
    if data is None:
        mask = situation.mask(compiled.plan.kind)
        records: list[Json] = [mask[1](r) for r in page.records] if mask else page.records
        if compiled.show:
            records = [compiled.show(record) for record in records]
        data = to_json(records)
        _check(compiled, facts, data)
        page.order.keep(name, data)
    pieces = _around(compiled, facts, data)
    headers = {"Link": page.links} if "Link" in compiled.answer.headers else {}
    return Reply(compiled.answer.status, b"".join(pieces), headers, pieces, compiled.media_type)


def _single(
    compiled: Compiled, situation: Situation, result: Record | None, mended: bytes | None = None
) -> Reply:
    """The reply around one record, or what was `mended` of it, or around nothing."""
    plan, answer = compiled.plan, compiled.answer
    if result is None or answer.schema is None:
        return Reply(answer.status)
    facts = _facts(situation)
    if mended is None:
        data, etag = _wire(compiled, situation, result, facts)
    else:
        data, etag = mended, _etag(mended)
    headers: dict[str, str] = {}
    if "ETag" in answer.headers:
        headers["ETag"] = etag
        seen = situation.call.if_none_match
        if seen and plan.operation.method == "get" and _names(seen, etag, weak=True):
            return Reply(304, b"", headers)
    if "Location" in answer.headers:
        headers["Location"] = _location(plan, situation, result)
    pieces = _around(compiled, facts, data)
    return Reply(answer.status, b"".join(pieces), headers, pieces, compiled.media_type)


def _wire(
    compiled: Compiled, situation: Situation, record: Record, facts: JsonObject
) -> tuple[bytes, str]:
    """The JSON of a record and its ETag, checked in its answer against the answer's schema.

    A stored record never changes, so what was made and checked for it once holds until another
    record takes its place.
    """
    plan, schema = compiled.plan, compiled.answer.schema or ""
    resource, shown = plan.resource, plan.behaviour.shows.get(plan.operation.id)
    kept = None
    if resource is not None and not shown and not situation.masks(resource):
        kept = situation.collection(resource.name).wire
        entry = kept.get(record.get(resource.key_member, ""))
        if entry is not None and entry[0] is record and entry[1] == schema:
            return entry[2], entry[3]
    data = _seen(plan, situation, record)
    show = shown or compiled.show
    made = to_json(show(data) if show else data)
    if compiled.in_list:
        made = b"[" + made + b"]"
    _check(compiled, facts, made)
    # If-Match is judged by the record, whatever an answer shows of it.
    etag = _etag(to_json(data) if compiled.show and not shown else made)
    key = record.get(resource.key_member) if resource else None
    if kept is not None and key is not None:
        if len(kept) >= _KEPT:
            kept.clear()
        kept[key] = (record, schema, made, etag)
    return made, etag


_KEPT = 4096
"""Answers of single records that are remembered, for each collection."""


def _around(compiled: Compiled, facts: JsonObject, data: bytes) -> tuple[bytes, ...]:
    """What is answered around the JSON of a record, or of a list of them."""
    return compiled.template.render(facts, data) if compiled.template else (data,)


def _check(compiled: Compiled, facts: JsonObject, data: bytes) -> None:
    """Raise Refusal CONTRACT_VIOLATION for an answer that its schema does not allow."""
    if compiled.check is None:
        return
    broken = compiled.check(from_json(b"".join(_around(compiled, facts, data))))
    if broken:
        said = "The answer breaks the contract and was not sent."
        raise Refusal("CONTRACT_VIOLATION", said, violations=broken)


def _facts(situation: Situation) -> JsonObject:
    """What every answer may say, by slot."""
    return {"now": situation.now, "requestId": situation.call.request_id}


def _seen(plan: Plan, situation: Situation, record: Record) -> Json:
    return situation.seen(plan.resource, record) if plan.resource else record


def _location(plan: Plan, situation: Situation, record: Record) -> str:
    kind = plan.kind
    path = kind.item or kind.collection + "/{}"
    place, _, end = path.rpartition("{")
    own = quote(str(record.get(kind.id_member, "")), safe="")
    for value in situation.call.request.path.values():
        before, _, after = place.partition("{")
        if after:
            place = before + quote(value, safe="") + after.partition("}")[2]
    return f"{plan.base_path}{place}{own}{end.partition('}')[2]}"


def _etag(data: bytes) -> str:
    return f'"{hashlib.blake2b(data, digest_size=12).hexdigest()}"'


def _names(header: str, etag: str, *, weak: bool) -> bool:
    """Whether an If-Match or If-None-Match header names this entity tag (RFC 9110, 13.1)."""
    tags = [tag.strip() for tag in header.split(",")]
    if weak:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag in tags
